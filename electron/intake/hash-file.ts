import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { hasher } from '../integrity/digest.ts';
import { systemWords } from './containers/refusal.ts';

/** One buffer for a thread: that it is reused matters more than its size (resources/docs/performance.md). */
const buffer = Buffer.allocUnsafe(1_048_576);

export interface Hashed {
  /** `algorithm:hex` in the order asked for; null where it could not be read. */
  digests: string[] | null;
  /** Why not, in words. */
  why: string | null;
  bytes: number;
}

/**
 * Digests of an ordinary file, or of a range of it. The file is opened once, never through a link, and looked at
 * before and after: one that changed while it was read has no digest. @param onBytes called about once a MiB; false stops
 */
export function hashFile(
  path: string | Uint8Array,
  algorithms: readonly string[],
  range: { start: number; end: number } | null,
  onBytes: (bytes: number) => boolean,
): Hashed {
  let fd: number | null = null;
  try {
    fd = openSync(
      typeof path === 'string' ? path : Buffer.from(path),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    const before = fstatSync(fd, { bigint: true });
    if (!before.isFile()) return { digests: null, why: 'It is no ordinary file', bytes: 0 };
    const start = range?.start ?? 0;
    const size = Math.min(range?.end ?? Number.MAX_SAFE_INTEGER, Number(before.size)) - start;
    let digests: string[];
    if (size <= buffer.length && algorithms.length === 1 && algorithms[0] === 'sha256') {
      let got = 0;
      for (let now = -1; got < size && now !== 0; got += now) now = readSync(fd, buffer, got, size - got, start + got);
      if (got < size) return { digests: null, why: 'It changed while it was read', bytes: got };
      digests = [`sha256:${hash('sha256', buffer.subarray(0, Math.max(0, size)), 'hex')}`];
      if (!onBytes(got)) return { digests: null, why: 'It was cancelled', bytes: got };
    } else {
      const states = algorithms.map((algorithm) => ({ algorithm, state: hasher(algorithm) }));
      for (let at = 0; at < size; ) {
        const now = readSync(fd, buffer, 0, Math.min(buffer.length, size - at), start + at);
        if (now === 0) return { digests: null, why: 'It changed while it was read', bytes: at };
        const part = buffer.subarray(0, now);
        for (const { state } of states) state.update(part);
        at += now;
        if (!onBytes(now)) return { digests: null, why: 'It was cancelled', bytes: at };
      }
      digests = states.map(({ algorithm, state }) => `${algorithm}:${state.hex()}`);
    }
    const after = fstatSync(fd, { bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs)
      return { digests: null, why: 'It changed while it was read', bytes: size };
    return { digests, why: null, bytes: Math.max(0, size) };
  } catch (error) {
    return { digests: null, why: systemWords(error).replace(/^./, (first) => first.toUpperCase()), bytes: 0 };
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
