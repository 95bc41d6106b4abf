import { Unreadable } from './format.ts';
import { readHeaderLiteral } from './numpy-header.ts';

/** Header of an array file (numpy, "NPY format", 1.0 to 3.0). */
export interface ArrayHeader {
  dtype: string;
  shape: number[];
  /** Where the data begins. */
  dataAt: number;
  /** Bytes that the data must have; null where the type is a structure or holds objects. */
  dataBytes: number | null;
  /** Whether the data is a pickle. */
  isObject: boolean;
}

export const isArrayFile = (head: Uint8Array): boolean =>
  head[0] === 0x93 && Buffer.from(head.subarray(1, 6)).toString('latin1') === 'NUMPY';

/**
 * Reads a header by what it may hold and nothing else: it is a Python literal, and it is not evaluated.
 * @param read bytes from an offset, as of a file @throws Unreadable
 */
export function readArrayHeader(read: (offset: number, length: number) => Uint8Array, bytes: number): ArrayHeader {
  const head = Buffer.from(read(0, 12));
  const [major = 0, minor = 0] = head.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0)
    throw new Unreadable(`Version ${major}.${minor} of the array format is not read; 1.0, 2.0 and 3.0 are.`);
  const wide = major > 1;
  const at = wide ? 12 : 10;
  if (head.length < at) throw new Unreadable('The array ends in its header.');
  const length = wide ? head.readUInt32LE(8) : head.readUInt16LE(8);
  if (length > 1_048_576 || at + length > bytes) throw new Unreadable('The array ends in its header.');
  const text = Buffer.from(read(at, length)).toString('latin1');
  const literal = readHeaderLiteral(text);
  if (literal === null)
    throw new Unreadable(
      'The header of the array is not the literal that writers write: what a loader makes of it may hold objects.',
    );
  const { descr, shape } = literal;
  const [, dtype = ''] = /'descr'\s*:\s*'([^']{1,40})'/.exec(text) ?? [];
  const count = shape.reduce((product, size) => product * BigInt(size), 1n);
  const data = descr.unit === null || descr.isObject ? null : count * BigInt(descr.unit);
  const dataAt = at + length;
  if (data !== null && data > BigInt(Number.MAX_SAFE_INTEGER))
    throw new Unreadable('The array is larger than any file.');
  return {
    dtype: dtype === '' ? 'of several fields' : dtype,
    shape,
    dataAt,
    dataBytes: data === null ? null : Number(data),
    isObject: descr.isObject,
  };
}
