import type { KeyObject } from 'node:crypto';

/** Private keys that are unlocked, in memory alone; each locks again when nothing was done with it for a while. */
export class UnlockedKeys {
  private readonly keys = new Map<number, { key: KeyObject; until: number; timer: NodeJS.Timeout }>();
  private readonly clock: () => Date;
  private readonly onLock: (identity: number) => void;
  private minutes: number;
  constructor(clock: () => Date, minutes: number, onLock: (identity: number) => void) {
    this.clock = clock;
    this.minutes = minutes;
    this.onLock = onLock;
  }
  unlock(identity: number, key: KeyObject): void {
    this.forget(identity);
    this.keys.set(identity, { key, ...this.deadline(identity) });
  }
  /** The key of an identity; using it puts its locking off. Undefined while locked. */
  use(identity: number): KeyObject | undefined {
    const held = this.keys.get(identity);
    if (held === undefined) return undefined;
    if (this.clock().getTime() >= held.until) {
      this.lock(identity);
      return undefined;
    }
    clearTimeout(held.timer);
    Object.assign(held, this.deadline(identity));
    return held.key;
  }
  /** When an identity locks by itself; null while it is locked. */
  locksAt(identity: number): string | null {
    const held = this.keys.get(identity);
    return held === undefined || this.clock().getTime() >= held.until ? null : new Date(held.until).toISOString();
  }
  lock(identity: number): void {
    if (this.forget(identity)) this.onLock(identity);
  }
  lockAll(): void {
    for (const identity of [...this.keys.keys()]) this.forget(identity);
  }
  lockAfter(minutes: number): void {
    this.minutes = minutes;
  }
  private forget(identity: number): boolean {
    clearTimeout(this.keys.get(identity)?.timer);
    return this.keys.delete(identity);
  }
  private deadline(identity: number): { until: number; timer: NodeJS.Timeout } {
    const wait = this.minutes * 60_000;
    return { until: this.clock().getTime() + wait, timer: setTimeout(() => this.lock(identity), wait).unref() };
  }
}
