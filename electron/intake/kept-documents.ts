/** Documents to be kept, one after another in one block: what crosses threads by the hundred crosses as one. */
export interface KeptDocuments {
  digests: string[];
  /** Where each ends in `bytes`. */
  ends: number[];
  bytes: Uint8Array<ArrayBuffer>;
}

/** Gathers documents until somebody takes them. */
export class KeptPack {
  private digests: string[] = [];
  private ends: number[] = [];
  private block = new Uint8Array(0);
  private used = 0;

  get documents(): number {
    return this.digests.length;
  }
  get size(): number {
    return this.used;
  }
  /** Copies the bytes: whoever gives them may use their place again. */
  add(digest: string, bytes: Uint8Array): void {
    const end = this.used + bytes.length;
    if (end > this.block.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.block.length, 65_536));
      larger.set(this.block.subarray(0, this.used));
      this.block = larger;
    }
    this.block.set(bytes, this.used);
    this.used = end;
    this.digests.push(digest);
    this.ends.push(end);
  }
  /** What was gathered, once; null where there is nothing. */
  take(): KeptDocuments | null {
    if (this.digests.length === 0) return null;
    const taken = { digests: this.digests, ends: this.ends, bytes: this.block.slice(0, this.used) };
    this.digests = [];
    this.ends = [];
    this.used = 0;
    return taken;
  }
}
