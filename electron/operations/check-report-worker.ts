import { parentPort, workerData } from 'node:worker_threads';
import { checkReport } from '../reporting/check-package.ts';
import type { ReportCheckRequest } from './start-report-check.ts';

/** The thread in which a report is read: evidence beside it may be large, and the report itself hostile. */
const { path, trust, evidence } = workerData as ReportCheckRequest;
parentPort?.postMessage(checkReport(path, trust, evidence));
