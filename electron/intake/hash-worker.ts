import { parentPort, workerData } from 'node:worker_threads';
import { type Hashed, hashFile } from './hash-file.ts';

/** A thread that digests what it is given, batch by batch, until it is told to stop through shared memory. */
const { flag } = workerData as { flag: SharedArrayBuffer };
const shared = new BigInt64Array(flag);

parentPort?.on('message', ({ batch, paths }: { batch: number; paths: (string | Uint8Array)[] }) => {
  const results: Hashed[] = paths.map((path) =>
    Atomics.load(shared, 0) === 1n
      ? { digests: null, why: 'It was cancelled', bytes: 0 }
      : hashFile(path, ['sha256'], null, (bytes) => {
          Atomics.add(shared, 1, BigInt(bytes));
          return Atomics.load(shared, 0) === 0n;
        }),
  );
  parentPort?.postMessage({ batch, results });
});
