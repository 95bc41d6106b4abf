import { Worker } from 'node:worker_threads';

/**
 * Looks through a store in a thread of its own. @param tell is given `ok`, or what is wrong with its pages
 * @returns ends it
 */
export function checkStoreLater(file: string, tell: (found: string) => void): () => void {
  const place = new URL(
    import.meta.url.endsWith('.ts') ? './store-check-worker.ts' : './store-check-worker.js',
    import.meta.url,
  );
  const worker = new Worker(place, { workerData: file });
  worker.on('message', tell);
  worker.on('error', (error) => tell(error.message));
  worker.unref();
  return () => void worker.terminate();
}
