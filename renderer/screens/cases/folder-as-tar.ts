/** A file that was dropped, by its path below what was dropped; a folder has no file. */
export interface Dropped {
  path: string;
  file: File | null;
}

const block = 512;
const encoder = new TextEncoder();
const isPlain = (path: string) => path.length <= 100 && /^[\x20-\x7e]*$/.test(path);

/** One ustar header (POSIX.1-2008, pax interchange format). @param name plain ASCII, at most 100 letters */
function header(name: string, size: number, type: '0' | '5' | 'x', seconds: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(block);
  const put = (at: number, text: string) => bytes.set(encoder.encode(text), at);
  const octal = (at: number, digits: number, value: number) => put(at, `${value.toString(8).padStart(digits, '0')}\0`);
  put(0, name);
  octal(100, 7, type === '5' ? 0o755 : 0o644);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, size);
  octal(136, 11, Math.max(0, Math.floor(seconds)));
  put(148, '        ');
  put(156, type);
  put(257, 'ustar\x0000');
  let sum = 0;
  for (const byte of bytes) sum += byte;
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return bytes;
}

/** A pax record counts itself: its length, a blank, the name, the value, a line feed. */
function paxRecord(name: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = encoder.encode(` ${name}=${value}\n`);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return encoder.encode(`${length}${new TextDecoder().decode(rest)}`);
}
const filler = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array((block - (size % block)) % block);

/**
 * Files and folders as one tar archive, in the order of their paths. The bytes stay where they are until they are sent;
 * the names are data in the archive, and become no path on the way.
 */
export function tarOf(dropped: readonly Dropped[]): Blob {
  const parts: (Uint8Array<ArrayBuffer> | File)[] = [];
  const ordered = [...dropped].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  for (const [index, { path, file }] of ordered.entries()) {
    const name = file === null ? `${path}/` : path;
    const type = file === null ? '5' : '0';
    const seconds = (file?.lastModified ?? 0) / 1_000;
    if (!isPlain(name)) {
      const record = paxRecord('path', name);
      parts.push(header(`pax-${index + 1}`, record.length, 'x', seconds), record, filler(record.length));
    }
    parts.push(header(isPlain(name) ? name : `entry-${index + 1}`, file?.size ?? 0, type, seconds));
    if (file !== null) parts.push(file, filler(file.size));
  }
  parts.push(new Uint8Array(2 * block));
  return new Blob(parts, { type: 'application/x-tar' });
}
