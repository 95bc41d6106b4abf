/** Values of CBOR (RFC 8949) as manifests and COSE hold them: definite lengths, no number that a double cannot hold. */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | CborValue[]
  | CborMap
  | { tag: number; value: CborValue };
export type CborMap = Map<number | string, CborValue>;

export class CborError extends Error {}

const deepest = 64;
const mostItems = 200_000;

/** Reads exactly one value. @throws CborError */
export function readCbor(bytes: Uint8Array): CborValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let items = 0;
  const need = (length: number) => {
    if (length > bytes.length - at) throw new CborError('A value ends early.');
  };
  const argument = (info: number): number => {
    if (info < 24) return info;
    const width = [1, 2, 4, 8][info - 24];
    if (width === undefined) throw new CborError('A length is not stated, or in a form that is not read.');
    need(width);
    at += width;
    if (width === 1) return view.getUint8(at - 1);
    if (width === 2) return view.getUint16(at - 2);
    if (width === 4) return view.getUint32(at - 4);
    const value = Number(view.getBigUint64(at - 8));
    if (!Number.isSafeInteger(value)) throw new CborError('A number is too large.');
    return value;
  };
  const value = (depth: number): CborValue => {
    if (depth > deepest || ++items > mostItems) throw new CborError('It is nested too deep, or holds too much.');
    need(1);
    const head = bytes[at++] ?? 0;
    const [major, info] = [head >> 5, head & 0x1f];
    if (major === 7) return simple(info);
    const count = argument(info);
    switch (major) {
      case 0:
        return count;
      case 1:
        return -1 - count;
      case 2:
      case 3: {
        need(count);
        at += count;
        const part = bytes.subarray(at - count, at);
        return major === 2 ? part : utf8(part);
      }
      case 4:
        // Each item is a byte at least: no array is longer than what follows.
        need(count);
        return Array.from({ length: count }, () => value(depth + 1));
      case 5: {
        need(count * 2);
        const map: CborMap = new Map();
        for (let i = 0; i < count; i += 1) {
          const key = value(depth + 1);
          if (typeof key !== 'number' && typeof key !== 'string')
            throw new CborError('A name in it is neither text nor number.');
          if (map.has(key)) throw new CborError('A name stands twice in it.');
          map.set(key, value(depth + 1));
        }
        return map;
      }
      default:
        return { tag: count, value: value(depth + 1) };
    }
  };
  const simple = (info: number): CborValue => {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22 || info === 23) return null;
    const width = [2, 4, 8][info - 25];
    if (width === undefined) throw new CborError('A value is of a kind that is not read.');
    need(width);
    at += width;
    // A half is read by nobody here: its place is kept.
    return width === 2 ? 0 : width === 4 ? view.getFloat32(at - 4) : view.getFloat64(at - 8);
  };
  const read = value(0);
  if (at !== bytes.length) throw new CborError('Bytes follow the value.');
  return read;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
function utf8(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw new CborError('A text is not UTF-8.');
  }
}

/** One byte string as CBOR writes it. */
export function cborBytes(bytes: Uint8Array): Buffer {
  const { length } = bytes;
  const head =
    length < 24
      ? [0x40 | length]
      : length < 256
        ? [0x58, length]
        : length < 65_536
          ? [0x59, length >> 8, length & 0xff]
          : [0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Uint8Array.from(head), bytes]);
}
