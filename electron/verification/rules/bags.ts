import type { EvidenceFile } from '../../../shared/evidence.ts';
import type { FactOf } from '../../../shared/fact.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

/** Bags are complete, and what they would fetch stays inside (RFC 8493). Validity of digests is the listings' own. */
export const bags: Rule = {
  id: 'bags',
  title: 'Bags are complete',
  verify(evidence, checks) {
    for (const bag of evidence.facts('bag')) {
      const prefix = bag.base === '' ? 'data/' : `${bag.base}/data/`;
      const payload = evidence.files().filter(({ path }) => path.startsWith(prefix));
      const base = {
        rule: 'bags',
        aspect: 'completeness',
        subject: bag.place.path,
        location: bag.place,
        vouched: 'producer',
      } as const;
      for (const entry of bag.fetch) {
        const fetched = entry.path === null ? undefined : evidence.file(entry.path);
        if (fetched !== undefined && entry.bytes !== null && fetched.bytes !== entry.bytes)
          checks.add({
            ...base,
            aspect: 'content',
            verdict: 'warn',
            code: 'size-mismatch',
            subject: fetched.path,
            location: entry.place,
            expected: `${entry.bytes} bytes`,
            actual: `${fetched.bytes} bytes`,
            message: `fetch.txt gives this file ${entry.bytes} bytes, and it has ${fetched.bytes}.`,
          });
        if (fetched === undefined)
          checks.add({
            ...base,
            verdict: 'undecided',
            code: 'bag-to-be-fetched',
            subject: entry.path ?? entry.name,
            location: entry.place,
            expected: entry.url,
            actual: null,
            message: `The bag is not complete: ${entry.name} was to be fetched from ${entry.url}. Nothing was fetched.`,
            settledBy: 'The file, put into the payload by whoever may fetch it.',
          });
      }
      const bytes = payload.reduce((sum, file) => sum + file.bytes, 0);
      const isHoley = bag.fetch.some(({ path }) => path === null || evidence.file(path) === undefined);
      // What is to be fetched is counted too, so that a bag with holes cannot have the count (RFC 8493, 2.2.2).
      if (bag.oxum !== undefined && !isHoley && (bag.oxum.bytes !== bytes || bag.oxum.files !== payload.length))
        checks.add({
          ...base,
          verdict: 'fail',
          code: 'bag-oxum',
          expected: `${bag.oxum.bytes} bytes in ${bag.oxum.files} files`,
          actual: `${bytes} bytes in ${payload.length} files`,
          message: 'Payload-Oxum of bag-info.txt does not count the payload that is here.',
        });
      holdPayload(bag, payload, evidence, checks);
    }
  },
};

/** Complete: every listed file is here and every file is listed. Valid: complete, and every digest is the one listed. */
function holdPayload(
  bag: FactOf<'bag'>,
  payload: readonly EvidenceFile[],
  evidence: EvidenceView,
  checks: CheckSink,
): void {
  const manifests = evidence.facts('listing').filter(({ id }) => bag.payload.includes(id));
  const base = { rule: 'bags', aspect: 'completeness', expected: null, actual: null, vouched: 'producer' } as const;
  const unread = bag.payload.filter((id) => evidence.file(id)?.unread != null);
  if (bag.payload.length > 0 && manifests.length === 0 && payload.length > 0)
    checks.add({
      ...base,
      subject: bag.place.path,
      location: bag.place,
      ...(unread.length > 0
        ? {
            verdict: 'undecided',
            code: 'nothing-checked',
            message: `0 payload files checked: no payload manifest of the bag can be read here.`,
            settledBy: 'The bag with tag files in UTF-8.',
          }
        : {
            verdict: 'fail',
            code: 'bag-incomplete',
            message: `No payload manifest of the bag lists anything, and its payload has ${payload.length} files.`,
          }),
    });
  const within = bag.base === '' ? 'data/' : `${bag.base}/data/`;
  for (const { items, place } of manifests)
    for (const { path, name, place: at } of items)
      if (path !== null && !path.startsWith(within))
        checks.add({
          ...base,
          aspect: 'content',
          verdict: 'fail',
          code: 'bag-not-payload',
          subject: place.path,
          location: at,
          actual: name,
          message: `The payload manifest names ${name}, which does not lie in the payload folder data/ (RFC 8493, 2.1.3).`,
        });
  // From 1.0 each manifest lists each file once; before, a file needed to be in one of them (RFC 8493, 2.1.3 and 3).
  const isStrict = Number(bag.version) >= 1;
  for (const { items, place } of [
    ...manifests,
    ...evidence.facts('listing').filter(({ id }) => bag.tags.includes(id)),
  ]) {
    const seen = new Set<string>();
    for (const { path, name, place: at } of items) {
      if (path !== null && seen.has(path))
        checks.add({
          ...base,
          aspect: 'content',
          verdict: isStrict ? 'fail' : 'warn',
          code: 'listed-twice',
          subject: place.path,
          location: at,
          actual: name,
          message: isStrict
            ? `${name} is listed twice, which a bag of version ${bag.version} must not do.`
            : `${name} is listed twice.`,
        });
      if (path !== null) seen.add(path);
    }
  }
  // A tag manifest that leaves out a payload manifest leaves the payload to whoever rewrites that (RFC 8493, 2.2.1).
  if (isStrict)
    for (const { items, place } of evidence.facts('listing').filter(({ id }) => bag.tags.includes(id)))
      for (const { id } of manifests)
        if (!items.some(({ path }) => path === id))
          checks.add({
            ...base,
            verdict: 'fail',
            code: 'bag-incomplete',
            subject: place.path,
            location: place,
            expected: id,
            message: `The tag manifest does not list ${id}, as it lists every payload manifest of a bag (RFC 8493, 2.2.1).`,
          });
  const listed = manifests.map(({ items }) => new Set(items.flatMap(({ path }) => path ?? [])));
  const all = new Set(listed.flatMap((each) => [...each]));
  for (const { path, name, place } of manifests.length === 0 ? [] : bag.fetch)
    if (path !== null && !(isStrict ? listed.every((each) => each.has(path)) : all.has(path)))
      checks.add({
        ...base,
        verdict: 'fail',
        code: 'bag-incomplete',
        subject: path,
        location: place,
        message: `fetch.txt names ${name}, of which no digest is listed: what is fetched could be anything (RFC 8493, 2.2.3).`,
      });
  const isComplete =
    manifests.length > 0 &&
    manifests.every(({ items }) => items.every(({ path }) => path !== null && evidence.file(path) !== undefined)) &&
    payload.every(({ path }) => (isStrict ? listed.every((each) => each.has(path)) : all.has(path)));
  if (
    !isComplete ||
    all.size === 0 ||
    manifests.every(({ items }) => items.every(({ digests }) => digests.length === 0))
  )
    return;
  const isValid = manifests.every(({ items }) =>
    items.every(({ path, digests }) =>
      digests.every((digest) => evidence.digest(path ?? '', digest.slice(0, digest.indexOf(':'))) === digest),
    ),
  );
  checks.add({
    ...base,
    verdict: 'pass',
    code: 'bag-complete',
    subject: bag.place.path,
    location: bag.place,
    message: `The bag is complete: its ${all.size} payload ${all.size === 1 ? 'file is' : 'files are'} here and listed. It is ${isValid ? 'valid too: each has the digests listed' : 'not valid: a digest is not the one listed'}.`,
  });
}
