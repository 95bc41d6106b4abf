import { digestBytes } from '../../integrity/digest.ts';

/** A line of a checksum list. `digest` is null where what stands in its place is none. */
export interface ChecksumLine {
  name: string;
  digests: string[];
  bytes?: number;
  line: number;
  /** The star of md5sum's binary mode stood before the name. */
  isStarred?: boolean;
  /** The line gives the size alone, of a file that another line gives a digest of. */
  isSize?: boolean;
}

const byLength: Record<number, string> = {
  32: 'md5',
  40: 'sha1',
  56: 'sha224',
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
};
/** Names that writers give algorithms, in capitals → ours: `SHA2-256` and `SHA2-512/256` are OpenSSL 3's. */
function algorithmOfTag(tag: string): string | null {
  const word = tag
    .toLowerCase()
    .replace(/^sha2-/, 'sha')
    .replace(/^sha-(1|224|256|384|512)(?![0-9])/, 'sha$1')
    .replace(/^(sha512)\/(224|256)$/, '$1-$2')
    .replace(/^(blake2[bs])-?(512|256)$/, (whole, kind: string, bits: string) =>
      (kind === 'blake2b') === (bits === '512') ? kind : whole,
    )
    .replace(/^(ripemd)-/, '$1')
    .replace(/^rmd/, 'ripemd');
  return isTagged(word) ? word : null;
}
/** What no list of files names as its algorithm, though it is one of ours. */
const isTagged = (word: string): boolean =>
  Object.hasOwn(digestBytes, word) && !/^(git-|posix-|linefeed-|crc)/.test(word);

/** Algorithm that the name of a list tells: SHA256SUMS, model.bin.sha512, B3SUMS, SHA3-256SUMS. */
export function algorithmOfName(name: string): string | null {
  const [, found] =
    /(sha-?1(?![0-9])|sha-?224|sha-?256|sha-?384|sha-?512[-_]2(?:24|56)|sha-?512|sha3(?:-(?:224|256|384|512))?|md5|b2|b3|blake2[bs]?|blake3)/i.exec(
      name,
    ) ?? [];
  const key = found?.toLowerCase().replace(/^sha-/, 'sha').replace('_', '-') ?? '';
  return ({ b2: 'blake2b', blake2: 'blake2b', b3: 'blake3' }[key] ?? key) || null;
}

/** By the hint where the digest has its length, or is a shorter one of its family; else by the length alone. */
function algorithmOfLength(digits: number, hint: string | null): string | undefined {
  if (hint !== null && digitsOf(hint) === digits) return hint;
  const ofFamily = hint === 'blake2b' || hint === 'sha3' ? `${hint}-${digits * 4}` : '';
  return digitsOf(ofFamily) === digits ? ofFamily : byLength[digits];
}
const digitsOf = (algorithm: string): number | null =>
  Object.hasOwn(digestBytes, algorithm) ? (digestBytes[algorithm] ?? 0) * 2 : null;

/** Undoes the escapes of GNU coreutils: a backslash before the line says that the name holds `\\`, `\n` or `\r`. */
const withoutEscapes = (name: string): string =>
  name.replace(/\\([\\nr])/g, (_, char: string) => (char === 'n' ? '\n' : char === 'r' ? '\r' : '\\'));

const tagged = /^([A-Za-z0-9/-]+) ?\((.*)\) ?= ?([^ ]*)$/s;
/** Digests in base64: of `cksum --base64`, and of OpenBSD's `-b`. */
const inBase64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** `openssl dgst -c` divides bytes by colons. */
const inColons = /^[0-9a-f]{2}(:[0-9a-f]{2})+$/i;
/** What most lines are: a digest in small letters, two blanks or a blank and a star, and the name. */
const usual = /^([0-9a-f]{32,128}) [ *](.+)$/s;
/** `md5deep -z` and its kin: the size, the digest and the name, two blanks apart. */
const sized = /^ *([0-9]{1,15}) {2}([0-9a-f]{32,128}) {2}(.+)$/s;
/** Some write the algorithm before the digest: `sha256:hex  name`. */
const plain = /^(?:([a-z0-9-]+):)?([^ \t]+)(?: ([ *])|\t+(\*?)| +)(.+)$/s;
/** `cksum`: the checksum and the size as decimal numbers, then the name (POSIX.1-2024, cksum, "STDOUT"). */
const posix = /^([0-9]{1,10}) ([0-9]{1,15}) (.+)$/s;
/** Whether a line is one of `cksum` beyond doubt: so long a number stands seldom before another in any other text. */
export const isPosixLine = (text: string): boolean => /^[0-9]{6,10} [0-9]{1,15} ./.test(text);

/**
 * A line of a GNU, BSD (`--tag`), OpenSSL or POSIX `cksum` list; null where it is none. A line of that form whose digest is not one
 * (too short, no hex digits) has no digests: its name is listed and nothing can be held against it.
 * @param hint algorithm that the list is of, where its name says so; it decides between those of one length
 * @param isVerbatim names stand as they are, as `--zero` writes them
 */
export function parseChecksumLine(
  text: string,
  hint: string | null,
  line = 0,
  isVerbatim = false,
): ChecksumLine | null {
  const [, digits = '', known = ''] = usual.exec(text) ?? [];
  if (known !== '') {
    const algorithm = algorithmOfLength(digits.length, hint);
    const digests = algorithm === undefined ? [] : [`${algorithm}:${digits}`];
    return { name: known, digests, line, isStarred: text[digits.length + 1] === '*' };
  }
  const isEscaped = !isVerbatim && text.startsWith('\\');
  const bare = isEscaped ? text.slice(1) : text;
  const named = (name: string) => (isEscaped ? withoutEscapes(name) : name);
  const [, tag = '', inside = '', value = ''] = tagged.exec(bare) ?? [];
  if (tag !== '') {
    // As lists of the BSD ports give the size beside the digest.
    if (tag === 'SIZE' && /^[0-9]{1,15}$/.test(value))
      return { name: named(inside), digests: [], bytes: Number(value), line, isSize: true };
    const algorithm = algorithmOfTag(tag);
    if (algorithm === null) return null;
    return { name: named(inside), digests: taggedDigests(algorithm, value), line };
  }
  const [, length = '', digit = '', measured = ''] = sized.exec(bare) ?? [];
  const sizedBy = algorithmOfLength(digit.length, hint);
  if (sizedBy !== undefined)
    return { name: named(measured), digests: digestsOf(sizedBy, digit), bytes: Number(length), line };
  const [, crc = '', size = '', summed = ''] = posix.exec(bare) ?? [];
  if (summed !== '' && Number(crc) <= 0xffffffff)
    return {
      name: named(summed),
      digests: [`posix-cksum:${Number(crc).toString(16).padStart(8, '0')}`],
      bytes: Number(size),
      line,
    };
  const [, prefix, hex = '', marker = '', tabbed = '', name = ''] = plain.exec(bare) ?? [];
  if (name === '' || (prefix !== undefined && algorithmOfTag(prefix) === null)) return null;
  const algorithm = prefix === undefined ? algorithmOfLength(hex.length, hint) : algorithmOfTag(prefix);
  const digests = algorithm == null ? [] : digestsOf(algorithm, hex);
  return { name: named(name), digests, line, isStarred: marker === '*' || tabbed === '*' };
}

const digestsOf = (algorithm: string, hex: string): string[] =>
  digitsOf(algorithm) === hex.length && /^[0-9a-f]+$/i.test(hex) ? [`${algorithm}:${hex.toLowerCase()}`] : [];

/** The value of a line that names its algorithm: hex, hex in pairs, or base64 of just as many bytes. */
function taggedDigests(algorithm: string, value: string): string[] {
  const digits = digitsOf(algorithm) ?? 0;
  if (inColons.test(value)) return digestsOf(algorithm, value.replaceAll(':', ''));
  const isBase64 = value.length === Math.ceil(digits / 6) * 4 && inBase64.test(value);
  return digestsOf(algorithm, isBase64 ? Buffer.from(value, 'base64').toString('hex') : value);
}

/** A line of an SFV list: the name, then the CRC-32 as eight digits. */
export function parseSfvLine(text: string, line: number): ChecksumLine | null {
  const [, name = '', hex = ''] = /^(.*\S)[ \t]+([0-9a-fA-F]{8})[ \t]*$/.exec(text) ?? [];
  return name === '' ? null : { name, digests: digestsOf('crc32', hex), line };
}

/**
 * The one line of a file that is named after another, `model.bin.sha256`, and holds its digest alone; null where it holds
 * more, or no digest of the algorithm that the name tells.
 */
export function parseLoneDigest(text: string, list: string): ChecksumLine | null {
  const [, name = '', ending = ''] =
    /^(.+)\.(md5|sha-?1|sha-?2?(?:224|256|384|512)|b2|b3|blake2b|blake3)(?:sums?)?(?:\.txt)?$/i.exec(list) ?? [];
  // Some write the algorithm before it.
  const [, prefix, hex = ''] = /^(?:([a-z0-9-]+):)?([0-9a-f]+)$/i.exec(text.trim()) ?? [];
  const algorithm = algorithmOfName(`.${ending}`);
  if (name === '' || algorithm === null || hex === '') return null;
  if (prefix !== undefined && algorithmOfTag(prefix) !== algorithm) return null;
  return { name, digests: digestsOf(algorithm, hex), line: 1 };
}

/**
 * Lines of a hashdeep list: `%%%% size,md5,sha256,filename` names the columns (hashdeep 4.4). A name with a line end
 * in it is written as it is, so a row that begins otherwise belongs to the name before it.
 */
export function hashdeepLines(rows: readonly string[]): ChecksumLine[] {
  let columns: string[] = [];
  const lines: ChecksumLine[] = [];
  rows.forEach((row, index) => {
    if (row.startsWith('%%%%')) {
      if (row.includes('filename')) columns = row.slice(5).split(',');
      return;
    }
    if (row.startsWith('## ') || row === '##' || columns.length === 0) return;
    const cells = row.split(',');
    const isRow = columns.slice(0, -1).every((column, i) => {
      const cell = cells[i] ?? '';
      return column === 'size' ? /^[0-9]+$/.test(cell) : /^[0-9a-f]+$/i.test(cell);
    });
    const before = lines.at(-1);
    if (isRow && cells.length >= columns.length)
      lines.push({
        name: cells.slice(columns.length - 1).join(','),
        digests: columns.flatMap((column, i) => (isTagged(column) ? digestsOf(column, cells[i] ?? '') : [])),
        bytes: Number(cells[columns.indexOf('size')] ?? Number.NaN),
        line: index + 1,
      });
    else if (before !== undefined && row !== '') before.name += `\n${row}`;
  });
  return lines;
}
