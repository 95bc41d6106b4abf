import type { ChainBreak } from './chain-result.ts';

const remembered = 1_024;

/**
 * Says what broken links mean together: an entry that names one that stands elsewhere was moved, one that names the
 * entry but one before it has something inserted between, one whose number jumps ahead has lost what was between.
 * Remembers the last thousand hashes and those that broken links name, never all.
 */
export class BreakOrder {
  /** A ring: the hash of entry n at n modulo its length. */
  private readonly recent: { entry: number; hash: string }[] = [];
  private readonly named = new Map<string, { found: ChainBreak; at: number | null }[]>();

  /** A link broke: the record names this hash as the one before it. */
  broken(found: ChainBreak, named: string | null): void {
    if (named === null || found.kind !== 'unlinked') return;
    const list = this.named.get(named) ?? [];
    list.push({ found, at: this.recent.findLast((each) => each?.hash === named)?.entry ?? null });
    this.named.set(named, list);
  }

  /** A record with this hash stands here. */
  seen(entry: number, hash: string): void {
    if (this.named.size > 0) for (const each of this.named.get(hash) ?? []) each.at ??= entry;
    const held = this.recent[entry % remembered];
    if (held === undefined) this.recent[entry % remembered] = { entry, hash };
    else {
      held.entry = entry;
      held.hash = hash;
    }
  }

  /** Gives each broken link its kind and its words, once all is read. */
  settle(breaks: ChainBreak[], gaps: readonly { entry: number; expected: number; actual: number }[]): void {
    const broken = new Set(breaks.filter(({ kind }) => kind === 'unlinked').map(({ entry }) => entry));
    for (const { found, at } of [...this.named.values()].flat()) {
      const gap = gaps.find(({ entry }) => entry === found.entry);
      if (at === found.entry - 2 && !broken.has(found.entry - 1)) {
        found.kind = 'inserted';
        found.detail += ` It follows entry ${at}: entry ${found.entry - 1} was inserted between them.`;
      } else if (at !== null) {
        found.kind = 'reordered';
        found.detail +=
          at === found.entry
            ? ' It names itself.'
            : ` It follows entry ${at}: entries stand in another order than they were written.`;
      } else if (gap !== undefined && gap.actual > gap.expected) {
        found.kind = 'removed';
        found.detail += ` Its number is ${gap.actual} where ${gap.expected} follows: something between them was removed.`;
      } else found.detail += ' The entry before was changed, or something between them was removed.';
    }
  }
}
