import type { Defect, ListingFact, ListingItem } from '../../../shared/fact.ts';
import { findBase, resolveName } from '../shape.ts';
import { parseChecksumLine } from './checksum-line.ts';
import { listedInControl } from './debian-control.ts';
import type { FactSink, OpenFile } from './format.ts';

const rowsAtMost = 100_000;

/**
 * The list of files that a signed text is, if it is one: of Debian's control files, or checksums a line each. A text in
 * which some other line stands is no list. @returns what could not be read of it
 */
export function addListed(file: OpenFile, facts: FactSink, text: string, signature: string): Defect[] {
  const listed = listedInControl(text, file.path) ?? checksumsIn(text, file);
  if (listed === null) return [];
  const place = { path: file.path };
  if (listed.items.length > 0)
    facts.add({
      kind: 'listing',
      id: `${file.path}#files`,
      role: listed.role,
      title: 'Signed list of files',
      place,
      base: listed.base,
      closed: false,
      ignored: [],
      items: listed.items.map((item) => ({ ...item, place })),
      signature,
      root: null,
    });
  return listed.defects.slice(0, 100);
}

function checksumsIn(
  text: string,
  file: OpenFile,
): (Pick<ListingFact, 'role' | 'base' | 'items'> & { defects: Defect[] }) | null {
  const rows = text.split('\n', rowsAtMost + 1).map((row) => row.replace(/\r$/, ''));
  const meant = rows.filter((row) => row.trim() !== '' && !/^[#;]/.test(row));
  if (meant.length === 0 || rows.length > rowsAtMost) return null;
  const lines = meant.map((row) => parseChecksumLine(row, null));
  if (!lines.every((line) => line !== null && (line.digests.length > 0 || line.isSize === true))) return null;
  const found = lines.flatMap((line) => (line === null || line.digests.length === 0 ? [] : [line]));
  const base = findBase(
    file,
    found.map(({ name }) => name),
  );
  const items = found.map(
    ({ name, digests, bytes }): ListingItem => ({
      name,
      path: resolveName(base, name),
      digests,
      ...(bytes === undefined ? {} : { bytes }),
      place: { path: file.path },
    }),
  );
  return { role: 'manifest', base, items, defects: [] };
}
