import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Hashed, hashFile } from './hash-file.ts';

/** Below this many files and bytes one thread is quicker than starting two. */
const filesForWorkers = 10_000;
const bytesForWorkers = 64 * 2 ** 20;
const batchSize = 500;

export interface HashRequest {
  /** Bytes where the name is not UTF-8. */
  path: string | Uint8Array;
  bytes: number;
}

/**
 * SHA-256 of many files: one thread for a few, a thread a core for many, the largest first so that no core is left
 * alone with them. @param onProgress files and bytes done so far; false cancels within a mebibyte
 * @returns in the order asked for
 */
export async function hashFiles(
  files: readonly HashRequest[],
  onProgress: (files: number, bytes: number) => boolean,
): Promise<Hashed[]> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (files.length < filesForWorkers && total < bytesForWorkers) {
    let bytes = 0;
    return files.map((file, index) =>
      hashFile(file.path, ['sha256'], null, (now) => {
        bytes += now;
        return onProgress(index, bytes);
      }),
    );
  }
  const results = new Array<Hashed>(files.length);
  const order = files.map((_, index) => index).sort((a, b) => (files[b]?.bytes ?? 0) - (files[a]?.bytes ?? 0));
  const batches: number[][] = [];
  for (let at = 0; at < order.length; ) {
    const isBig = (files[order[at] ?? 0]?.bytes ?? 0) > 1_048_576;
    const size = isBig ? 1 : batchSize;
    batches.push(order.slice(at, at + size));
    at += size;
  }
  const flag = new SharedArrayBuffer(16);
  const shared = new BigInt64Array(flag);
  const workers = Array.from(
    { length: Math.max(1, availableParallelism()) },
    () => new Worker(workerPlace(), { workerData: { flag } }),
  );
  let next = 0;
  let done = 0;
  const report = () => {
    if (!onProgress(done, Number(Atomics.load(shared, 1)))) Atomics.store(shared, 0, 1n);
  };
  const ticking = setInterval(report, 100);
  try {
    await new Promise<void>((resolve, reject) => {
      let left = batches.length;
      if (left === 0) resolve();
      for (const worker of workers) {
        const give = () => {
          const batch = next++;
          const indexes = batches[batch];
          if (indexes !== undefined)
            worker.postMessage({ batch, paths: indexes.map((index) => files[index]?.path ?? '') });
        };
        worker.on('error', reject);
        worker.on('message', ({ batch, results: part }: { batch: number; results: Hashed[] }) => {
          part.forEach((result, i) => {
            results[batches[batch]?.[i] ?? 0] = result;
          });
          done += part.length;
          give();
          if (--left === 0) resolve();
        });
        // Two batches ahead, so that no thread waits for the next.
        give();
        give();
      }
    });
    report();
    return results;
  } finally {
    clearInterval(ticking);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

const workerPlace = () =>
  new URL(import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js', import.meta.url);
