import type { EvidenceFile } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { hasher, isKnownAlgorithm } from '../integrity/digest.ts';
import type { Container } from './containers/container.ts';

const cancelled = () =>
  new Failure('cancelled', { what: 'The import was cancelled.', notDone: 'The case is as it was.' });

/** Digests beyond SHA-256 and of ranges, as listings and timestamps ask for them: path (and range) → `algorithm:hex`. */
export async function furtherDigests(
  container: Container,
  facts: readonly Fact[],
  files: readonly EvidenceFile[],
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const known = new Map(files.map((file, i) => [file.path, i]));
  const wanted = new Map<
    string,
    { path: string; algorithms: Set<string>; range: { start: number; end: number } | null }
  >();
  const want = (path: string | null, digest: string, range: { start: number; end: number } | null) => {
    const algorithm = digest.slice(0, digest.indexOf(':'));
    if (path === null || (algorithm === 'sha256' && range === null) || !known.has(path) || !isKnownAlgorithm(algorithm))
      return;
    const key = range === null ? path : `${path}\0${range.start}\0${range.end}`;
    const found = wanted.get(key) ?? { path, algorithms: new Set(), range };
    found.algorithms.add(algorithm);
    wanted.set(key, found);
  };
  for (const fact of facts) {
    if (fact.kind === 'listing')
      for (const item of fact.items) for (const digest of item.digests) want(item.path, digest, item.range ?? null);
    if (fact.kind === 'signature' && fact.detached?.digest != null)
      want(fact.detached.over, `${fact.detached.digest}:`, null);
    if (fact.kind === 'commitment') want(fact.over, `${fact.algorithm}:`, null);
    if (fact.kind === 'folder-digest') for (const path of fact.members ?? []) want(path, `${fact.algorithm}:`, null);
    if (fact.kind === 'timestamp') want(fact.over, `${fact.algorithm}:`, null);
  }
  const found = new Map<string, string[]>();
  for (const [key, { path, algorithms, range }] of wanted) {
    const entry = container.entries[known.get(path) ?? -1];
    if (entry === undefined || files[known.get(path) ?? -1]?.digest == null) continue;
    const access = await container.open(entry);
    try {
      const start = range?.start ?? 0;
      const end = Math.min(range?.end ?? access.bytes, access.bytes);
      const length = Math.max(0, end - start);
      const states = [...algorithms].map((algorithm) => ({ algorithm, state: hasher(algorithm, length) }));
      for (let at = start; at < end; at += 1_048_576) {
        if (signal.aborted) throw cancelled();
        const part = access.read(at, Math.min(1_048_576, end - at));
        for (const { state } of states) state.update(part);
      }
      found.set(
        key,
        states.map(({ algorithm, state }) => `${algorithm}:${state.hex()}`),
      );
    } finally {
      access.close();
    }
  }
  return found;
}
