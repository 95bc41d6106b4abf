import { rmSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Check } from '../../shared/check.ts';
import { Failure } from '../../shared/failure.ts';
import { limits } from '../../shared/limits.ts';
import { heldBy, Lookout, type Watched, watchedBy } from '../intake/reader-watch.ts';
import { importCancelled, verificationCancelled } from './cancelled.ts';
import type {
  ExaminationKeeper,
  ExaminationRequest,
  ExaminationSummary,
  ThreadData,
  ThreadMessage,
} from './examination.ts';
import { privateFolder } from './private-folder.ts';

const cancelled = ({ verdictsOnly, path }: ExaminationRequest) =>
  verdictsOnly === true ? verificationCancelled(path) : importCancelled(path, false);

/** What an examination came to; its checks where nobody took the parts. */
export type Found = ExaminationSummary & { checks: Check[] };

/** So many readers may be ended over one source; then it is refused. */
const lostAtMost = 8;
/** How often it is looked whether readers go on, ms. */
const interval = 250;

// A heap is collected when it has grown by a third, not when it has trebled: what a large source leaves behind while it
// is read would otherwise be as much as what is known of it.
setFlagsFromString('--heap-growing-percent=30');

/** A reader that was ended, or took its thread with it: which file it had in hand, and why it is not read. */
interface Lost {
  path: string;
  why: string;
}

/**
 * Runs an examination in a thread of its own, which is ended when the caller aborts (at most a second later). A reader
 * that hangs or takes all the memory is ended with its thread: its file is listed as unread, and everything else is
 * examined again without it. Any other death refuses the source instead of ending the application. What is found comes
 * in slices, and the thread waits for who keeps them: neither memory nor the turns of this thread grow with the source.
 * @throws Failure refused, unreadable, disk-full, cancelled; Error for a bug
 */
export async function startExamination(
  request: ExaminationRequest,
  keeper: ExaminationKeeper,
  signal: AbortSignal,
): Promise<Found> {
  // Whatever becomes of the thread, what it unpacked goes.
  const staging = privateFolder(request.staging, 'assay-examination-');
  const passedOver: Watched['passedOver'] = [];
  try {
    for (;;) {
      if (signal.aborted) throw cancelled(request);
      const outcome = await once({ ...request, staging }, watchedBy(passedOver), keeper, signal);
      if ('source' in outcome) return outcome;
      if (passedOver.length >= lostAtMost || passedOver.some(([path]) => path === outcome.path))
        throw died(request.path, `Reading ${outcome.path} and ${passedOver.length} other files ended their readers.`);
      passedOver.push([outcome.path, outcome.why]);
      await keeper.again?.();
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

const died = (path: string, why: string) =>
  new Failure('refused', {
    what: 'The source could not be examined.',
    where: path,
    why,
    notDone: 'Nothing was imported.',
    next: 'Import a part of it, or look at what it holds with other tools first.',
  });

async function once(
  request: ExaminationRequest,
  watched: Watched,
  keeper: ExaminationKeeper,
  signal: AbortSignal,
): Promise<Found | Lost> {
  const place = new URL(
    import.meta.url.endsWith('.ts') ? './examination-worker.ts' : './examination-worker.js',
    import.meta.url,
  );
  const flow = new Int32Array(new SharedArrayBuffer(12));
  const workerData: ThreadData = { request, flow, watched };
  const worker = new Worker(place, {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: limits.readerMemoryMiB, maxYoungGenerationSizeMb: 12 },
  });
  const checks: Check[] = [];
  let summary: ExaminationSummary | null = null;
  return new Promise<Found | Lost>((resolve, reject) => {
    let isOver = false;
    const lookout = new Lookout(watched, limits.readerSeconds, interval);
    const watching = setInterval(() => {
      const path = lookout.stalled();
      const why = `Its reader made no progress for ${limits.readerSeconds} seconds, and was ended.`;
      if (path !== null) end(() => resolve({ path, why }));
    }, interval);
    const end = (act: () => void) => {
      if (isOver) return;
      isOver = true;
      clearInterval(watching);
      signal.removeEventListener('abort', abort);
      // Gone first: who takes its staging away must not have it written to meanwhile.
      void worker.terminate().then(act);
    };
    const abort = () => {
      Atomics.store(flow, 1, 1);
      Atomics.notify(flow, 0);
      worker.postMessage('stop');
      // The thread stops by itself, mostly; where it hangs it is ended all the same.
      setTimeout(() => end(() => reject(cancelled(request))), 300).unref();
    };
    signal.addEventListener('abort', abort);
    const taken = (cost: number) => {
      Atomics.sub(flow, 0, cost);
      Atomics.notify(flow, 0);
    };
    /** A thread ended: an answer about the file that it had in hand, or about the source. */
    const lost = (slot: number, said: string) => {
      const path = heldBy(watched, slot);
      const why = /memory/.test(said)
        ? `Its reader took more memory than it may, ${limits.readerMemoryMiB} MiB, and was ended.`
        : 'Its reader ended.';
      end(() =>
        path === null ? reject(died(request.path, `Reading it ended the reader. ${why}`)) : resolve({ path, why }),
      );
    };
    const take = async (message: ThreadMessage): Promise<void> => {
      switch (message.kind) {
        case 'progress':
          return keeper.progress?.(message.progress);
        case 'keep':
          return keeper.keep?.(message.documents);
        case 'ledgerRows':
          return keeper.ledgerRows?.(message.ledgerId, message.rows);
        case 'begin':
          summary = message.summary;
          if ((await keeper.begin?.(summary)) === false) Atomics.store(flow, 2, 1);
          return;
        case 'part':
          if (keeper.part !== undefined) return keeper.part(message.part);
          if (message.part.part === 'checks') for (const { check } of message.part.values) checks.push(check);
          return new Promise((resume) => setImmediate(resume));
        case 'done':
          return end(() =>
            summary === null ? reject(died(request.path, 'Reading it ended early.')) : resolve({ ...summary, checks }),
          );
        case 'failure':
          return end(() =>
            reject(message.code === 'cancelled' ? cancelled(request) : new Failure(message.code, message.parts)),
          );
        case 'lost':
          return lost(message.slot, message.why);
        case 'bug':
          return end(() => reject(new Error(message.text)));
      }
    };
    worker.on('message', (message: ThreadMessage) => {
      if (isOver) return;
      take(message).then(
        () => taken(message.cost ?? 0),
        // Whoever keeps what is found could not: a full disk, mostly.
        (error: unknown) => end(() => reject(error)),
      );
    });
    worker.on('error', (error) => lost(0, error.message));
    worker.on('exit', () => end(() => reject(died(request.path, 'Reading it ended the reader.'))));
  });
}
