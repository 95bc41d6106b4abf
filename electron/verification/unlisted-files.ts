import type { FactOf } from '../../shared/fact.ts';
import type { ListingContext } from './listing-context.ts';

/** What stands beside a list because it signs or dates it: it cannot be in what it signs. */
const signatureEnding = /^\.(asc|sig|minisig|sign|gpg|p7s|tsr|ots|sigstore(\.json)?|bundle)$/;

/** Whether a file is a signature or timestamp of the list that it is named after. */
export const besideList = (list: string, path: string): boolean =>
  path.startsWith(list) && signatureEnding.test(path.slice(list.length));

/** Files below a closed listing that it does not name: ignored by its signer, or extra. */
export function findUnlisted(
  listing: FactOf<'listing'>,
  { evidence, checks, claims, renamed, ignoredOnce }: ListingContext,
): void {
  const prefix = listing.base === '' ? '' : `${listing.base}/`;
  // Before BagIt 1.0 a payload file needed to be in one manifest of several (RFC 8493, 3).
  const bag = evidence.facts('bag').find(({ payload }) => payload.includes(listing.id));
  const together = bag === undefined || Number(bag.version) >= 1 ? [listing.id] : bag.payload;
  const listed = new Uint8Array(evidence.files().length);
  for (const each of evidence.facts('listing'))
    if (together.includes(each.id)) for (const place of evidence.places(each)) if (place >= 0) listed[place] = 1;
  const isIgnored = (name: string) =>
    [...listing.ignored, ...(listing.role === 'model-signature' ? evidence.policy.unsigned.ignored : [])].some(
      (each) => name === each || name.startsWith(`${each.replace(/\/$/, '')}/`),
    );
  const isSigned = listing.role === 'model-signature';
  for (const [place, file] of evidence.files().entries()) {
    if (
      listed[place] === 1 ||
      !file.path.startsWith(prefix) ||
      file.path === listing.place.path ||
      besideList(listing.place.path, file.path) ||
      renamed.has(file.path)
    )
      continue;
    const name = file.path.slice(prefix.length);
    const base = {
      rule: 'listings',
      subject: file.path,
      location: listing.place,
      expected: null,
      actual: file.digest,
      vouched: 'nobody',
    } as const;
    if (isIgnored(name)) {
      const known = claims.stateAt(place);
      if (known === null) claims.claimAt(place, 'ignored', 'nobody');
      // A signature beside the model cannot be in what it signs; anything else left out is worth a look.
      if (isSigned && !ignoredOnce.has(file.path) && !['model-signature', 'timestamp'].includes(file.format ?? ''))
        checks.add({
          ...base,
          aspect: 'content',
          verdict: 'warn',
          code: 'ignored-by-signer',
          message: `The signer left this file out: the model signature does not cover it.${known === 'match' ? ' It is covered by a list that is not the signature.' : ''}`,
        });
      ignoredOnce.add(file.path);
      continue;
    }
    if (file.bytes === 0 && listing.passesOverEmpty === true) {
      claims.claimAt(place, 'ignored', 'nobody');
      checks.add({
        ...base,
        aspect: 'content',
        verdict: 'warn',
        code: 'ignored-by-signer',
        message:
          'An empty file has no shard, so a signature over shards says nothing of it: it may come and go unseen.',
      });
      continue;
    }
    const isNew = claims.stateAt(place) === null;
    // A list beside a list, MD5SUMS beside SHA256SUMS, is not an extra file.
    if (isNew && file.format !== 'checksum-manifest') claims.claimAt(place, 'extra', 'nobody');
    if (isSigned || listing.role === 'payload')
      checks.add({
        ...base,
        aspect: 'content',
        verdict: isSigned ? evidence.policy.unsigned.files : 'fail',
        code: 'file-extra',
        message: isSigned
          ? 'A file lies in the signed model that the signature does not name.'
          : 'A file lies in the payload that the manifest does not list.',
      });
    // What another list names needs no word of one that names a few; of one that somebody signed it does.
    else if ((isNew || listing.signature !== null) && file.format !== 'checksum-manifest')
      checks.add({
        ...base,
        aspect: 'completeness',
        verdict: 'warn',
        code: 'file-extra',
        message: `“${listing.title}” does not name this file.`,
      });
  }
  for (const path of listing.links ?? [])
    if (!isIgnored(path.slice(prefix.length)))
      checks.add({
        rule: 'listings',
        aspect: 'content',
        verdict: evidence.policy.unsigned.files,
        code: 'file-extra',
        subject: path,
        location: listing.place,
        expected: null,
        actual: null,
        vouched: 'nobody',
        message: 'A link lies in the signed model that the signature does not name: it was not followed.',
      });
}
