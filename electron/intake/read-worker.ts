import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../../shared/failure.ts';
import { lowerLimits } from '../../shared/limits.ts';
import { type Reading, type ReadRequest, readFile } from './read-file.ts';
import type { ReadAnswer, ReadWorkerData } from './read-files.ts';
import { watchThisThread } from './reader-watch.ts';

/** A thread that reads what it is given, batch by batch, until it is told to stop through shared memory. */
const { flag, limits, watched, slot } = workerData as ReadWorkerData;
lowerLimits(limits);
if (watched !== null) watchThisThread(watched, slot);
const shared = new BigInt64Array(flag);

parentPort?.on('message', ({ batch, requests }: { batch: number; requests: ReadRequest[] }) => {
  const readings: Reading[] = [];
  let failure: ReadAnswer['failure'] = null;
  try {
    for (const request of requests) {
      if (Atomics.load(shared, 0) === 1n) break;
      readings.push(
        readFile(request, (bytes) => {
          if (bytes > 0) Atomics.add(shared, 1, BigInt(bytes));
          return Atomics.load(shared, 0) === 0n;
        }),
      );
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    failure = { code: error.code, parts: error.parts };
  }
  const moved = readings.flatMap(({ kept }) => (kept === null ? [] : [kept.buffer as ArrayBuffer]));
  parentPort?.postMessage({ batch, readings, failure } satisfies ReadAnswer, moved);
});
