import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { type DecisionStatement, decisionPredicateType, type Report } from '../../shared/report.ts';
import type { Signer, SignOff } from '../../shared/sign-off.ts';
import { whySamePerson } from '../identity/people.ts';
import { readCertificate } from '../integrity/certificate.ts';
import { signDecision } from '../integrity/decision-envelope.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { signPdf } from '../reporting/pdf-signature.ts';
import { readiness, whatToDo } from '../sign-off/readiness.ts';
import { statementProse } from '../sign-off/statement.ts';
import { openChecks } from '../store/checks.ts';
import { importsOf } from '../store/imports.ts';
import { currentIdentity, type IdentityData, identityById } from '../store/people.ts';
import {
  insertSignature,
  insertSignOff,
  type SignatureData,
  type SignOffData,
  signaturesOf,
  signOffById,
  signOffsOf,
} from '../store/sign-offs.ts';
import { type Context, commit, now, present, theCase } from './context.ts';
import { evidenceList, exportPackage, packageOf } from './export-report.ts';
import { os } from './implementer.ts';
import { openIdentity } from './key-files.ts';
import { coverageOf } from './report-model.ts';
import { reportPages } from './report-pages.ts';
import { findingsWithStaleness } from './review-acts.ts';
import { type Given, type ShownStatement, shownStatement, showStatement } from './shown-statement.ts';
import { basisOf } from './sign-off-state.ts';
import { toVerifyAgain } from './why-verify-again.ts';

/** Gates, coverage, and what they allow. @param signer whose key it takes: who is chosen, where nobody else is to sign */
export function readinessOf(
  context: Context,
  caseId: number,
  signer: IdentityData | undefined = context.store.read(currentIdentity),
) {
  const { store } = context;
  const imports = store.read((db) => importsOf(db, caseId)).filter(({ isLatest }) => isLatest);
  const open = imports
    .flatMap(({ id }) => store.read((db) => openChecks(db, id)))
    .filter(({ verdict, answer }) => (verdict === 'fail' || verdict === 'policy') && answer === null);
  const findings = findingsWithStaleness(context, caseId).filter(({ status }) => status !== 'withdrawn');
  const coverage = coverageOf(context, caseId);
  if (store.health.mayWrite) store.anchor();
  const gates = readiness({
    imports: imports.length,
    files: imports.reduce((sum, { source }) => sum + source.files, 0),
    unanswered: { count: open.length, example: open[0]?.subject ?? '' },
    ...toVerifyAgain(context, caseId),
    findingsWithoutReason: findings.filter(({ rationale }) => rationale.trim() === '').map(({ number }) => number),
    staleFindings: findings.filter(({ isStale, status }) => isStale && status === 'open').map(({ number }) => number),
    journal: { state: store.health.state, size: store.size },
    key: signer === undefined ? null : { name: signer.name, isUnlocked: context.keys.locksAt(signer.id) !== null },
    coverage,
  });
  return {
    gates,
    coverage,
    mayApprove: gates.every(({ holds }) => holds),
    mayReject: gates.every(({ holds, always }) => holds || !always),
    computedAt: now(context),
  };
}

/** The sign-off that waits for its second signature and still rests on what is here; null where none does. */
function waiting(context: Context, caseId: number): { data: SignOffData; signatures: SignatureData[] } | null {
  const [data] = context.store.read((db) => signOffsOf(db, caseId));
  if (data === undefined || data.supersededBy !== null || data.basis !== basisOf(context, caseId)) return null;
  const signatures = context.store.read((db) => signaturesOf(db, data.id));
  return signatures.length === 1 ? { data, signatures } : null;
}

/** A sign-off as it is shown. */
function shown(context: Context, data: SignOffData): SignOff {
  const signatures = context.store.read((db) => signaturesOf(db, data.id));
  const isStale = data.supersededBy === null && data.basis !== basisOf(context, data.caseId);
  return {
    id: data.id,
    number: data.number,
    decision: data.decision,
    rationale: data.rationale,
    statementDigest: data.reportDigest,
    pdfDigest: data.pdfDigest,
    pdfBytes: data.pdf.length,
    signatures: signatures.map(({ role, name, fingerprint, keyId, signedAt }) => ({
      role,
      name,
      fingerprint,
      keyId,
      signedAt,
      decision: data.decision,
    })),
    state:
      data.supersededBy !== null ? 'superseded' : isStale ? 'stale' : signatures.length >= 2 ? 'signed' : 'in-progress',
    staleBecause: isStale
      ? 'Imports, findings, notes, answers or sampling plans of the case changed after it was signed, its source was seen to have changed, or somebody is trusted no longer.'
      : null,
    frozenAt: data.frozenAt,
  };
}

/** Every sign-off of a case as it is shown, the newest first. */
export const signOffList = (context: Context, caseId: number): SignOff[] =>
  context.store.read((db) => signOffsOf(db, caseId)).map((data) => shown(context, data));

/** Signs: freezes report.json as it was shown, and the unsigned PDF, if she is the first, then adds her envelope and her revision. */
export async function sign(
  context: Context,
  given: Given & { digest: string; identityId: number; passphrase: string },
): Promise<SignOff> {
  const { caseId, role } = given;
  const { name: caseName } = theCase(context, caseId);
  const signer = present(
    context.store.read((db) => identityById(db, given.identityId)),
    'identity',
  );
  const refuse = (code: 'not-ready' | 'not-permitted' | 'conflict' | 'invalid', why: string, next: string): never => {
    const act = { action: 'sign-off.refused', caseId, subject: caseName, actor: signer.name } as const;
    commit(context, { ...act, detail: { role, why } }, () => undefined);
    throw new Failure(code, { what: 'Nothing was signed.', why, notDone: 'No signature was made.', next });
  };
  // Nobody signs over a journal that is still being verified.
  await context.store.checks.whenDone();
  if (given.rationale.trim() === '') refuse('invalid', 'A decision needs a rationale.', 'Write why.');
  // The key first, for opening it takes a while: what follows must see the case as it is when it is signed.
  const { key } = await openIdentity(context, given.identityId, given.passphrase);
  const before = waiting(context, caseId);
  if (before !== null) {
    const [first] = before.signatures;
    const same = first === undefined ? null : whySamePerson(first, signer);
    if (same !== null) refuse('not-permitted', same, 'Ask a second person to sign with a key of her own.');
    if (first?.role === role) refuse('not-permitted', `The ${role} signed already.`, 'Sign in the other role.');
    if (before.data.decision !== given.decision)
      refuse(
        'conflict',
        `The statement that was signed first says ${before.data.decision}.`,
        'Sign that decision, or change the case and begin anew.',
      );
    if (before.data.reportDigest !== given.digest)
      refuse(
        'conflict',
        'This is not the statement that was signed first.',
        'Look at the frozen statement and sign that.',
      );
    const named = (JSON.parse(Buffer.from(before.data.report).toString('utf8')) as { signers: Signer[] }).signers.find(
      (each) => each.role === role,
    );
    if (named !== undefined && named.fingerprint !== '' && named.fingerprint !== signer.fingerprint)
      refuse(
        'not-permitted',
        `The statement names ${named.name} as ${role}, with another key.`,
        'Let the person named sign, or begin anew.',
      );
  } else {
    const { mayApprove, mayReject, gates } = readinessOf(context, caseId, signer);
    const missing = gates.filter(({ holds, always }) => !holds && (given.decision !== 'reject' || always));
    if (given.decision === 'reject' ? !mayReject : !mayApprove)
      refuse(
        'not-ready',
        `${missing.map(({ title, detail }) => `${title}: ${detail}`).join('. ')}.`,
        whatToDo(missing),
      );
  }
  const fresh = before === null ? shownStatement(context, given, signer, given.digest) : null;
  const certificate = readCertificate(signer.certificate);
  const at = new Date(Math.floor(context.clock().getTime() / 1_000) * 1_000);
  const frozen =
    before?.data ??
    (fresh === null
      ? refuse(
          'conflict',
          'The case, or who signs, changed since the statement was shown.',
          'Read the statement again.',
        )
      : await freeze(context, given, fresh));
  // Rendering takes a moment in which others may act: what they did must not be signed over.
  if (before === null && (waiting(context, caseId) !== null || basisOf(context, caseId) !== frozen.basis))
    refuse(
      'conflict',
      'The case was changed or signed while this statement was being frozen.',
      'Read the statement again.',
    );
  const position = (before?.signatures.length ?? 0) + 1;
  const reportHex = frozen.reportDigest.slice(7);
  const base = before?.signatures[0]?.pdf ?? frozen.pdf;
  const pdf = signPdf(
    base,
    { field: role, name: signer.name, reason: `${frozen.decision} as ${role}`, at },
    key,
    certificate,
  );
  const report = JSON.parse(Buffer.from(frozen.report).toString('utf8')) as Report;
  const statement: DecisionStatement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: 'report.json', digest: { sha256: reportHex } },
      { name: 'report.pdf', digest: { sha256: frozen.pdfDigest.slice(7) } },
      { name: 'evidence.sha256', digest: { sha256: sha256Hex(evidenceList(context, caseId, report)) } },
    ],
    predicateType: decisionPredicateType,
    predicate: {
      reportId: report.id,
      role,
      decision: frozen.decision,
      rationale: given.rationale,
      signedAt: at.toISOString(),
      signer: { name: signer.name, fingerprint: signer.fingerprint },
      tool: { name: 'assay', version: context.version },
      pdfBytes: frozen.pdf.length,
      journal: { size: report.journal.size, root: report.journal.root },
      follows: before?.signatures[0] === undefined ? null : `sha256:${sha256Hex(before.signatures[0].envelope)}`,
    },
  };
  const envelope = signDecision(statement, key, signer.keyId);
  const id = commit(
    context,
    {
      action: 'sign-off.signed',
      caseId,
      subject: caseName,
      actor: signer.name,
      detail: {
        role,
        decision: frozen.decision,
        report: frozen.reportDigest,
        key: signer.fingerprint,
        envelope: sha256Hex(envelope),
      },
    },
    (db) => {
      const signOffId = before?.data.id ?? insertSignOff(db, frozen);
      insertSignature(db, signOffId, {
        position,
        role,
        name: signer.name,
        fingerprint: signer.fingerprint,
        keyId: signer.keyId,
        certificate: signer.certificate,
        envelope,
        pdf,
        signedAt: at.toISOString(),
      });
      return signOffId;
    },
  );
  context.statements.delete(caseId);
  context.store.anchor();
  return shown(
    context,
    present(
      context.store.read((db) => signOffById(db, id)),
      'sign-off',
    ),
  );
}

/** What was shown, with its pages: the first signature is about these bytes. */
async function freeze(
  context: Context,
  { caseId, decision, rationale }: Given,
  { json, report, digest, entries }: ShownStatement,
): Promise<Omit<SignOffData, 'id' | 'number' | 'supersededBy'>> {
  // Before anything is awaited: what was compared with the case just now is what the sign-off rests on.
  const basis = basisOf(context, caseId);
  const { size, root, head } = report.journal;
  const checkpoint = context.store.checkpoint({ size, root: Buffer.from(root, 'base64'), head });
  const bytes = Buffer.from(json);
  const pdf = await reportPages(context, report, bytes);
  return {
    caseId,
    decision,
    rationale,
    basis,
    report: bytes,
    reportDigest: digest,
    pdf,
    pdfDigest: `sha256:${sha256Hex(pdf)}`,
    checkpoint,
    entries,
    frozenAt: report.frozenAt,
  };
}

/** The digest of what a person would sign now: of the statement that waits for her, else of one that is made for her. */
export const digestToSign = (context: Context, given: Given, signer: IdentityData): string =>
  waiting(context, given.caseId)?.data.reportDigest ?? showStatement(context, given, signer).digest;

export const signOff = {
  readiness: os.signOff.readiness.handler(({ input, context }) =>
    readinessOf(context, theCase(context, input.caseId).id),
  ),
  statement: os.signOff.statement.handler(({ input, context }) => {
    const before = waiting(context, input.caseId);
    if (before !== null) {
      const json = Buffer.from(before.data.report).toString('utf8');
      return { digest: before.data.reportDigest, prose: statementProse(JSON.parse(json)), json, frozen: true };
    }
    const { identityId } = input;
    const signer = context.store.read((db) =>
      identityId === null ? currentIdentity(db) : present(identityById(db, identityId), 'identity'),
    );
    const { report, json, digest } = showStatement(context, input, signer);
    return { digest, prose: statementProse(report), json, frozen: false };
  }),
  list: os.signOff.list.handler(({ input, context }) => signOffList(context, theCase(context, input.caseId).id)),
  sign: os.signOff.sign.handler(({ input, context }) => sign(context, input)),
  export: os.signOff.export.handler(({ input, context }) =>
    exportPackage(
      context,
      input.caseId,
      input.signOffId,
      join(context.host.path(input.into), input.name.replaceAll(/[/\\]/g, '-')),
    ),
  ),
  preview: os.signOff.preview.handler(async ({ input, context }) => {
    const { pdf } = await packageOf(context, input.caseId, input.signOffId);
    return {
      pdf: Buffer.from(pdf).toString('base64'),
      pages:
        Buffer.from(pdf)
          .toString('latin1')
          .match(/\/Type \/Page\n/g)?.length ?? 0,
    };
  }),
};
