import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../../shared/failure.ts';
import type { ExaminationRequest } from './examination.ts';
import { examine } from './examine.ts';

/** The thread in which evidence is read: it may be ended at any time, and its death is an answer. */
const stop = new AbortController();
const port = parentPort;
port?.on('message', () => stop.abort());
const send = (message: object) => port?.postMessage(message);

examine(
  workerData as ExaminationRequest,
  {
    progress: (progress) => send({ progress }),
    keep: (path, digest, bytes) => send({ keep: { path, digest, bytes: Uint8Array.from(bytes) } }),
    ledgerRows: (ledgerId, rows) => send({ ledgerRows: { ledgerId, rows } }),
  },
  stop.signal,
).then(
  (done) => send({ done }),
  (error: unknown) =>
    send(
      error instanceof Failure
        ? { failure: { code: error.code, parts: error.parts } }
        : { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) },
    ),
);
