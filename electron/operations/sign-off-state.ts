import type { SignOffState } from '../../shared/case.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { annotationsOf, findingsOf } from '../store/cases.ts';
import { openChecks } from '../store/checks.ts';
import { importsOf } from '../store/imports.ts';
import { plansOf } from '../store/sampling.ts';
import { signaturesOf, signOffsOf } from '../store/sign-offs.ts';
import type { Context } from './context.ts';
import { toVerifyAgain } from './why-verify-again.ts';

/** Digest of what a sign-off rests on: imports, verdicts, findings, notes, answers, sampling plans, and what is to be verified again. Any later change gives another. */
export function basisOf(context: Context, caseId: number): string {
  const { otherTrust, changed } = toVerifyAgain(context, caseId);
  return context.store.read((db) => {
    const imports = importsOf(db, caseId).filter(({ isLatest }) => isLatest);
    const plans = plansOf(db, caseId).map(({ id, explanation }) => ({ id, explanation }));
    return sha256Hex(
      canonicalJson({
        imports: imports.map(({ id, source, verdict }) => ({ id, digest: source.digest, verdict })),
        answers: imports.flatMap(({ id }) =>
          openChecks(db, id).map(({ id: check, answer }) => ({
            check,
            finding: answer?.findingId ?? null,
            explanation: answer?.explanation ?? null,
          })),
        ),
        findings: findingsOf(db, caseId).map(({ history: _history, ...finding }) => finding),
        annotations: annotationsOf(db, caseId, null),
        // What was signed before there were plans still rests on the same.
        ...(plans.length === 0 ? {} : { plans }),
        ...(otherTrust.length + changed.length === 0 ? {} : { otherTrust, changed }),
      }),
    );
  });
}

/** Where the newest sign-off of a case stands. */
export function signOffState(context: Context, caseId: number): SignOffState {
  const [latest] = context.store.read((db) => signOffsOf(db, caseId));
  if (latest === undefined) return 'none';
  if (latest.basis !== basisOf(context, caseId)) return 'stale';
  return context.store.read((db) => signaturesOf(db, latest.id)).length >= 2 ? 'signed' : 'in-progress';
}
