import type { EvidenceFile } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import { hasher, isKnownAlgorithm } from '../integrity/digest.ts';
import type { Access, Container } from './containers/container.ts';
import { cancelled } from './read-here.ts';

interface Wanted {
  path: string;
  algorithms: Set<string>;
  range: { start: number; end: number } | null;
}
const partBytes = 1_048_576;

/** What listings, signatures, timestamps and layouts ask for beside SHA-256 of whole files that are here. */
function wantedBy(facts: readonly Fact[], isHere: (path: string) => boolean): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  const want = (path: string | null, digest: string, range: Wanted['range']) => {
    const algorithm = digest.slice(0, digest.indexOf(':'));
    if (path === null || (algorithm === 'sha256' && range === null) || !isHere(path) || !isKnownAlgorithm(algorithm))
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
  return wanted;
}

/**
 * Digests beyond SHA-256 and of ranges, as facts ask for them: path (and range) → `algorithm:hex`. A whole file that is
 * read again for them is digested by SHA-256 too: where that is another than before, it changed meanwhile and has none.
 * @param known digests of whole files that were computed when they were read
 * @param changed is told which files are not what they were
 * @param onBytes how many bytes were read here so far, called about once a MiB
 * @throws Failure cancelled
 */
export async function furtherDigests(
  container: Container,
  facts: readonly Fact[],
  files: readonly EvidenceFile[],
  known: ReadonlyMap<string, readonly string[]>,
  signal: AbortSignal,
  changed: (path: string) => void,
  onBytes: (bytes: number) => void,
): Promise<Map<string, string[]>> {
  let made: Map<string, number> | null = null;
  const placeOf = (path: string): number => {
    made ??= new Map(files.map((file, i) => [file.path, i]));
    return made.get(path) ?? -1;
  };
  const found = new Map<string, string[]>();
  let done = 0;
  for (const [key, { path, algorithms, range }] of wantedBy(facts, (each) => placeOf(each) >= 0)) {
    const place = placeOf(path);
    const entry = container.entries[place];
    const sha256 = files[place]?.digest;
    if (entry === undefined || sha256 == null) continue;
    const before = range === null ? (known.get(path) ?? []) : [];
    const wanted = [...algorithms].filter((algorithm) => !before.some((digest) => digest.startsWith(`${algorithm}:`)));
    if (wanted.length === 0) {
      found.set(key, [...before]);
      continue;
    }
    const access = await container.open(entry);
    try {
      const digests = await digestsOf(access, range, range === null ? [...wanted, 'sha256'] : wanted, async (bytes) => {
        done += bytes;
        onBytes(done);
        // So that a cancellation is heard while much is read.
        if (done % (16 * partBytes) < bytes) await new Promise((resume) => setImmediate(resume));
        if (signal.aborted) throw cancelled();
      });
      if (range === null && digests.pop() !== sha256) changed(path);
      else found.set(key, [...before, ...digests]);
    } finally {
      access.close();
    }
  }
  return found;
}

/** Digests of the bytes of a range, all in one pass; `algorithm:hex` in the order of the algorithms. */
async function digestsOf(
  access: Access,
  range: Wanted['range'],
  algorithms: readonly string[],
  onBytes: (bytes: number) => Promise<void>,
): Promise<string[]> {
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? access.bytes, access.bytes);
  const length = Math.max(0, end - start);
  const states = algorithms.map((algorithm) => ({ algorithm, state: hasher(algorithm, length) }));
  for (let at = start; at < end; at += partBytes) {
    const part = access.read(at, Math.min(partBytes, end - at));
    for (const { state } of states) state.update(part);
    await onBytes(part.length);
  }
  return states.map(({ algorithm, state }) => `${algorithm}:${state.hex()}`);
}
