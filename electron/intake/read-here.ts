import { Failure } from '../../shared/failure.ts';
import { limits } from '../../shared/limits.ts';
import { hasher } from '../integrity/digest.ts';
import type { Access, Container, Entry } from './containers/container.ts';
import { systemWords } from './containers/refusal.ts';
import type { IntakeSink } from './intake.ts';
import type { SourceIndex } from './neighbours.ts';
import { mayBeRead, readFacts, recognise } from './read-facts.ts';
import type { Reading } from './read-file.ts';

export const cancelled = (): Failure =>
  new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });

/** A file that is read where its neighbours are known, or of which only the container knows how. */
export async function readHere(
  container: Container,
  entry: Entry,
  known: Reading | null,
  index: SourceIndex,
  sink: IntakeSink,
  signal: AbortSignal,
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
    const digest = small === null && known?.digest != null ? known.digest : digestOf(body, checkpoint);
    if (known?.digest != null && digest !== known.digest) return { ...nothing, why: 'It changed while it was read' };
    if (small !== null) sink.keep({ digests: [digest], ends: [small.length], bytes: new Uint8Array(small) });
    const found = mayBeRead(entry.path, entry.bytes, limits.keptBytes) ? recognise(entry.path, body) : null;
    if (found === null) return { ...nothing, digest };
    const neighbours = await index.around(container, entry, found.format);
    const { facts, unread } = readFacts(found, { path: entry.path, digest, access: body }, neighbours, {
      ...(sink.ledgerRows === undefined ? {} : { ledgerRows: sink.ledgerRows }),
      checkpoint,
    });
    return { ...nothing, digest, format: found.format.id, facts, why: unread };
  } finally {
    access.close();
  }
}

const nothing: Reading = { digest: null, why: null, format: null, facts: [], waits: false, rows: [] };

function digestOf(access: Access, checkpoint: () => void): string {
  const state = hasher('sha256');
  for (let at = 0; at < access.bytes; at += 1_048_576) {
    checkpoint();
    state.update(access.read(at, 1_048_576));
  }
  return `sha256:${state.hex()}`;
}
