import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Failure, type FailureCode, type FailureParts } from '../../shared/failure.ts';
import { limits } from '../../shared/limits.ts';
import { type KeptDocuments, KeptPack } from './kept-documents.ts';
import { type ReadingColumns, type RequestColumns, readingsOf, requestColumns } from './read-columns.ts';
import { type Reading, type ReadRequest, readFile } from './read-file.ts';
import { ReaderLost, readersAtMost, type Watched, watchedHere } from './reader-watch.ts';

/** Below this many files and bytes one thread is quicker than starting two. */
const filesForWorkers = 4_000;
const bytesForWorkers = 64 * 2 ** 20;
const batchSize = 250;
const batchBytes = 4 * 2 ** 20;
const inHandAtMost = 2;
/** A list of so many bytes takes as long to read as a batch of small files. */
const bytesABatch = 150_000;

/** What a thread reads is soon done with: a small nursery holds it, and two threads stay small. */
const youngMiB = 8;

export interface ReadWorkerData {
  /** Two words: whether to stop, and the bytes read so far. */
  flag: SharedArrayBuffer;
  limits: typeof limits;
  /** Who watches what is in hand, and the place for it. */
  watched: Watched | null;
  slot: number;
}
/** What is to be read: sizes in bytes, and each request when its turn comes. */
interface Asked {
  sizes: readonly number[];
  request(index: number): ReadRequest;
  /** What this thread alone can do and may be done by now, with its size in bytes; null where nothing is. */
  between?(): { bytes: number; run(): Promise<void> } | null;
}
export interface ReadOrder {
  batch: number;
  requests: RequestColumns;
}
export interface ReadAnswer {
  batch: number;
  readings: ReadingColumns;
  kept: KeptDocuments | null;
  failure: { code: FailureCode; parts: FailureParts } | null;
}

/**
 * Digests and facts of many files: by this thread for a few, with others beside it for many, a thread a core, the
 * largest first so that no core is left alone with them. This thread begins while the others start, and lets other
 * messages through between two batches. @param onProgress files and bytes done so far; false stops within a mebibyte
 * @param take is given each reading as it comes, with its place in what was asked; in no order
 * @param keep is given documents that are to be kept, in no order
 * @returns false when stopped
 * @throws Failure where an archive's entry does not hold what its directory says; ReaderLost where a thread ends
 */
export async function readFiles(
  asked: Asked,
  onProgress: (files: number, bytes: number) => boolean,
  take: (reading: Reading, index: number) => void,
  keep: (documents: KeptDocuments) => void,
): Promise<boolean> {
  const batches = batchesOf(asked.sizes);
  const flag = new SharedArrayBuffer(16);
  const shared = new BigInt64Array(flag);
  let next = 0;
  let done = 0;
  let goesOn = true;
  const stop = () => {
    goesOn = false;
    Atomics.store(shared, 0, 1n);
  };
  const report = (): boolean => {
    if (goesOn && !onProgress(done, Number(Atomics.load(shared, 1)))) stop();
    return goesOn;
  };
  const workers = Array.from({ length: threadsFor(asked.sizes, batches) - 1 }, (_, index) => {
    const workerData: ReadWorkerData = { flag, limits, watched: watchedHere(), slot: index + 1 };
    const resourceLimits = { maxOldGenerationSizeMb: limits.readerMemoryMiB, maxYoungGenerationSizeMb: youngMiB };
    return new Worker(workerPlace(), { workerData, resourceLimits });
  });
  const gives: (() => void)[] = [];
  const beside = (worker: Worker, slot: number) =>
    new Promise<void>((resolve, reject) => {
      let inHand = 0;
      const give = (): void => {
        const batch = next;
        const indexes = batches[batch];
        if (indexes === undefined || !goesOn) return inHand === 0 ? resolve() : undefined;
        next += 1;
        inHand += 1;
        const requests = requestColumns(indexes.map((index) => asked.request(index)));
        worker.postMessage({ batch, requests } satisfies ReadOrder);
      };
      worker.on('error', (error) => reject(new ReaderLost(slot, error)));
      worker.on('message', ({ batch, readings, kept, failure }: ReadAnswer) => {
        if (failure !== null) return reject(new Failure(failure.code, failure.parts));
        let i = 0;
        for (const reading of readingsOf(readings)) take(reading, batches[batch]?.[i++] ?? 0);
        if (kept !== null) keep(kept);
        done += readings.readings;
        inHand -= 1;
        if (inHand < inHandAtMost) give();
      });
      gives.push(give);
      give();
      // So that no thread waits for the next.
      if ((batches[next]?.length ?? 0) > 1) give();
    });
  /** While this thread is at something long the others must have enough to do: they hear nothing from it meanwhile. */
  const between = async (): Promise<boolean> => {
    const other = asked.between?.() ?? null;
    if (other === null) return false;
    const ahead = Math.min(Math.ceil(other.bytes / bytesABatch), Math.floor((batches.length - next) / 2));
    for (let given = 0; given < ahead; given += 1) gives[given % gives.length]?.();
    await other.run();
    return true;
  };
  const here = async () => {
    const pack = new KeptPack();
    for (; next < batches.length && report(); await new Promise((resume) => setImmediate(resume))) {
      if (await between()) continue;
      for (const index of batches[next++] ?? []) {
        const hashed = (bytes: number) => {
          if (bytes > 0) Atomics.add(shared, 1, BigInt(bytes));
          return report();
        };
        const reading = readFile(asked.request(index), hashed, (digest, document) => pack.add(digest, document));
        if (!goesOn) return;
        take(reading, index);
        done += 1;
      }
      const kept = pack.take();
      if (kept !== null) keep(kept);
    }
  };
  const ticking = setInterval(report, 100);
  try {
    await Promise.all([...workers.map((worker, index) => beside(worker, index + 1)), here()]);
    return report();
  } finally {
    clearInterval(ticking);
    stop();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** How many threads read, this one among them: others are not worth starting for a few files. */
function threadsFor(sizes: readonly number[], batches: readonly number[][]): number {
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  if (sizes.length < filesForWorkers && total < bytesForWorkers) return 1;
  return Math.min(Math.max(1, availableParallelism()), worthAThread(batches, sizes), readersAtMost);
}

/** A thread is not started for a few small files beside large ones: it costs more memory than they have bytes. */
function worthAThread(batches: readonly number[][], sizes: readonly number[]): number {
  const bytesOf = (batch: readonly number[]) => batch.reduce((sum, index) => sum + (sizes[index] ?? 0), 0);
  return Math.max(1, batches.filter((batch) => batch.length === batchSize || bytesOf(batch) >= batchBytes).length);
}

/** Large files alone and first; small ones together, neighbours with neighbours. */
function batchesOf(sizes: readonly number[]): number[][] {
  const large: number[] = [];
  const batches: number[][] = [];
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
    batches.push(open);
    open = [];
    bytes = 0;
  }
  if (open.length > 0) batches.push(open);
  large.sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  return [...large.map((index) => [index]), ...batches];
}

const workerPlace = () =>
  new URL(import.meta.url.endsWith('.ts') ? './read-worker.ts' : './read-worker.js', import.meta.url);
