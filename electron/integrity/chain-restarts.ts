import type { BreakOrder } from './break-order.ts';
import type { ChainBreak, ChainFields } from './chain-result.ts';
import { type ChainRule, isRecomputed, type Row, textIn } from './chain-rule.ts';
import type { ChainStreams } from './chain-streams.ts';
import { isGenesis, unlinked } from './record-faults.ts';
import type { RowOrder } from './row-order.ts';

const listedAtMost = 100;

/** A record whose own hash holds. */
interface Held {
  fields: ChainFields;
  row: Row | null;
  own: string | null;
  entry: number;
  line: number;
}

/** Where a chain begins anew within a file: each part may hold, and nothing ties one to another. */
export class ChainRestarts {
  readonly found: { entry: number; line: number }[] = [];
  /** What the first record says of the one before it, and its hash. */
  private first: { named: string; hash: string | null } | null = null;
  /** The latest of them, as the break that it is where it does not hold. */
  private latest: ChainBreak | null = null;

  /**
   * Whether a record begins a chain as the first one did: it names nothing before it in the same words, has the first
   * number, and is no copy. Only where no member says of which chain records are: one that is named has one beginning.
   */
  isAnew(
    rule: ChainRule,
    { fields, row, own, entry, line }: Held,
    { current, name, isMany }: ChainStreams,
    { sequenceName, start }: RowOrder,
    order: BreakOrder,
  ): boolean {
    const { before } = current;
    if (rule.previousField === null || !isRecomputed(rule)) return false;
    if (before != null && before.hash !== null && before.hash === fields.previous) return false;
    const named = row === null ? (fields.previous ?? '') : textIn(row.node, rule.previousField);
    if (this.first === null) {
      this.first = { named, hash: own };
      return false;
    }
    if (before == null || name !== null || isMany || own === null || named !== this.first.named) return false;
    if (!isGenesis(named) || own === this.first.hash || order.isRecent(own)) return false;
    if (sequenceName !== null && Number(fields.sequence ?? Number.NaN) !== start) return false;
    if (this.found.length < listedAtMost) this.found.push({ entry, line });
    this.latest = unlinked(named, null, before, entry, line);
    return true;
  }

  /**
   * The record after one that begins anew does not follow it. Where records have no hash of their own, nothing but that
   * one could have shown that the beginning holds: it is a break then, and returned once.
   */
  undone(rule: ChainRule, entry: number): ChainBreak | null {
    const { latest } = this;
    if (rule.hashField !== null || latest?.entry !== entry) return null;
    this.latest = null;
    if (this.found.at(-1)?.entry === entry) this.found.pop();
    return latest;
  }
}
