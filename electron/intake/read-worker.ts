import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../../shared/failure.ts';
import { lowerLimits } from '../../shared/limits.ts';
import { KeptPack } from './kept-documents.ts';
import { claim } from './read-batches.ts';
import { ReadingColumnsOf, requestOf } from './read-columns.ts';
import { readFile } from './read-file.ts';
import type { ReadAnswer, ReadOrder, ReadWorkerData } from './read-files.ts';
import { watchThisThread } from './reader-watch.ts';

/** A thread that reads what it is given, batch by batch, until it is told to stop through shared memory. */
const { flag, limits, claims, watched, slot } = workerData as ReadWorkerData;
lowerLimits(limits);
if (watched !== null) watchThisThread(watched, slot);
const shared = new BigInt64Array(flag);

const pack = new KeptPack();
parentPort?.on('message', ({ batch, requests }: ReadOrder) => {
  if (!claim(claims, batch)) {
    parentPort?.postMessage({ batch, readings: null, kept: null, failure: null } satisfies ReadAnswer);
    return;
  }
  const readings = new ReadingColumnsOf();
  let failure: ReadAnswer['failure'] = null;
  try {
    for (let at = 0; at < requests.paths.length && Atomics.load(shared, 0) !== 1n; at += 1)
      readings.add(
        readFile(
          requestOf(requests, at),
          (bytes) => {
            if (bytes > 0) Atomics.add(shared, 1, BigInt(bytes));
            return Atomics.load(shared, 0) === 0n;
          },
          (digest, document) => pack.add(digest, document),
        ),
      );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    failure = { code: error.code, parts: error.parts };
  }
  const answer: ReadAnswer = { batch, readings: readings.columns(), kept: pack.take(), failure };
  parentPort?.postMessage(answer, answer.kept === null ? [] : [answer.kept.bytes.buffer]);
});
