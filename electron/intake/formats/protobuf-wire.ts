import type { OpenFile } from './format.ts';

/** A message that is not as the wire format demands, at an offset of the file. */
export class Broken extends Error {
  readonly offset: number;
  constructor(why: string, offset: number) {
    super(why);
    this.offset = offset;
  }
}

/** One field of a protobuf message: a number (varint, fixed) or a span of the file (length-delimited). */
export interface Field {
  number: number;
  /** null where it is length-delimited. */
  value: bigint | null;
  start: number;
  end: number;
}
export type Span = Pick<Field, 'start' | 'end'>;

/** Bytes of a file through one window that nested messages share: a small message costs no read of its own. */
export class Wire {
  private readonly file: OpenFile;
  private block: Uint8Array = new Uint8Array();
  private from = 0;
  /** Where the first text stands that is not UTF-8, as every text must be (protobuf.dev, Language Guide, "string"). */
  notUtf8: number | null = null;
  constructor(file: OpenFile) {
    this.file = file;
  }

  private byte(at: number): number {
    if (at < this.from || at >= this.from + this.block.length) {
      this.from = at;
      this.block = this.file.read(at, 65_536);
      if (this.block.length === 0) throw new Broken('The file ends in the middle of a field.', at);
    }
    return this.block[at - this.from] ?? 0;
  }

  /** Text of a field, its first 4,096 bytes. */
  text({ start, end }: Span): string {
    const length = Math.min(end - start, 4_096);
    const isHere = start >= this.from && start + length <= this.from + this.block.length;
    const bytes = Buffer.from(
      isHere ? this.block.subarray(start - this.from, start - this.from + length) : this.file.read(start, length),
    );
    const text = bytes.toString('utf8');
    // Of a text that was cut the last character may be half. What is UTF-8 is the same bytes once more.
    if (length === end - start && text.includes('\ufffd') && !Buffer.from(text).equals(bytes)) this.notUtf8 ??= start;
    return text;
  }

  /** Fields of a message (protobuf.dev, Encoding), bounded by the message that holds them. @throws Broken */
  *fields({ start: first, end: to }: Span): Generator<Field> {
    let at = first;
    const varint = (): bigint => {
      let result = 0n;
      for (let shift = 0n; shift < 70n; shift += 7n) {
        if (at >= to) throw new Broken('A field ends outside its message.', at);
        const next = this.byte(at++);
        result |= BigInt(next & 0x7f) << shift;
        if (next < 0x80) return BigInt.asUintN(64, result);
      }
      throw new Broken('A number is longer than ten bytes.', at);
    };
    while (at < to) {
      const start = at;
      const tag = varint();
      const number = Number(tag >> 3n);
      if (number === 0 || number > 536_870_911) throw new Broken('A field has a number that no field may have.', start);
      const wire = Number(tag & 7n);
      if (wire === 0) yield { number, value: varint(), start, end: at };
      else if (wire === 1 || wire === 5) {
        const width = wire === 1 ? 8 : 4;
        if (at + width > to) throw new Broken('A field ends outside its message.', at);
        at += width;
        yield { number, value: 0n, start: at - width, end: at };
      } else if (wire === 2) {
        const length = varint();
        if (length > BigInt(to - at))
          throw new Broken(`A field of ${length} bytes is announced and ${to - at} are left.`, start);
        const begin = at;
        at += Number(length);
        yield { number, value: null, start: begin, end: at };
      } else throw new Broken(`Wire type ${wire} is not used.`, start);
    }
  }

  /** Numbers of a repeated field: one, or packed. */
  numbers({ value, start, end }: Field): bigint[] {
    if (value !== null) return [BigInt.asIntN(64, value)];
    const found: bigint[] = [];
    let result = 0n;
    let shift = 0n;
    for (let at = start; at < end; at += 1) {
      const next = this.byte(at);
      result |= BigInt(next & 0x7f) << shift;
      shift += 7n;
      if (shift > 70n || found.length > 1_000) throw new Broken('A list of numbers is not one.', at);
      if (next >= 0x80) continue;
      found.push(BigInt.asIntN(64, result));
      result = 0n;
      shift = 0n;
    }
    return found;
  }

  /** How many values a repeated field holds: one, or as many as are packed into it. @throws Broken */
  count({ value, start, end }: Field, as: 'fixed32' | 'fixed64' | 'varint' | 'text'): bigint {
    if (value !== null || as === 'text') return 1n;
    if (as !== 'varint') {
      const width = as === 'fixed32' ? 4 : 8;
      if ((end - start) % width !== 0) throw new Broken('A list of numbers is not one.', start);
      return BigInt((end - start) / width);
    }
    let count = 0;
    for (let at = start; at < end; at += 1) if (this.byte(at) < 0x80) count += 1;
    if (end > start && this.byte(end - 1) >= 0x80) throw new Broken('A list of numbers is not one.', end);
    return BigInt(count);
  }
}
