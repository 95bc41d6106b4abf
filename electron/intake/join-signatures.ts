import type { Fact } from '../../shared/fact.ts';
import { limits } from '../../shared/limits.ts';
import type { Container } from './containers/container.ts';

/**
 * Joins detached signatures to what they are over: a list that has one is a signed list, and bytes that are signed
 * themselves are kept with the signature where they are few enough (`limits.keptBytes`).
 */
export async function joinSignatures(container: Container, facts: readonly Fact[]): Promise<void> {
  const detached = facts.flatMap((fact) => (fact.kind === 'signature' && fact.detached !== undefined ? [fact] : []));
  if (detached.length === 0) return;
  const byPath = new Map(container.entries.map((entry) => [entry.path, entry]));
  const signatureOf = new Map(detached.map(({ id, detached: held }) => [held?.over ?? '', id]));
  for (const fact of facts)
    if (fact.kind === 'listing' && fact.signature === null) fact.signature = signatureOf.get(fact.place.path) ?? null;
  for (const { detached: held } of detached) {
    const entry = byPath.get(held?.over ?? '');
    if (held === undefined || held.digest !== null || entry === undefined || entry.bytes > limits.keptBytes) continue;
    const access = await container.open(entry);
    try {
      held.bytes = Buffer.from(access.read(0, entry.bytes)).toString('base64');
    } finally {
      access.close();
    }
  }
}
