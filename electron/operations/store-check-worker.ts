import { parentPort, workerData } from 'node:worker_threads';
import { lookThrough } from '../store/look-through.ts';
import type { StoreCheckRequest } from './check-store-later.ts';

/** A thread that looks through a large store while its window is already open. */
const { file, check } = workerData as StoreCheckRequest;
lookThrough(file, check, (finding) => parentPort?.postMessage(finding));
