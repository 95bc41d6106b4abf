/**
 * What packed bytes hold, and how many of them it took: what follows them is the caller's to judge.
 * @param undo one of those of node:zlib @param most bytes that may come out @throws the error of zlib
 */
export function inflated(
  undo: (packed: Uint8Array, options: { maxOutputLength: number; info: true }) => unknown,
  packed: Uint8Array,
  most: number,
): { data: Buffer; used: number } {
  const answer = undo(packed, { maxOutputLength: most, info: true });
  if (!isCounted(answer)) throw new TypeError('node:zlib does not say how many bytes it took.');
  return { data: answer.buffer, used: answer.engine.bytesWritten };
}

/** What is answered where `info` is asked for (node:zlib, "Class: Options"), which the types leave out. */
const isCounted = (answer: unknown): answer is { buffer: Buffer; engine: { bytesWritten: number } } =>
  typeof answer === 'object' &&
  answer !== null &&
  'buffer' in answer &&
  Buffer.isBuffer(answer.buffer) &&
  'engine' in answer &&
  typeof answer.engine === 'object' &&
  answer.engine !== null &&
  'bytesWritten' in answer.engine &&
  typeof answer.engine.bytesWritten === 'number';
