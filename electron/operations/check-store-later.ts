import { Worker } from 'node:worker_threads';
import type { StoreCheck, StoreFinding } from '../store/look-through.ts';
import type { Store } from '../store/store.ts';

export interface StoreCheckRequest {
  file: string;
  check: StoreCheck;
}

/**
 * Looks through a store that was opened before all of it was verified, in a thread of its own, and tells it what was
 * found. A thread that ends without an answer is one too: what it did not say, nobody knows of.
 * @returns ends it
 */
export function checkStoreLater(store: Store, log: (text: string) => void): () => void {
  const check = store.checks.toDo;
  if (check === null) return () => undefined;
  const place = new URL(
    import.meta.url.endsWith('.ts') ? './store-check-worker.ts' : './store-check-worker.js',
    import.meta.url,
  );
  const request: StoreCheckRequest = { file: store.file, check };
  const worker = new Worker(place, { workerData: request });
  let isEnded = false;
  const told = (finding: StoreFinding) => {
    if (isEnded) return;
    store.checks.tell(finding);
    if (!store.health.mayWrite) log(store.health.message);
  };
  const died = (why: string) => {
    if (store.checks.toDo !== null) told({ part: 'none', why });
  };
  worker.on('message', told);
  worker.on('error', ({ message }) => died(message));
  worker.on('exit', () => died('its thread ended'));
  worker.unref();
  return () => {
    isEnded = true;
    void worker.terminate();
  };
}
