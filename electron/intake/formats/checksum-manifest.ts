import type { Defect, ListingItem } from '../../../shared/fact.ts';
import { weakAlgorithms } from '../../integrity/digest.ts';
import { folderOf, resolveName } from '../shape.ts';
import { type Candidate, type Format, Unreadable } from './format.ts';

const largest = 512 * 2 ** 20;
const byLength: Record<number, string> = {
  32: 'md5',
  40: 'sha1',
  56: 'sha224',
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
};
/** Names that writers give algorithms → ours; SHA2-256 is OpenSSL 3's. */
const byName: Record<string, string> = {
  MD5: 'md5',
  SHA1: 'sha1',
  SHA224: 'sha224',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
  'SHA2-224': 'sha224',
  'SHA2-256': 'sha256',
  'SHA2-384': 'sha384',
  'SHA2-512': 'sha512',
  BLAKE2b: 'blake2b',
  'BLAKE2b-512': 'blake2b',
  BLAKE2B512: 'blake2b',
  BLAKE3: 'blake3',
};

export interface ManifestLine {
  name: string;
  digests: string[];
  bytes?: number;
  line: number;
}

/** Undoes the escapes of GNU coreutils: a backslash before the line says that the name holds `\\`, `\n` or `\r`. */
const withoutEscapes = (name: string): string =>
  name.replace(/\\([\\nr])/g, (_, char: string) => (char === 'n' ? '\n' : char === 'r' ? '\r' : '\\'));

/** One line of a GNU, BSD (--tag) or OpenSSL checksum file; null where it is none of them. */
export function parseChecksumLine(text: string, hint: string | null): { name: string; digest: string } | null {
  const isEscaped = text.startsWith('\\');
  const line = isEscaped ? text.slice(1) : text;
  const named = (name: string) => (isEscaped ? withoutEscapes(name) : name);
  const tagged = /^([A-Za-z0-9-]+) ?\((.*)\) ?= ?([0-9a-fA-F]+)$/.exec(line);
  if (tagged !== null) {
    const [, tag = '', name = '', hex = ''] = tagged;
    const algorithm = byName[tag] ?? byName[tag.toUpperCase()];
    return algorithm === undefined ? null : { name: named(name), digest: `${algorithm}:${hex.toLowerCase()}` };
  }
  const [, hex = '', name = ''] = /^([0-9a-fA-F]{32,128})(?: [ *]|\t+\*?| +)(.+)$/.exec(line) ?? [];
  const algorithm = hint !== null && digestLength[hint] === hex.length ? hint : byLength[hex.length];
  return name === '' || algorithm === undefined
    ? null
    : { name: named(name), digest: `${algorithm}:${hex.toLowerCase()}` };
}
const digestLength: Record<string, number> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  blake2b: 128,
  blake3: 64,
};

/** Algorithm that the name of a list tells: SHA256SUMS, model.bin.sha512, B3SUMS. */
export function algorithmOfName(name: string): string | null {
  const [, found] = /(sha-?1|sha-?224|sha-?256|sha-?384|sha-?512|md5|b2|b3|blake2b?|blake3)/i.exec(name) ?? [];
  const key = found?.toLowerCase().replace('-', '') ?? '';
  return ({ b2: 'blake2b', blake2: 'blake2b', b3: 'blake3' }[key] ?? key) || null;
}

/** hashdeep: `%%%% size,md5,sha256,filename` names the columns (md5deep 4.4). */
function hashdeep(rows: string[]): ManifestLine[] {
  let columns: string[] = [];
  return rows.flatMap((row, index): ManifestLine[] => {
    if (row.startsWith('%%%% ') && row.includes('filename')) columns = row.slice(5).split(',');
    if (row.startsWith('%%%%') || row.startsWith('##') || row === '') return [];
    const cells = row.split(',');
    const values = [...cells.slice(0, columns.length - 1), cells.slice(columns.length - 1).join(',')];
    const at = (name: string) => values[columns.indexOf(name)];
    const digests = columns.flatMap((column, i) =>
      digestLength[column] === undefined || !/^[0-9a-f]+$/i.test(values[i] ?? '')
        ? []
        : [`${column}:${(values[i] ?? '').toLowerCase()}`],
    );
    const name = at('filename');
    return name === undefined || digests.length === 0
      ? []
      : [{ name, digests, bytes: Number(at('size')), line: index + 1 }];
  });
}

function looksLikeManifest({ head, name }: Candidate): boolean {
  const text = Buffer.from(head).toString('utf8');
  if (text.startsWith('%%%% HASHDEEP')) return true;
  const isNamed =
    /sums?(\.txt)?$|^(tag)?manifest-[a-z0-9]+\.txt$|\.(md5|sha1|sha224|sha256|sha384|sha512|b2|b3|sum|sums|checksums?)(\.txt)?$|checksums?/i.test(
      name,
    );
  const first = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'));
  return isNamed && first !== undefined && parseChecksumLine(first.replace(/\r$/, ''), algorithmOfName(name)) !== null;
}

/** Checksum files: GNU, BSD, OpenSSL 3 and hashdeep forms; BagIt manifests, which have the same lines. */
export const checksumManifest: Format = {
  id: 'checksum-manifest',
  title: 'Checksum list',
  recognise: looksLikeManifest,
  read(file, facts) {
    if (file.bytes > largest) throw new Unreadable(`It is larger than the ${largest} bytes that are read of a list.`);
    const folder = folderOf(file.path);
    const [, tag, bagAlgorithm] = /^(tag)?manifest-([a-z0-9]+)\.txt$/i.exec(file.name) ?? [];
    const inBag = bagAlgorithm !== undefined && file.has(folder === '' ? 'bagit.txt' : `${folder}/bagit.txt`);
    const hint = bagAlgorithm?.toLowerCase() ?? algorithmOfName(file.name);
    const rows = file
      .text(largest)
      .replace(/^\uFEFF/, '')
      .split('\n')
      .map((row) => row.replace(/\r$/, ''));
    const defects: Defect[] = [];
    let lines: ManifestLine[];
    if (rows[0]?.startsWith('%%%% HASHDEEP')) lines = hashdeep(rows);
    else {
      lines = rows.flatMap((row, index): ManifestLine[] => {
        if (row.trim() === '' || (!inBag && (row.startsWith('#') || row.startsWith('-----')))) return [];
        const parsed = parseChecksumLine(row, hint);
        if (parsed === null) {
          defects.push({
            code: 'manifest-line',
            detail: `Line ${index + 1} is no checksum line.`,
            place: { path: file.path, line: index + 1 },
          });
          return [];
        }
        // BagIt percent-encodes line ends, and from 1.0 the percent sign (RFC 8493, 2.1.3).
        const name = inBag
          ? parsed.name
              .replace(/%0[aA]/g, '\n')
              .replace(/%0[dD]/g, '\r')
              .replace(/%25/g, '%')
          : parsed.name;
        return [{ name, digests: [parsed.digest], line: index + 1 }];
      });
    }
    const items = lines.map(
      (line): ListingItem => ({
        name: line.name,
        path: /^[~$%]/.test(line.name) && inBag ? null : resolveName(folder, line.name.replace(/^\*/, '')),
        digests: line.digests,
        ...(line.bytes === undefined || Number.isNaN(line.bytes) ? {} : { bytes: line.bytes }),
        place: { path: file.path, line: line.line },
      }),
    );
    const isGeneral =
      /sums?(\.txt)?$|checksum|manifest|hashdeep/i.test(file.name) || rows[0]?.startsWith('%%%%') === true;
    const title = inBag ? (tag === undefined ? 'Payload manifest' : 'Tag manifest') : 'Checksum list';
    const base = inBag && tag === undefined ? (folder === '' ? 'data' : `${folder}/data`) : folder;
    facts.add({
      kind: 'listing',
      id: file.path,
      role: inBag ? (tag === undefined ? 'payload' : 'tag') : 'manifest',
      title,
      place: { path: file.path },
      base,
      closed: inBag ? tag === undefined : isGeneral && items.length > 1,
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
