/** Keys whose values are a writer's own bytes: extended attributes, access lists. They are neither read nor applied. */
const isAttribute = (key: string): boolean => /^(SCHILY|LIBARCHIVE)\./.test(key);

/** What an extended header may say; anything else (sparse maps, other encodings of the size) is not read. */
const isRead = (key: string): boolean =>
  isAttribute(key) || /^(path|mtime|atime|ctime|size|uid|gid|uname|gname|comment|charset|hdrcharset)$/.test(key);

/** Names the one encoding that is read; anything else (`BINARY`) leaves names to the reader's guess. */
const isUtf8Charset = (value: string): boolean => value === '' || value === 'ISO-IR 10646 2000 UTF-8';

/**
 * Records of a pax header, `length key=value\n` (POSIX.1-2017, pax, "pax Extended Header").
 * @returns why the archive is refused, in words, where two readers could read it differently
 */
export function paxRecords(data: Uint8Array): { values: Map<string, string>; hasNul: boolean } | string {
  const values = new Map<string, string>();
  const buffer = Buffer.from(data);
  let hasNul = false;
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const digits = space < 0 ? '' : buffer.subarray(at, space).toString('latin1');
    const length = /^[0-9]{1,9}$/.test(digits) ? Number(digits) : 0;
    if (length < 5 || at + length > buffer.length || buffer[at + length - 1] !== 0x0a)
      return 'has an extended header that does not add up';
    const record = buffer.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1) return 'has an extended header that does not add up';
    const key = record.subarray(0, equals).toString('utf8');
    const raw = record.subarray(equals + 1);
    const value = raw.toString('utf8');
    if (values.has(key)) return `has an extended header that says ${key.slice(0, 60)} twice`;
    if (!isRead(key)) return `has an extended header of a kind that is not read, ${key.slice(0, 60)}`;
    if (isAttribute(key)) hasNul ||= record.includes(0);
    else if (record.includes(0)) return 'has an extended header with a NUL in it';
    else if (Buffer.compare(Buffer.from(value), raw) !== 0) return 'has an extended header that is not UTF-8';
    if (/charset$/.test(key) && !isUtf8Charset(value)) return 'declares names in another encoding than UTF-8';
    if (key === 'size' && !/^[0-9]{1,15}$/.test(value)) return 'has a size that is no whole number';
    if (key === 'mtime' && !/^-?[0-9]{1,15}(\.[0-9]*)?$/.test(value)) return 'has a time that is no number';
    values.set(key, value);
    at += length;
  }
  return { values, hasNul };
}
