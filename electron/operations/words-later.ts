import { indexWords } from '../store/search.ts';
import type { Store } from '../store/store.ts';

/** Between two slices whoever else waits for the thread has it, ms. */
const pause = 10;

/** Words of imports come to the index of the search while nothing else is done. */
export class WordsLater {
  private readonly store: Store;
  private readonly log: (text: string) => void;
  private timer: NodeJS.Timeout | null = null;

  constructor(store: Store, log: (text: string) => void) {
    this.store = store;
    this.log = log;
  }

  /** Goes on until there are none to come. */
  begin(): void {
    if (this.timer === null && this.store.health.mayWrite) this.timer = setTimeout(() => this.turn(), pause).unref();
  }
  end(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private turn(): void {
    this.timer = null;
    try {
      if (indexWords(this.store)) this.begin();
      // What was put there last is seen from now on.
      else this.store.read(() => undefined);
    } catch (error) {
      // A full disk, mostly. They come when the store is opened again, and the search does without them until then.
      this.log(`The words of an import could not be indexed: ${error instanceof Error ? error.message : error}`);
    }
  }
}
