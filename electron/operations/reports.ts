import { existsSync } from 'node:fs';
import { Failure } from '../../shared/failure.ts';
import type { ReportVerification } from '../../shared/report.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { checkReport } from '../reporting/check-package.ts';
import { noteReport, recentReports } from '../store/journal-rows.ts';
import { identities, trustEntries } from '../store/people.ts';
import { type Context, commit, now } from './context.ts';
import { os } from './implementer.ts';

function there(path: string): void {
  if (!existsSync(path))
    throw new Failure('unreadable', {
      what: 'There is nothing to check.',
      where: path,
      why: 'Nothing is at this path.',
      notDone: 'Nothing was checked.',
      next: 'Choose the folder of a package, a PDF or an envelope.',
    });
}

/** Without a store: only who is named counts, and nothing is left behind. @throws Failure unreadable */
export function checkWithout(path: string, named: readonly TrustEntry[], evidence: string | null): ReportVerification {
  there(path);
  return checkReport(path, { entries: [...named] }, evidence);
}

/** Own identities are known here; who else signed must be named in the trust store, or for this once. @throws Failure unreadable */
export function checkWith(
  context: Context,
  path: string,
  evidence: string | null,
  named: readonly TrustEntry[] = [],
): ReportVerification {
  there(path);
  const own = context.store.read(identities).map(({ name, certificate, fingerprint }) => ({
    id: fingerprint,
    kind: 'key' as const,
    name,
    uses: null,
    material: certificate,
    fingerprint,
    identities: [],
    addedAt: null,
    addedBy: null,
  }));
  const result = checkReport(path, { entries: [...context.store.read(trustEntries), ...own, ...named] }, evidence);
  if (context.store.health.mayWrite)
    commit(
      context,
      { action: 'report.checked', caseId: null, subject: path, detail: { verdict: result.verdict } },
      (db) => noteReport(db, now(context), path, 'checked', result.verdict),
    );
  return result;
}

export const reports = {
  check: os.reports.check.handler(({ input, context }) =>
    checkWith(
      context,
      context.host.path(input.token),
      input.evidence === null ? null : context.host.path(input.evidence),
    ),
  ),
  recent: os.reports.recent.handler(({ context }) => context.store.read(recentReports)),
};
