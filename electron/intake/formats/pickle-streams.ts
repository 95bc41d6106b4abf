import { looksLikePickle } from './looks-like-pickle.ts';
import { type Bytes, inMemory, Stop } from './pickle-bytes.ts';
import { addFrom, findsFor, type Memo, type PickleFinds } from './pickle-finds.ts';
import { readPickle } from './pickle-opcodes.ts';
import type { Import, Value } from './pickle-values.ts';
import type { Storage } from './torch-storages.ts';

/** What lies in bytes that are pickles one after another. */
export interface Streams {
  count: number;
  /** Bytes after the last stream. */
  trailing: number;
  /** Storages that lie outside the streams, as they refer to them. */
  storages: Storage[];
  /** What the streams would make, of the first of them. */
  made: Value[];
  /** Whether a stream asks for buffers that are handed over beside it. */
  hasBuffersElsewhere: boolean;
  /** Whether the storages follow the streams, as torch wrote them before 1.6. */
  isLegacyTorch: boolean;
  /** Why it could not be read to its end, in words; null where it was. */
  stopped: string | null;
  /** Whether the bytes end before the stream does: damage, not obfuscation. */
  isTruncated: boolean;
}

/** torch.save before 1.6: a magic number, a protocol, a system, the object, its keys, then the raw storages. */
const torchMagic = Buffer.from('8a0a6cfc9c46f9206aa85019', 'hex');
const isLegacyTorch = (head: Uint8Array) => Buffer.from(head.subarray(0, 64)).includes(torchMagic);

/** The byte to come, which stays to be read. */
function next(bytes: Bytes): number {
  const [byte = 0] = bytes.take(1);
  bytes.at -= 1;
  return byte;
}

const nestedAtMost = 8;

/** Bytes in a pickle that are one themselves, in their place among the finds; null where they are none. */
function nestedIn(imports: Import[], checkpoint: () => void, depth: number): NonNullable<PickleFinds['nested']> {
  return (payload) => {
    if (depth > nestedAtMost || !looksLikePickle(payload)) return null;
    checkpoint();
    const { stopped } = readStreams(inMemory(payload), payload.subarray(0, 64), imports, checkpoint, depth);
    return { t: 'nested', isWhole: stopped === null };
  };
}

/** What loaders would do that read the same bytes otherwise, up to where those are no pickle to them. */
function readOtherwise(bytes: Bytes, from: number, count: number, finds: PickleFinds): void {
  const at = bytes.at;
  for (const reading of ['opcodes', 'unpadded', 'goes on'] as const) {
    if (reading === 'goes on' ? count < 2 : finds.hasArrays !== true) continue;
    const imports: Import[] = [];
    const memo: Memo = new Map();
    let left = 1_000;
    bytes.at = from;
    try {
      do readPickle(bytes, { ...findsFor(imports), reading, ...(reading === 'goes on' ? { memo } : {}) });
      while (--left > 0 && bytes.at < bytes.size && next(bytes) === 0x80);
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
    // Of what goes on remembering, a mixture of texts is all that differs.
    addFrom(reading === 'goes on' ? imports.filter(({ isAside = false }) => isAside) : imports, finds);
  }
  bytes.at = at;
}

/** Reads every stream that follows another, and adds what they import. */
export function readStreams(
  bytes: Bytes,
  head: Uint8Array,
  imports: Import[],
  checkpoint: () => void,
  depth = 0,
): Streams {
  let count = 0;
  const finds = { ...findsFor(imports), nested: nestedIn(imports, checkpoint, depth + 1) };
  const { storages } = finds;
  const from = bytes.at;
  const made: Value[] = [];
  const legacy = isLegacyTorch(head);
  // What follows the five streams of such a file is raw, whatever its first byte is.
  const most = legacy ? 5 : 1_000;
  const told = () => ({ storages, made, hasBuffersElsewhere: finds.hasBuffersElsewhere, isLegacyTorch: legacy });
  try {
    return readEach();
  } finally {
    readOtherwise(bytes, from, count, finds);
  }

  function readEach(): Streams {
    try {
      do {
        const value = readPickle(bytes, finds);
        if (made.length < 5) made.push(value);
        count += 1;
        checkpoint();
      } while (count < most && bytes.at < bytes.size && next(bytes) === 0x80);
      const trailing = bytes.size - bytes.at;
      return { ...told(), isLegacyTorch: legacy && count === 5, count, trailing, stopped: null, isTruncated: false };
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      // What follows whole streams and is none is passed over by a loader, like any other bytes after the end.
      if (count > 0 && !error.isEnd && !legacy)
        return { ...told(), count, trailing: bytes.size - error.offset, stopped: null, isTruncated: false };
      const stopped = `${error.message.replace(/\.$/, '')}, at byte ${error.offset}.`;
      const isDamaged = error.isEnd || (error.isRefused && head[0] === 0x80);
      return { ...told(), count, trailing: 0, stopped, isTruncated: isDamaged };
    }
  }
}
