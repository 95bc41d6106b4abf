import type { Defect, ListingFact, ListingItem } from '../../../shared/fact.ts';
import { findBase, resolveName } from '../shape.ts';
import { algorithmOfName, type ChecksumLine, parseChecksumLine } from './checksum-line.ts';
import { generalName } from './checksum-manifest.ts';
import { listedInControl } from './debian-control.ts';
import type { FactSink, OpenFile } from './format.ts';

const rowsAtMost = 100_000;

/**
 * The list of files that a signed text is, if it is one: of Debian's control files, or checksums a line each. Where
 * neither its name says so nor every line is one, it is no list. @returns what could not be read of it
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
      // A list of a folder, by its name: what it does not name is worth a word.
      closed: listed.role === 'manifest' && generalName.test(file.name),
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
  const hint = algorithmOfName(file.name);
  const lines = meant.map((row) => parseChecksumLine(row, hint));
  const isLine = (line: ChecksumLine | null) => line !== null && (line.digests.length > 0 || line.isSize === true);
  // What is called a list is one, whatever else stands in it.
  const isNamed = generalName.test(file.name) || hint !== null;
  if (isNamed ? !lines.some(isLine) : !lines.every(isLine)) return null;
  const others = meant.filter((_, index) => !isLine(lines[index] ?? null));
  const defects = others.map((row) => ({
    code: 'manifest-line',
    detail: `A line of the signed list is no checksum line: ${row.slice(0, 80)}.`,
    place: { path: file.path },
  }));
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
  return { role: 'manifest', base, items, defects };
}
