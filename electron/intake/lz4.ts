/**
 * LZ4 frames (lz4 Frame Format 1.6.x, Block Format): what joblib writes as lz4. Checksums are passed over; sizes are not.
 * @throws Error in words where the stream ends early, is damaged or grows past `most` bytes
 */
export function decompressLz4(packed: Uint8Array, most: number): Uint8Array {
  const input = Buffer.from(packed);
  let at = 4;
  const need = (length: number) => {
    if (at + length > input.length) throw new Error('the lz4 stream ends early');
  };
  need(3);
  const flags = input.readUInt8(at);
  if (flags >> 6 !== 1) throw new Error('the lz4 frame is of another version');
  at += 2 + ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0) + 1;
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
    at += length + ((flags & 16) !== 0 ? 4 : 0);
    total += out.length;
    if (total > most) throw new Error(`the lz4 stream grows past ${most} bytes`);
    pieces.push(out);
    // Blocks that are linked may copy from the 64 KiB before them.
    history = Buffer.concat([history, out]).subarray(-65_536);
  }
  return Buffer.concat(pieces);
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
