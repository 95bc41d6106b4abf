import zlib from 'node:zlib';
import { limits } from '../../../shared/limits.ts';
import { decompressBzip2 } from '../bzip2.ts';
import { inflated } from '../inflate.ts';
import { decompressLz4 } from '../lz4.ts';
import { decompressLzma } from '../lzma.ts';
import { looksLikePickle } from './looks-like-pickle.ts';
import { Stop } from './pickle-bytes.ts';

/** What lay in a compressed stream, and what follows it. */
export interface Unpacked {
  data: Uint8Array;
  wrapping: string;
  rest: Uint8Array;
}

/**
 * Compressions by their first bytes, never by name; joblib writes zlib, gzip, bz2, lzma, xz and lz4, pandas zstd too. Null where it is none.
 * @param whole all of the bytes @throws Stop where they are damaged, or grow too large
 */
export function unpack(head: Uint8Array, bytes: number, whole: () => Uint8Array): Unpacked | null {
  const most = 2 * limits.jsonBytes;
  const wrapping = wrappingOf(head);
  if (wrapping === null) return null;
  if (bytes > limits.jsonBytes)
    throw new Stop(`The compressed stream cannot be undone: it is larger than ${limits.jsonBytes} bytes.`, bytes);
  const packed = whole();
  try {
    if (wrapping === 'bzip2' || wrapping === 'lz4' || wrapping === 'lzma') {
      const undo = { bzip2: decompressBzip2, lz4: decompressLz4, lzma: decompressLzma }[wrapping];
      const { data, used } = undo(packed, most);
      return { data, wrapping, rest: packed.subarray(used) };
    }
    if (wrapping === 'zfile') return unpackZfile(packed, most);
    const { data, used } = inflated(undoing[wrapping], packed, most);
    return { data, wrapping, rest: packed.subarray(used) };
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\.$/, '') : 'damaged';
    throw new Stop(`The compressed stream cannot be undone: ${why}.`, bytes, {
      isEnd: !/ past |larger than/i.test(why),
    });
  }
}

/** What joblib wrote before 0.10: the length of what was packed, in hexadecimal digits and blanks (numpy_pickle_compat.py, "read_zfile"). */
function unpackZfile(packed: Uint8Array, most: number): Unpacked {
  const start = Buffer.from(packed.subarray(0, 48)).toString('latin1');
  const [header = '', size = ''] = /^ZF(0x[0-9a-f]{1,16})L? */.exec(start) ?? [];
  const { data, used } = inflated(zlib.inflateSync, packed.subarray(header.length), most);
  if (data.length !== Number(size)) throw new Error(`${data.length} bytes came out, and ${Number(size)} were packed`);
  return { data, wrapping: 'zlib', rest: packed.subarray(header.length + used) };
}

const undoing = { gzip: zlib.gunzipSync, zlib: zlib.inflateSync, zstd: zlib.zstdDecompressSync };

/** First bytes of the others. */
const begins = new Set([0x42, 0x5a, 0x04, 0x28, 0xfd, 0x5d]);

export function wrappingOf(head: Uint8Array): keyof typeof undoing | 'bzip2' | 'lz4' | 'lzma' | 'zfile' | null {
  const [a = 0, b = 0] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x78 && (a * 256 + b) % 31 === 0) return 'zlib';
  if (!begins.has(a)) return null;
  const start = Buffer.from(head.subarray(0, 8)).toString('latin1');
  if (start.startsWith('BZh')) return 'bzip2';
  if (start.startsWith('ZF0x')) return 'zfile';
  if (start.startsWith('\x04"M\x18')) return 'lz4';
  if (start.startsWith('(\xb5/\xfd')) return 'zstd';
  return start.startsWith('\xfd7zXZ\0') || start.startsWith(']\0\0') ? 'lzma' : null;
}

/** Whether a compressed stream holds a pickle, by as much of it as its first bytes give. */
export function packsPickle(head: Uint8Array, isWhole: boolean): boolean {
  const wrapping = wrappingOf(head);
  try {
    if (wrapping === 'gzip' || wrapping === 'zlib') {
      return looksLikePickle(
        undoing[wrapping](head, { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength: 1_048_576 }),
      );
    }
    // The others give nothing before a block of theirs is whole.
    const unpacked = isWhole ? unpack(head, head.length, () => head) : null;
    return unpacked !== null && looksLikePickle(unpacked.data);
  } catch {
    return false;
  }
}
