import type { CaseDetail } from '../../shared/case.ts';
import { importsOf } from '../store/imports.ts';
import { entries, wasSeenChanged } from '../store/journal-rows.ts';
import { trustEntries } from '../store/people.ts';
import type { Context } from './context.ts';
import { noLongerTrusted } from './trust-marks.ts';

/**
 * Which of the imports that count in a case have verdicts that are not what they would be now, each with one sentence
 * that says why: whom the reviewer trusts was changed since, or she was told that the source was.
 */
export function whyVerifyAgain(context: Context, caseId: number): NonNullable<CaseDetail['verifyAgain']> {
  return context.store.read((db) => {
    const trusted = trustEntries(db);
    return importsOf(db, caseId)
      .filter(({ isLatest }) => isLatest)
      .flatMap(({ id: importId, number, source, trust, importedAt }) => {
        // The same bytes that came to the same make no second import: that they were verified stands in the journal.
        const again = entries(db, { before: null, caseId, action: 'source.verified', limit: 100 }).find(
          ({ subject }) => subject === source.path,
        );
        const verifiedAt = again !== undefined && again.time > importedAt ? again.time : importedAt;
        const why =
          noLongerTrusted(trust, trusted) > 0
            ? 'Verified with other trust than you have now: somebody is trusted no longer. Verify again.'
            : wasSeenChanged(db, caseId, source.path, number)
              ? `The source was seen to have changed since import ${number}. Verify again to see what.`
              : trusted.some(({ addedAt }) => addedAt !== null && addedAt > verifiedAt)
                ? 'Verified with other trust than you have now: somebody was added. Verify again.'
                : null;
        return why === null ? [] : [{ importId, why }];
      });
  });
}
