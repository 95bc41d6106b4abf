import type { Defect, ListingItem } from '../../../shared/fact.ts';
import { weakAlgorithms } from '../../integrity/digest.ts';
import { findBase, folderOf, resolveName } from '../shape.ts';
import { bagManifestName, type ReadManifest, readBagManifest } from './bag-manifest.ts';
import {
  algorithmOfName,
  type ChecksumLine,
  hashdeepLines,
  isPosixLine,
  parseChecksumLine,
  parseLoneDigest,
  parseSfvLine,
} from './checksum-line.ts';
import { type Candidate, type Format, type OpenFile, Unreadable } from './format.ts';
import { decodeTagFile } from './tag-file-text.ts';

const largest = 512 * 2 ** 20;
/** A list of a folder, by its name: what it does not name is worth a word. */
export const generalName = /sums?[0-9]*(\.txt)?$|checksum|manifest|hashdeep/i;
const listName =
  /\.(md5|sha|sha1|sha224|sha256|sha384|sha512|b2|b3|sum|sums|digests?|hash(es)?|bsd)(\.txt)?$|^(md5|sha-?[0-9]+|b2|b3)sums?(\.txt)?$/i;

/** Named after an algorithm: it is such a list whatever it holds, and what cannot be read of it is said. */
const surely = /\.(md5|sha1|sha224|sha256|sha384|sha512)$|^(md5|sha-?[0-9]+|b2|b3)sums?(\.txt)?$/i;

/** Rows of a list: ended by NUL where it was written with `--zero`, whose names stand as they are. */
function rowsOf(text: string): { rows: string[]; isVerbatim: boolean } {
  const bare = text.replace(/^\uFEFF/, '');
  if (bare.includes('\0')) return { rows: bare.replace(/\0$/, '').split('\0'), isVerbatim: true };
  return { rows: bare.split('\n').map((row) => row.replace(/\r$/, '')), isVerbatim: false };
}
const isComment = (row: string): boolean => row.trim() === '' || /^[#;]/.test(row) || row.startsWith('-----');
/** When the list was made, as the BSD ports begin theirs. */
const isStamp = (row: string): boolean => /^TIMESTAMP = [0-9]+$/.test(row);
/** Windows programs write lists in UTF-16, with the mark that says so. */
const utf16Of = ([a, b]: Uint8Array): 'utf-16le' | 'utf-16be' | null =>
  a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : null;

const lineBegins =
  /(\uFEFF?\\?[0-9a-f]{8,}[ \t]| *[0-9]{1,15} {2}[0-9a-f]{32}|\uFEFF?[A-Z0-9-]+(\/[0-9]+)? ?\(|[0-9]{6,10} [0-9])/iy;
/** Whether any line begins as one of such a list: most texts have none, and are told by that alone. */
function hasSomeLine(text: string): boolean {
  for (let at = 0; ; at += 1) {
    lineBegins.lastIndex = at;
    if (lineBegins.test(text)) return true;
    at = text.indexOf('\n', at);
    if (at < 0) return false;
  }
}

/** By name where some line is one, and by content alone where every line of the head is. */
function looksLikeManifest(candidate: Candidate): boolean {
  const { head, bytes, name } = candidate;
  if (head[0] === 0x25 && candidate.latin1.startsWith('%%%% HASHDEEP')) return true;
  const isNamed = generalName.test(name) || listName.test(name) || bagManifestName.test(name);
  if (!isNamed && !/^[^.]*$|\.(txt|sfv|lst|list|chk|cksum)$/i.test(name)) return false;
  // What signs the list within itself is read as what is signed.
  if (/^(-----BEGIN PGP SIGNED MESSAGE-----|untrusted comment:)/.test(candidate.latin1.slice(0, 40))) return false;
  if (!isNamed && head.includes(0)) return false;
  const wide = isNamed ? utf16Of(head) : null;
  const text = wide === null ? candidate.utf8 : decodeTagFile(head.subarray(0, head.length & ~1), wide, false);
  if (/\.sfv$/i.test(name)) return text.split(/\r?\n/).some((row) => parseSfvLine(row, 0) !== null);
  if (!isNamed && !hasSomeLine(text)) return false;
  const { rows, isVerbatim } = rowsOf(text);
  // The last line of the head may be cut.
  const whole = (bytes > head.length && rows.length > 1 ? rows.slice(0, -1) : rows).filter((row) => !isComment(row));
  const lineOf = (row: string) => parseChecksumLine(row, algorithmOfName(name), 0, isVerbatim);
  const isLine = (row: string) => (lineOf(row)?.digests.length ?? 0) > 0;
  // `sum` counts in 16 bits and in blocks, on lines of the form of `cksum`, whose 32 bits are not all so small.
  const counted = whole.flatMap((row) => lineOf(row)?.digests ?? []);
  if (counted.length > 0 && counted.every((digest) => digest.startsWith('posix-cksum:0000'))) return false;
  if (isNamed)
    return (
      whole.some(isLine) ||
      (bagManifestName.test(name) && (bytes === 0 || /\0|^[0-9a-f]+[ \t]+\*?(\.\/)?\S/im.test(text))) ||
      parseLoneDigest(text, name) !== null ||
      (surely.test(name) && !/[\0-\x08]/.test(text) && whole.length > 0)
    );
  // One blank alone between digest and name is how git lists references, not how checksums are listed.
  return (
    whole.some(isLine) &&
    whole.every(
      (row) =>
        (isLine(row) && (/\) ?= |^\\?[0-9a-f]+ [ *]|^ *[0-9]+ {2}[0-9a-f]{32}/i.test(row) || isPosixLine(row))) ||
        lineOf(row)?.isSize === true ||
        isStamp(row),
    )
  );
}

/** Checksum files: GNU, BSD, OpenSSL 3, POSIX and hashdeep forms; BagIt manifests, which have the same lines. */
export const checksumManifest: Format = {
  id: 'checksum-manifest',
  title: 'Checksum list',
  recognise: looksLikeManifest,
  read(file, facts) {
    if (file.bytes > largest) throw new Unreadable(`It is larger than the ${largest} bytes that are read of a list.`);
    const {
      items,
      defects,
      properties,
      isOfNothing = false,
      ...manifest
    } = readBagManifest(file, largest) ?? readList(file);
    if (!isOfNothing)
      facts.add({
        kind: 'listing',
        id: file.path,
        ...manifest,
        place: { path: file.path },
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
      title: manifest.title,
      place: { path: file.path },
      properties: [
        { name: 'Lines', value: String(items.length) },
        ...properties,
        ...algorithms.map((value) => ({ name: weakAlgorithms.has(value) ? 'Algorithm (weak)' : 'Algorithm', value })),
      ],
      defects: defects.slice(0, 100),
    });
  },
};

function readList(file: OpenFile): ReadManifest {
  const folder = folderOf(file.path);
  // Asked before anything is read: where no neighbours are known, a list of many files would be read in vain.
  file.has(file.path);
  const { text, isWide } = textOf(file);
  const { rows, isVerbatim } = rowsOf(text);
  const isHashdeep = rows[0]?.startsWith('%%%% HASHDEEP') === true;
  const defects: Defect[] = [];
  const defect = (code: string, detail: string, line: number) =>
    defects.push({ code, detail, place: { path: file.path, line } });
  const lone = parseLoneDigest(text, file.name);
  const parsed =
    lone !== null ? [lone] : isHashdeep ? hashdeepLines(rows) : linesOf(rows, isVerbatim, file.name, defect);
  const base = baseOf(file, folder, parsed);
  const sizes = new Map(parsed.flatMap(({ isSize, name, bytes }) => (isSize === true ? [[name, bytes]] : [])));
  const lines = parsed.filter(({ digests, name, line, isSize }) => {
    if (digests.length > 0) return true;
    if (isSize === true) return false;
    const path = resolveName(base, name);
    // A word before the name of a file that is here was meant as its digest.
    const isHere = path !== null && file.has(path);
    if (isHere)
      defect('manifest-digest', `Line ${line} gives ${name} something that is no digest: it was not checked.`, line);
    else defect('manifest-line', `Line ${line} is no checksum line.`, line);
    return isHere;
  });
  const items = lines.map(({ name, digests, bytes: stated, line }): ListingItem => {
    const bytes = stated ?? sizes.get(name);
    const path = resolveName(base, name);
    // Programs of Windows divide folders by what is a letter of a name elsewhere.
    const divided = name.includes('\\') ? resolveName(base, name.replaceAll('\\', '/')) : null;
    const isDivided = path !== null && divided !== null && !file.has(path) && file.has(divided);
    if (isDivided)
      defect('manifest-line', `Line ${line} divides folders by backslashes: ${name} was read as ${divided}.`, line);
    return {
      name,
      path: isDivided ? divided : path,
      digests,
      ...(bytes === undefined || Number.isNaN(bytes) ? {} : { bytes }),
      place: { path: file.path, line },
    };
  });
  return {
    role: 'manifest',
    title: 'Checksum list',
    base,
    closed: (generalName.test(file.name) || isHashdeep) && items.length > 0,
    items,
    defects,
    // Records of digests are called so too (`train.csv.sha256`, a tag of a run).
    isOfNothing: lone !== null && items.every(({ path }) => path === null || !file.has(path)),
    properties: [
      ...(isWide ? [{ name: 'Encoding', value: 'UTF-16' }] : []),
      ...(text.includes('\r\n') ? [{ name: 'Line ends', value: 'CR LF' }] : []),
    ],
  };
}

/** Lines of every form but hashdeep's; what is none is a defect. */
function linesOf(
  rows: readonly string[],
  isVerbatim: boolean,
  name: string,
  defect: (code: string, detail: string, line: number) => void,
): ChecksumLine[] {
  const hint = algorithmOfName(name);
  const isSfv = /\.sfv$/i.test(name);
  return rows.flatMap((row, index): ChecksumLine[] => {
    if (isComment(row) || isStamp(row)) return [];
    const line = isSfv ? parseSfvLine(row, index + 1) : parseChecksumLine(row, hint, index + 1, isVerbatim);
    if (line !== null) return [line];
    defect('manifest-line', `Line ${index + 1} is no checksum line.`, index + 1);
    return [];
  });
}

/**
 * The folder that names are relative to: that of the list, or the one above it where the program was run
 * (`sha256sum dist/model.bin > dist/model.bin.sha256`).
 */
function baseOf(file: OpenFile, folder: string, lines: readonly ChecksumLine[]): string {
  const names = lines.slice(0, 200).map(({ name }) => name);
  return names.some((name) => file.has(resolveName(folder, name) ?? '')) ? folder : findBase(file, names);
}

/** A list is UTF-8, or UTF-16 where it begins with that mark. */
function textOf(file: OpenFile): { text: string; isWide: boolean } {
  const wide = utf16Of(file.head);
  return wide === null
    ? { text: file.text(largest), isWide: false }
    : { text: decodeTagFile(file.whole(largest), wide), isWide: true };
}
