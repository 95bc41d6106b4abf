import type { EvidenceFile } from '../../shared/evidence.ts';
import type { Fact, FactOf } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import type { Trial } from '../integrity/streamed-signature.ts';
import type { Container } from './containers/container.ts';

/** For each signature of a fact, the ways in which it may hold by keys that somebody offers; only the mathematics is done here. */
export type OfferTrials = (fact: FactOf<'signature'>) => Trial[][];

const partBytes = 1_048_576;
/** Each trial digests for itself: with more of them the file is read again. */
const trialsAtOnce = 16;

/**
 * Signatures over the bytes of files that are not kept: each file is read through once for as many ways as are tried at
 * once, in constant memory, whatever its size. What holds is noted in the fact by the key; nothing is judged.
 * @throws Failure cancelled
 */
export async function streamSignatures(
  container: Container,
  facts: readonly Fact[],
  files: readonly EvidenceFile[],
  offer: OfferTrials,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  if (!facts.some((fact) => fact.kind === 'signature' && fact.detached !== undefined)) return;
  const byPath = new Map(container.entries.map((entry) => [entry.path, entry]));
  const digests = new Map(files.map(({ path, digest }) => [path, digest]));
  for (const fact of facts) {
    if (fact.kind !== 'signature' || fact.detached === undefined) continue;
    const { over, digest, bytes } = fact.detached;
    const entry = byPath.get(over ?? '');
    const sha256 = digests.get(over ?? '');
    if (digest !== null || bytes !== undefined || entry === undefined || sha256 == null) continue;
    const holdsBy: string[][] = [];
    for (const trials of offer(fact)) {
      const found: string[] = [];
      for (let from = 0; from < trials.length && found.length === 0; from += trialsAtOnce) {
        const batch = trials.slice(from, from + trialsAtOnce);
        const access = await container.open(entry);
        try {
          for (let at = 0; at < access.bytes; at += partBytes) {
            if (signal.aborted)
              throw new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });
            const part = access.read(at, partBytes);
            for (const each of batch) each.update(part);
            onBytes(Math.min(access.bytes, at + partBytes));
            // So that a cancellation is heard while a large file is read.
            if (at % (16 * partBytes) === 0) await new Promise((resume) => setImmediate(resume));
          }
        } finally {
          access.close();
        }
        for (const each of batch) if (each.holds()) found.push(each.by);
      }
      holdsBy.push(found);
    }
    fact.detached.streamed = { holdsBy, sha256: sha256.slice(sha256.indexOf(':') + 1) };
  }
}
