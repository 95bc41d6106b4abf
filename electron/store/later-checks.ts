import type { StoreHealth } from '../../shared/journal.ts';
import type { StoreCheck, StoreFinding } from './look-through.ts';
import { checking, foundDamaged, foundLater, notChecked, sound } from './store-health.ts';

/** What a store is known to be: as it was found when it was opened, and what is found of it after that. */
export class LaterChecks {
  private found: StoreHealth;
  private left: StoreCheck | null;
  private readonly waiting: (() => void)[] = [];

  /** @param found when it was opened @param left what was not looked at yet, null where all of it was */
  constructor(found: StoreHealth, left: StoreCheck | null) {
    this.left = found.mayWrite ? left : null;
    this.found = this.left === null ? found : checking(this.left);
  }

  get health(): StoreHealth {
    return this.found;
  }
  /** What is still to be looked at, for whoever does it; null where nothing is. */
  get toDo(): StoreCheck | null {
    return this.left;
  }
  /** Resolves when all was looked at that was not when the store was opened, whatever was found. */
  whenDone(): Promise<void> {
    return this.left === null ? Promise.resolve() : new Promise((resolve) => void this.waiting.push(resolve));
  }

  /** What was found of a part. Once something is wrong the store is read-only, as had it been found before. */
  tell(finding: StoreFinding): void {
    if (finding.part === 'journal') this.told(finding.why === '' ? null : foundLater(finding.why), { journal: null });
    else if (finding.part === 'pages')
      this.told(finding.found === 'ok' ? null : foundDamaged(finding.found), { pages: false });
    else this.told(notChecked(finding.why), {});
  }
  private told(wrong: StoreHealth | null, done: Partial<StoreCheck>): void {
    const rest = { journal: null, pages: false, ...this.left, ...done };
    const isOver = wrong !== null || (rest.journal === null && !rest.pages);
    this.left = isOver ? null : rest;
    if (wrong !== null) this.found = wrong;
    else if (this.found.state === 'checking') this.found = this.left === null ? sound : checking(this.left);
    if (isOver) this.leave();
  }
  /** Nobody waits any more: all is known, or the store is closed. */
  leave(): void {
    for (const go of this.waiting.splice(0)) go();
  }
}
