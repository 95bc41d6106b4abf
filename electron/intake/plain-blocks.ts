import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { limits } from '../../shared/limits.ts';
import { type PlainBlock, type PlainPlan, PlainRows } from '../integrity/plain-rows.ts';
import type { OpenFile } from './formats/format.ts';
import type { RecordBlock } from './record-blocks.ts';

export interface LedgerWorkerData {
  plan: PlainPlan;
  limits: typeof limits;
  port: MessagePort;
  /** One word, counted up with each answer. */
  answers: Int32Array<SharedArrayBuffer>;
}
export interface LedgerQuestion {
  bytes: ArrayBuffer;
  length: number;
}
export interface LedgerAnswer {
  bytes: ArrayBuffer;
  plain: PlainBlock | null;
}

export interface JudgedBlock {
  block: RecordBlock;
  /** Null where it is not plain: its lines are read one by one. */
  plain: PlainBlock | null;
}

/** Below this many bytes one thread is quicker than starting another. */
const bytesForThreads = 24 * 2 ** 20;
const threadsAtMost = 3;
const blocksAhead = 4;
const blocksAtMost = 8;

interface Thread {
  worker: Worker;
  port: MessagePort;
  /** Blocks that it has and has not answered, oldest first. */
  asked: Waiting[];
}
interface Waiting {
  offset: number;
  length: number;
  judged: JudgedBlock | null;
  thread: Thread | null;
}

/**
 * Holds blocks against the rule of their ledger, here and in other threads beside, and gives them back in order. This
 * thread is synchronous throughout: readers are.
 */
export class PlainBlocks {
  private readonly rows: PlainRows;
  private readonly file: Pick<OpenFile, 'read'>;
  private readonly answers = new Int32Array(new SharedArrayBuffer(4));
  private readonly threads: Thread[];
  private readonly queue: Waiting[] = [];
  private readonly patience: number;

  /** @param patience ms without an answer after which a thread has died: its blocks are then read again here */
  constructor(plan: PlainPlan, file: Pick<OpenFile, 'bytes' | 'read'>, patience = 5_000) {
    this.patience = patience;
    this.rows = new PlainRows(plan);
    this.file = file;
    const count = file.bytes < bytesForThreads ? 0 : Math.min(threadsAtMost, availableParallelism() - 1);
    this.threads = Array.from({ length: count }, () => {
      const { port1, port2 } = new MessageChannel();
      const workerData: LedgerWorkerData = { plan, limits, port: port2, answers: this.answers };
      const worker = new Worker(workerPlace(), {
        workerData,
        transferList: [port2],
        resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 },
      });
      worker.on('error', () => {});
      return { worker, port: port1, asked: [] };
    });
  }

  /** Takes the next block, and gives back those before it that are done, in order. */
  *add(block: RecordBlock): Generator<JudgedBlock> {
    // What was answered meanwhile: who is done must not wait while this thread reads a block itself.
    this.collect();
    const idle = this.threads.find(({ asked }) => asked.length < blocksAhead);
    if (idle === undefined) this.queue.push(this.here(block));
    else {
      const { bytes, offset } = block;
      const waiting: Waiting = { offset, length: bytes.length, judged: null, thread: idle };
      idle.asked.push(waiting);
      this.queue.push(waiting);
      // A block stands at the beginning of memory of its own.
      const question: LedgerQuestion = { bytes: bytes.buffer as ArrayBuffer, length: bytes.length };
      idle.port.postMessage(question, [question.bytes]);
    }
    yield* this.done(blocksAtMost);
  }

  /** Gives back what is left. */
  *end(): Generator<JudgedBlock> {
    yield* this.done(0);
  }

  close(): void {
    for (const { worker, port } of this.threads) {
      port.close();
      void worker.terminate();
    }
  }

  private here(block: RecordBlock): Waiting {
    const judged = { block, plain: this.rows.read(block.bytes) };
    return { offset: block.offset, length: block.bytes.length, judged, thread: null };
  }

  /** The first of the queue, as long as they are done or more wait than may. */
  private *done(most: number): Generator<JudgedBlock> {
    for (let first = this.queue[0]; first !== undefined; first = this.queue[0]) {
      const seen = Atomics.load(this.answers, 0);
      if (first.judged === null) this.collect();
      if (first.judged === null) {
        if (this.queue.length <= most) return;
        const isLate = Atomics.wait(this.answers, 0, seen, this.patience) === 'timed-out';
        this.collect();
        if (isLate && first.judged === null) this.giveUp(first);
        continue;
      }
      this.queue.shift();
      yield first.judged;
    }
  }

  private collect(): void {
    for (const { port, asked } of this.threads)
      for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
        const { bytes, plain } = message.message as LedgerAnswer;
        const waiting = asked.shift();
        if (waiting !== undefined)
          waiting.judged = {
            block: { bytes: Buffer.from(bytes, 0, waiting.length), offset: waiting.offset },
            plain,
          };
      }
  }

  /** A thread is gone, and with it its blocks: they are read from the file again. */
  private giveUp({ thread }: Waiting): void {
    if (thread === null) return;
    this.threads.splice(this.threads.indexOf(thread), 1);
    void thread.worker.terminate();
    for (const waiting of thread.asked.splice(0)) {
      const bytes = Buffer.from(this.file.read(waiting.offset, waiting.length));
      waiting.judged = this.here({ bytes, offset: waiting.offset }).judged;
    }
  }
}

const workerPlace = () =>
  new URL(import.meta.url.endsWith('.ts') ? './ledger-worker.ts' : './ledger-worker.js', import.meta.url);
