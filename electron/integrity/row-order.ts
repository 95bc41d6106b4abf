import { field, type Row, textIn } from './chain-rule.ts';
import type { ChainStreams, Stream } from './chain-streams.ts';
import type { PlainBlock } from './plain-rows.ts';
import { epochTime, isNumberForTime, timeOf } from './time-text.ts';

const sequenceName = /^(seq|sequence|index|idx|entry|n|number|height|position|seq_no|sequence_number)$/i;
const strictName = /^(seq|sequence|seq_?no|seq_?num(ber)?|sequence_?(no|num|number))$/i;
const clockName = /time|date|^ts$|(_|^)at$/i;
const listedAtMost = 100;
const whole = /^-?[0-9]{1,15}$/;

/** What records say of their own order: numbers and times, in each chain of a file. Members are found by their values. */
export class RowOrder {
  readonly sequenceName: string | null;
  readonly clockName: string | null;
  /** Whether times stand as numbers, counted from 1970. */
  readonly isClockOfNumbers: boolean;
  readonly gaps: { entry: number; expected: number; actual: number }[] = [];
  readonly misfits: { entry: number; member: string; meant: 'number' | 'time'; actual: string }[] = [];
  readonly isNumberedInText: boolean;
  readonly jumps: { entry: number; at: string; after: string }[] = [];
  firstAt: string | null = null;
  lastAt: string | null = null;
  /** Number of the first record of a chain. */
  readonly start: number;
  /** The chain of the first record, whose numbers are those of all where one count runs through the file. */
  private main: Stream | null = null;
  private isCountedWhole: boolean | null = null;

  /** @param isBeginning whether the first record names none before it, so that its number is 0 or 1 */
  constructor(
    rows: readonly Row[],
    isBeginning: boolean,
    { name: stream, isMany }: Pick<ChainStreams, 'name' | 'isMany'>,
  ) {
    const first = rows[0]?.node;
    const members = first?.kind === 'object' ? first.members : [];
    const named = (pattern: RegExp) =>
      members
        .filter(
          ({ name, value }) =>
            pattern.test(name) && !name.includes('.') && value.kind !== 'object' && value.kind !== 'array',
        )
        .map(({ name }) => name);
    const texts = (name: string) => rows.map(({ node }) => textIn(node, name));
    const most = (count: number, of: number) => count * 4 >= of * 3;
    const ids = rows.map(({ node }) => (isMany && stream !== null ? textIn(node, stream) : ''));
    const countsUp = (name: string): boolean => {
      const last = new Map<string, number>();
      // What is called nothing else than a sequence is one where more than half of it counts up.
      const enough = strictName.test(name) ? (count: number, of: number) => count * 2 > of : most;
      return enough(
        texts(name).filter((text, i, all) => {
          const id = ids[i] ?? '';
          const before = [last.get(id), i === 0 ? undefined : Number(all[i - 1])];
          last.set(id, Number(text));
          return before[0] === undefined || before.some((each) => Number(text) === (each ?? Number.NaN) + 1);
        }).length,
        rows.length,
      );
    };
    // A number that counts up by one in most records; anything else of such a name is no sequence.
    this.sequenceName = named(sequenceName).find((name) => whole.test(texts(name)[0] ?? '') && countsUp(name)) ?? null;
    this.isNumberedInText =
      first !== undefined && this.sequenceName !== null && field(first, this.sequenceName)?.kind === 'string';
    const clocks = named(clockName);
    const ofTexts = clocks.find((name) => {
      const text = texts(name)[0] ?? '';
      return !isNumberForTime(text) && !Number.isNaN(timeOf(text));
    });
    // Seconds or milliseconds since 1970, where most records have them and they do not count up by one as numbers do.
    const ofNumbers = clocks.find(
      (name) =>
        name !== this.sequenceName &&
        most(texts(name).filter((text) => !Number.isNaN(epochTime(text))).length, rows.length),
    );
    this.clockName = ofTexts ?? ofNumbers ?? null;
    this.isClockOfNumbers = ofTexts === undefined && ofNumbers !== undefined;
    const start = this.sequenceName === null ? 0 : Number(texts(this.sequenceName)[0]);
    this.start = isBeginning && start !== 0 ? 1 : start;
  }

  /** Takes the next record of a chain. */
  follow(stream: Stream, entry: number, sequence: string | null, at: string | null): void {
    if (this.clockName !== null && at !== null) this.clock(stream, entry, at);
    if (this.sequenceName === null || sequence === null) return;
    if (whole.test(sequence)) this.number(stream, entry, Number(sequence));
    else this.misfit(entry, this.sequenceName, 'number', sequence);
  }

  private number(stream: Stream, entry: number, actual: number): void {
    this.main ??= stream;
    // The first record of a second chain shows whether one count runs through the file, or one through each chain.
    if (stream !== this.main) this.isCountedWhole ??= actual === this.main.next;
    const counter = this.isCountedWhole === true ? this.main : stream;
    const expected = counter.next ?? (stream !== this.main && (actual === 0 || actual === 1) ? actual : this.start);
    if (actual !== expected && this.gaps.length < listedAtMost) this.gaps.push({ entry, expected, actual });
    counter.next = actual + 1;
  }

  /** Takes a block of records in which nothing is odd; false, and nothing is taken, where it does not follow. */
  followPlain(stream: Stream, { rows, sequence, first, last }: PlainBlock): boolean {
    if (this.sequenceName !== null && (stream.next === undefined || sequence !== stream.next)) return false;
    if (first !== null && last !== null) {
      if (!(first.time >= stream.latest)) return false;
      this.firstAt ??= first.text;
      this.lastAt = last.text;
      stream.latest = last.time;
      stream.latestText = last.text;
    }
    if (stream.next !== undefined) stream.next += rows;
    return true;
  }

  private misfit(entry: number, member: string, meant: 'number' | 'time', actual: string): void {
    if (this.misfits.length < listedAtMost) this.misfits.push({ entry, member, meant, actual });
  }

  private clock(stream: Stream, entry: number, text: string): void {
    const at = this.isClockOfNumbers ? epochTime(text) : timeOf(text);
    // A number among texts is of another writer, whatever a program makes of it.
    if (!this.isClockOfNumbers && isNumberForTime(text)) {
      this.misfit(entry, this.clockName ?? '', 'time', text);
      return;
    }
    if (Number.isNaN(at)) {
      if (this.jumps.length < listedAtMost) this.jumps.push({ entry, at: text, after: '' });
      return;
    }
    this.firstAt ??= text;
    this.lastAt = text;
    if (at >= stream.latest) {
      stream.latest = at;
      stream.latestText = text;
    } else if (this.jumps.length < listedAtMost) this.jumps.push({ entry, at: text, after: stream.latestText });
  }
}
