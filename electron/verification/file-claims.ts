import type { EvidenceFile, FileState } from '../../shared/evidence.ts';
import { type Vouched, vouchers } from '../../shared/verdict.ts';

/** What is said of a file by several lists comes to the first of these that one of them says. */
const order: readonly FileState[] = ['mismatch', 'unread', 'missing', 'match', 'ignored', 'extra'];
/** Nothing was said: ranks behind everything. */
const silent = order.length;

/** What all lists together say of one file. */
interface FileClaim {
  state: FileState;
  claims: number;
  vouched: Vouched;
}

/**
 * What lists say of files, gathered: columns for the files that are here, by their place, for there may be a million of
 * them; a map for those that are only listed.
 */
export class FileClaims {
  private readonly placeOf: (path: string) => number;
  private readonly ranks: Uint8Array;
  private readonly counts: Uint32Array;
  private readonly vouchers: Uint8Array;
  private readonly elsewhere = new Map<string, { rank: number; count: number; voucher: number }>();

  constructor(files: readonly EvidenceFile[], placeOf: (path: string) => number) {
    this.placeOf = placeOf;
    this.ranks = new Uint8Array(files.length).fill(silent);
    this.counts = new Uint32Array(files.length);
    this.vouchers = new Uint8Array(files.length);
  }

  /** One list says one thing of one file. */
  claim(path: string, state: FileState, vouched: Vouched): void {
    const place = this.placeOf(path);
    if (place >= 0) return this.claimAt(place, state, vouched);
    const known = this.elsewhere.get(path) ?? { rank: silent, count: 0, voucher: 0 };
    this.elsewhere.set(path, known);
    known.rank = Math.min(known.rank, order.indexOf(state));
    if (counts(state)) known.count += 1;
    if (state === 'match') known.voucher = Math.max(known.voucher, vouchers.indexOf(vouched));
  }
  /** The same of the file at a place. */
  claimAt(place: number, state: FileState, vouched: Vouched): void {
    this.ranks[place] = Math.min(this.ranks[place] ?? silent, order.indexOf(state));
    if (counts(state)) this.counts[place] = (this.counts[place] ?? 0) + 1;
    if (state === 'match') this.vouchers[place] = Math.max(this.vouchers[place] ?? 0, vouchers.indexOf(vouched));
  }
  stateAt(place: number): FileState | null {
    return order[this.ranks[place] ?? silent] ?? null;
  }
  /** What it came to for the file at a place. */
  at(place: number): FileClaim {
    return {
      state: this.stateAt(place) ?? 'unclaimed',
      claims: this.counts[place] ?? 0,
      vouched: vouchers[this.vouchers[place] ?? 0] ?? 'nobody',
    };
  }
  /** Paths that lists demand and that are not here, with how many of them do. */
  *missing(): Generator<{ path: string; claims: number }> {
    for (const [path, { rank, count }] of this.elsewhere) if (order[rank] === 'missing') yield { path, claims: count };
  }
}

/** Whether what is said is a claim about the file: that a signer left it out, or a list does not name it, is none. */
const counts = (state: FileState): boolean => state !== 'ignored' && state !== 'extra';
