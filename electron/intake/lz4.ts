const primes = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;
const turned = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** xxHash of 32 bits with the seed 0 (xxHash fast digest algorithm, 0.1.1). */
function xxHash32(bytes: Buffer): number {
  const [p1, p2, p3, p4, p5] = primes;
  let at = 0;
  let sum: number = p5;
  if (bytes.length >= 16) {
    const lanes = [(p1 + p2) | 0, p2 | 0, 0, -p1 | 0];
    for (; at + 16 <= bytes.length; at += 16)
      for (let lane = 0; lane < 4; lane += 1)
        lanes[lane] = Math.imul(
          turned(((lanes[lane] ?? 0) + Math.imul(bytes.readInt32LE(at + 4 * lane), p2)) | 0, 13),
          p1,
        );
    const [a = 0, b = 0, c = 0, d = 0] = lanes;
    sum = turned(a, 1) + turned(b, 7) + turned(c, 12) + turned(d, 18);
  }
  sum = (sum + bytes.length) | 0;
  for (; at + 4 <= bytes.length; at += 4)
    sum = Math.imul(turned((sum + Math.imul(bytes.readInt32LE(at), p3)) | 0, 17), p4);
  for (; at < bytes.length; at += 1) sum = Math.imul(turned((sum + Math.imul(bytes[at] ?? 0, p5)) | 0, 11), p1);
  sum = Math.imul(sum ^ (sum >>> 15), p2);
  sum = Math.imul(sum ^ (sum >>> 13), p3);
  return (sum ^ (sum >>> 16)) >>> 0;
}

/**
 * An LZ4 frame (lz4 Frame Format 1.6.x, Block Format): what joblib writes as lz4. Checksums that it has are held.
 * @returns what it holds, and how many bytes it is: what follows is the caller's to judge
 * @throws Error in words where the stream ends early, is damaged or grows past `most` bytes
 */
export function decompressLz4(packed: Uint8Array, most: number): { data: Buffer; used: number } {
  const input = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  let at = 4;
  const need = (length: number) => {
    if (at + length > input.length) throw new Error('the lz4 stream ends early');
  };
  /** A checksum stands here, over these bytes. */
  const hold = (bytes: Buffer) => {
    need(4);
    if (input.readUInt32LE(at) !== xxHash32(bytes)) throw new Error('the lz4 stream does not have its checksum');
    at += 4;
  };
  need(3);
  const flags = input.readUInt8(at);
  if (flags >> 6 !== 1) throw new Error('the lz4 frame is of another version');
  const described = 2 + ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0);
  need(described + 1);
  if (input.readUInt8(at + described) !== ((xxHash32(input.subarray(at, at + described)) >>> 8) & 255))
    throw new Error('the header of the lz4 frame does not have its checksum');
  const stated = (flags & 8) !== 0 ? input.readBigUInt64LE(at + 2) : null;
  at += described + 1;
  const pieces: Buffer[] = [];
  let history = Buffer.alloc(0);
  let total = 0;
  for (;;) {
    need(4);
    const word = input.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const length = word & 0x7fffffff;
    need(length);
    const block = input.subarray(at, at + length);
    const out = word >= 0x80000000 ? Buffer.from(block) : inflateBlock(block, history, most - total);
    at += length;
    if ((flags & 16) !== 0) hold(block);
    total += out.length;
    if (total > most) throw new Error(`the lz4 stream grows past ${most} bytes`);
    pieces.push(out);
    // Blocks that are linked may copy from the 64 KiB before them.
    history = Buffer.concat([history, out]).subarray(-65_536);
  }
  const data = Buffer.concat(pieces);
  if ((flags & 4) !== 0) hold(data);
  if (stated !== null && stated !== BigInt(total)) throw new Error('the lz4 stream is not of the size that it states');
  return { data, used: at };
}

function inflateBlock(block: Buffer, history: Buffer, most: number): Buffer {
  let out = Buffer.alloc(Math.min(most, 4 * 2 ** 20) + history.length);
  history.copy(out);
  let end = history.length;
  let at = 0;
  const room = (length: number) => {
    if (end + length - history.length > most) throw new Error('a block of lz4 grows too large');
    if (end + length > out.length) out = Buffer.concat([out, Buffer.alloc(Math.max(out.length, length))]);
  };
  const more = (start: number): number => {
    let length = start;
    if (start === 15)
      for (let next = 255; next === 255; ) {
        if (at >= block.length) throw new Error('a block of lz4 ends early');
        next = block[at++] ?? 0;
        length += next;
      }
    return length;
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = more(token >> 4);
    if (at + literals > block.length) throw new Error('a block of lz4 ends early');
    room(literals);
    block.copy(out, end, at, at + literals);
    end += literals;
    at += literals;
    if (at === block.length) break;
    if (at + 2 > block.length) throw new Error('a block of lz4 ends early');
    const distance = block.readUInt16LE(at);
    at += 2;
    const length = more(token & 15) + 4;
    if (distance === 0 || distance > end) throw new Error('a block of lz4 copies from before its beginning');
    room(length);
    for (let i = 0; i < length; i += 1, end += 1) out[end] = out[end - distance] ?? 0;
  }
  return out.subarray(history.length, end);
}
