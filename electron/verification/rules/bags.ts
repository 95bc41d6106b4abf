import type { Rule } from './rule.ts';

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
        const isHere = entry.path !== null && evidence.file(entry.path) !== undefined;
        if (!isHere)
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
      if (bag.oxum !== undefined && (bag.oxum.bytes !== bytes || bag.oxum.files !== payload.length))
        checks.add({
          ...base,
          verdict: 'warn',
          code: 'bag-oxum',
          expected: `${bag.oxum.bytes} bytes in ${bag.oxum.files} files`,
          actual: `${bytes} bytes in ${payload.length} files`,
          message: 'Payload-Oxum of bag-info.txt does not count the payload that is here.',
        });
      // Before 1.0 a file needed to be in one manifest; from 1.0 in each (RFC 8493, 3).
      const listings = evidence.facts('listing').filter(({ id }) => bag.payload.includes(id));
      if (listings.length > 0 && Number(bag.version) < 1) {
        const all = new Set(listings.flatMap(({ items }) => items.flatMap(({ path }) => path ?? [])));
        if (payload.every(({ path }) => all.has(path))) checks.pass('bags', 'completeness');
      }
    }
  },
};
