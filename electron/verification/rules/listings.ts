import type { EvidenceFile } from '../../../shared/evidence.ts';
import type { FactOf, ListingItem, ListingRole } from '../../../shared/fact.ts';
import type { Vouched } from '../../../shared/verdict.ts';
import { type ListingContext, listingContext } from '../listing-context.ts';
import { partlyCovered } from '../shard-coverage.ts';
import { besideList, findUnlisted } from '../unlisted-files.ts';
import { isWrittenLink } from '../written-link.ts';
import type { EvidenceView, Rule } from './rule.ts';

type Listing = FactOf<'listing'>;
/** Roles by which a listed file must be here: the others speak of files that may never have been handed over. */
const demands: ReadonlySet<ListingRole> = new Set(['manifest', 'payload', 'tag', 'model-signature', 'crate']);
/** Roles by which what is named belongs together: a part that is absent leaves the whole undecided. */
const wholes: ReadonlySet<ListingRole> = new Set([...demands, 'store', 'package']);
const algorithmOf = (digest: string) => digest.slice(0, digest.indexOf(':'));

/** Every digest that a document states is held against the bytes; each file gets its one state. */
export const listings: Rule = {
  id: 'listings',
  title: 'Stated digests match',
  verify(evidence, checks) {
    const context = listingContext(evidence, checks);
    for (const listing of evidence.facts('listing')) holdListing(listing, context);
    for (const listing of evidence.facts('listing')) if (listing.closed) findUnlisted(listing, context);
    checks.files(context.claims);
  },
};

/** Who stands behind a listing: its signature where that is trusted, else the producer alone. */
function voucher(listing: Listing, evidence: EvidenceView): { vouched: Vouched; words: string } {
  const outcome = listing.signature === null ? undefined : evidence.outcomes.get(listing.signature);
  if (outcome?.verdict === 'pass') return { vouched: outcome.vouched, words: `signed by ${outcome.by}` };
  if (listing.signature === null) return { vouched: 'producer', words: 'not signed: vouched by the producer alone' };
  return { vouched: 'nobody', words: 'whose signature is not one you accept' };
}

/** A list over shards that names none says that the model is empty: true where its digest is that of nothing, and files are here, all empty. */
function holdsNothing({ root, passesOverEmpty, base, closed, ignored }: Listing, evidence: EvidenceView): boolean {
  if (passesOverEmpty !== true || !closed || root === null || root.stated !== root.computed) return false;
  const prefix = base === '' ? '' : `${base}/`;
  const own = evidence.files().filter(({ path }) => path.startsWith(prefix));
  const left = (path: string) => ignored.some((each) => path === prefix + each || path.startsWith(`${prefix}${each}/`));
  const model = own.filter(({ path }) => !left(path));
  return model.length > 0 && model.every(({ bytes }) => bytes === 0);
}

function holdListing(listing: Listing, context: ListingContext): void {
  const { evidence, checks } = context;
  const { vouched, words } = voucher(listing, evidence);
  const base = { rule: 'listings', vouched } as const;
  if (listing.items.length === 0 && holdsNothing(listing, evidence)) {
    checks.add({
      ...base,
      aspect: 'content',
      verdict: 'pass',
      code: 'digest-match',
      subject: listing.place.path,
      location: listing.place,
      expected: listing.root?.stated ?? null,
      actual: listing.root?.computed ?? null,
      message: `“${listing.title}” (${words}): it says that nothing but empty files is in the model, and so it is.`,
    });
    return;
  }
  if (listing.items.length === 0) {
    checks.add({
      ...base,
      aspect: 'content',
      verdict: 'undecided',
      code: 'nothing-checked',
      subject: listing.place.path,
      location: listing.place,
      expected: null,
      actual: null,
      vouched: 'nobody',
      message: `0 items checked: “${listing.title}” names no file.`,
      settledBy: 'A list that names the files.',
    });
    return;
  }
  if (listing.root !== null && listing.root.stated !== listing.root.computed)
    checks.add({
      ...base,
      aspect: 'content',
      verdict: 'fail',
      code: 'root-mismatch',
      subject: listing.place.path,
      location: listing.place,
      expected: listing.root.stated,
      actual: listing.root.computed,
      message: `“${listing.title}”: the digest that is signed is not that of the resources listed in it.`,
    });
  const places = evidence.places(listing);
  const twice = doubled(listing, places);
  for (const item of twice)
    checks.add({
      ...base,
      aspect: 'content',
      verdict: 'fail',
      code: 'listed-twice',
      subject: listing.place.path,
      location: item.place,
      expected: null,
      actual: item.name,
      message: `${item.name} is listed twice, with digests that differ.`,
    });
  const tally: Tally = { held: 0, missing: [], strays: [], demands: isDemanding(listing, context) };
  const files = evidence.files();
  listing.items.forEach((item, index) => {
    const place = places[index] ?? -1;
    if (isPlainlyHeld(item, files[place])) {
      tally.held += 1;
      context.claims.claimAt(place, 'match', vouched);
    } else holdItem(listing, item, vouched, context, tally);
  });
  for (const { path, covered, bytes } of partlyCovered(listing, evidence)) {
    context.claim(path, 'mismatch', vouched);
    checks.add({
      ...base,
      aspect: 'content',
      verdict: 'fail',
      code: 'size-mismatch',
      subject: path,
      location: listing.place,
      expected: `${covered} bytes`,
      actual: `${bytes} bytes`,
      message: `“${listing.title}” covers the first ${covered} bytes of this file, which has ${bytes}.`,
    });
  }
  if (tally.strays.length > 0) {
    const [first] = tally.strays;
    checks.add({
      ...base,
      aspect: 'claim',
      verdict: 'fail',
      code: 'digests-of-others',
      subject: listing.place.path,
      location: first?.item.place ?? listing.place,
      expected: first?.item.digests[0] ?? null,
      actual: first === undefined || first.item.path === null ? null : evidence.digest(first.item.path, 'sha256'),
      message: `“${listing.title}”: ${tally.strays.length} of ${listing.items.length} digests belong to other files than those they are given for. The digest for ${first?.item.name ?? ''} is that of ${first?.owner ?? ''}.`,
    });
  }
  const other = tally.missing.length === listing.items.length ? onlyOther(listing, evidence) : null;
  if (tally.missing.length > 0 && !tally.demands)
    checks.add({
      ...base,
      aspect: 'completeness',
      verdict: 'undecided',
      code: 'data-not-here',
      subject: listing.place.path,
      location: tally.missing[0]?.place ?? listing.place,
      expected: null,
      actual: null,
      message: `“${listing.title}”: ${tally.missing.length} of ${listing.items.length} files that it names are not here, ${tally.missing[0]?.name ?? ''} first.${other === null ? '' : ` It says nothing of ${other}, which lies beside it.`}`,
      settledBy: 'The files themselves.',
      // Where somebody vouches for the list itself, that part of what was handed over is decided.
      partial:
        other === null &&
        !(listing.role === 'pipeline' && tally.held === 0) &&
        (!wholes.has(listing.role) || (vouched !== 'producer' && vouched !== 'nobody')),
    });
  if (tally.held === 0 && listing.items.every(({ digests }) => digests.length === 0))
    checks.add({
      ...base,
      aspect: 'content',
      verdict: 'undecided',
      code: 'nothing-checked',
      subject: listing.place.path,
      location: listing.place,
      expected: null,
      actual: null,
      vouched: 'nobody',
      message: `0 items checked: “${listing.title}” names ${listing.items.length} files and gives no digest of any.`,
      settledBy: 'A list that gives their digests.',
    });
  if (tally.held > 0) {
    checks.add({
      ...base,
      aspect: 'content',
      verdict: 'pass',
      code: 'digest-match',
      subject: listing.place.path,
      location: listing.place,
      expected: null,
      actual: null,
      message: `${tally.held} of ${listing.items.length} files have the digests stated by “${listing.title}”, ${words}.`,
    });
    checks.pass('listings', 'content', tally.held);
  }
}

interface Tally {
  held: number;
  missing: ListingItem[];
  strays: { item: ListingItem; owner: string }[];
  /** Whether a listed file that is not here is missing, or was never handed over. */
  demands: boolean;
}

/**
 * The one file that a statement about other files lies beside, which no reader knows and nothing else is about: whoever
 * hands over the two means the one to be about the other. Null where there is none, or there are more.
 */
function onlyOther(listing: FactOf<'listing'>, evidence: EvidenceView): string | null {
  const files = evidence.files();
  if (listing.role !== 'subjects' || files.length !== 2) return null;
  const other = files.find(({ path }) => path !== listing.place.path)?.path ?? null;
  const isKnown = evidence.facts('document').some(({ place }) => place.path === other);
  return isKnown || /(^|\/)(README|LICENSE|NOTICE)/i.test(other ?? '') ? null : other;
}

/** Lists and signatures: they lie beside a list that came alone. */
const signs = new Set([
  'checksum-manifest',
  'minisign',
  'ssh-signature',
  'cms-signature',
  'raw-signature',
  'jws',
  'openpgp',
  'timestamp',
]);

/**
 * A checksum list that came alone, as published beside a release, speaks of nothing that is here. Where other files lie
 * beside it, or one of its own, what it lists is missing.
 */
const isDemanding = (listing: Listing, { evidence, twin }: ListingContext): boolean =>
  demands.has(listing.role) &&
  (listing.role !== 'manifest' ||
    listing.items.some(({ path }) => path === null || evidence.file(path) !== undefined || twin(path) !== undefined) ||
    evidence
      .files()
      .some(
        ({ path, format }) =>
          !signs.has(format ?? '') &&
          !besideList(listing.place.path, path) &&
          (listing.base === '' || path.startsWith(`${listing.base}/`)),
      ));

/** The one digest that is stated of a whole file is the one that it has: what is true of most items of most lists. */
const isPlainlyHeld = ({ digests, range, bytes }: ListingItem, file: EvidenceFile | undefined): boolean =>
  file !== undefined &&
  file.digest !== null &&
  digests.length === 1 &&
  digests[0] === file.digest &&
  range === undefined &&
  bytes === undefined;

function doubled(listing: Listing, places: Int32Array): ListingItem[] {
  const seenAt = new Set<number | string>();
  listing.items.forEach(({ path, name }, index) => {
    const place = places[index] ?? -1;
    seenAt.add(place >= 0 ? place : (path ?? name));
  });
  if (seenAt.size === listing.items.length) return [];
  const seen = new Map<string, string>();
  return listing.items.filter((item) => {
    const key = `${item.path ?? item.name} ${item.range?.start ?? ''} ${algorithmOf(item.digests[0] ?? '')}`;
    const before = seen.get(key);
    seen.set(key, item.digests[0] ?? '');
    return before !== undefined && before !== item.digests[0];
  });
}

function holdItem(listing: Listing, item: ListingItem, vouched: Vouched, context: ListingContext, tally: Tally): void {
  const { evidence, checks, claim, owners, pointers, renamed } = context;
  const base = { rule: 'listings', aspect: 'content', location: item.place, vouched } as const;
  // A subject is what has its digest, whatever it is called (in-toto attestation, v1, "Subject").
  const called = item.path === null ? undefined : evidence.file(item.path);
  const bearer =
    listing.role === 'subjects' ? item.digests.flatMap((digest) => owners().get(digest) ?? [])[0] : undefined;
  if (called === undefined && bearer !== undefined) {
    tally.held += 1;
    return claim(bearer, 'match', vouched);
  }
  if (item.path === null) {
    if (demands.has(listing.role))
      checks.add({
        ...base,
        verdict: 'fail',
        code: 'name-escapes',
        subject: listing.place.path,
        expected: null,
        actual: item.name,
        message: `“${listing.title}” names ${item.name}, which points outside it. It was not opened.`,
      });
    else if (listing.role === 'subjects' && called === undefined) tally.missing.push(item);
    return;
  }
  const file = evidence.file(item.path);
  if (file === undefined) {
    const twin = context.twin(item.path);
    if (twin !== undefined && item.digests.some((digest) => evidence.digest(twin, algorithmOf(digest)) === digest)) {
      claim(twin, 'match', vouched);
      tally.held += 1;
      if (!renamed.has(twin))
        checks.add({
          ...base,
          verdict: 'warn',
          code: 'name-spelled-otherwise',
          subject: item.path,
          expected: item.path,
          actual: twin,
          message:
            'The listed name is not here; a file is whose name is the same letters composed in another way, with the digest that is listed: same content, other spelling.',
        });
      renamed.add(twin);
      return;
    }
    // What a pipeline made need not be laid out; where its cache is not here either, its bytes are not here at all.
    const isKept = listing.role !== 'pipeline' || item.digests.some((digest) => context.kept().has(digest));
    if (item.optional !== true || !isKept) tally.missing.push(item);
    if (tally.demands && item.optional !== true) {
      claim(item.path, 'missing', vouched);
      checks.add({
        ...base,
        // What should be here and is not.
        aspect: 'completeness',
        verdict: 'fail',
        code: 'file-missing',
        subject: item.path,
        expected: item.digests[0] ?? null,
        actual: null,
        message: `“${listing.title}” lists this file, and it is not here.`,
      });
    }
    return;
  }
  if (file.digest === null) return claim(item.path, 'unread', vouched);
  const stated = item.digests
    .map((digest) => ({ digest, actual: evidence.digest(item.path ?? '', algorithmOf(digest), item.range) }))
    .filter(({ actual }) => actual !== null);
  const wrong = stated.find(({ digest, actual }) => digest !== actual);
  const sizeIsWrong = item.bytes !== undefined && item.range === undefined && item.bytes !== file.bytes;
  if (wrong === undefined && !sizeIsWrong) {
    if (stated.length === 0) return;
    tally.held += 1;
    return claim(item.path, 'match', vouched);
  }
  if (isWrittenLink(listing, item, context)) {
    tally.held += 1;
    return claim(item.path, 'match', vouched);
  }
  const pointer = pointers.get(item.path);
  if (
    pointer !== undefined &&
    (item.digests.includes(pointer.digest) || !item.digests.some((digest) => digest.startsWith('sha256:')))
  )
    return claim(item.path, 'unread', vouched);
  const owner = wrong === undefined || demands.has(listing.role) ? undefined : owners().get(wrong.digest);
  if (owner !== undefined && owner !== item.path) {
    tally.strays.push({ item, owner });
    return;
  }
  claim(item.path, 'mismatch', vouched);
  const sizes =
    item.bytes === undefined || item.bytes === file.bytes
      ? ''
      : ` The file has ${file.bytes} bytes, ${item.bytes} were stated.`;
  const by = voucher(listing, evidence);
  if (wrong === undefined)
    checks.add({
      ...base,
      verdict: 'fail',
      code: 'size-mismatch',
      subject: item.path,
      expected: `${item.bytes} bytes`,
      actual: `${file.bytes} bytes`,
      message: `The size is not the one that “${listing.title}” states (${by.words}).`,
    });
  else
    checks.add({
      ...base,
      verdict: 'fail',
      code: 'digest-mismatch',
      subject: item.path,
      expected: wrong.digest,
      actual: wrong.actual,
      message: `These are not the bytes that “${listing.title}” (${by.words}) states${item.range === undefined ? '' : `, from byte ${item.range.start} to ${item.range.end}`}.${sizes} It does not say who changed them, or when.`,
    });
}
