import { Worker } from 'node:worker_threads';
import { Failure, type FailureCode, type FailureParts } from '../../shared/failure.ts';
import type { LedgerRowColumns } from '../intake/formats/format.ts';
import type { IntakeProgress } from '../intake/intake.ts';
import type { Examination, ExaminationHandlers, ExaminationRequest } from './examination.ts';

type Message = {
  progress?: IntakeProgress;
  keep?: { path: string; digest: string; bytes: Uint8Array };
  ledgerRows?: { ledgerId: string; rows: LedgerRowColumns };
  done?: Examination;
  failure?: { code: FailureCode; parts: FailureParts };
  bug?: string;
};

const cancelled = () =>
  new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });

/**
 * Runs an examination in a thread of its own, which is ended when the caller aborts (at most a second later) and whose
 * death refuses the source instead of ending the application.
 * @throws Failure refused, unreadable, disk-full, cancelled; Error for a bug
 */
export async function startExamination(
  request: ExaminationRequest,
  handlers: ExaminationHandlers,
  signal: AbortSignal,
): Promise<Examination> {
  if (signal.aborted) throw cancelled();
  const place = new URL(
    import.meta.url.endsWith('.ts') ? './examination-worker.ts' : './examination-worker.js',
    import.meta.url,
  );
  const worker = new Worker(place, { workerData: request, resourceLimits: { maxOldGenerationSizeMb: 4_096 } });
  return new Promise<Examination>((resolve, reject) => {
    let isOver = false;
    const end = (act: () => void) => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', abort);
      // Gone first: who takes its staging away must not have it written to meanwhile.
      void worker.terminate().then(act);
    };
    const abort = () => {
      worker.postMessage('stop');
      // The thread stops by itself and tidies its staging; where it hangs it is ended all the same.
      setTimeout(() => end(() => reject(cancelled())), 700).unref();
    };
    signal.addEventListener('abort', abort);
    worker.on('message', (message: Message) => {
      if (isOver) return;
      try {
        const { progress, keep, ledgerRows, done, failure, bug } = message;
        if (progress !== undefined) handlers.progress?.(progress);
        if (keep !== undefined) handlers.keep?.(keep.path, keep.digest, keep.bytes);
        if (ledgerRows !== undefined) handlers.ledgerRows?.(ledgerRows.ledgerId, ledgerRows.rows);
        if (done !== undefined) end(() => resolve(done));
        if (failure !== undefined) end(() => reject(new Failure(failure.code, failure.parts)));
        if (bug !== undefined) end(() => reject(new Error(bug)));
      } catch (error) {
        // Whoever keeps what is found could not: a full disk, mostly.
        end(() => reject(error));
      }
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
