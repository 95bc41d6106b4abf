import { type MessagePort, workerData } from 'node:worker_threads';
import { lowerLimits } from '../../shared/limits.ts';
import { PlainRows } from '../integrity/plain-rows.ts';
import type { LedgerAnswer, LedgerQuestion, LedgerWorkerData } from './plain-blocks.ts';

/** A thread that holds blocks of a ledger against its rule, one after another, and gives each back with what it came to. */
const { plan, limits, port, answers } = workerData as LedgerWorkerData & { port: MessagePort };
lowerLimits(limits);
const rows = new PlainRows(plan);

port.on('message', ({ bytes, length }: LedgerQuestion) => {
  const plain = rows.read(Buffer.from(bytes, 0, length));
  const moved =
    plain === null
      ? []
      : [plain.leaves, plain.hashes, plain.starts, plain.times, plain.timeEnds, ...plain.columns].map(
          ({ buffer }) => buffer as ArrayBuffer,
        );
  port.postMessage({ bytes, plain } satisfies LedgerAnswer, [bytes, ...moved]);
  // Who asked waits for this without turning its own loop of events.
  Atomics.add(answers, 0, 1);
  Atomics.notify(answers, 0);
});
