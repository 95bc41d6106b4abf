import type { Defect, ListingItem } from '../../../shared/fact.ts';
import { weakAlgorithms } from '../../integrity/digest.ts';
import { folderOf, resolveName } from '../shape.ts';
import { algorithmOfName, type ChecksumLine, hashdeepLines, isPosixLine, parseChecksumLine } from './checksum-line.ts';
import { type Candidate, type Format, type OpenFile, Unreadable } from './format.ts';
import { decodeTagFile, encodingOfBag } from './tag-file-text.ts';

const largest = 512 * 2 ** 20;
const bagManifest = /^(tag)?manifest-([a-z0-9]+)\.txt$/i;
/** A list of a folder, by its name: what it does not name is worth a word. */
const generalName = /sums?[0-9]*(\.txt)?$|checksum|manifest|hashdeep/i;
const listName =
  /\.(md5|sha1|sha224|sha256|sha384|sha512|b2|b3|sum|sums)(\.txt)?$|^(md5|sha-?[0-9]+|b2|b3)sums?(\.txt)?$/i;

const rowsOf = (text: string): string[] =>
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((row) => row.replace(/\r$/, ''));
const isComment = (row: string): boolean => row.trim() === '' || row.startsWith('#') || row.startsWith('-----');

/** How any line of such a list begins: most texts have none, and are told by that alone. */
const someLine = /^(\uFEFF?\\?[0-9a-f]{8,}[ \t]|\uFEFF?[A-Z0-9-]+ ?\(|[0-9]{6,10} [0-9])/im;

/** By name where some line is one, and by content alone where every line of the head is. */
function looksLikeManifest(candidate: Candidate): boolean {
  const { head, bytes, name } = candidate;
  if (head[0] === 0x25 && candidate.latin1.startsWith('%%%% HASHDEEP')) return true;
  const isNamed = generalName.test(name) || listName.test(name) || bagManifest.test(name);
  if (!isNamed && !/^[^.]*$|\.txt$/i.test(name)) return false;
  if (head.includes(0) && !bagManifest.test(name)) return false;
  const text = candidate.utf8;
  if (!isNamed && !someLine.test(text)) return false;
  const rows = rowsOf(text);
  // The last line of the head may be cut.
  const whole = (bytes > head.length && rows.length > 1 ? rows.slice(0, -1) : rows).filter((row) => !isComment(row));
  const isLine = (row: string) => {
    const line = parseChecksumLine(row, algorithmOfName(name));
    return line !== null && line.digests.length > 0;
  };
  if (isNamed) return whole.some(isLine) || (bagManifest.test(name) && text.includes('\0'));
  // One blank alone between digest and name is how git lists references, not how checksums are listed.
  return (
    whole.length > 0 &&
    whole.every((row) => isLine(row) && (/\) ?= |^\\?[0-9a-f]+ [ *]/i.test(row) || isPosixLine(row)))
  );
}

/** Names of a bag: CR, LF and, from 1.0, the percent sign are encoded, and nothing else (RFC 8493, 2.1.3). */
const bagName = (name: string): string =>
  name
    .replace(/%0[aA]/g, '\n')
    .replace(/%0[dD]/g, '\r')
    .replace(/%25/g, '%');

/** Checksum files: GNU, BSD, OpenSSL 3, POSIX and hashdeep forms; BagIt manifests, which have the same lines. */
export const checksumManifest: Format = {
  id: 'checksum-manifest',
  title: 'Checksum list',
  recognise: looksLikeManifest,
  read(file, facts) {
    if (file.bytes > largest) throw new Unreadable(`It is larger than the ${largest} bytes that are read of a list.`);
    const folder = folderOf(file.path);
    const [, tag, bagAlgorithm] = bagManifest.exec(file.name) ?? [];
    const declaration = folder === '' ? 'bagit.txt' : `${folder}/bagit.txt`;
    const inBag = bagAlgorithm !== undefined && file.has(declaration);
    const hint = bagAlgorithm?.toLowerCase() ?? algorithmOfName(file.name);
    const rows = rowsOf(textOf(file, inBag ? file.peek(declaration, 65_536) : null));
    const isHashdeep = rows[0]?.startsWith('%%%% HASHDEEP') === true;
    const defects: Defect[] = [];
    const defect = (code: string, detail: string, line: number) =>
      defects.push({ code, detail, place: { path: file.path, line } });
    const lines = isHashdeep
      ? hashdeepLines(rows)
      : rows.flatMap((row, index): ChecksumLine[] => {
          if (inBag ? row.trim() === '' : isComment(row)) return [];
          const parsed = parseChecksumLine(row, hint, index + 1);
          const name = parsed === null ? null : resolveName(folder, parsed.name);
          if (parsed !== null && (parsed.digests.length > 0 || (name !== null && file.has(name)))) return [parsed];
          defect('manifest-line', `Line ${index + 1} is no checksum line.`, index + 1);
          return [];
        });
    for (const { name, digests, line } of lines)
      if (digests.length === 0)
        defect('manifest-digest', `Line ${line} gives ${name} something that is no digest: it was not checked.`, line);
    const starred = inBag ? lines.find(({ isStarred }) => isStarred === true) : undefined;
    if (starred !== undefined)
      defect('manifest-line', 'Names are marked with a star, as md5sum does it; BagIt has no such mark.', starred.line);
    const items = lines.map(({ name, digests, bytes, line }): ListingItem => {
      const decoded = inBag ? bagName(name) : name;
      return {
        name: decoded,
        path: inBag && /^[~$%]/.test(decoded) ? null : resolveName(folder, decoded),
        digests,
        ...(bytes === undefined || Number.isNaN(bytes) ? {} : { bytes }),
        place: { path: file.path, line },
      };
    });
    const title = inBag ? (tag === undefined ? 'Payload manifest' : 'Tag manifest') : 'Checksum list';
    const data = folder === '' ? 'data' : `${folder}/data`;
    facts.add({
      kind: 'listing',
      id: file.path,
      role: inBag ? (tag === undefined ? 'payload' : 'tag') : 'manifest',
      title,
      place: { path: file.path },
      base: inBag && tag === undefined ? data : folder,
      closed: inBag ? tag === undefined : (generalName.test(file.name) || isHashdeep) && items.length > 0,
      ignored: [],
      items,
      signature: null,
      root: null,
    });
    const algorithms = [
      ...new Set(items.flatMap(({ digests }) => digests.map((digest) => digest.slice(0, digest.indexOf(':'))))),
    ];
    facts.add({
      kind: 'document',
      format: 'checksum-manifest',
      title,
      place: { path: file.path },
      properties: [
        { name: 'Lines', value: String(items.length) },
        ...algorithms.map((value) => ({ name: weakAlgorithms.has(value) ? 'Algorithm (weak)' : 'Algorithm', value })),
      ],
      defects: defects.slice(0, 100),
    });
  },
};

/** A list is UTF-8, and in a bag whatever its declaration says of its tag files. */
function textOf(file: OpenFile, declaration: Uint8Array | null): string {
  const encoding = declaration === null ? '' : encodingOfBag(declaration);
  return encoding === '' ? file.text(largest) : decodeTagFile(file.whole(largest), encoding);
}
