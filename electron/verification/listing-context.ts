import type { FileState } from '../../shared/evidence.ts';
import type { FactOf } from '../../shared/fact.ts';
import type { Vouched } from '../../shared/verdict.ts';
import { FileClaims } from './file-claims.ts';
import type { CheckSink, EvidenceView } from './rules/rule.ts';

/** What lists are held against, and what comes of it for each file. */
export interface ListingContext {
  evidence: EvidenceView;
  checks: CheckSink;
  claims: FileClaims;
  claim(path: string, state: FileState, vouched: Vouched): void;
  /** Digest → path of the first file that has it. */
  owners(): ReadonlyMap<string, string>;
  /** Digests that a store here keeps the bytes of, as its names say. */
  kept(): ReadonlySet<string>;
  pointers: Map<string, FactOf<'pointer'>>;
  /** The file that is here under that name composed in another way, or as it is. */
  twin(path: string): string | undefined;
  /** Files that hold where a link would lead → path of what it leads to. */
  writtenLinks: Map<string, string>;
  /** Paths that stand for a listed name in another spelling. */
  renamed: Set<string>;
  /** Files of which it was said that a signer left them out. */
  ignoredOnce: Set<string>;
}

/** Made when it is first asked for: most sources never ask. */
function onceAsked<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/** The context for all lists of a source, and the claims that gather in it. */
export function listingContext(evidence: EvidenceView, checks: CheckSink): ListingContext {
  const claims = new FileClaims(evidence.files(), evidence.place);
  // A name of ASCII alone is its own composed form.
  const composed = onceAsked(
    () =>
      new Map(
        evidence.files().flatMap(({ path }) => (/[^\x00-\x7f]/.test(path) ? [[path.normalize('NFC'), path]] : [])),
      ),
  );
  const pointers = new Map(evidence.facts('pointer').map((pointer) => [pointer.place.path, pointer]));
  return {
    evidence,
    checks,
    claims,
    claim: (path, state, vouched) => claims.claim(path, state, vouched),
    owners: onceAsked(() => {
      const owners = new Map<string, string>();
      for (const { path, digest } of evidence.files())
        if (digest !== null && !owners.has(digest)) owners.set(digest, path);
      return owners;
    }),
    kept: onceAsked(
      () =>
        new Set(
          evidence
            .facts('listing')
            .filter(({ role }) => role === 'store')
            .flatMap(({ items }) => items.flatMap(({ digests }) => digests)),
        ),
    ),
    pointers,
    twin(path) {
      const name = path.normalize('NFC');
      return composed().get(name) ?? evidence.file(name)?.path;
    },
    writtenLinks: new Map(evidence.facts('written-link').map(({ place, target }) => [place.path, target])),
    renamed: new Set<string>(),
    ignoredOnce: new Set<string>(),
  };
}
