import { field, type Row, textIn } from './chain-rule.ts';
import type { PlainBlock } from './plain-rows.ts';
import { epochTime, isNumberForTime, timeOf } from './time-text.ts';

const sequenceName = /^(seq|sequence|index|idx|entry|n|number|height|position|seq_no|sequence_number)$/i;
const clockName = /time|date|^ts$|(_|^)at$/i;
const identityName = /^(ledger|ledger_?id|ledger_?name|log_?id|log_?name|chain_?id|stream_?id)$/i;
const listedAtMost = 100;
const whole = /^-?[0-9]{1,15}$/;

/** What records say of their own order: numbers, times, and which ledger they are of. Members are found by their values. */
export class RowOrder {
  readonly sequenceName: string | null;
  readonly clockName: string | null;
  /** Whether times stand as numbers, counted from 1970. */
  readonly isClockOfNumbers: boolean;
  readonly identityName: string | null;
  readonly gaps: { entry: number; expected: number; actual: number }[] = [];
  readonly misfits: { entry: number; member: string; meant: 'number' | 'time'; actual: string }[] = [];
  readonly isNumberedInText: boolean;
  readonly jumps: { entry: number; at: string; after: string }[] = [];
  firstAt: string | null = null;
  lastAt: string | null = null;
  /** Which ledger the first records say they are of. */
  readonly identity: string;
  private next: number | null;
  private latest = Number.NEGATIVE_INFINITY;
  private latestText = '';

  /** @param isBeginning whether the first record names none before it, so that its number is 0 or 1 */
  constructor(rows: readonly Row[], isBeginning: boolean) {
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
    // A number that counts up by one in most records; anything else of such a name is no sequence.
    this.sequenceName =
      named(sequenceName).find(
        (name) =>
          whole.test(texts(name)[0] ?? '') &&
          most(
            texts(name).filter((text, i, all) => i === 0 || Number(text) === Number(all[i - 1]) + 1).length,
            rows.length,
          ),
      ) ?? null;
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
    this.identityName =
      named(identityName).find((name) =>
        most(texts(name).filter((text, _, all) => text !== '' && text === all[0]).length, rows.length),
      ) ?? null;
    this.identity = this.identityName === null ? '' : (texts(this.identityName)[0] ?? '');
    const start = this.sequenceName === null ? null : Number(texts(this.sequenceName)[0]);
    this.next = start === null ? null : isBeginning && start !== 0 ? 1 : start;
  }

  /** Takes the next record; returns the name of another ledger where it says it is of one. */
  follow(entry: number, sequence: string | null, at: string | null, identity: string | null): string | null {
    if (this.clockName !== null && at !== null) this.clock(entry, at);
    if (this.next !== null && sequence !== null && whole.test(sequence)) {
      const actual = Number(sequence);
      if (actual !== this.next && this.gaps.length < listedAtMost)
        this.gaps.push({ entry, expected: this.next, actual });
      this.next = actual + 1;
    } else if (this.sequenceName !== null && sequence !== null)
      this.misfit(entry, this.sequenceName, 'number', sequence);
    return this.identityName === null || identity === null || identity === this.identity ? null : identity;
  }

  /** Takes a block of records in which nothing is odd; false, and nothing is taken, where it does not follow. */
  followPlain({ rows, sequence, first, last }: PlainBlock): boolean {
    if (this.next !== null && sequence !== this.next) return false;
    if (first !== null && last !== null) {
      if (!(first.time >= this.latest)) return false;
      this.firstAt ??= first.text;
      this.lastAt = last.text;
      this.latest = last.time;
      this.latestText = last.text;
    }
    if (this.next !== null) this.next += rows;
    return true;
  }

  private misfit(entry: number, member: string, meant: 'number' | 'time', actual: string): void {
    if (this.misfits.length < listedAtMost) this.misfits.push({ entry, member, meant, actual });
  }

  private clock(entry: number, text: string): void {
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
    if (at >= this.latest) {
      this.latest = at;
      this.latestText = text;
    } else if (this.jumps.length < listedAtMost) this.jumps.push({ entry, at: text, after: this.latestText });
  }
}
