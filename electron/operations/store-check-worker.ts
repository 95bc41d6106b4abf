import { parentPort, workerData } from 'node:worker_threads';
import { quickCheck } from '../store/quick-check.ts';

/** A thread that looks through a large store while its window is already open. */
parentPort?.postMessage(quickCheck(workerData as string));
