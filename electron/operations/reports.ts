import type { ReportVerification } from '../../shared/report.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { noteReport, recentReports } from '../store/journal-rows.ts';
import { identities, trustEntries } from '../store/people.ts';
import { signOffsWith } from '../store/sign-offs.ts';
import { type Context, commit, now } from './context.ts';
import { os } from './implementer.ts';
import { startReportCheck } from './start-report-check.ts';

/**
 * Checks a report by the trust of the store, where the store's own signers are known, and by whoever is named for this
 * once. @throws Failure unreadable, refused, cancelled
 */
export async function checkWith(
  context: Context,
  path: string,
  evidence: string | null,
  signal: AbortSignal,
  named: readonly TrustEntry[] = [],
): Promise<ReportVerification> {
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
    isOwn: true,
  }));
  const entries = [...context.store.read(trustEntries), ...named, ...own];
  const result = await startReportCheck({ path, trust: { entries }, evidence, staging: context.staging }, signal);
  if (context.store.health.mayWrite)
    commit(
      context,
      { action: 'report.checked', caseId: null, subject: path, detail: { verdict: result.verdict } },
      (db) => noteReport(db, now(context), path, 'checked', result.verdict),
    );
  return result;
}

/** The number of the sign-off by which this store has superseded the one that these signatures are of; null where none has. */
export function supersededBy(context: Context, signers: ReportVerification['signers']): number | null {
  const made = signers.flatMap(({ holds, signedAt, ...signer }) =>
    holds && signedAt !== null ? [context.store.read((db) => signOffsWith(db, { ...signer, signedAt }))] : [],
  );
  const [first = []] = made;
  const all = first.filter(({ id }) => made.every((each) => each.some((other) => other.id === id)));
  return all.every(({ later }) => later !== null) ? (all[0]?.later ?? null) : null;
}

export const reports = {
  check: os.reports.check.handler(({ input, context, signal }) =>
    checkWith(
      context,
      context.host.path(input.token),
      input.evidence === null ? null : context.host.path(input.evidence),
      signal ?? new AbortController().signal,
    ),
  ),
  recent: os.reports.recent.handler(({ context }) => context.store.read(recentReports)),
};
