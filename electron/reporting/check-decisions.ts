import type { DecisionStatement } from '../../shared/report.ts';
import { decisionWords } from '../../shared/sign-off.ts';
import { type Certificate, CertificateError, readCertificate } from '../integrity/certificate.ts';
import { pemOf } from '../integrity/certificate-builder.ts';
import { decisionIn, whyNotDecision } from '../integrity/decision-envelope.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { EnvelopeError } from '../integrity/dsse.ts';
import { JsonError } from '../integrity/json.ts';
import { fingerprint, spkiOf } from '../integrity/public-key.ts';
import { type ReportPackage, sentence } from './report-package.ts';
import { judgeSigner } from './report-trust.ts';

/** The files of the decision of a place and a role: its envelope, the certificate and the public key of its signer. */
export const decisionForm = /^decisions\/([1-9])-(reviewer|approver)\.dsse\.json$/;

/** The certificate of a signer as the package holds it, in the one PEM form; null where it is not there or not that. */
function signerOf(pack: ReportPackage, name: string): Certificate | null {
  const stem = name.replace('decisions/', 'signers/').replace('.dsse.json', '');
  const pem = pack.read(`${stem}.cert.pem`)?.toString('utf8') ?? '';
  try {
    const certificate = readCertificate(pem);
    const isExact =
      pemOf(certificate.der, 'CERTIFICATE') === pem &&
      pack.read(`${stem}.pub.pem`)?.toString('utf8') === pemOf(spkiOf(certificate.key), 'PUBLIC KEY');
    return isExact ? certificate : null;
  } catch (error) {
    if (error instanceof CertificateError) return null;
    throw error;
  }
}

/**
 * Every decision of a package: its envelope holds, is about these very files, says the same as report.json and as the
 * PDF's signature, follows the one before it, and is by somebody else.
 */
export function checkDecisions(pack: ReportPackage): void {
  const { present, report, pdf, say } = pack;
  const names = present.filter((name) => decisionForm.test(name));
  if (names.length === 0)
    say(
      'envelope',
      'decisions',
      report === null || report.isDraft ? 'undecided' : 'fail',
      'not-signed',
      report?.isDraft === true ? 'This is a draft: nobody has signed it.' : 'No decision is here.',
    );
  if (report?.isDraft === true && (names.length > 0 || (pdf?.signers.length ?? 0) > 0))
    say('envelope', 'decisions', 'fail', 'draft-signed', 'The report says that it is a draft, and somebody signed it.');
  if (pdf !== null && pdf.base !== null && pdf.signers.length !== names.length)
    say(
      'envelope',
      'decisions',
      'fail',
      'envelope-count',
      `Signatures of the PDF that hold: ${pdf.signers.length}. Decisions that stand beside it: ${names.length}.`,
    );
  let follows: string | null = null;
  const keys = new Set<string>();
  for (const [index, name] of names.entries()) {
    const bytes = pack.read(name) ?? Buffer.alloc(0);
    if (!name.startsWith(`decisions/${index + 1}-`))
      say('envelope', name, 'fail', 'envelope-order', 'A decision before this one is missing.');
    const certificate = signerOf(pack, name);
    if (certificate === null)
      say(
        'envelope',
        name,
        'fail',
        'signer-missing',
        'The certificate and the public key of its signer are not here, or are not of one another.',
      );
    else checkDecision(pack, name, bytes, certificate, follows, keys);
    follows = `sha256:${sha256Hex(bytes)}`;
  }
}

function checkDecision(
  pack: ReportPackage,
  name: string,
  bytes: Buffer,
  certificate: Certificate,
  follows: string | null,
  keys: Set<string>,
) {
  const { say } = pack;
  const bad = (code: string, message: string) => say('envelope', name, 'fail', code, message);
  try {
    const why = whyNotDecision(bytes, certificate.key);
    if (why !== '') return bad('envelope-invalid', why);
    const statement = decisionIn(bytes);
    const before = pack.result.checks.length;
    for (const [code, message] of departures(pack, name, statement, certificate, follows)) bad(code, message);
    const print = fingerprint(certificate.key);
    if (keys.has(print)) bad('same-key-twice', 'The same key signed twice: that is one person, not two.');
    keys.add(print);
    const { predicate } = statement;
    if (pack.result.checks.length === before)
      say(
        'envelope',
        name,
        'pass',
        'envelope-holds',
        `${predicate.signer.name} decided as ${predicate.role}: ${decisionWords[predicate.decision]}, at ${predicate.signedAt}.`,
      );
    const { verdict, code, message } = judgeSigner(certificate, predicate.signer.name, predicate.signedAt, pack.trust);
    say('signer', predicate.signer.name, verdict, code, message);
  } catch (error) {
    if (!(error instanceof JsonError || error instanceof EnvelopeError)) throw error;
    bad('envelope-malformed', `The decision cannot be read. ${sentence(error)}`);
  }
}

/** Where a decision, validly signed, speaks of something else than what stands beside it. */
function departures(
  { json, pdf, report, read }: ReportPackage,
  name: string,
  { subject, predicate }: DecisionStatement,
  certificate: Certificate,
  follows: string | null,
): [string, string][] {
  const found: [string, string][] = [];
  const digest = (wanted: string) =>
    subject.filter((each) => each.name === wanted).length === 1
      ? subject.find((each) => each.name === wanted)?.digest.sha256
      : undefined;
  const sums = read('evidence.sha256');
  if (json === null || digest('report.json') !== sha256Hex(json))
    found.push(['envelope-other-report', 'It was made about another report.json.']);
  if (
    pdf === null ||
    pdf.base === null ||
    digest('report.pdf') !== sha256Hex(pdf.base) ||
    predicate.pdfBytes !== pdf.base.length
  )
    found.push(['envelope-other-pdf', 'It was made about another PDF.']);
  if (sums === null || digest('evidence.sha256') !== sha256Hex(sums))
    found.push(['envelope-other-evidence', 'It was made about another list of the evidence.']);
  if (subject.length !== 3)
    found.push(['envelope-other-subject', 'It names other files than report.json, report.pdf and evidence.sha256.']);
  if (decisionForm.exec(name)?.[2] !== predicate.role)
    found.push(['envelope-other-role', `It was made as ${predicate.role}.`]);
  if (predicate.follows !== follows) found.push(['envelope-order', 'It does not follow the decision before it.']);
  const print = fingerprint(certificate.key);
  if (predicate.signer.fingerprint !== print)
    found.push(['envelope-other-signer', 'It names another key than the one that signed it.']);
  const signed = pdf?.signers.find(({ field }) => field === predicate.role);
  if (
    signed === undefined ||
    signed.certificate.fingerprint !== certificate.fingerprint ||
    signed.signedAt !== predicate.signedAt ||
    signed.name !== predicate.signer.name
  )
    found.push(['envelope-not-in-pdf', 'The PDF is not signed by this person in this role at this time.']);
  if (report === null) return found;
  const row = report.signers.find(({ role }) => role === predicate.role);
  if (
    row === undefined ||
    (row.fingerprint !== '' && row.fingerprint !== print) ||
    (row.name !== '' && row.name !== predicate.signer.name)
  )
    found.push(['envelope-other-signer', 'Its signer is not the one that the report names for the role.']);
  if (predicate.decision !== report.decision.proposed)
    found.push(['envelope-other-decision', 'It decides otherwise than the report.']);
  if (predicate.reportId !== report.id) found.push(['envelope-other-report', 'It names another report.']);
  if (predicate.journal.size !== report.journal.size || predicate.journal.root !== report.journal.root)
    found.push(['envelope-other-journal', 'It names another place of the journal than the report.']);
  return found;
}
