import { counted } from '../../../shared/counted.ts';
import type { Place } from '../../../shared/evidence.ts';
import { weakAlgorithms } from '../../integrity/digest.ts';
import { isMeasured } from './documents.ts';
import type { Rule } from './rule.ts';

/** Files that nothing but an unsigned list vouches for. */
export const unsignedCoverage: Rule = {
  id: 'unsigned-coverage',
  title: 'Listed files are vouched for',
  verify(evidence, checks) {
    const all = evidence.facts('listing');
    /** By place of a file: 0 where nothing is said, the number of the last list of it from 1. */
    const listed = new Uint32Array(evidence.files().length);
    const bound = new Uint8Array(evidence.files().length);
    for (const [index, listing] of all.entries()) {
      const outcome = listing.signature === null ? undefined : evidence.outcomes.get(listing.signature);
      const binds = outcome?.verdict === 'pass' || listing.role === 'ledger';
      if (!binds && listing.role !== 'manifest' && listing.role !== 'payload') continue;
      for (const place of evidence.places(listing))
        if (place >= 0 && binds) bound[place] = 1;
        else if (place >= 0) listed[place] = index + 1;
    }
    for (const { place, isOverPart } of evidence.facts('signature')) {
      if (isOverPart) continue;
      const file = evidence.place(place.path);
      if (file >= 0) bound[file] = 1;
    }
    const lists = new Map<string, { count: number; isSigned: boolean }>();
    for (const [place, list] of listed.entries()) {
      const by = list === 0 || bound[place] === 1 ? undefined : all[list - 1];
      if (by === undefined) continue;
      const { path } = by.place;
      const known = lists.get(path);
      lists.set(path, { count: (known?.count ?? 0) + 1, isSigned: by.signature !== null });
    }
    for (const [list, { count, isSigned }] of lists)
      checks.add({
        rule: 'unsigned-coverage',
        aspect: 'origin',
        verdict: 'undecided',
        code: 'unsigned-only',
        subject: list,
        location: { path: list },
        expected: null,
        actual: null,
        vouched: 'producer',
        message: `Nothing but this list, ${isSigned ? 'whose signature is not one that you accept' : 'which is not signed'}, covers ${counted(count, 'file')}: no ${isSigned ? 'other signature' : 'signature'} and no ledger entry binds ${count === 1 ? 'it' : 'them'}. Vouched by the producer alone.`,
        settledBy: 'A signature over the list, or over the files.',
        partial: true,
      });
  },
};

/** Lists whose only digests are broken against whoever chooses the bytes. */
export const weakDigests: Rule = {
  id: 'weak-digests',
  title: 'Digests are strong',
  verify(evidence, checks) {
    const listed = evidence.facts('listing');
    const weak = (place: Place, title: string, names: string) =>
      checks.add({
        rule: 'weak-digests',
        aspect: 'content',
        verdict: 'warn',
        code: 'digest-weak',
        subject: place.path,
        location: place,
        expected: null,
        actual: names,
        vouched: 'producer',
        message: `“${title}” uses ${names} alone: it detects accidents, not adversaries.`,
      });
    // A digest over a folder is one of DVC's: MD5, beside whatever is listed of single files.
    const folders = new Map(evidence.facts('folder-digest').map((each) => [each.place.path, each]));
    for (const { place } of listed) folders.delete(place.path);
    for (const { place, title, members } of folders.values())
      if (members !== null && members.length > 0) weak({ path: place.path }, title, 'MD5');
    for (const listing of listed) {
      const algorithms = new Set<string>();
      const isStrong = listing.items.some(({ digests }) =>
        digests.some((digest) => {
          const algorithm = digest.slice(0, digest.indexOf(':'));
          algorithms.add(algorithm);
          return !weakAlgorithms.has(algorithm);
        }),
      );
      if (isStrong || algorithms.size === 0) continue;
      const names = [...algorithms].map((each) => each.toUpperCase()).join(' and ');
      weak(listing.place, listing.title, names);
    }
  },
};

/** A source that holds nothing to verify says so: an empty success would be a lie. */
export const nothingChecked: Rule = {
  id: 'nothing-checked',
  title: 'Something was checked',
  verify(evidence, checks) {
    const count = evidence.files().length;
    const claims = evidence.facts('listing').some(({ items, root }) => items.length > 0 || root !== null);
    const any =
      claims ||
      evidence.facts('signature').length > 0 ||
      evidence.facts('folder-digest').length > 0 ||
      evidence.facts('ledger').some(({ entries }) => entries > 0) ||
      evidence.facts('timestamp').length > 0 ||
      evidence.facts('commitment').length > 0 ||
      evidence.facts('tuf-root').length > 0 ||
      evidence.facts('imports').length > 0 ||
      evidence.facts('proof').length > 0 ||
      (evidence.facts('certificates').length > 0 && evidence.trust.entries.length > 0) ||
      evidence.facts('document').some(({ format }) => isMeasured(format)) ||
      // A card that is handed over alone is judged as a card; beside other files it says nothing of them.
      (count > 0 &&
        evidence.files().every(({ format }) => format === 'model-card') &&
        (evidence.facts('measure').length > 0 ||
          evidence.facts('document').some(({ defects }) => defects.length > 0))) ||
      // The same of JSON whose numbers cannot be held (RFC 7493, 2.2): that it is I-JSON is all that can be asked of it.
      (count > 0 &&
        evidence.files().every(({ format }) => format === 'json') &&
        evidence.facts('document').some(({ defects }) => defects.some(({ code }) => code === 'text-number')));
    if (!any)
      checks.add({
        rule: 'nothing-checked',
        aspect: 'content',
        verdict: 'undecided',
        code: 'nothing-checked',
        subject: '',
        location: null,
        expected: null,
        actual: null,
        vouched: 'nobody',
        message:
          count === 0
            ? '0 items checked: this source holds no files.'
            : `0 items checked: this source holds no manifest, signature or ledger. Its ${counted(count, 'file was', 'files were')} digested and listed.`,
        settledBy: 'A signed manifest of these files, by whoever made them.',
      });
  },
};
