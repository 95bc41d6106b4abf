/** Bits of a stream, most significant first. */
class Bits {
  private readonly input: Uint8Array;
  private at = 0;
  private held = 0;
  private count = 0;
  constructor(input: Uint8Array, from: number) {
    this.input = input;
    this.at = from;
  }
  /** Bytes from the beginning of the input to the end of the one that was read last. */
  get used(): number {
    return this.at - Math.floor(this.count / 8);
  }
  /** @param width at most 24 */
  take(width: number): number {
    while (this.count < width) {
      if (this.at >= this.input.length) throw new Error('the bzip2 stream ends early');
      this.held = ((this.held << 8) | (this.input[this.at++] ?? 0)) >>> 0;
      this.count += 8;
      if (this.count > 24) break;
    }
    if (this.count < width) throw new Error('the bzip2 stream ends early');
    const value = (this.held >>> (this.count - width)) & ((1 << width) - 1);
    this.count -= width;
    this.held &= (1 << this.count) - 1;
    return value;
  }
}

interface Codes {
  limit: number[];
  base: number[];
  symbols: number[];
  shortest: number;
}
/** Canonical Huffman codes from their lengths. */
function codesOf(lengths: number[]): Codes {
  const shortest = Math.min(...lengths);
  const longest = Math.max(...lengths);
  const symbols: number[] = [];
  const limit: number[] = [];
  const base: number[] = [];
  let code = 0;
  for (let length = shortest; length <= longest; length += 1) {
    base[length] = symbols.length - code;
    lengths.forEach((each, symbol) => {
      if (each === length) {
        symbols.push(symbol);
        code += 1;
      }
    });
    limit[length] = code;
    code <<= 1;
  }
  return { limit, base, symbols, shortest };
}
function decode(bits: Bits, { limit, base, symbols, shortest }: Codes): number {
  let code = bits.take(shortest);
  for (let length = shortest; length < limit.length; length += 1) {
    if (code < (limit[length] ?? 0)) {
      const symbol = symbols[code + (base[length] ?? 0)];
      if (symbol !== undefined) return symbol;
    }
    code = (code << 1) | bits.take(1);
  }
  throw new Error('the bzip2 stream holds a code that is none');
}

const blockMark = [0x314159, 0x265359];
const endMark = [0x177245, 0x385090];

/** CRC-32 of bzip2: the polynomial of zlib, most significant bit first (bzip2 1.0.8, crctable.c). */
const sums = Int32Array.from({ length: 256 }, (_, index) => {
  let sum = index << 24;
  for (let i = 0; i < 8; i += 1) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
  return sum;
});
function checksum(bytes: Uint8Array): number {
  let sum = -1;
  for (let i = 0; i < bytes.length; i += 1) sum = (sum << 8) ^ (sums[((sum >>> 24) ^ (bytes[i] ?? 0)) & 255] ?? 0);
  return ~sum >>> 0;
}

/**
 * bzip2 streams (bzip2 1.0.8, as `bunzip2` reads them), one after another, each block and each stream held against its
 * checksum. @returns what they hold, and how many bytes they are: what follows them is the caller's to judge
 * @throws Error in words where a stream ends early, is damaged or grows past `most` bytes
 */
export function decompressBzip2(packed: Uint8Array, most: number): { data: Buffer; used: number } {
  const pieces: Buffer[] = [];
  let total = 0;
  let used = 0;
  do {
    const level = (packed[used + 3] ?? 0) - 0x30;
    if (level < 1 || level > 9) throw new Error('the bzip2 stream has no block size');
    const bits = new Bits(packed, used + 4);
    let combined = 0;
    for (;;) {
      const mark = [bits.take(24), bits.take(24)];
      if (mark[0] === endMark[0] && mark[1] === endMark[1]) break;
      if (mark[0] !== blockMark[0] || mark[1] !== blockMark[1]) throw new Error('the bzip2 stream has no block here');
      const stated = bits.take(16) * 0x10000 + bits.take(16);
      const out = block(bits, level * 100_000, most - total);
      if (checksum(out) !== stated) throw new Error('a block of the bzip2 stream does not have its checksum');
      combined = (((combined << 1) | (combined >>> 31)) ^ stated) >>> 0;
      total += out.length;
      pieces.push(out);
    }
    if (bits.take(16) * 0x10000 + bits.take(16) !== combined)
      throw new Error('the bzip2 stream does not have its checksum');
    used = bits.used;
  } while (/^BZh[1-9]/.test(Buffer.from(packed.subarray(used, used + 4)).toString('latin1')));
  return { data: Buffer.concat(pieces), used };
}

function block(bits: Bits, blockSize: number, most: number): Buffer {
  if (bits.take(1) === 1) throw new Error('the bzip2 stream is of a form that is no longer written');
  const origin = bits.take(24);
  const used: number[] = [];
  const ranges = bits.take(16);
  for (let range = 0; range < 16; range += 1)
    if ((ranges & (0x8000 >> range)) !== 0) {
      const present = bits.take(16);
      for (let i = 0; i < 16; i += 1) if ((present & (0x8000 >> i)) !== 0) used.push(range * 16 + i);
    }
  const tables = bits.take(3);
  const selectorCount = bits.take(15);
  if (used.length === 0 || tables < 2 || tables > 6 || selectorCount === 0)
    throw new Error('a block of bzip2 has no tables');
  const front = [...Array(tables).keys()];
  const selectors: number[] = [];
  for (let i = 0; i < selectorCount; i += 1) {
    let place = 0;
    while (bits.take(1) === 1) if (++place >= tables) throw new Error('a block of bzip2 selects no table');
    const [chosen = 0] = front.splice(place, 1);
    front.unshift(chosen);
    selectors.push(chosen);
  }
  const alphabet = used.length + 2;
  const codes = Array.from({ length: tables }, () => {
    let length = bits.take(5);
    return codesOf(
      Array.from({ length: alphabet }, () => {
        while (bits.take(1) === 1) {
          length += bits.take(1) === 1 ? -1 : 1;
          if (length < 1 || length > 20) throw new Error('a block of bzip2 has a code of no length');
        }
        if (length < 1 || length > 20) throw new Error('a block of bzip2 has a code of no length');
        return length;
      }),
    );
  });
  const letters = [...used];
  const text = new Uint32Array(blockSize);
  const counts = new Uint32Array(257);
  let size = 0;
  let run = 0;
  let weight = 1;
  const put = (letter: number, times: number) => {
    if (size + times > blockSize) throw new Error('a block of bzip2 is longer than it may be');
    text.fill(letter, size, size + times);
    counts[letter + 1] = (counts[letter + 1] ?? 0) + times;
    size += times;
  };
  for (let symbols = 0; ; symbols += 1) {
    const table = codes[selectors[Math.floor(symbols / 50)] ?? -1];
    if (table === undefined) throw new Error('a block of bzip2 has too few selectors');
    const symbol = decode(bits, table);
    if (symbol <= 1) {
      run += weight << symbol;
      weight *= 2;
      if (run > blockSize) throw new Error('a block of bzip2 is longer than it may be');
      continue;
    }
    if (run > 0) put(letters[0] ?? 0, run);
    run = 0;
    weight = 1;
    if (symbol === alphabet - 1) break;
    const [letter = 0] = letters.splice(symbol - 1, 1);
    letters.unshift(letter);
    put(letter, 1);
  }
  if (origin >= size) throw new Error('a block of bzip2 begins outside itself');
  // Burrows-Wheeler: where each letter stands in the sorted column leads to the letter after it.
  for (let i = 1; i < 257; i += 1) counts[i] = (counts[i] ?? 0) + (counts[i - 1] ?? 0);
  for (let i = 0; i < size; i += 1) {
    const letter = (text[i] ?? 0) & 0xff;
    const place = counts[letter] ?? 0;
    counts[letter] = place + 1;
    text[place] = ((text[place] ?? 0) | (i << 8)) >>> 0;
  }
  let out = Buffer.alloc(Math.min(most + 1, 2 * size + 1_024));
  let end = 0;
  const say = (letter: number, times: number) => {
    if (end + times > most) throw new Error(`the bzip2 stream grows past ${most} bytes`);
    if (end + times > out.length) out = Buffer.concat([out, Buffer.alloc(out.length + times)]);
    out.fill(letter, end, end + times);
    end += times;
  };
  let at = (text[origin] ?? 0) >>> 8;
  let repeats = 0;
  let before = -1;
  for (let i = 0; i < size; i += 1) {
    const entry = text[at] ?? 0;
    const letter = entry & 0xff;
    at = entry >>> 8;
    // Four of a letter are followed by how many more there are.
    if (repeats === 4) {
      say(before, letter);
      repeats = 0;
      before = -1;
    } else {
      repeats = letter === before ? repeats + 1 : 1;
      before = letter;
      say(letter, 1);
    }
  }
  return out.subarray(0, end);
}
