import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { Report, type ReportVerification } from '../../shared/report.ts';
import type { Trust } from '../../shared/trust.ts';
import { worst } from '../../shared/verdict.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { JsonError, parseJson } from '../integrity/json.ts';
import { fingerprint, opensshKeyId } from '../integrity/public-key.ts';
import { checkDecisions } from './check-decisions.ts';
import { checkEvidence } from './check-evidence.ts';
import { checkJournal } from './check-journal.ts';
import { checkLayout, checkVerifyMd, isOfPackage } from './check-layout.ts';
import { checkLoneEnvelope } from './check-lone-envelope.ts';
import { checkPdf } from './check-pdf.ts';
import { checkSampling } from './check-sampling.ts';
import { filesBelow, packageFileAtMost, readBounded } from './package-files.ts';
import { type EvidenceAtHand, type ReportPackage, sentence, type UnpackedPackage } from './report-package.ts';
import { judgeSigner } from './report-trust.ts';

/**
 * Verifies an exported package, a signed PDF or one envelope, from here or elsewhere: every digest, envelope, PDF
 * signature and revision, that PDF and JSON say the same, checkpoint and inclusion, and the evidence if it is there.
 * @param path something that exists @param evidence what lies where the evidence is, null where it is not at hand
 * @param unpacked the files of a package that is an archive, null for anything else
 * @throws Failure invalid: a folder or an archive that holds nothing of a package
 */
export function checkReport(
  path: string,
  trust: Trust,
  evidence: EvidenceAtHand | null,
  unpacked: UnpackedPackage | null = null,
): ReportVerification {
  const result: ReportVerification = { path, verdict: 'undecided', case: '', decision: null, signers: [], checks: [] };
  const pack: ReportPackage = {
    present: unpacked?.names ?? [],
    beside: unpacked?.beside ?? [],
    read: (name) =>
      !pack.present.includes(name) ? null : unpacked === null ? readBounded(join(path, name)) : unpacked.read(name),
    json: null,
    report: null,
    pdf: null,
    trust,
    say: (about, subject, verdict, code, message) =>
      void result.checks.push({ about, subject, verdict, code, message }),
    result,
  };
  const stat = statSync(path);
  const name = basename(path);
  if (stat.isDirectory() || unpacked !== null) {
    if (unpacked === null) pack.present = filesBelow(path);
    if (!isOfPackage(pack.present)) throw noPackage(path, unpacked !== null);
    checkFiles(pack, evidence);
  } else if (!stat.isFile() || stat.size > packageFileAtMost)
    pack.say('layout', name, 'fail', 'not-readable', `It is no file, or larger than ${packageFileAtMost} bytes.`);
  else {
    const bytes = readFileSync(path);
    if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') checkLonePdf(pack, bytes, name);
    else if (isPacked(bytes))
      pack.say(
        'layout',
        name,
        'undecided',
        'package-packed',
        'This is an archive of a kind that is not opened here, and nothing in it was looked at. Unpack it, and name the folder that holds VERIFY.md.',
      );
    else checkLoneEnvelope(pack, bytes, name);
  }
  result.verdict = worst(result.checks.map(({ verdict }) => verdict)) ?? 'undecided';
  return result;
}

/** Mostly the evidence itself, or a folder above or below: one sentence says more than a list of what is not there. */
const noPackage = (path: string, isArchive: boolean): Failure =>
  new Failure('invalid', {
    what: `This ${isArchive ? 'archive' : 'folder'} is no package.`,
    where: path,
    why: 'It holds neither report.json nor report.pdf, nor anything else that a package holds.',
    notDone: 'Nothing was checked.',
    next: 'Name the folder that holds VERIFY.md; to verify evidence, use: assay verify',
  });

/** Whether these are a zip, gzip or tar that was not opened as one, for its name says that it is something else. */
const isPacked = (bytes: Buffer): boolean =>
  /^(?:PK\x03\x04|\x1f\x8b)/.test(bytes.toString('latin1', 0, 4)) || bytes.toString('latin1', 257, 262) === 'ustar';

function checkFiles(pack: ReportPackage, evidence: EvidenceAtHand | null): void {
  checkLayout(pack);
  pack.json = pack.read('report.json');
  if (pack.json !== null) pack.report = readReport(pack, pack.json, 'report.json');
  const bytes = pack.read('report.pdf');
  if (bytes !== null) {
    pack.pdf = checkPdf(bytes, 'report.pdf');
    for (const { about, subject, verdict, code, message } of pack.pdf.checks)
      pack.say(
        about,
        subject,
        code === 'pdf-not-signed' && pack.report?.isDraft === true ? 'warn' : verdict,
        code,
        message,
      );
    if (pack.json !== null && pack.pdf.embedded !== null) {
      const isSame = Buffer.compare(pack.pdf.embedded, pack.json) === 0;
      pack.say(
        'same-content',
        'report.pdf',
        isSame ? 'pass' : 'fail',
        isSame ? 'pdf-holds-json' : 'pdf-other-json',
        isSame
          ? 'The PDF holds report.json, byte for byte.'
          : 'The PDF holds another report.json than the one beside it.',
      );
    }
  }
  checkDecisions(pack);
  checkSigners(pack);
  checkJournal(pack);
  checkSampling(pack);
  checkVerifyMd(pack);
  checkEvidence(pack, evidence);
}

/** report.json: strict, canonical, of the form of a report. */
function readReport({ say, result }: ReportPackage, bytes: Uint8Array, subject: string): Report | null {
  try {
    const value = parseJson(bytes, { size: packageFileAtMost });
    const parsed = Report.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      say(
        'layout',
        subject,
        'fail',
        'report-shape',
        `It is not a report of Assay: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`,
      );
      return null;
    }
    if (Buffer.compare(Buffer.from(canonicalJson(value)), bytes) !== 0)
      say(
        'same-content',
        subject,
        'fail',
        'report-not-canonical',
        'Its bytes are not the one form of its content (RFC 8785).',
      );
    result.case = parsed.data.case.name;
    result.decision = parsed.data.decision.proposed;
    return parsed.data;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    say('layout', subject, 'fail', 'report-json', `It is not strict JSON: ${sentence(error)}`);
    return null;
  }
}

/** Who signed the PDF, against who was to sign: named, awaited, or somebody else. */
function checkSigners({ pdf, report, trust, say, result }: ReportPackage): void {
  for (const { field, name, signedAt, reason, certificate, revision } of pdf?.signers ?? []) {
    const role = field === 'approver' ? 'approver' : 'reviewer';
    const print = fingerprint(certificate.key);
    const judged = judgeSigner(certificate, name, signedAt, trust);
    result.signers.push({
      role,
      name,
      fingerprint: print,
      keyId: opensshKeyId(certificate.key),
      signedAt,
      holds: true,
      isTrusted: judged.verdict === 'pass',
      ...(judged.code === 'signer-own' ? { isOwn: true } : {}),
      revision,
    });
    if (report === null) continue;
    const row = report.signers.find((each) => each.role === field);
    if (row === undefined || (row.fingerprint !== '' && row.fingerprint !== print))
      say(
        'pdf-signature',
        'report.pdf',
        'fail',
        'pdf-other-signer',
        `${name} signed as ${field}, and is not who the report names for that.`,
      );
    if (reason !== `${report.decision.proposed ?? ''} as ${field}`)
      say(
        'pdf-signature',
        'report.pdf',
        'fail',
        'pdf-other-decision',
        `${name} signed the PDF for another decision: ${reason}.`,
      );
  }
  for (const { role, name, fingerprint: print, keyId } of report?.signers ?? []) {
    if (pdf === null || pdf.signers.some(({ field }) => field === role)) continue;
    result.signers.push({
      role,
      name,
      fingerprint: print,
      keyId,
      signedAt: null,
      holds: false,
      isTrusted: false,
      revision: null,
    });
    say(
      'signer',
      role,
      'undecided',
      'signature-awaited',
      `The report names ${name === '' ? 'a second person' : name} as ${role}, and that signature is not here: not yet made, or taken away.`,
    );
  }
}

function checkLonePdf(pack: ReportPackage, bytes: Buffer, name: string): void {
  pack.pdf = checkPdf(bytes, name);
  pack.result.checks.push(...pack.pdf.checks);
  if (pack.pdf.embedded !== null) pack.report = readReport(pack, pack.pdf.embedded, 'report.json in the PDF');
  checkSigners(pack);
  for (const { name: signer, signedAt, certificate } of pack.pdf.signers) {
    const { verdict, code, message } = judgeSigner(certificate, signer, signedAt, pack.trust);
    pack.say('signer', signer, verdict, code, message);
  }
}
