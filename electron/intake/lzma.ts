import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ends = 'the lzma stream ends early';
const damaged = 'the lzma stream is damaged';

/** Probabilities begin at one half of 2^11 (LZMA specification, "Range decoder"). */
const half = (count: number) => new Uint16Array(count).fill(1024);
const trees = (count: number, bits: number) => Array.from({ length: count }, () => half(1 << bits));

/** Bytes out, which are the dictionary too: what is copied from is what was written. */
class Output {
  bytes: Uint8Array = new Uint8Array(65_536);
  length = 0;
  readonly most: number;
  constructor(most: number) {
    this.most = most;
  }
  room(more: number): void {
    if (this.length + more > this.most) throw new Error(`the lzma stream grows past ${this.most} bytes`);
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.min(this.most, Math.max(this.bytes.length * 2, this.length + more)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
  whole = (): Uint8Array => this.bytes.subarray(0, this.length);
}

/** One decoder of LZMA (LZMA specification 2015, Igor Pavlov), and its state between chunks of LZMA2. */
class Decoder {
  private range = 0;
  private code = 0;
  private at = 0;
  private input: Uint8Array = new Uint8Array();
  private lc = 0;
  private lp = 0;
  private pb = 0;
  private state = 0;
  private reps = [0, 0, 0, 0];
  /** Where the dictionary begins: nothing before it is copied. */
  from = 0;
  private literals = half(0);
  private isMatch = half(0);
  private isRep = half(0);
  private isRepG0 = half(0);
  private isRepG1 = half(0);
  private isRepG2 = half(0);
  private isRep0Long = half(0);
  private slots = trees(0, 0);
  private special = half(0);
  private align = half(0);
  private lengths = [lengthCoder(), lengthCoder()];
  private readonly out: Output;
  constructor(out: Output) {
    this.out = out;
  }

  properties(byte: number): void {
    if (byte >= 9 * 5 * 5) throw new Error(damaged);
    this.lc = byte % 9;
    this.lp = Math.floor(byte / 9) % 5;
    this.pb = Math.floor(byte / 45);
    this.reset();
  }
  reset(): void {
    this.state = 0;
    this.reps = [0, 0, 0, 0];
    this.literals = half(0x300 << (this.lc + this.lp));
    this.isMatch = half(12 << 4);
    this.isRep = half(12);
    this.isRepG0 = half(12);
    this.isRepG1 = half(12);
    this.isRepG2 = half(12);
    this.isRep0Long = half(12 << 4);
    this.slots = trees(4, 6);
    this.special = half(128);
    this.align = half(16);
    this.lengths = [lengthCoder(), lengthCoder()];
  }

  private byte(): number {
    const value = this.input[this.at++];
    if (value === undefined) throw new Error(ends);
    return value;
  }
  private bit(model: Uint16Array, index: number): number {
    const chance = model[index] ?? 1024;
    const bound = (this.range >>> 11) * chance;
    let bit = 0;
    if (this.code < bound) {
      this.range = bound;
      model[index] = chance + ((2048 - chance) >>> 5);
    } else {
      bit = 1;
      this.range -= bound;
      this.code -= bound;
      model[index] = chance - (chance >>> 5);
    }
    this.normalise();
    return bit;
  }
  private normalise(): void {
    if (this.range >= 0x1000000) return;
    this.range = (this.range << 8) >>> 0;
    this.code = ((this.code << 8) | this.byte()) >>> 0;
  }
  private direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left -= 1) {
      this.range >>>= 1;
      const bit = this.code >= this.range ? 1 : 0;
      if (bit === 1) this.code -= this.range;
      this.normalise();
      value = value * 2 + bit;
    }
    return value;
  }
  private tree(model: Uint16Array, bits: number, base = 0): number {
    let node = 1;
    for (let left = bits; left > 0; left -= 1) node = (node << 1) | this.bit(model, base + node);
    return node - (1 << bits);
  }
  private reversed(model: Uint16Array, bits: number, base = 0): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i += 1) {
      const bit = this.bit(model, base + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  /** Decodes from the input until `size` bytes are out, or to the mark of the end where `size` is null. @returns bytes read */
  run(input: Uint8Array, size: number | null): number {
    this.input = input;
    this.at = 0;
    if (this.byte() !== 0) throw new Error(damaged);
    this.range = 0xffffffff;
    this.code = 0;
    for (let i = 0; i < 4; i += 1) this.code = ((this.code << 8) | this.byte()) >>> 0;
    const until = size === null ? Number.POSITIVE_INFINITY : this.out.length + size;
    while (this.out.length < until) if (!this.step(until)) break;
    if (size !== null && this.out.length !== until) throw new Error(damaged);
    return this.at;
  }

  /** One literal or match; false at the mark of the end. */
  private step(until: number): boolean {
    const { out } = this;
    const place = (out.length - this.from) & ((1 << this.pb) - 1);
    if (this.bit(this.isMatch, (this.state << 4) + place) === 0) {
      this.literal();
      return true;
    }
    let length: number;
    if (this.bit(this.isRep, this.state) === 0) {
      const [a = 0, b = 0, c = 0] = this.reps;
      length = this.length(0, place);
      this.state = this.state < 7 ? 7 : 10;
      const distance = this.distance(length);
      if (distance === 0xffffffff) return false;
      this.reps = [distance, a, b, c];
    } else {
      if (out.length === this.from) throw new Error(damaged);
      if (this.repeated(place)) {
        this.copy(1, until);
        return true;
      }
      length = this.length(1, place);
      this.state = this.state < 7 ? 8 : 11;
    }
    this.copy(length + 2, until);
    return true;
  }

  /** Chooses among the last four distances; true for a match of one byte. */
  private repeated(place: number): boolean {
    const [a = 0, b = 0, c = 0, d = 0] = this.reps;
    if (this.bit(this.isRepG0, this.state) === 0) {
      if (this.bit(this.isRep0Long, (this.state << 4) + place) !== 0) return false;
      this.state = this.state < 7 ? 9 : 11;
      return true;
    }
    if (this.bit(this.isRepG1, this.state) === 0) this.reps = [b, a, c, d];
    else if (this.bit(this.isRepG2, this.state) === 0) this.reps = [c, a, b, d];
    else this.reps = [d, a, b, c];
    return false;
  }

  private literal(): void {
    const { out } = this;
    out.room(1);
    const before = out.length > this.from ? (out.bytes[out.length - 1] ?? 0) : 0;
    const place = (out.length - this.from) & ((1 << this.lp) - 1);
    const base = 0x300 * ((place << this.lc) + (before >>> (8 - this.lc)));
    let symbol = 1;
    if (this.state >= 7) {
      let match = out.bytes[this.source()] ?? 0;
      while (symbol < 0x100) {
        const known = (match >>> 7) & 1;
        match <<= 1;
        const bit = this.bit(this.literals, base + ((1 + known) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (known !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.bit(this.literals, base + symbol);
    out.bytes[out.length++] = symbol & 0xff;
    this.state = this.state < 4 ? 0 : this.state < 10 ? this.state - 3 : this.state - 6;
  }

  private source(): number {
    const at = this.out.length - (this.reps[0] ?? 0) - 1;
    if (at < this.from) throw new Error(damaged);
    return at;
  }
  private copy(length: number, until: number): void {
    const { out } = this;
    let at = this.source();
    const count = Math.min(length, until - out.length);
    out.room(count);
    for (let left = count; left > 0; left -= 1) out.bytes[out.length++] = out.bytes[at++] ?? 0;
    if (count !== length) throw new Error(damaged);
  }
  private length(which: 0 | 1, place: number): number {
    const { choice, low, mid, high } = this.lengths[which] ?? lengthCoder();
    if (this.bit(choice, 0) === 0) return this.tree(low, 3, place << 3);
    if (this.bit(choice, 1) === 0) return 8 + this.tree(mid, 3, place << 3);
    return 16 + this.tree(high, 8);
  }
  private distance(length: number): number {
    const slot = this.tree(this.slots[Math.min(length, 3)] ?? half(64), 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const base = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return base + this.reversed(this.special, bits, base - slot);
    return base + this.direct(bits - 4) * 16 + this.reversed(this.align, 4);
  }
}
const lengthCoder = () => ({ choice: half(2), low: half(16 << 3), mid: half(16 << 3), high: half(256) });

/** A stream of the old form, `.lzma`: properties, dictionary size, length or -1 (LZMA specification, "Lzma file format"). */
function aloneFrom(input: Buffer, most: number): { data: Uint8Array; used: number } {
  if (input.length < 13) throw new Error(ends);
  const stated = input.readBigUInt64LE(5);
  const size = stated === 0xffffffffffffffffn ? null : Number(stated);
  const out = new Output(most);
  if (size !== null && size > most) throw new Error(`the lzma stream grows past ${most} bytes`);
  const decoder = new Decoder(out);
  decoder.properties(input.readUInt8(0));
  const used = 13 + decoder.run(input.subarray(13), size);
  // Behind a size that is known the mark of the end may stand all the same.
  return { data: out.whole(), used: size !== null && input.length - used <= 8 ? input.length : used };
}

/** Chunks of LZMA2 (xz file format 1.1.0, 5.3.1; the chunk form as in XZ for Java, LZMA2InputStream). @returns bytes read */
function chunks(input: Buffer, out: Output): number {
  const decoder = new Decoder(out);
  decoder.from = out.length;
  let at = 0;
  const need = (length: number) => {
    if (at + length > input.length) throw new Error(ends);
  };
  for (;;) {
    need(1);
    const control = input.readUInt8(at++);
    if (control === 0) return at;
    if (control === 1) decoder.from = out.length;
    if (control < 0x80) {
      if (control > 2) throw new Error(damaged);
      need(2);
      const size = input.readUInt16BE(at) + 1;
      at += 2;
      need(size);
      out.room(size);
      out.bytes.set(input.subarray(at, at + size), out.length);
      out.length += size;
      at += size;
      continue;
    }
    need(4);
    const size = ((control & 0x1f) << 16) + input.readUInt16BE(at) + 1;
    const packed = input.readUInt16BE(at + 2) + 1;
    at += 4;
    if (control >= 0xe0) decoder.from = out.length;
    if (control >= 0xc0) {
      need(1);
      decoder.properties(input.readUInt8(at++));
    } else if (control >= 0xa0) decoder.reset();
    need(packed);
    decoder.run(input.subarray(at, at + packed), size);
    at += packed;
  }
}

/** A number of seven bits a byte (xz file format, 1.2). */
function vli(input: Buffer, from: number): { value: number; at: number } {
  let value = 0;
  for (let i = 0; i < 8; i += 1) {
    const byte = input[from + i];
    if (byte === undefined) throw new Error(ends);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, at: from + i + 1 };
  }
  throw new Error(damaged);
}

const checkSizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** CRC-64 of xz (ECMA-182, reflected), as two halves of 32 bits. */
const sums64 = Array.from({ length: 256 }, (_, index) => {
  let [high, low] = [0, index];
  for (let i = 0; i < 8; i += 1) {
    const isOdd = (low & 1) === 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) [high, low] = [high ^ 0xc96c5795, low ^ 0xd7870f42];
  }
  return { high, low };
});
function crc64(bytes: Uint8Array): Buffer {
  let [high, low] = [-1, -1];
  for (let i = 0; i < bytes.length; i += 1) {
    const sum = sums64[(low ^ (bytes[i] ?? 0)) & 255];
    low = ((low >>> 8) | (high << 24)) ^ (sum?.low ?? 0);
    high = (high >>> 8) ^ (sum?.high ?? 0);
  }
  const out = Buffer.alloc(8);
  out.writeInt32LE(~low, 0);
  out.writeInt32LE(~high, 4);
  return out;
}

/** The check over a block: none, CRC32, CRC64 or SHA-256 (xz file format 1.1.0, 2.1.1.2); null where it is another. */
function blockCheck(kind: number, bytes: Uint8Array): Buffer | null {
  if (kind === 4) return crc64(bytes);
  if (kind === 10) return createHash('sha256').update(bytes).digest();
  if (kind !== 1) return null;
  const out = Buffer.alloc(4);
  out.writeUInt32LE(crc32(bytes));
  return out;
}

/** Streams of xz (xz file format 1.1.0): blocks of LZMA2 alone, held against their checks. The index is passed over. */
function xzFrom(input: Buffer, most: number): Uint8Array {
  const out = new Output(most);
  let at = 0;
  while (at < input.length) {
    if (input.subarray(at).every((byte) => byte === 0)) break;
    if (input.toString('latin1', at, at + 6) !== '\xfd7zXZ\0') throw new Error(damaged);
    const kind = (input[at + 7] ?? 0) & 15;
    const check = checkSizes[kind] ?? 0;
    at += 12;
    for (let first = input[at]; first !== 0; first = input[at]) {
      if (first === undefined) throw new Error(ends);
      const start = at + (first + 1) * 4;
      const flags = input[at + 1] ?? 0;
      let field = at + 2;
      if ((flags & 0x40) !== 0) field = vli(input, field).at;
      if ((flags & 0x80) !== 0) field = vli(input, field).at;
      if ((flags & 3) !== 0 || input[field] !== 0x21) throw new Error('the lzma stream has a filter that is not read');
      const before = out.length;
      const used = chunks(input.subarray(start), out);
      at = start + used + ((4 - (used % 4)) % 4);
      const stated = input.subarray(at, at + check);
      const sum = blockCheck(kind, out.bytes.subarray(before, out.length));
      if (stated.length < check) throw new Error(ends);
      if (sum !== null && !stated.equals(sum)) throw new Error('a block of the lzma stream does not have its checksum');
      at += check;
    }
    // The index: how many blocks, the sizes of each, padding and a CRC; then the footer.
    let field = vli(input, at + 1);
    for (let left = field.value * 2; left > 0; left -= 1) field = vli(input, field.at);
    at = field.at + ((4 - ((field.at - at) % 4)) % 4) + 4 + 12;
    if (at > input.length) throw new Error(ends);
  }
  return out.whole();
}

/**
 * Undoes `.xz` and `.lzma`. @returns what they hold, and how many bytes they are: what follows is the caller's to judge
 * @throws Error in words where the stream ends early, is damaged or grows past `most` bytes
 */
export function decompressLzma(packed: Uint8Array, most: number): { data: Uint8Array; used: number } {
  const input = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  return input[0] === 0xfd ? { data: xzFrom(input, most), used: input.length } : aloneFrom(input, most);
}
