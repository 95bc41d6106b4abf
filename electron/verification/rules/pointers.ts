import type { FactOf } from '../../../shared/fact.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

type Pointer = FactOf<'pointer'>;

/** What a git-lfs pointer stands for is held against it where it is here, and named as absent where it is not. */
export const pointers: Rule = {
  id: 'pointers',
  title: 'Weights are here, not pointers to them',
  verify(evidence, checks) {
    const facts = evidence.facts('pointer');
    if (facts.length === 0) return;
    const stated = new Map<string, string>();
    const listed = new Map<string, string>();
    for (const listing of evidence.facts('listing'))
      for (const { path, digests } of listing.items)
        if (path !== null) {
          listed.set(path, listing.title);
          for (const digest of digests) stated.set(`${path} ${digest}`, listing.title);
        }
    const holders = new Map<string, string>();
    for (const { path, digest } of evidence.files()) if (digest !== null) holders.set(digest, path);
    const mirrored = counterparts(facts, evidence);
    for (const pointer of facts) {
      const { place, digest, bytes } = pointer;
      const holder = holders.get(digest);
      // A list that names this very path asks for the file here, wherever else its bytes may lie.
      if (holder !== undefined && !listed.has(place.path)) {
        holdSize(pointer, holder, evidence, checks);
        continue;
      }
      const other = mirrored.get(place.path);
      if (other !== undefined) {
        const file = evidence.file(other);
        const sizes = file?.bytes === bytes ? '' : ` It has ${file?.bytes} bytes, ${bytes} are stated.`;
        checks.add({
          rule: 'pointers',
          aspect: 'content',
          verdict: 'fail',
          code: 'digest-mismatch',
          subject: other,
          location: place,
          expected: digest,
          actual: file?.digest ?? null,
          vouched: 'producer',
          message: `These are not the bytes that the pointer ${place.path} states.${sizes} It does not say who changed them, or when.`,
        });
        continue;
      }
      const by = stated.get(`${place.path} ${digest}`);
      const base = {
        rule: 'pointers',
        verdict: 'undecided',
        subject: place.path,
        location: place,
        expected: digest,
        actual: evidence.file(place.path)?.digest ?? null,
        vouched: 'nobody',
        settledBy: `The file itself, ${bytes} bytes, with the digest ${digest}.`,
      } as const;
      checks.add({
        ...base,
        aspect: 'content',
        code: 'data-not-here',
        message: `A git-lfs pointer stands here. ${by === undefined ? 'No list names the digest that it names' : `It names the digest that is stated for this file, by ${by}`}; nothing can be said of the bytes.`,
      });
      checks.add({
        ...base,
        aspect: 'completeness',
        code: 'data-not-here',
        message: `The file is not here: ${bytes} bytes are to be fetched by whoever has the repository.`,
      });
    }
  },
};

/** The digest is that of a file here; the size is a second statement, and is held too. */
function holdSize({ place, digest, bytes }: Pointer, holder: string, evidence: EvidenceView, checks: CheckSink): void {
  const actual = evidence.file(holder)?.bytes ?? 0;
  const isWrong = actual !== bytes;
  checks.add({
    rule: 'pointers',
    aspect: 'content',
    verdict: isWrong ? 'fail' : 'pass',
    code: isWrong ? 'size-mismatch' : 'digest-match',
    subject: place.path,
    location: place,
    expected: isWrong ? `${bytes} bytes` : digest,
    actual: isWrong ? `${actual} bytes` : digest,
    vouched: 'producer',
    message: isWrong
      ? `The pointer states ${bytes} bytes; ${holder}, which has the digest that it states, has ${actual}.`
      : `What this git-lfs pointer stands for is here: ${holder} has its digest and its size.`,
  });
}

/**
 * Files beside a folder that holds nothing but the pointers to them, name by name: a work tree, and what was committed
 * of it. Path of the pointer → path of the file.
 */
function counterparts(facts: readonly Pointer[], evidence: EvidenceView): Map<string, string> {
  const isPointer = new Set(facts.map(({ place }) => place.path));
  const mixed = new Set<string>();
  for (const { path } of evidence.files())
    if (!isPointer.has(path))
      for (let folder = above(path); folder !== '' && !mixed.has(folder); folder = above(folder)) mixed.add(folder);
  const pairs = new Map<string, [pointer: string, file: string][]>();
  const partial = new Set<string>();
  for (const path of isPointer)
    for (let folder = above(path); folder !== '' && !mixed.has(folder); folder = above(folder)) {
      const parent = above(folder);
      const other = `${parent === '' ? '' : `${parent}/`}${path.slice(folder.length + 1)}`;
      if (evidence.file(other) === undefined) partial.add(folder);
      else if (!isPointer.has(other)) {
        const known = pairs.get(folder);
        if (known === undefined) pairs.set(folder, [[path, other]]);
        else known.push([path, other]);
      }
    }
  return new Map([...pairs].flatMap(([folder, found]) => (partial.has(folder) ? [] : found)));
}

const above = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
