import type zlib from 'node:zlib';

/**
 * What packed bytes hold, and how many of them it took: what follows them is the caller's to judge.
 * @param undo one of those of node:zlib @param most bytes that may come out @throws the error of zlib
 */
export function inflated(
  undo: typeof zlib.inflateSync,
  packed: Uint8Array,
  most: number,
): { data: Buffer; used: number } {
  // With `info` the answer is of this shape (node:zlib, "Class: Options"), which the types leave out.
  const { buffer, engine } = undo(packed, { maxOutputLength: most, info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  return { data: buffer, used: engine.bytesWritten };
}
