import { hasher } from '../integrity/digest.ts';
import type { Access } from './containers/container.ts';

const mebibyte = 1_048_576;

/**
 * Bytes that are digested while a reader goes through them from their beginning to their end: what it read is what has
 * the digest, and they are read once.
 */
export class DigestingAccess implements Access {
  readonly bytes: number;
  private readonly access: Access;
  private readonly state = hasher('sha256');
  private readonly goesOn: (done: number) => void;
  private done = 0;

  /** @param goesOn called with the bytes digested so far, about once a MiB; may throw */
  constructor(access: Access, goesOn: (done: number) => void) {
    this.bytes = access.bytes;
    this.access = access;
    this.goesOn = goesOn;
  }

  read(offset: number, length: number, into?: Uint8Array): Uint8Array {
    const read = this.access.read(offset, length, into);
    // What was looked at before is read again in its turn, and digested then.
    if (offset <= this.done && offset + read.length > this.done) this.take(read.subarray(this.done - offset));
    return read;
  }
  private take(bytes: Uint8Array): void {
    this.state.update(bytes);
    this.done += bytes.length;
    this.goesOn(this.done);
  }
  close(): void {
    this.access.close();
  }

  /** `sha256:hex` over all of it: what the reader left is read now. Null where it ended early. */
  digest(): string | null {
    const space = Buffer.allocUnsafeSlow(mebibyte);
    while (this.done < this.bytes) {
      const before = this.done;
      this.read(before, mebibyte, space.subarray(0, Math.min(mebibyte, this.bytes - before)));
      if (this.done === before) return null;
    }
    return `sha256:${this.state.hex()}`;
  }
}
