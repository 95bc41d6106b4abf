import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../shared/check.ts';
import type { Unread } from '../../shared/evidence.ts';
import type { Verdict } from '../../shared/verdict.ts';

/** What a case hands to the product: bytes and the reviewer's trust. Never a label. */
export interface Question {
  path: string;
  trust: string | null;
  asOf: string | null;
  /** Text of the reviewer's policy; the one that ships where absent. */
  policy?: string | null;
  /** Without a thread of its own: what a fuzzer asks, a hundred times as often. */
  isBare?: boolean;
}
export interface Answer {
  verdict: Verdict | 'refused';
  /** Every check that is not a pass. */
  checks: Check[];
  /** Codes of the passes that are listed. */
  passes: string[];
  unread: Unread[];
  /** How many files the source holds; 0 where it was refused. */
  files: number;
  refusal: ({ code: string } & Partial<Record<'what' | 'where' | 'why' | 'notDone' | 'next', string>>) | null;
  /** By the clock. */
  seconds: number;
  /** Without the waiting for other programs on a busy machine. */
  busySeconds: number;
  peakMiB: number;
  /** How much the process grew over the case. */
  growthMiB: number;
  writtenBytes: number;
}

/** Seconds of the processor, which a busy machine may give out slowly; and by the clock, for what waits for nothing. */
const patience = 120;
const patienceByTheClock = 1_800;
const lookEvery = 5_000;
/** Clock ticks of Linux in a second: what /proc counts by. */
const ticks = 100;

/** Seconds that the processor worked for another process so far; null where that cannot be told. */
function workedFor(pid: number | undefined): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  } catch {
    return null;
  }
}
const compiled = join(import.meta.dirname, '../../node_modules/.cache/assay/compiled');

/** Processes that answer in turn; one that dies or hangs is replaced, and what it was asked counts as a crash. */
export class Asked {
  private readonly idle: ChildProcess[] = [];
  private readonly waiting: ((child: ChildProcess) => void)[] = [];

  constructor(count: number) {
    for (let i = 0; i < count; i += 1) this.idle.push(this.start());
  }

  private start(): ChildProcess {
    return fork(join(import.meta.dirname, 'case-process.ts'), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Every case begins a thread: it need not compile the same program each time.
      env: { NODE_COMPILE_CACHE: compiled, ...process.env },
    });
  }

  private give(child: ChildProcess): void {
    const next = this.waiting.shift();
    if (next === undefined) this.idle.push(child);
    else next(child);
  }

  /** @throws Error where the product crashed, or hung for two minutes: a bug in any case */
  async ask(question: Question): Promise<Answer> {
    const child = this.idle.pop() ?? (await new Promise<ChildProcess>((resolve) => this.waiting.push(resolve)));
    return new Promise((resolve, reject) => {
      const over = (act: () => void, heir: ChildProcess) => {
        clearInterval(timer);
        child.removeAllListeners();
        this.give(heir);
        act();
      };
      const lost = (why: string) => {
        child.kill('SIGKILL');
        over(() => reject(new Error(why)), this.start());
      };
      const [before, begun] = [workedFor(child.pid), performance.now()];
      const timer = setInterval(() => {
        const seconds = (performance.now() - begun) / 1_000;
        const now = workedFor(child.pid);
        const worked = before === null || now === null ? seconds : now - before;
        if (worked >= patience || seconds >= patienceByTheClock) lost('no answer within two minutes');
      }, lookEvery);
      child.once('exit', (status, signal) => lost(`the process ended (${signal ?? status})`));
      child.once('message', (message: { answer?: Answer; bug?: string }) => {
        const { answer, bug } = message;
        if (answer !== undefined) over(() => resolve(answer), child);
        else over(() => reject(new Error(bug)), child);
      });
      child.send(question);
    });
  }

  close(): void {
    for (const child of this.idle) child.kill();
  }
}
