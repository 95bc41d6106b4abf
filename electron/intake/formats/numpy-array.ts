import { Unreadable } from './format.ts';

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

/** Bytes of a structure of plain fields, each with a type and perhaps a shape; null where it nests or holds anything else. */
function unitOfFields(descr: string): number | null {
  const field =
    /\(\s*(?:'[^'\\]*'|\(\s*'[^'\\]*'\s*,\s*'[^'\\]*'\s*\))\s*,\s*'[<>|=]?([a-zA-Z])([0-9]{1,9})(?:\[[a-zA-Z0-9]+\])?'\s*(?:,\s*\(([0-9,\s]{1,100})\)\s*)?\)\s*,?\s*/y;
  let unit = 0;
  for (field.lastIndex = 1; descr.slice(field.lastIndex).trim() !== ']'; ) {
    const at = field.lastIndex;
    const [, kind, width = '', sizes = ''] = field.exec(descr) ?? [];
    if (kind === undefined || field.lastIndex <= at) return null;
    const parts = sizes.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)]));
    unit += Number(width) * (kind === 'U' ? 4 : 1) * parts.reduce((product, part) => product * part, 1);
  }
  return Number.isSafeInteger(unit) ? unit : null;
}

/**
 * Reads a header by what it may hold and nothing else: it is a Python literal, and it is not evaluated.
 * @param read bytes from an offset, as of a file @throws Unreadable
 */
export function readArrayHeader(read: (offset: number, length: number) => Uint8Array, bytes: number): ArrayHeader {
  const head = Buffer.from(read(0, 12));
  const [major = 0] = head.subarray(6, 7);
  if (major < 1 || major > 3) throw new Unreadable(`Version ${major} of the array format is not read; 1 to 3 are.`);
  const wide = major > 1;
  const at = wide ? 12 : 10;
  if (head.length < at) throw new Unreadable('The array ends in its header.');
  const length = wide ? head.readUInt32LE(8) : head.readUInt16LE(8);
  if (length > 1_048_576 || at + length > bytes) throw new Unreadable('The array ends in its header.');
  const text = Buffer.from(read(at, length)).toString('latin1');
  const [, descr] = /'descr':\s*(\[[^\]]*(?:\[[^\]]*\][^\]]*)*\]|'[^']{0,200}')/.exec(text) ?? [];
  const [, order] = /'fortran_order':\s*(True|False)/.exec(text) ?? [];
  const [, sizes] = /'shape':\s*\(([0-9,\sL]*)\)/.exec(text) ?? [];
  if (/'(descr|fortran_order|shape)'[\s\S]*'\1'\s*:/.test(text))
    throw new Unreadable('The header of the array gives a name twice: readers differ about which counts.');
  if (descr === undefined || order === undefined || sizes === undefined || !/^\s*\{[\s\S]*\}\s*$/.test(text))
    throw new Unreadable('The header of the array is not the literal that the format asks for.');
  const shape = sizes.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part.trim().replace('L', ''))]));
  if (shape.length > 64 || shape.some((size) => !Number.isSafeInteger(size)))
    throw new Unreadable('The shape of the array is none.');
  const isObject = /\bO|'[|<>=]?O/.test(descr.startsWith('[') ? descr : `'${descr.slice(1)}`);
  const fields = descr.startsWith('[') ? unitOfFields(descr) : null;
  const [, kind = '', width] = /^'[<>|=]?([a-zA-Z])([0-9]*)(?:\[[a-zA-Z0-9]+\])?'$/.exec(descr) ?? [];
  const unit = kind === '' ? fields : kind === 'U' ? 4 * Number(width) : width === '' ? null : Number(width);
  const count = shape.reduce((product, size) => product * BigInt(size), 1n);
  const data = unit === null || isObject ? null : count * BigInt(unit);
  const dataAt = at + length;
  if (data !== null && data > BigInt(Number.MAX_SAFE_INTEGER))
    throw new Unreadable('The array is larger than any file.');
  return { dtype: descr, shape, dataAt, dataBytes: data === null ? null : Number(data), isObject };
}
