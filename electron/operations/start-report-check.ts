import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Failure } from '../../shared/failure.ts';
import type { ReportVerification } from '../../shared/report.ts';
import type { Trust } from '../../shared/trust.ts';

export interface ReportCheckRequest {
  path: string;
  trust: Trust;
  /** Folder of the evidence; null where it is not at hand. */
  evidence: string | null;
}

const notDone = 'Nothing was checked.';

/**
 * Checks a report in a thread of its own, which is ended when the caller aborts.
 * @throws Failure unreadable, refused, cancelled
 */
export async function startReportCheck(request: ReportCheckRequest, signal: AbortSignal): Promise<ReportVerification> {
  const { path, evidence } = request;
  if (!existsSync(path))
    throw new Failure('unreadable', {
      what: 'There is nothing to check.',
      where: path,
      why: 'Nothing is at this path.',
      notDone,
      next: 'Choose the folder of a package, a PDF or an envelope.',
    });
  if (evidence !== null && !existsSync(evidence))
    throw new Failure('unreadable', {
      what: 'The evidence is not there.',
      where: evidence,
      why: 'Nothing is at this path.',
      notDone,
      next: 'Choose the folder of the evidence, or check the report without it.',
    });
  const cancelled = () =>
    new Failure('cancelled', { what: 'The check was cancelled.', where: path, notDone: 'No result was kept.' });
  if (signal.aborted) throw cancelled();
  const place = new URL(
    import.meta.url.endsWith('.ts') ? './check-report-worker.ts' : './check-report-worker.js',
    import.meta.url,
  );
  const worker = new Worker(place, { workerData: request, resourceLimits: { maxOldGenerationSizeMb: 4_096 } });
  const abort = new AbortController();
  try {
    return await new Promise<ReportVerification>((resolve, reject) => {
      const died = (why: string) =>
        reject(
          new Failure('refused', {
            what: 'The report could not be checked.',
            where: path,
            why,
            notDone,
            next: 'Look at what it holds with other tools first.',
          }),
        );
      signal.addEventListener('abort', () => reject(cancelled()), { signal: abort.signal });
      worker.on('message', (result: ReportVerification) => resolve(result));
      worker.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EACCES' || error.code === 'EPERM'
          ? reject(
              new Failure('unreadable', {
                what: 'The report cannot be read.',
                where: error.path ?? path,
                why: 'It may not be read by you.',
                notDone,
                next: 'Ask for permission to read it.',
              }),
            )
          : error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? died('Reading it took more memory than it may.')
            : reject(error),
      );
      worker.on('exit', () => died('Reading it ended the reader.'));
    });
  } finally {
    abort.abort();
    void worker.terminate();
  }
}
