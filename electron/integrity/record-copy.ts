import { limits } from '../../shared/limits.ts';
import { type CanonicalForm, numberText } from './canonical-json.ts';
import { begins, inNumber, type Spot, stops, stringEnd, type Wanted, wantedAt, wordEnd } from './canonical-line.ts';

/** How a form differs from RFC 8785, for records whose names are ASCII. */
interface Spelling {
  comma: Buffer;
  colon: Buffer;
  isSorted: boolean;
  /** Numbers keep the digits of the source. */
  keepsNumbers: boolean;
  /** Characters beyond ASCII are escaped. */
  isAscii: boolean;
}
const tight = { comma: Buffer.from(','), colon: Buffer.from(':') };
const spaced = { comma: Buffer.from(', '), colon: Buffer.from(': ') };
const spellings: Partial<Record<CanonicalForm, Spelling>> = {
  jcs: { ...tight, isSorted: true, keepsNumbers: false, isAscii: false },
  'python-ascii': { ...tight, isSorted: true, keepsNumbers: true, isAscii: true },
  'python-utf8': { ...tight, isSorted: true, keepsNumbers: true, isAscii: false },
  'python-spaced': { ...spaced, isSorted: true, keepsNumbers: true, isAscii: true },
  'python-spaced-utf8': { ...spaced, isSorted: true, keepsNumbers: true, isAscii: false },
  'python-as-written': { ...spaced, isSorted: false, keepsNumbers: true, isAscii: true },
  'as-written': { ...tight, isSorted: false, keepsNumbers: false, isAscii: false },
};
export const hasSpelling = (form: string | null): boolean => form !== null && Object.hasOwn(spellings, form);

interface Segment {
  /** Its name in the source, and its text in what is written. */
  from: number;
  to: number;
  start: number;
  end: number;
}

/**
 * Writes a record as a form spells it, from bytes to bytes: what is hashed of lines that are spaced or ordered otherwise.
 * It takes strict JSON alone, and leaves to the slow way what it does not know: names beyond ASCII or with escapes, texts
 * with escapes that the form would not write.
 */
export class RecordCopy {
  /** What was written, from 0 to `length`. */
  out: Buffer = Buffer.alloc(65_536);
  length = 0;
  private readonly spelling: Spelling | null;
  private readonly leaveOut: readonly Buffer[];
  private moved: Buffer = Buffer.alloc(0);
  private line: Uint8Array = Buffer.alloc(0);
  private at = 0;
  private wanted: readonly Wanted[] = [];
  private spot: Spot | null = null;

  constructor(form: string | null, leaveOut: readonly string[]) {
    this.spelling = (form === null ? undefined : spellings[form as CanonicalForm]) ?? null;
    this.leaveOut = leaveOut.map((name) => Buffer.from(name));
  }

  /**
   * Reads the object at `start` of bytes known to be UTF-8, up to the line feed after it. Returns the offset of that, or
   * -1 where the slow way must read it.
   * @param wanted filled with the places of top-level members
   */
  read(line: Uint8Array, start: number, wanted: readonly Wanted[], spot: Spot | null): number {
    if (this.spelling === null) return -1;
    for (const each of wanted) each.start = -1;
    if (spot !== null) spot.found = false;
    this.line = line;
    this.at = start;
    this.wanted = wanted;
    this.spot = spot;
    this.length = 0;
    this.space();
    if (line[this.at] !== 0x7b || !this.object(1, this.spelling)) return -1;
    this.space();
    return line[this.at] === 0x0a ? this.at : -1;
  }

  private space(): void {
    for (let byte = this.line[this.at]; byte === 0x20 || byte === 0x09 || byte === 0x0d; byte = this.line[this.at])
      this.at += 1;
  }

  private put(bytes: Uint8Array, from: number, to: number): void {
    const length = this.length + to - from;
    if (length > this.out.length) {
      const larger = Buffer.alloc(length * 2);
      larger.set(this.out);
      this.out = larger;
    }
    const { out } = this;
    for (let i = from, at = this.length; i < to; i++, at++) out[at] = bytes[i] ?? 0;
    this.length = length;
  }

  private value(depth: number, spelling: Spelling): boolean {
    const { line } = this;
    const byte = line[this.at];
    if (byte === 0x7b) return depth < limits.jsonDepth && this.object(depth + 1, spelling);
    if (byte === 0x5b) return depth < limits.jsonDepth && this.array(depth + 1, spelling);
    const from = this.at;
    if (byte === 0x22) {
      const end = spelling.isAscii ? asciiEnd(line, from + 1) : stringEnd(line, from + 1);
      if (end < 0) return false;
      this.put(line, from, end);
      this.at = end;
      return true;
    }
    if (byte === 0x74 || byte === 0x66 || byte === 0x6e) {
      const end = wordEnd(line, from, byte);
      if (end < 0) return false;
      this.put(line, from, end);
      this.at = end;
      return true;
    }
    return this.number(spelling);
  }

  private number({ keepsNumbers }: Spelling): boolean {
    const { line } = this;
    const from = this.at;
    let end = from;
    let isWhole = true;
    while (inNumber[line[end] ?? 0] === 1) {
      const byte = line[end] ?? 0;
      if (byte === 0x2e || byte === 0x65 || byte === 0x45) isWhole = false;
      end += 1;
    }
    this.at = end;
    const digits = line[from] === 0x2d ? from + 1 : from;
    if (isWhole && line[digits] !== 0x30 && end > digits && end - digits <= 15) {
      for (let i = digits; i < end; i++) if ((line[i] ?? 0) < 0x30) return false;
      this.put(line, from, end);
      return true;
    }
    if (end - from > 400) return false;
    const text = Buffer.from(line.buffer, line.byteOffset + from, end - from).toString('latin1');
    if (!/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text) || !Number.isFinite(Number(text)))
      return false;
    const written = Buffer.from(keepsNumbers ? text : numberText(text));
    this.put(written, 0, written.length);
    return true;
  }

  private array(depth: number, spelling: Spelling): boolean {
    const { line } = this;
    this.put(line, this.at, this.at + 1);
    this.at += 1;
    this.space();
    if (line[this.at] !== 0x5d)
      for (;;) {
        this.space();
        if (!this.value(depth, spelling)) return false;
        this.space();
        if (line[this.at] === 0x5d) break;
        if (line[this.at] !== 0x2c) return false;
        this.at += 1;
        this.put(spelling.comma, 0, spelling.comma.length);
      }
    this.put(line, this.at, this.at + 1);
    this.at += 1;
    return true;
  }

  private object(depth: number, spelling: Spelling): boolean {
    const { line } = this;
    const segments: Segment[] = [];
    let isOrdered = true;
    let isFirst = true;
    this.put(line, this.at, this.at + 1);
    this.at += 1;
    this.space();
    if (line[this.at] !== 0x7d)
      for (let before: Segment | null = null; ; ) {
        this.space();
        if (line[this.at] !== 0x22) return false;
        const from = this.at + 1;
        let to = from;
        while (stops[line[to] ?? 0] === 0) to += 1;
        if (line[to] !== 0x22) return false;
        if (spelling.isAscii) for (let i = from; i < to; i++) if (line[i] === 0x7f) return false;
        if (this.spot !== null && !this.spot.found) this.spot.found = begins(line, from, to, this.spot.beginnings);
        const rollBack = this.length;
        if (!isFirst) this.put(spelling.comma, 0, spelling.comma.length);
        const start = this.length;
        this.put(line, from - 1, to + 1);
        this.put(spelling.colon, 0, spelling.colon.length);
        this.at = to + 1;
        this.space();
        if (line[this.at] !== 0x3a) return false;
        this.at += 1;
        this.space();
        const wanted: Wanted | null = depth === 1 ? wantedAt(line, from, to, this.wanted) : null;
        const valueFrom = this.at;
        if (!this.value(depth, spelling)) return false;
        if (wanted !== null) {
          wanted.from = from - 1;
          wanted.start = valueFrom;
          wanted.end = this.at;
        }
        const segment: Segment = { from, to, start, end: this.length };
        if (before !== null && this.compare(before, segment) >= 0) isOrdered = false;
        before = segment;
        segments.push(segment);
        if (depth === 1 && this.isLeftOut(from, to)) {
          this.length = rollBack;
          segment.end = segment.start;
        } else isFirst = false;
        this.space();
        const next = line[this.at];
        this.at += 1;
        if (next === 0x7d) break;
        if (next !== 0x2c) return false;
      }
    else this.at += 1;
    if (!isOrdered && !this.order(segments, spelling)) return false;
    this.put(closing, 0, 1);
    return true;
  }

  /** Puts the members of an object in their order; false where two have one name. */
  private order(segments: readonly Segment[], { isSorted, comma }: Spelling): boolean {
    const sorted = [...segments].sort((a, b) => this.compare(a, b));
    for (let i = 1; i < sorted.length; i++) {
      const [a, b] = [sorted[i - 1], sorted[i]];
      if (a !== undefined && b !== undefined && this.compare(a, b) === 0) return false;
    }
    const written = sorted.filter(({ start, end }) => end > start);
    const start = Math.min(...written.map((each) => each.start));
    if (!isSorted || written.length === 0) return true;
    const length = this.length - start;
    if (this.moved.length < length) this.moved = Buffer.alloc(length * 2);
    this.out.copy(this.moved, 0, start, this.length);
    this.length = start;
    for (const [i, segment] of written.entries()) {
      if (i > 0) this.put(comma, 0, comma.length);
      this.put(this.moved, segment.start - start, segment.end - start);
    }
    return true;
  }

  private compare(a: Segment, b: Segment): number {
    const { line } = this;
    const shorter = Math.min(a.to - a.from, b.to - b.from);
    for (let i = 0; i < shorter; i++) {
      const difference = (line[a.from + i] ?? 0) - (line[b.from + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.to - a.from - (b.to - b.from);
  }

  private isLeftOut(from: number, to: number): boolean {
    search: for (const name of this.leaveOut) {
      if (name.length !== to - from) continue;
      for (let i = 0; i < name.length; i++) if (name[i] !== this.line[from + i]) continue search;
      return true;
    }
    return false;
  }
}

const closing = Buffer.from('}');
const hexDigit = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);

/** Offset after the closing quote of a text as Python writes it in ASCII; -1 where it would write it otherwise. */
function asciiEnd(line: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    const byte = line[at] ?? 0;
    if (byte === 0x22) return at + 1;
    if (byte < 0x20 || byte > 0x7e) return -1;
    if (byte !== 0x5c) continue;
    if (line[at + 1] !== 0x75) {
      if (!shortEscapes.has(line[at + 1] ?? 0)) return -1;
      at += 1;
      continue;
    }
    const code = unitAt(line, at);
    if (code < 0 || (code >= 0xdc00 && code <= 0xdfff)) return -1;
    if (code >= 0xd800 && code <= 0xdbff) {
      const low = line[at + 6] === 0x5c && line[at + 7] === 0x75 ? unitAt(line, at + 6) : -1;
      if (low < 0xdc00 || low > 0xdfff) return -1;
      at += 6;
    } else if (code < 0x7f && (code >= 0x20 || shortControls.has(code))) return -1;
    at += 5;
  }
}
/** \" \\ \b \f \n \r \t */
const shortEscapes = new Set([0x22, 0x5c, 0x62, 0x66, 0x6e, 0x72, 0x74]);
const shortControls = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d]);

/** The code unit of an escape of four lower-case hexadecimal digits; -1 for any other. */
function unitAt(line: Uint8Array, at: number): number {
  let code = 0;
  for (let i = at + 2; i < at + 6; i++) {
    const digit = line[i] ?? 0;
    if (!hexDigit(digit)) return -1;
    code = code * 16 + (digit <= 0x39 ? digit - 0x30 : digit - 0x57);
  }
  return code;
}
