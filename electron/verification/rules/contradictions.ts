import type { Place } from '../../../shared/evidence.ts';
import type { FactOf, ListingItem, ListingRole } from '../../../shared/fact.ts';
import { type Vouched, vouchers } from '../../../shared/verdict.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

type Listing = FactOf<'listing'>;
/**
 * What speaks of files as they are handed over. Steps, subjects and entries of a record speak of a time: one name may
 * rightly have had several digests.
 */
const ofNow: ReadonlySet<ListingRole> = new Set([
  'manifest',
  'payload',
  'tag',
  'model-signature',
  'components',
  'pipeline',
  'store',
  'crate',
  'package',
]);
interface Statement {
  listing: Listing;
  item: ListingItem;
  digest: string;
}

/** Of one file so many different digests are told apart, and of two sources so many contradictions one by one. */
const statementsAtMost = 4;
const namedAtMost = 100;

const algorithmOf = (digest: string) => digest.slice(0, digest.indexOf(':'));
const words = ({ path, line, pointer }: Place): string =>
  `${path}${line === undefined ? '' : `, line ${line}`}${pointer === undefined ? '' : `, ${pointer}`}`;

/** Two sources that state digests of one file by one algorithm state the same. */
export const contradictions: Rule = {
  id: 'contradictions',
  title: 'Sources agree on the digests of files',
  verify(evidence, checks) {
    const listings = evidence
      .facts('listing')
      .filter(({ role }) => ofNow.has(role))
      .sort((a, b) => a.items.length - b.items.length || (a.id < b.id ? -1 : 1));
    if (listings.length < 2) return;
    const last = listings.at(-1);
    const known = new Map<string, Statement[]>();
    const counts = new Map<string, number>();
    for (const listing of listings)
      for (const item of listing.items) {
        if (item.path === null || item.range !== undefined) continue;
        const before = known.get(item.path);
        // The largest is held against the others and is not held itself: one list of a million files costs nothing.
        if (before === undefined && listing === last) continue;
        for (const digest of item.digests) {
          const algorithm = algorithmOf(digest);
          const of = before?.filter((each) => algorithmOf(each.digest) === algorithm) ?? [];
          const other = of.find((each) => each.digest !== digest && each.listing !== listing);
          if (other !== undefined) contradict(other, { listing, item, digest }, counts, evidence, checks);
          if (listing === last || of.length >= statementsAtMost || of.some((each) => each.digest === digest)) continue;
          const held = known.get(item.path);
          if (held === undefined) known.set(item.path, [{ listing, item, digest }]);
          else held.push({ listing, item, digest });
        }
      }
    for (const [pair, count] of counts)
      if (count > namedAtMost) {
        const [first = '', second = ''] = pair.split('\0');
        checks.add({
          rule: 'contradictions',
          aspect: 'claim',
          verdict: 'warn',
          code: 'sources-contradict',
          subject: second,
          location: { path: second },
          expected: null,
          actual: null,
          vouched: 'nobody',
          message: `${first} and ${second} contradict each other about ${count} files; ${namedAtMost} of them are listed one by one.`,
        });
      }
  },
};

function contradict(
  a: Statement,
  b: Statement,
  counts: Map<string, number>,
  evidence: EvidenceView,
  checks: CheckSink,
): void {
  const pair = `${a.listing.place.path}\0${b.listing.place.path}`;
  const count = (counts.get(pair) ?? 0) + 1;
  counts.set(pair, count);
  if (count > namedAtMost) return;
  const path = a.item.path ?? '';
  const [first, second] = strengthOf(b, evidence) > strengthOf(a, evidence) ? [b, a] : [a, b];
  const isHere = evidence.file(path) !== undefined;
  const actual = evidence.digest(path, algorithmOf(first.digest));
  const bearer = [first, second].find(({ digest }) => digest === actual);
  const bytes = !isHere
    ? 'The file is not here, so neither can be held against it.'
    : actual === null
      ? 'Which of them the file has was not computed.'
      : bearer === undefined
        ? 'The file here has neither digest.'
        : `The file here has the digest of “${bearer.listing.title}”.`;
  checks.add({
    rule: 'contradictions',
    aspect: 'claim',
    // Lists of several releases lie beside each other, and where no file is here, either may be right of its own.
    verdict: isHere ? 'fail' : 'warn',
    code: 'sources-contradict',
    subject: path,
    location: second.item.place,
    expected: first.digest,
    actual: second.digest,
    vouched: vouched(first.listing, evidence),
    message: `“${first.listing.title}” (${words(first.item.place)}) states ${first.digest} for this file, and “${second.listing.title}” (${words(second.item.place)}) states ${second.digest}. They cannot both be right. ${bytes}`,
  });
}

function vouched(listing: Listing, evidence: EvidenceView): Vouched {
  if (listing.signature === null) return 'producer';
  const outcome = evidence.outcomes.get(listing.signature);
  return outcome?.verdict === 'pass' ? outcome.vouched : 'nobody';
}
const strengthOf = ({ listing }: Statement, evidence: EvidenceView) => vouchers.indexOf(vouched(listing, evidence));
