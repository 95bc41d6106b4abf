import { Failure } from '../../shared/failure.ts';
import { limits } from '../../shared/limits.ts';
import type { Access, Container, Entry } from './containers/container.ts';
import { systemWords } from './containers/refusal.ts';
import { DigestingAccess } from './digesting-access.ts';
import type { IntakeSink } from './intake.ts';
import type { SourceIndex } from './neighbours.ts';
import { mayBeRead, readFacts, recognise } from './read-facts.ts';
import { changed, nothing, type Reading } from './read-file.ts';

export const cancelled = (): Failure =>
  new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });

/**
 * A file that is read where its neighbours are known, or of which only the container knows how.
 * @param digested how much of a large file that is digested only now is done, bytes
 */
export async function readHere(
  container: Container,
  entry: Entry,
  known: Reading | null,
  index: SourceIndex,
  sink: IntakeSink,
  signal: AbortSignal,
  digested: (bytes: number) => void = () => {},
): Promise<Reading> {
  const checkpoint = () => {
    if (signal.aborted) throw cancelled();
  };
  let access: Access;
  try {
    access = await container.open(entry);
  } catch (error) {
    if (error instanceof Failure) throw error;
    return { ...(known ?? nothing), why: systemWords(error) };
  }
  try {
    const small = entry.bytes <= limits.keptBytes ? access.read(0, entry.bytes) : null;
    const body: Access =
      small === null
        ? access
        : { bytes: small.length, read: (at, length) => small.subarray(at, at + length), close: () => {} };
    const digesting = new DigestingAccess(body, (done) => {
      checkpoint();
      if (small === null) digested(done);
    });
    const found = mayBeRead(entry.path, entry.bytes, limits.keptBytes) ? recognise(entry.path, body) : null;
    const isMeanwhile = small === null && known?.digest == null && found?.format.inOrder === true;
    const before = isMeanwhile ? null : small === null && known?.digest != null ? known.digest : digesting.digest();
    if (known?.digest != null && before !== known.digest) return otherBytes;
    if (small !== null && before !== null)
      sink.keep({ digests: [before], ends: [small.length], bytes: new Uint8Array(small) });
    if (found === null) return before === null ? otherBytes : { ...nothing, digest: before };
    const neighbours = await index.around(container, entry, found.format);
    const file = { path: entry.path, digest: before ?? '', access: isMeanwhile ? digesting : body };
    const { facts, unread } = readFacts(found, file, neighbours, {
      ...(sink.ledgerRows === undefined ? {} : { ledgerRows: sink.ledgerRows }),
      checkpoint,
    });
    const digest = before ?? digesting.digest();
    if (digest === null || access.isUnchanged?.() === false) return otherBytes;
    return { ...nothing, digest, format: found.format.id, facts, why: unread };
  } finally {
    access.close();
  }
}

const otherBytes: Reading = { ...nothing, why: changed };
