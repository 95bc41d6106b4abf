import type { CaseDetail, ImportRow } from '../../shared/case.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import type { Read } from '../store/handle.ts';
import { importsOf } from '../store/imports.ts';
import { entries, wasSeenChanged } from '../store/journal-rows.ts';
import { trustEntries } from '../store/people.ts';
import type { Context } from './context.ts';
import { noLongerTrusted } from './trust-marks.ts';

/** Why the verdicts of an import are not to be relied on: whose word they rest on, or what became of its source. */
const whyNow = (db: Read, caseId: number, trusted: readonly TrustEntry[], row: ImportRow) =>
  noLongerTrusted(row.trust, trusted) > 0
    ? 'otherTrust'
    : wasSeenChanged(db, caseId, row.source.path, row.number)
      ? 'changed'
      : null;

/** Sources of a case that nobody is to approve of before they are verified again, by why, as paths. */
export function toVerifyAgain(context: Context, caseId: number): { otherTrust: string[]; changed: string[] } {
  return context.store.read((db) => {
    const trusted = trustEntries(db);
    const found = { otherTrust: [] as string[], changed: [] as string[] };
    for (const row of importsOf(db, caseId)) {
      const why = row.isLatest ? whyNow(db, caseId, trusted, row) : null;
      if (why !== null) found[why].push(row.source.path);
    }
    return found;
  });
}

/**
 * Which of the imports that count in a case have verdicts that are not what they would be now, each with one sentence
 * that says why: whom the reviewer trusts was changed since, or she was told that the source was.
 */
export function whyVerifyAgain(context: Context, caseId: number): NonNullable<CaseDetail['verifyAgain']> {
  return context.store.read((db) => {
    const trusted = trustEntries(db);
    return importsOf(db, caseId)
      .filter(({ isLatest }) => isLatest)
      .flatMap((row) => {
        const { id: importId, number, source, importedAt } = row;
        // The same bytes that came to the same make no second import: that they were verified stands in the journal.
        const again = entries(db, { before: null, caseId, action: 'source.verified', limit: 100 }).find(
          ({ subject }) => subject === source.path,
        );
        const verifiedAt = again !== undefined && again.time > importedAt ? again.time : importedAt;
        const now = whyNow(db, caseId, trusted, row);
        const why =
          now === 'otherTrust'
            ? 'Verified with other trust than you have now: somebody is trusted no longer. Verify again.'
            : now === 'changed'
              ? `The source was seen to have changed since import ${number}. Verify again to see what.`
              : trusted.some(({ addedAt }) => addedAt !== null && addedAt > verifiedAt)
                ? 'Verified with other trust than you have now: somebody was added. Verify again.'
                : null;
        return why === null ? [] : [{ importId, why }];
      });
  });
}
