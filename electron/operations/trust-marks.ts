import type { TrustEntry } from '../../shared/trust.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';

/** A mark for each trusted key, authority or log: SHA-256 over what of it decides (RFC 8785), whatever it is called. */
export const trustMarks = (entries: readonly TrustEntry[]): string[] => [
  ...new Set(
    entries.map(({ kind, fingerprint, uses, identities }) =>
      sha256Hex(canonicalJson({ fingerprint, identities, kind, uses })),
    ),
  ),
];

/**
 * How many that were trusted then are trusted no longer, or for other uses. Verdicts may rest on them; whoever was added
 * since can only be another to ask. 0 for an import that noted nobody.
 */
export function noLongerTrusted(then: readonly string[] | undefined, now: readonly TrustEntry[]): number {
  const known = new Set(trustMarks(now));
  return (then ?? []).filter((mark) => !known.has(mark)).length;
}
