import { parentPort, workerData } from 'node:worker_threads';
import { systemWords } from '../intake/containers/refusal.ts';
import { signsAt } from '../intake/signs.ts';
import type { GlanceAnswer, GlanceRequest } from './glance.ts';

/** A thread that walks a source without reading it. */
const { path, kind } = workerData as GlanceRequest;
let answer: GlanceAnswer;
try {
  answer = { signs: signsAt(path, kind), why: null };
} catch (error) {
  answer = { signs: null, why: systemWords(error) };
}
parentPort?.postMessage(answer);
