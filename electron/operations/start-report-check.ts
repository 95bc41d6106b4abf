import { existsSync, rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Failure, type FailureCode, type FailureParts } from '../../shared/failure.ts';
import type { ReportVerification } from '../../shared/report.ts';
import type { Trust } from '../../shared/trust.ts';
import { checkCancelled } from './cancelled.ts';
import { privateFolder } from './private-folder.ts';

export interface ReportCheckRequest {
  path: string;
  trust: Trust;
  /** Folder, archive or file of the evidence; null where it is not at hand. */
  evidence: string | null;
  /** Folder in which a private one is made for what must be unpacked, and taken away again. */
  staging: string;
}
export type ReportCheckMessage =
  | { kind: 'done'; result: ReportVerification }
  | { kind: 'failure'; code: FailureCode; parts: FailureParts };

const notDone = 'Nothing was checked.';

/**
 * Checks a report in a thread of its own, which is ended when the caller aborts.
 * @throws Failure unreadable, refused, disk-full, invalid, cancelled
 */
export async function startReportCheck(request: ReportCheckRequest, signal: AbortSignal): Promise<ReportVerification> {
  const { path, evidence } = request;
  if (!existsSync(path))
    throw new Failure('unreadable', {
      what: 'There is nothing to check.',
      where: path,
      why: 'Nothing is at this path.',
      notDone,
      next: 'Choose a package (its folder or its archive), a PDF or an envelope.',
    });
  if (evidence !== null && !existsSync(evidence))
    throw new Failure('unreadable', {
      what: 'The evidence is not there.',
      where: evidence,
      why: 'Nothing is at this path.',
      notDone,
      next: 'Choose the folder or the archive of the evidence, or check the report without it.',
    });
  const cancelled = () => checkCancelled(path);
  if (signal.aborted) throw cancelled();
  const place = new URL(
    import.meta.url.endsWith('.ts') ? './check-report-worker.ts' : './check-report-worker.js',
    import.meta.url,
  );
  const staging = privateFolder(request.staging, 'assay-check-');
  const worker = new Worker(place, {
    workerData: { ...request, staging },
    resourceLimits: { maxOldGenerationSizeMb: 4_096 },
  });
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
      worker.on('message', (message: ReportCheckMessage) =>
        message.kind === 'done' ? resolve(message.result) : reject(new Failure(message.code, message.parts)),
      );
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
    // Gone first: it must not write to what is taken away.
    await worker.terminate();
    rmSync(staging, { recursive: true, force: true });
  }
}
