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
  constructor(why: string, offset: number, as: { isEnd?: boolean; isRefused?: boolean } = {}) {
    super(why);
    this.offset = offset;
    this.isEnd = as.isEnd ?? false;
    this.isRefused = as.isRefused ?? false;
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
