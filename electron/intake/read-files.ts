import { Worker } from 'node:worker_threads';
import { Failure, type FailureCode, type FailureParts } from '../../shared/failure.ts';
import { limits } from '../../shared/limits.ts';
import { type KeptDocuments, KeptPack } from './kept-documents.ts';
import { ReadBatches } from './read-batches.ts';
import { type ReadingColumns, type RequestColumns, readingsOf, requestColumns } from './read-columns.ts';
import { type Reading, type ReadRequest, readFile } from './read-file.ts';
import { ReaderLost, type Watched, watchedHere } from './reader-watch.ts';

/** So many batches a thread has in hand mostly: none waits for the next. */
const inHandAtMost = 2;
/** While so many bytes are digested here another thread reads a batch of small files. */
const bytesDigestedABatch = 4 * 2 ** 20;
/** And while so many bytes of a list are read. */
const bytesListedABatch = 400_000;

/** What a thread reads is soon done with: a small nursery holds it, and two threads stay small. */
const youngMiB = 8;

export interface ReadWorkerData {
  /** Two words: whether to stop, and the bytes read so far. */
  flag: SharedArrayBuffer;
  limits: typeof limits;
  /** By batch, whether a thread has it (`ReadBatches`). */
  claims: Int32Array<SharedArrayBuffer>;
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
  /** Null where another thread had it. */
  readings: ReadingColumns | null;
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
  const queue = new ReadBatches(asked.sizes);
  const { batches, claims } = queue;
  const flag = new SharedArrayBuffer(16);
  const shared = new BigInt64Array(flag);
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
  const workers = Array.from({ length: queue.threads() - 1 }, (_, index) => {
    const workerData: ReadWorkerData = { flag, limits, claims, watched: watchedHere(), slot: index + 1 };
    const resourceLimits = { maxOldGenerationSizeMb: limits.readerMemoryMiB, maxYoungGenerationSizeMb: youngMiB };
    return new Worker(workerPlace(), { workerData, resourceLimits });
  });
  const gives: (() => void)[] = [];
  const beside = (worker: Worker, slot: number) =>
    new Promise<void>((resolve, reject) => {
      let inHand = 0;
      const order = (batch: number): void => {
        inHand += 1;
        const requests = requestColumns((batches[batch] ?? []).map((index) => asked.request(index)));
        worker.postMessage({ batch, requests } satisfies ReadOrder);
      };
      const give = (): void => {
        const batch = goesOn ? queue.offer() : null;
        if (batch !== null) order(batch);
        else if (inHand === 0) resolve();
      };
      worker.on('error', (error) => reject(new ReaderLost(slot, error)));
      worker.on('message', ({ batch, readings, kept, failure }: ReadAnswer) => {
        if (failure !== null) return reject(new Failure(failure.code, failure.parts));
        let i = 0;
        for (const reading of readings === null ? [] : readingsOf(readings)) take(reading, batches[batch]?.[i++] ?? 0);
        if (kept !== null) keep(kept);
        done += readings?.readings ?? 0;
        inHand -= 1;
        if (inHand < inHandAtMost) give();
      });
      gives.push(give);
      // Every large file: whoever is done with one claims the next without asking.
      for (let batch = 0; batch < queue.large; batch += 1) order(batch);
      for (let given = 0; given < inHandAtMost; given += 1) give();
    });
  /** Before this thread is at something long the others are given enough: they hear nothing from it meanwhile. */
  const giveAhead = (count: number): void => {
    for (let given = 0; given < count && !queue.isAllOffered && gives.length > 0; given += 1)
      gives[given % gives.length]?.();
  };
  const between = async (): Promise<boolean> => {
    const other = asked.between?.() ?? null;
    if (other === null) return false;
    giveAhead(Math.ceil(other.bytes / bytesListedABatch));
    await other.run();
    return true;
  };
  const here = async () => {
    const pack = new KeptPack();
    for (; report(); await new Promise((resume) => setImmediate(resume))) {
      if (await between()) continue;
      const batch = queue.claimNext();
      if (batch === null) return;
      if (batch < queue.large) giveAhead(Math.ceil(queue.bytesOf(batch) / bytesDigestedABatch));
      for (const index of batches[batch] ?? []) {
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

const workerPlace = () =>
  new URL(import.meta.url.endsWith('.ts') ? './read-worker.ts' : './read-worker.js', import.meta.url);
