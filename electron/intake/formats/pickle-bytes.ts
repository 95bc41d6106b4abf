import type { MemberBytes } from './zip-members.ts';

/** Bounded forward reader over a file. `take` throws `Stop` where the bytes end. */
export interface Bytes {
  at: number;
  size: number;
  take(length: number): Uint8Array;
}

/** The opcode reader cannot go on: in words, at an offset. */
export class Stop extends Error {
  readonly offset: number;
  /** Whether the bytes end before the stream does. */
  readonly isEnd: boolean;
  /** Whether every loader refuses to go on here, and nothing after it is reached. */
  readonly isRefused: boolean;
  /** Whether nothing but a limit of this reader stands here. */
  readonly isLimit: boolean;
  constructor(why: string, offset: number, as: { isEnd?: boolean; isRefused?: boolean; isLimit?: boolean } = {}) {
    super(why);
    this.offset = offset;
    this.isEnd = as.isEnd ?? false;
    this.isRefused = as.isRefused ?? false;
    this.isLimit = as.isLimit ?? false;
  }
}

/** Bytes that are held, read forward. */
export function inMemory(data: Uint8Array): Bytes {
  return {
    at: 0,
    size: data.length,
    take(length) {
      if (this.at + length > data.length)
        throw new Stop('The file ends in the middle of an opcode.', data.length, { isEnd: true });
      this.at += length;
      return data.subarray(this.at - length, this.at);
    },
  };
}

/**
 * Reads a file forward in blocks of 1 MiB, without holding it.
 * @param head its first bytes, where they are in hand: nothing is read until more is asked for
 */
export function forward(file: MemberBytes, from = 0, head: Uint8Array = new Uint8Array()): Bytes {
  let block = head;
  let blockAt = 0;
  return {
    at: from,
    size: file.bytes,
    take(length) {
      if (this.at + length > this.size)
        throw new Stop('The file ends in the middle of an opcode.', this.size, { isEnd: true });
      if (this.at < blockAt || this.at + length > blockAt + block.length) {
        blockAt = this.at;
        block = file.read(blockAt, Math.max(length, 1_048_576));
        if (block.length < length)
          throw new Stop('The file ends in the middle of an opcode.', this.size, { isEnd: true });
      }
      const taken = block.subarray(this.at - blockAt, this.at - blockAt + length);
      this.at += length;
      return taken;
    },
  };
}

/** Of a line as much is kept as any name or number has; loaders bound no line. */
const lineAtMost = 1_000_000;
/** Only short texts can be names; the rest is passed over without being kept. */
const keptAtMost = 4_096;

/** What opcodes take from the bytes that follow them. All throw `Stop` where the bytes end. */
export function primitives(bytes: Bytes): {
  byte(): number;
  uint(width: 1 | 2 | 4): number;
  long8(): number;
  /** A line without its end, a character a byte; a longer one than any name is none. */
  line(): string;
  /** Passes over bytes: those of a short payload, and none of a longer one. */
  skip(length: number): Uint8Array;
} {
  const byte = () => bytes.take(1)[0] ?? 0;
  return {
    byte,
    uint: (width) => Buffer.from(bytes.take(width)).readUIntLE(0, width),
    long8: () => Number(Buffer.from(bytes.take(8)).readBigUInt64LE()),
    line() {
      const kept: Buffer[] = [];
      for (let length = 0; ; ) {
        const left = bytes.size - bytes.at;
        if (left <= 0) byte();
        const piece = bytes.take(Math.min(left, length === 0 ? 256 : 65_536));
        const end = piece.indexOf(0x0a);
        const held = end < 0 ? piece : piece.subarray(0, end);
        if (length <= lineAtMost) kept.push(Buffer.from(held));
        length += held.length;
        if (end < 0) continue;
        bytes.at -= piece.length - end - 1;
        return length > lineAtMost ? '' : Buffer.concat(kept).toString('latin1');
      }
    },
    skip(length) {
      if (!Number.isSafeInteger(length) || length < 0)
        throw new Stop(`${length} is no length of bytes.`, bytes.at, { isRefused: true });
      if (length > bytes.size - bytes.at)
        throw new Stop(`${length} bytes are announced and ${bytes.size - bytes.at} are left.`, bytes.at, {
          isEnd: true,
        });
      if (length <= keptAtMost) return bytes.take(length);
      bytes.at += length;
      return new Uint8Array();
    },
  };
}
