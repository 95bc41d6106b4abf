import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../../shared/failure.ts';
import { judgeReport } from './judge-report.ts';
import type { ReportCheckMessage, ReportCheckRequest } from './start-report-check.ts';

/** The thread in which a report is read: evidence beside it may be large, and the report itself hostile. */
const { staging, ...request } = workerData as ReportCheckRequest;
const say = (message: ReportCheckMessage) => parentPort?.postMessage(message);
try {
  // Whoever cancels ends this thread.
  say({ kind: 'done', result: await judgeReport(request, { staging, signal: new AbortController().signal }) });
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say({ kind: 'failure', code: error.code, parts: error.parts });
}
