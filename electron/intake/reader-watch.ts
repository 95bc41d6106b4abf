/**
 * What each thread that reads has in hand, in memory that all share: a reader that hangs or takes all the memory is
 * ended with its thread, and whoever ends it knows which file it was (reliability.md, I-04).
 */
export interface Watched {
  memory: SharedArrayBuffer;
  /** Files whose readers were ended before, and why: they are digested and not read again. */
  passedOver: [path: string, why: string][];
}

/** A thread that reads files ended. */
export class ReaderLost extends Error {
  /** Its place in the shared memory. */
  readonly slot: number;
  constructor(slot: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.slot = slot;
  }
}

/** At most so many threads read at once; the first place is the examination's own. */
export const readersAtMost = 63;
const places = readersAtMost + 1;
/** A path of 4,096 bytes, each of them spelled as an escape. */
const nameBytes = 16_384;
/** Whether a file is in hand, how often something was done with it, the length of its name. */
const words = 3;
const slotBytes = words * 4 + nameBytes;

export const watchedBy = (passedOver: Watched['passedOver']): Watched => ({
  memory: new SharedArrayBuffer(places * slotBytes),
  passedOver,
});

const stateOf = ({ memory }: Watched, slot: number) => new Int32Array(memory, slot * slotBytes, words);
const nameOf = ({ memory }: Watched, slot: number) => new Uint8Array(memory, slot * slotBytes + words * 4, nameBytes);

interface Here {
  given: Watched;
  state: Int32Array;
  name: Uint8Array;
  passedOver: Map<string, string>;
}
let here: Here | null = null;

/** From now on this thread writes down what it has in hand. @param slot 0 for the thread of the examination itself */
export function watchThisThread(given: Watched, slot: number): void {
  const state = stateOf(given, slot);
  here = { given, state, name: nameOf(given, slot), passedOver: new Map(given.passedOver) };
}
/** For the threads that this one starts; null where nobody watches. */
export const watchedHere = (): Watched | null => here?.given ?? null;

/** Why a file is not to be read, where its reader was ended before. */
export const whyPassedOver = (path: string): string | null => here?.passedOver.get(path) ?? null;

/** Runs a reader over a file, and says so to who watches. */
export function inHand<T>(path: string, read: () => T): T {
  if (here === null) return read();
  const { state, name } = here;
  const bytes = Buffer.from(path).subarray(0, nameBytes);
  name.set(bytes);
  state[2] = bytes.length;
  Atomics.add(state, 1, 1);
  Atomics.store(state, 0, 1);
  try {
    return read();
  } finally {
    Atomics.store(state, 0, 0);
  }
}

/** The reader goes on: it asked for bytes, or said so. */
export function goesOn(): void {
  if (here !== null) Atomics.add(here.state, 1, 1);
}

/** The file that a thread has in hand; null where it has none. */
export function heldBy(given: Watched, slot: number): string | null {
  const state = stateOf(given, slot);
  if (Atomics.load(state, 0) === 0) return null;
  return Buffer.from(nameOf(given, slot).slice(0, state[2] ?? 0)).toString('utf8');
}

/** So much longer than by the processor, by the clock: for a reader that waits and does nothing at all. */
const clockFactor = 10;

/**
 * Asked at even intervals, it finds readers that do nothing. Intervals, not hours: a machine may sleep meanwhile. And
 * of an interval no more than the processor worked for this program: on a busy machine a reader waits for its turn.
 */
export class Lookout {
  private readonly given: Watched;
  private readonly most: number;
  private readonly interval: number;
  private readonly worked: () => number;
  private before: number;
  private readonly seen: { turns: number; worked: number; intervals: number }[];

  /**
   * @param seconds without a sign of life that are too many @param interval ms between two questions
   * @param worked ms for which the processor worked for this program
   */
  constructor(given: Watched, seconds: number, interval: number, worked: () => number = processorTime) {
    this.given = given;
    this.most = seconds * 1_000;
    this.interval = interval;
    this.worked = worked;
    this.before = worked();
    this.seen = Array.from({ length: places }, () => ({ turns: -1, worked: 0, intervals: 0 }));
  }

  /** A file whose reader made no progress for too long; null where there is none. */
  stalled(): string | null {
    const now = this.worked();
    const passed = Math.min(this.interval, now - this.before);
    this.before = now;
    for (const [slot, seen] of this.seen.entries()) {
      const state = stateOf(this.given, slot);
      const turns = Atomics.load(state, 1);
      const isSame = Atomics.load(state, 0) !== 0 && turns === seen.turns;
      seen.turns = turns;
      seen.worked = isSame ? seen.worked + passed : 0;
      seen.intervals = isSame ? seen.intervals + 1 : 0;
      if (seen.worked >= this.most || seen.intervals * this.interval >= this.most * clockFactor)
        return heldBy(this.given, slot);
    }
    return null;
  }
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
