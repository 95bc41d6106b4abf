import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { limits } from '../../shared/limits.ts';
import { type Spot, scanCanonical, type Wanted, wantedMember } from './canonical-line.ts';
import { textAt } from './canonical-rows.ts';
import type { ChainRule } from './chain-rule.ts';
import type { ChainStreams } from './chain-streams.ts';
import { hasSpelling, RecordCopy } from './record-copy.ts';
import type { RowOrder } from './row-order.ts';
import { epochTime, timeIn } from './time-text.ts';

/** What records are held against once the rule of their chain is known. Plain data, so that threads can be given it. */
export interface PlainPlan {
  hashField: string;
  previousField: string | null;
  /** How a record is spelled before it is hashed, and which of its members are not part of it. */
  form: string | null;
  leaveOut: readonly string[];
  clock: string | null;
  /** Whether times stand as numbers, counted from 1970. */
  isClockOfNumbers: boolean;
  sequence: string | null;
  identity: string | null;
  /** What the member `identity` of every record of this ledger says. */
  identityText: string;
  /** Members whose values are wanted for browsing; null for none. */
  columns: readonly (string | null)[];
  /** Beginnings of names to be noticed at any level. */
  spot: readonly string[];
  /** Hashes, lower-case hex, of which it is wanted at which entry they stand. */
  heads: readonly string[];
  /** Whether rows are kept for browsing. */
  keepsRows: boolean;
}

/** Whether records by a rule may be read in blocks: the own hash over the record without it, and nothing beside. */
export const isPlainRule = ({ hashField, previousField, ...rule }: ChainRule): boolean =>
  hashField !== null &&
  previousField !== null &&
  rule.leaveOut.includes(hashField) &&
  ![hashField, previousField, ...rule.leaveOut].some((name) => name.includes('.')) &&
  hasSpelling(rule.form) &&
  rule.preimage === 'record' &&
  rule.blank === null &&
  rule.rename === null &&
  rule.inner.length === 0 &&
  rule.signatureField === null &&
  rule.digits === 64 &&
  rule.algorithm === 'sha256' &&
  rule.ending === undefined &&
  rule.only === undefined &&
  rule.sparse === undefined &&
  rule.family === 'own-hash';

/** What blocks are held against by a rule, in the order that their records keep. */
export function planFor(
  { previousField, form, leaveOut }: ChainRule,
  hashField: string,
  order: RowOrder,
  streams: Pick<ChainStreams, 'name' | 'identity'>,
  wanted: Pick<PlainPlan, 'columns' | 'spot' | 'heads' | 'keepsRows'>,
): PlainPlan {
  return {
    hashField,
    previousField,
    form,
    leaveOut,
    clock: order.clockName,
    isClockOfNumbers: order.isClockOfNumbers,
    sequence: order.sequenceName,
    identity: streams.name,
    identityText: streams.identity,
    ...wanted,
  };
}

/** What a block of whole lines came to in which everything holds and nothing is odd. */
export interface PlainBlock {
  rows: number;
  /** What the first names as the one before it, and the own hash of the last. */
  previous: string | null;
  head: string;
  /** Number of the first; each after it has one more. */
  sequence: number | null;
  first: { text: string; time: number } | null;
  last: { text: string; time: number } | null;
  /** RFC 9162 hashes of the leaves, and own hashes, 32 bytes a row. */
  leaves: Uint8Array;
  hashes: Uint8Array;
  /** Where each line begins; one more for the end of the last. */
  starts: Uint32Array;
  /** Rows in which a name begins as asked, from 0. */
  spotted: number[];
  /** For browsing: times joined and where each ends; words, each once, and which of them stand in each row. */
  times: Uint8Array;
  timeEnds: Uint32Array;
  words: string[];
  columns: Int32Array[];
}

/** A record with a hash of 64 digits is no shorter, so that this bounds the records of a block. */
const shortest = 70;
/** Bytes of a word and of a time as they stand; longer ones are cut where rows are read one by one. */
const wordsAtMost = 500;
const timeAtMost = 100;
const hexHigh = new Uint8Array(256);
const hexLow = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const text = byte.toString(16).padStart(2, '0');
  hexHigh[byte] = text.charCodeAt(0);
  hexLow[byte] = text.charCodeAt(1);
}

/** A buffer with a view of each length kept: making a view costs as much as copying a record. */
class Scratch {
  bytes = Buffer.alloc(0);
  private views: Uint8Array[] = [];
  ofLength(length: number): Uint8Array {
    if (this.bytes.length < length) {
      this.bytes = Buffer.alloc(Math.max(8_192, length * 2));
      this.views = [];
    }
    if (length > 16_384) return this.bytes.subarray(0, length);
    const view = this.views[length] ?? this.bytes.subarray(0, length);
    this.views[length] = view;
    return view;
  }
}

/** Where rows are written while a block is read: made once, for fresh memory a block costs more than the hashing. */
class RowSpace {
  private most = -1;
  leaves = Buffer.alloc(0);
  hashes = Buffer.alloc(0);
  starts = new Uint32Array(0);
  times = Buffer.alloc(0);
  timeEnds = new Uint32Array(0);
  forRows(most: number): this {
    if (most <= this.most) return this;
    this.most = most;
    this.leaves = Buffer.alloc(most * 32);
    this.hashes = Buffer.alloc(most * 32);
    this.starts = new Uint32Array(most + 1);
    // A time stands within its record, and records are no shorter than this.
    this.times = Buffer.alloc(most * shortest);
    this.timeEnds = new Uint32Array(most);
    return this;
  }
}

/**
 * The quick way through blocks of records that stand in RFC 8785 form already, by the rule that most writers follow: own
 * hash over the record without it. It accepts a block only where each record holds, names the one before it, has the next
 * number and no earlier time, and is of this ledger; of anything else it says only that it is not plain, and the way that
 * reads record by record says what is wrong. So it can be wrong about nothing but speed.
 */
export class PlainRows {
  private readonly plan: PlainPlan;
  private readonly wanted: Wanted[];
  private readonly own: Wanted;
  private readonly previous: Wanted | null;
  private readonly clock: Wanted | null;
  private readonly sequence: Wanted | null;
  private readonly identity: Wanted | null;
  private readonly columns: (Wanted | null)[];
  private readonly identityText: Buffer;
  private readonly spot: Spot;
  private readonly heads: ReadonlySet<string>;
  private readonly space = new RowSpace();
  private readonly isCanonical: boolean;
  private readonly copy: RecordCopy;
  private readonly record = new Scratch();
  private readonly leaf = new Scratch();

  constructor(plan: PlainPlan) {
    this.plan = plan;
    const byName = new Map<string, Wanted>();
    const member = (name: string, isHash = false): Wanted => {
      const wanted = byName.get(name) ?? wantedMember(name, isHash);
      byName.set(name, wanted);
      return wanted;
    };
    const want = (name: string | null) => (name === null ? null : member(name));
    this.own = member(plan.hashField, true);
    this.previous = plan.previousField === null ? null : member(plan.previousField, true);
    this.clock = want(plan.clock);
    this.sequence = want(plan.sequence);
    this.identity = want(plan.identity);
    this.columns = plan.keepsRows ? plan.columns.map(want) : [];
    this.identityText = Buffer.from(plan.identityText);
    this.spot = { beginnings: plan.spot.map((name) => Buffer.from(name)), found: false };
    this.heads = new Set(plan.heads);
    this.isCanonical = plan.form === 'jcs' && plan.leaveOut.length === 1;
    this.copy = new RecordCopy(plan.form, plan.leaveOut);
    this.wanted = [...byName.values()];
  }

  /** @param block whole lines, each with its line feed */
  read(block: Buffer): PlainBlock | null {
    if (block.length === 0 || !isUtf8(block)) return null;
    const { plan, own, previous, clock, sequence, identity, wanted, spot } = this;
    const most = Math.ceil(block.length / shortest);
    const { leaves, hashes, starts, times, timeEnds } = this.space.forRows(most);
    const dictionary = new Dictionary(this.columns, most);
    const spotted: number[] = [];
    let rows = 0;
    let before = -1;
    let number = 0;
    let firstNumber: number | null = null;
    let first: PlainBlock['first'] = null;
    let last: PlainBlock['last'] = null;
    let time = Number.NEGATIVE_INFINITY;
    let timeAt = 0;
    let firstPrevious: string | null = null;
    for (let at = 0; at < block.length; rows++) {
      let end = this.isCanonical ? scanCanonical(block, at, wanted, spot) : -1;
      const isCopied = end < 0 || block[end] !== 0x0a || own.from <= at + (own.isLast ? 1 : 0);
      if (isCopied) end = this.copy.read(block, at, wanted, spot);
      if (end < 0 || rows >= most || end - at > limits.lineBytes) return null;
      if (!isText(block, own) || own.end - own.start !== 66) return null;
      if (previous !== null) {
        if (!isText(block, previous) || previous.end - previous.start !== 66) return null;
        if (before < 0) firstPrevious = block.toString('latin1', previous.start + 1, previous.end - 1);
        else for (let i = 0; i < 64; i++) if (block[previous.start + 1 + i] !== block[before + i]) return null;
      }
      before = own.start + 1;
      const record = isCopied ? this.copy.out.subarray(0, this.copy.length) : this.without(block, at, end);
      if (!this.holds(record, block, hashes, rows)) return null;
      if (sequence !== null) {
        const found = wholeIn(block, sequence);
        if (found < 0 || (firstNumber !== null && found !== number)) return null;
        firstNumber ??= found;
        number = found + 1;
      }
      if (clock !== null) {
        // A text stands between its quotes.
        const inset = isText(block, clock) ? 1 : 0;
        const [from, to] = [clock.start + inset, clock.end - inset];
        if (clock.start < 0 || to - from > timeAtMost || (inset === 0) !== plan.isClockOfNumbers) return null;
        const found = inset === 0 ? epochTime(block.toString('latin1', from, to)) : timeIn(block, from, to);
        if (!(found >= time)) return null;
        time = found;
        last = { text: block.toString('utf8', from, to), time };
        first ??= last;
        if (plan.keepsRows) timeAt += block.copy(times, timeAt, from, to);
      }
      if (plan.keepsRows) {
        timeEnds[rows] = timeAt;
        if (!dictionary.take(block, rows)) return null;
      }
      if (identity !== null && !isSame(block, identity, this.identityText)) return null;
      if (spot.found) spotted.push(rows);
      this.hashLeaf(block, at, end, leaves, rows);
      starts[rows] = at;
      at = end + 1;
    }
    starts[rows] = block.length;
    return {
      rows,
      previous: firstPrevious,
      head: block.toString('latin1', before, before + 64),
      sequence: firstNumber,
      first,
      last,
      leaves: new Uint8Array(leaves.subarray(0, rows * 32)),
      hashes: new Uint8Array(hashes.subarray(0, rows * 32)),
      starts: starts.slice(0, rows + 1),
      spotted,
      times: new Uint8Array(times.subarray(0, timeAt)),
      timeEnds: timeEnds.slice(0, plan.keepsRows ? rows : 0),
      words: dictionary.words,
      columns: dictionary.columns(rows),
    };
  }

  /** The bytes of a record in canonical form around the member that holds its hash. */
  private without(block: Buffer, at: number, end: number): Uint8Array {
    const { own } = this;
    const from = own.isLast ? own.from - 1 : own.from;
    const to = own.isLast ? own.end : own.end + 1;
    const view = this.record.ofLength(end - at - (to - from));
    block.copy(this.record.bytes, 0, at, from);
    block.copy(this.record.bytes, from - at, to, end);
    return view;
  }

  /** Whether the record has the hash that it claims; notes the hash, and leaves heads that are asked for to the slow way. */
  private holds(record: Uint8Array, block: Buffer, hashes: Buffer, row: number): boolean {
    const computed = hash('sha256', record, 'binary');
    const claimed = this.own.start + 1;
    for (let i = 0; i < 32; i++) {
      const byte = computed.charCodeAt(i);
      hashes[row * 32 + i] = byte;
      if (block[claimed + 2 * i] !== hexHigh[byte] || block[claimed + 2 * i + 1] !== hexLow[byte]) return false;
    }
    return this.heads.size === 0 || !this.heads.has(block.toString('latin1', claimed, claimed + 64));
  }

  /** SHA-256(0x00 ‖ line) (RFC 9162, 2.1.1). */
  private hashLeaf(block: Buffer, at: number, end: number, leaves: Buffer, row: number): void {
    const view = this.leaf.ofLength(end - at + 1);
    this.leaf.bytes[0] = 0;
    block.copy(this.leaf.bytes, 1, at, end);
    leaves.write(hash('sha256', view, 'binary'), row * 32, 32, 'latin1');
  }
}

/** Texts of members that repeat, by number. */
class Dictionary {
  readonly words: string[] = [];
  private readonly known = new Map<string, number>();
  private readonly wanted: readonly (Wanted | null)[];
  private readonly numbers: Int32Array[];
  constructor(wanted: readonly (Wanted | null)[], rows: number) {
    this.wanted = wanted;
    this.numbers = wanted.map(() => new Int32Array(rows).fill(-1));
  }
  /** False where a text is too long to be taken as it stands. */
  take(block: Buffer, row: number): boolean {
    for (let i = 0; i < this.wanted.length; i++) {
      const member = this.wanted[i];
      const numbers = this.numbers[i];
      if (member == null || numbers === undefined) continue;
      if (member.start >= 0 && member.end - member.start > wordsAtMost) return false;
      const text = textAt(block, member);
      if (text === null) continue;
      let number = this.known.get(text);
      if (number === undefined) {
        number = this.words.push(text) - 1;
        this.known.set(text, number);
      }
      numbers[row] = number;
    }
    return true;
  }
  columns(rows: number): Int32Array[] {
    return this.numbers.map((each) => each.slice(0, rows));
  }
}

const isText = (block: Buffer, { start }: Wanted): boolean => start >= 0 && block[start] === 0x22;

/** A whole number of at most 15 digits, plain or as text; -1 for anything else. */
function wholeIn(block: Buffer, { start, end }: Wanted): number {
  if (start < 0) return -1;
  const isQuoted = block[start] === 0x22;
  const from = isQuoted ? start + 1 : start;
  const to = isQuoted ? end - 1 : end;
  if (to === from || to - from > 15) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Whether a text, or a number, stands as given. */
function isSame(block: Buffer, member: Wanted, text: Buffer): boolean {
  if (member.start < 0) return false;
  const inset = block[member.start] === 0x22 ? 1 : 0;
  return block.compare(text, 0, text.length, member.start + inset, member.end - inset) === 0;
}
