import { availableParallelism } from 'node:os';
import { readersAtMost } from './reader-watch.ts';

/** Below this many files and bytes one thread is quicker than starting two. */
const filesForWorkers = 4_000;
const bytesForWorkers = 64 * 2 ** 20;
const batchSize = 250;
const batchBytes = 4 * 2 ** 20;

/**
 * Files in batches, by their places: large ones alone and first, the largest before all; small ones together, neighbours
 * with neighbours. Several threads may be offered the same batch: whoever claims it first, through shared memory, has it.
 */
export class ReadBatches {
  readonly batches: readonly number[][];
  /** So many of them, at the beginning, are one large file each. */
  readonly large: number;
  readonly claims: Int32Array<SharedArrayBuffer>;
  private readonly sizes: readonly number[];
  private nextLarge = 0;
  private offered: number;
  private last: number;

  /** @param sizes of the files, bytes */
  constructor(sizes: readonly number[]) {
    this.sizes = sizes;
    const large: number[] = [];
    const small: number[][] = [];
    let open: number[] = [];
    let bytes = 0;
    for (const [index, size] of sizes.entries()) {
      if (size > batchBytes) {
        large.push(index);
        continue;
      }
      open.push(index);
      bytes += size;
      if (open.length < batchSize && bytes < batchBytes) continue;
      small.push(open);
      open = [];
      bytes = 0;
    }
    if (open.length > 0) small.push(open);
    large.sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
    this.batches = [...large.map((index) => [index]), ...small];
    this.large = large.length;
    this.claims = new Int32Array(new SharedArrayBuffer(4 * Math.max(1, this.batches.length)));
    this.offered = this.large;
    this.last = this.batches.length - 1;
  }

  /** How many threads read, the one that asks among them: others are not worth starting for a few files. */
  threads(): number {
    const { sizes, batches } = this;
    const bytesOf = (batch: readonly number[]) => batch.reduce((sum, index) => sum + (sizes[index] ?? 0), 0);
    if (sizes.length < filesForWorkers && bytesOf(sizes.map((_, index) => index)) < bytesForWorkers) return 1;
    // A thread is not started for a few small files beside large ones: it costs more memory than they have bytes.
    const worth = batches.filter((batch) => batch.length === batchSize || bytesOf(batch) >= batchBytes).length;
    return Math.min(Math.max(1, availableParallelism()), Math.max(1, worth), readersAtMost);
  }

  bytesOf(batch: number): number {
    return this.batches[batch]?.reduce((sum, index) => sum + (this.sizes[index] ?? 0), 0) ?? 0;
  }
  /** A batch of small files that no other thread was offered; null where there is none left. */
  offer(): number | null {
    return this.offered < this.batches.length ? this.offered++ : null;
  }
  get isAllOffered(): boolean {
    return this.offered >= this.batches.length;
  }
  /** Claims a batch for the thread that asks: the largest file, then what nobody was offered, then what was offered last. */
  claimNext(): number | null {
    while (this.nextLarge < this.large) if (claim(this.claims, this.nextLarge++)) return this.nextLarge - 1;
    for (let batch = this.offer(); batch !== null; batch = this.offer()) if (claim(this.claims, batch)) return batch;
    while (this.last >= this.large) if (claim(this.claims, this.last--)) return this.last + 1;
    return null;
  }
}

/** Claims a batch; false where another thread has it. */
export const claim = (claims: Int32Array, batch: number): boolean => Atomics.compareExchange(claims, batch, 0, 1) === 0;
