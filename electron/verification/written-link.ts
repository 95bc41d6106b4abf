import type { FactOf, ListingItem } from '../../shared/fact.ts';
import type { ListingContext } from './listing-context.ts';

/**
 * Whether a file holds where a link would lead, and what it leads to has every digest stated: for a signer who lets
 * links count as what they lead to, the model is the same; it cannot be loaded so, which is said.
 */
export function isWrittenLink(
  listing: FactOf<'listing'>,
  item: ListingItem,
  { evidence, checks, writtenLinks }: ListingContext,
): boolean {
  const target = listing.allowsLinks === true ? writtenLinks.get(item.path ?? '') : undefined;
  if (target === undefined || item.digests.length === 0) return false;
  const holds = item.digests.every(
    (digest) => evidence.digest(target, digest.slice(0, digest.indexOf(':')), item.range) === digest,
  );
  if (holds)
    checks.add({
      rule: 'listings',
      aspect: 'content',
      verdict: 'warn',
      code: 'link-written-out',
      subject: item.path ?? '',
      location: item.place,
      expected: item.digests[0] ?? null,
      actual: evidence.digest(item.path ?? '', 'sha256'),
      vouched: 'nobody',
      message: `A link was signed here, and a file that holds its target was handed over, as it comes about where there are no links. The target, ${target}, has the digest that is stated.`,
    });
  return holds;
}
