import { Worker } from 'node:worker_threads';
import type { Check } from '../../shared/check.ts';
import { Failure } from '../../shared/failure.ts';
import type {
  ExaminationKeeper,
  ExaminationRequest,
  ExaminationSummary,
  ThreadData,
  ThreadMessage,
} from './examination.ts';

const cancelled = () =>
  new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });

/** What an examination came to; its checks where nobody took the parts. */
export type Found = ExaminationSummary & { checks: Check[] };

/**
 * Runs an examination in a thread of its own, which is ended when the caller aborts (at most a second later) and whose
 * death refuses the source instead of ending the application. What it finds comes in slices, and it waits for who keeps
 * them: neither memory nor the turns of this thread grow with the source.
 * @throws Failure refused, unreadable, disk-full, cancelled; Error for a bug
 */
export async function startExamination(
  request: ExaminationRequest,
  keeper: ExaminationKeeper,
  signal: AbortSignal,
): Promise<Found> {
  if (signal.aborted) throw cancelled();
  const place = new URL(
    import.meta.url.endsWith('.ts') ? './examination-worker.ts' : './examination-worker.js',
    import.meta.url,
  );
  const flow = new Int32Array(new SharedArrayBuffer(12));
  const workerData: ThreadData = { request, flow };
  const worker = new Worker(place, { workerData, resourceLimits: { maxOldGenerationSizeMb: 4_096 } });
  const checks: Check[] = [];
  let summary: ExaminationSummary | null = null;
  return new Promise<Found>((resolve, reject) => {
    let isOver = false;
    const end = (act: () => void) => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', abort);
      // Gone first: who takes its staging away must not have it written to meanwhile.
      void worker.terminate().then(act);
    };
    const abort = () => {
      Atomics.store(flow, 1, 1);
      Atomics.notify(flow, 0);
      worker.postMessage('stop');
      // The thread stops by itself and tidies its staging; where it hangs it is ended all the same.
      setTimeout(() => end(() => reject(cancelled())), 700).unref();
    };
    signal.addEventListener('abort', abort);
    const taken = (cost: number) => {
      Atomics.sub(flow, 0, cost);
      Atomics.notify(flow, 0);
    };
    const take = async (message: ThreadMessage): Promise<void> => {
      switch (message.kind) {
        case 'progress':
          return keeper.progress?.(message.progress);
        case 'keep':
          return keeper.keep?.(message.documents);
        case 'ledgerRows':
          return keeper.ledgerRows?.(message.ledgerId, message.rows);
        case 'begin':
          summary = message.summary;
          if ((await keeper.begin?.(summary)) === false) Atomics.store(flow, 2, 1);
          return;
        case 'part':
          if (keeper.part !== undefined) return keeper.part(message.part);
          if (message.part.part === 'checks') for (const { check } of message.part.values) checks.push(check);
          return new Promise((resume) => setImmediate(resume));
        case 'done':
          return end(() => (summary === null ? died('Reading it ended early.') : resolve({ ...summary, checks })));
        case 'failure':
          return end(() => reject(new Failure(message.code, message.parts)));
        case 'bug':
          return end(() => reject(new Error(message.text)));
      }
    };
    worker.on('message', (message: ThreadMessage) => {
      if (isOver) return;
      take(message).then(
        () => taken(message.cost ?? 0),
        // Whoever keeps what is found could not: a full disk, mostly.
        (error: unknown) => end(() => reject(error)),
      );
    });
    const died = (why: string) =>
      end(() =>
        reject(
          new Failure('refused', {
            what: 'The source could not be examined.',
            where: request.path,
            why,
            notDone: 'Nothing was imported.',
            next: 'Import a part of it, or look at what it holds with other tools first.',
          }),
        ),
      );
    worker.on('error', (error) => died(`Reading it ended the reader: ${error.message.split('\n')[0] ?? 'it died'}.`));
    worker.on('exit', () => died('Reading it ended the reader.'));
  });
}
