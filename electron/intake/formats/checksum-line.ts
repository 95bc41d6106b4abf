/** A line of a checksum list. `digest` is null where what stands in its place is none. */
export interface ChecksumLine {
  name: string;
  digests: string[];
  bytes?: number;
  line: number;
  /** The star of md5sum's binary mode stood before the name. */
  isStarred?: boolean;
}

const hexDigits: Record<string, number> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  blake2b: 128,
  blake3: 64,
};
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
  BLAKE2B: 'blake2b',
  'BLAKE2B-512': 'blake2b',
  BLAKE2B512: 'blake2b',
  BLAKE3: 'blake3',
};

/** Algorithm that the name of a list tells: SHA256SUMS, model.bin.sha512, B3SUMS. */
export function algorithmOfName(name: string): string | null {
  const [, found] = /(sha-?1|sha-?224|sha-?256|sha-?384|sha-?512|md5|b2|b3|blake2b?|blake3)/i.exec(name) ?? [];
  const key = found?.toLowerCase().replace('-', '') ?? '';
  return ({ b2: 'blake2b', blake2: 'blake2b', b3: 'blake3' }[key] ?? key) || null;
}

/** Undoes the escapes of GNU coreutils: a backslash before the line says that the name holds `\\`, `\n` or `\r`. */
const withoutEscapes = (name: string): string =>
  name.replace(/\\([\\nr])/g, (_, char: string) => (char === 'n' ? '\n' : char === 'r' ? '\r' : '\\'));

const tagged = /^([A-Za-z0-9-]+) ?\((.*)\) ?= ?([^ ]*)$/s;
const plain = /^([^ \t]+)(?: ([ *])|\t+(\*?)| +)(.+)$/s;
/** `cksum`: the checksum and the size as decimal numbers, then the name (POSIX.1-2024, cksum, "STDOUT"). */
const posix = /^([0-9]{1,10}) ([0-9]{1,15}) (.+)$/s;
/** Whether a line is one of `cksum` beyond doubt: so long a number stands seldom before another in any other text. */
export const isPosixLine = (text: string): boolean => /^[0-9]{6,10} [0-9]{1,15} ./.test(text);

/**
 * A line of a GNU, BSD (`--tag`), OpenSSL or POSIX `cksum` list; null where it is none. A line of that form whose digest is not one
 * (too short, no hex digits) has no digests: its name is listed and nothing can be held against it.
 * @param hint algorithm that the list is of, where its name says so; it decides between those of one length
 */
export function parseChecksumLine(text: string, hint: string | null, line = 0): ChecksumLine | null {
  const isEscaped = text.startsWith('\\');
  const bare = isEscaped ? text.slice(1) : text;
  const named = (name: string) => (isEscaped ? withoutEscapes(name) : name);
  const [, tag = '', inside = '', value = ''] = tagged.exec(bare) ?? [];
  if (tag !== '') {
    const algorithm = byName[tag.toUpperCase()];
    if (algorithm === undefined) return null;
    return { name: named(inside), digests: digestsOf(algorithm, value), line };
  }
  const [, crc = '', size = '', summed = ''] = posix.exec(bare) ?? [];
  if (summed !== '' && Number(crc) <= 0xffffffff)
    return {
      name: named(summed),
      digests: [`posix-cksum:${Number(crc).toString(16).padStart(8, '0')}`],
      bytes: Number(size),
      line,
    };
  const [, hex = '', marker = '', tabbed = '', name = ''] = plain.exec(bare) ?? [];
  if (name === '') return null;
  const algorithm = hint !== null && hexDigits[hint] === hex.length ? hint : byLength[hex.length];
  const digests = algorithm === undefined ? [] : digestsOf(algorithm, hex);
  return { name: named(name), digests, line, isStarred: marker === '*' || tabbed === '*' };
}

const digestsOf = (algorithm: string, hex: string): string[] =>
  hexDigits[algorithm] === hex.length && /^[0-9a-f]+$/i.test(hex) ? [`${algorithm}:${hex.toLowerCase()}`] : [];

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
        digests: columns.flatMap((column, i) => digestsOf(column, cells[i] ?? '')),
        bytes: Number(cells[columns.indexOf('size')] ?? Number.NaN),
        line: index + 1,
      });
    else if (before !== undefined && row !== '') before.name += `\n${row}`;
  });
  return lines;
}
