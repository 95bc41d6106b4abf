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
 * Digests and facts of many files: one thread for a few, a thread a core for many, the largest first so that no core
 * is left alone with them. @param onProgress files and bytes done so far; false stops within a mebibyte
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
  const total = asked.sizes.reduce((sum, bytes) => sum + bytes, 0);
  if (asked.sizes.length < filesForWorkers && total < bytesForWorkers) return oneByOne(asked, onProgress, take, keep);
  const batches = batchesOf(asked.sizes);
  const flag = new SharedArrayBuffer(16);
  const shared = new BigInt64Array(flag);
  const threads = Math.min(Math.max(1, availableParallelism()), worthAThread(batches, asked.sizes), readersAtMost);
  const workers = Array.from({ length: threads }, (_, index) => {
    const workerData: ReadWorkerData = { flag, limits, watched: watchedHere(), slot: index + 1 };
    const resourceLimits = { maxOldGenerationSizeMb: limits.readerMemoryMiB, maxYoungGenerationSizeMb: youngMiB };
    return new Worker(workerPlace(), { workerData, resourceLimits });
  });
  let next = 0;
  let done = 0;
  let goesOn = true;
  const report = () => {
    if (onProgress(done, Number(Atomics.load(shared, 1)))) return;
    goesOn = false;
    Atomics.store(shared, 0, 1n);
  };
  const ticking = setInterval(report, 100);
  try {
    await new Promise<void>((resolve, reject) => {
      let left = batches.length;
      if (left === 0) resolve();
      for (const [index, worker] of workers.entries()) {
        const give = () => {
          const batch = next++;
          const indexes = batches[batch];
          if (indexes !== undefined)
            worker.postMessage({
              batch,
              requests: requestColumns(indexes.map((index) => asked.request(index))),
            } satisfies ReadOrder);
        };
        worker.on('error', (error) => reject(new ReaderLost(index + 1, error)));
        worker.on('message', ({ batch, readings, kept, failure }: ReadAnswer) => {
          if (failure !== null) return reject(new Failure(failure.code, failure.parts));
          let i = 0;
          for (const reading of readingsOf(readings)) take(reading, batches[batch]?.[i++] ?? 0);
          if (kept !== null) keep(kept);
          done += readings.readings;
          give();
          if (--left === 0) resolve();
        });
        // Two batches ahead, so that no thread waits for the next.
        give();
        give();
      }
    });
    report();
    return goesOn;
  } finally {
    clearInterval(ticking);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function oneByOne(
  asked: Asked,
  onProgress: (files: number, bytes: number) => boolean,
  take: (reading: Reading, index: number) => void,
  keep: (documents: KeptDocuments) => void,
): boolean {
  const pack = new KeptPack();
  let bytes = 0;
  for (const index of asked.sizes.keys()) {
    let goesOn = true;
    const reading = readFile(
      asked.request(index),
      (now) => {
        bytes += now;
        goesOn &&= onProgress(index, bytes);
        return goesOn;
      },
      (digest, document) => pack.add(digest, document),
    );
    if (!goesOn) return false;
    const kept = pack.size > 2 ** 20 || index === asked.sizes.length - 1 ? pack.take() : null;
    if (kept !== null) keep(kept);
    take(reading, index);
  }
  return onProgress(asked.sizes.length, bytes);
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
