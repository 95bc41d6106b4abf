import type { ChainBreak } from './chain-result.ts';

const remembered = 1_024;

/**
 * Says what broken links mean together: an entry that names one that stands elsewhere was moved, one that names the
 * entry but one before it has something inserted between, one whose number jumps ahead has lost what was between.
 * Remembers the last thousand hashes and those that broken links name, never all.
 */
export class BreakOrder {
  /** A ring: the entry n at n modulo its length, and its hash, 32 bytes a place (the first of a longer one, zeros after a shorter one). */
  private readonly entries = new Float64Array(remembered);
  private readonly hashes = Buffer.alloc(remembered * 32);
  private readonly named = new Map<string, { found: ChainBreak; at: number | null }[]>();

  /** A link broke: the record names this hash as the one before it. */
  broken(found: ChainBreak, named: string | null): void {
    if (named === null || found.kind !== 'unlinked') return;
    const list = this.named.get(named) ?? [];
    list.push({ found, at: this.recent(named) });
    this.named.set(named, list);
  }

  /** A record with this hash stands here. */
  seen(entry: number, hash: string): void {
    if (this.named.size > 0) for (const each of this.named.get(hash) ?? []) each.at ??= entry;
    const place = entry % remembered;
    this.entries[place] = entry;
    this.hashes.fill(0, place * 32, place * 32 + 32).write(hash.slice(0, 64), place * 32, 'hex');
  }

  /** Records with these hashes, 32 bytes each, stand from here on. */
  seenAll(first: number, hashes: Uint8Array): void {
    const rows = hashes.length / 32;
    const all = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.length);
    for (let row = this.named.size > 0 ? 0 : Math.max(0, rows - remembered); row < rows; row++) {
      if (this.named.size > 0)
        for (const each of this.named.get(all.toString('hex', row * 32, row * 32 + 32)) ?? []) each.at ??= first + row;
      const place = (first + row) % remembered;
      this.entries[place] = first + row;
      all.copy(this.hashes, place * 32, row * 32, row * 32 + 32);
    }
  }

  /** Whether one of the last thousand entries has this hash. */
  isRecent(hash: string): boolean {
    return this.recent(hash) !== null;
  }

  /** The entry among the last thousand that has this hash. */
  private recent(hash: string): number | null {
    const wanted = Buffer.alloc(32);
    wanted.write(hash.slice(0, 64), 'hex');
    for (let place = remembered - 1; place >= 0; place--)
      if (this.entries[place] !== 0 && this.hashes.compare(wanted, 0, 32, place * 32, place * 32 + 32) === 0)
        return this.entries[place] ?? null;
    return null;
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
