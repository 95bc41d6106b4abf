import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Report, decisionPredicateType, type ReportCheck, type ReportVerification } from '../../shared/report.ts';
import type { Trust } from '../../shared/trust.ts';
import { worst } from '../../shared/verdict.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { type Certificate, CertificateError, readCertificate } from '../integrity/certificate.ts';
import { statementIn, whyNotDecision } from '../integrity/decision-envelope.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { EnvelopeError } from '../integrity/dsse.ts';
import { JsonError, parseJson } from '../integrity/json.ts';
import { leafHash, verifyInclusion } from '../integrity/merkle.ts';
import { NoteError, parseCheckpoint, parseNote, parseVerifierKey, verifyNote } from '../integrity/note.ts';
import { fingerprint, opensshKeyId } from '../integrity/public-key.ts';
import { checkPdf, type PdfResult } from './check-pdf.ts';

const largest = 512 * 2 ** 20;
type Say = (about: string, subject: string, verdict: ReportCheck['verdict'], code: string, message: string) => void;

/** All files below a folder, by relative name; links and the like are none. */
function filesBelow(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((each) => {
    const name = folder === '' ? each.name : `${folder}/${each.name}`;
    return each.isDirectory() ? filesBelow(root, name) : each.isFile() ? [name] : [`${name} (a link)`];
  });
}

function sumsOf(text: string): Map<string, string> | null {
  const sums = new Map<string, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, escape = '', hex = '', name = ''] = /^(\\?)([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    const real = escape === '' ? name : name.replace(/\\([\\nr])/g, (_, char: string) => ({ n: '\n', r: '\r' })[char] ?? '\\');
    if (name === '' || sums.has(real)) return null;
    sums.set(real, hex);
  }
  return text.endsWith('\n') ? sums : null;
}

/**
 * Verifies an exported package, a signed PDF or one envelope, from here or elsewhere: every digest, envelope, PDF
 * signature and revision, that PDF and JSON say the same, checkpoint and inclusion, and the evidence if it is there.
 * @param evidence folder of the evidence, null where it is not at hand
 */
export function checkReport(path: string, trust: Trust, evidence: string | null): ReportVerification {
  const checks: ReportCheck[] = [];
  const say: Say = (about, subject, verdict, code, message) => void checks.push({ about, subject, verdict, code, message });
  const result: ReportVerification = { path, verdict: 'undecided', case: '', decision: null, signers: [], checks };
  const trusted = new Set(trust.entries.filter(({ uses }) => uses === null || uses.includes('report')).map(({ fingerprint: print }) => print));
  const isTrusted = (certificate: Certificate) => trusted.has(certificate.fingerprint) || trusted.has(fingerprint(certificate.key));
  const stat = statSync(path);
  if (stat.isDirectory()) checkFolder(path, evidence, say, result, isTrusted);
  else if (stat.size > largest) say('layout', basename(path), 'fail', 'report-too-large', `The file is larger than ${largest} bytes.`);
  else {
    const bytes = readFileSync(path);
    if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') {
      const pdf = checkPdf(bytes, basename(path));
      checks.push(...pdf.checks);
      takePdf(pdf, say, result, isTrusted);
      if (pdf.embedded !== null) readReport(pdf.embedded, 'report.json in the PDF', say, result);
    } else checkLoneEnvelope(bytes.toString('utf8'), basename(path), trust, say);
  }
  result.verdict = worst(checks.map(({ verdict }) => verdict)) ?? 'undecided';
  return result;
}

function readReport(bytes: Uint8Array, subject: string, say: Say, result: ReportVerification): Report | null {
  try {
    const value = parseJson(bytes, { size: largest });
    if (canonicalJson(value) !== Buffer.from(bytes).toString('utf8')) say('same-content', subject, 'fail', 'report-not-canonical', 'It is not RFC 8785: its bytes are not the one form of its content.');
    const parsed = Report.safeParse(value);
    if (!parsed.success) {
      say('layout', subject, 'fail', 'report-shape', `It is not a report of Assay: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}.`);
      return null;
    }
    result.case = parsed.data.case.name;
    result.decision = parsed.data.decision.proposed;
    return parsed.data;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    say('layout', subject, 'fail', 'report-json', `It is not strict JSON: ${error.message}.`);
    return null;
  }
}

function takePdf(pdf: PdfResult, say: Say, result: ReportVerification, isTrusted: (certificate: Certificate) => boolean): void {
  for (const { field, name, signedAt, certificate, revision } of pdf.signers) {
    const trusted = isTrusted(certificate);
    result.signers.push({ role: field === 'approver' ? 'approver' : 'reviewer', name, fingerprint: fingerprint(certificate.key), keyId: opensshKeyId(certificate.key), signedAt, holds: true, isTrusted: trusted, revision });
    if (!trusted) say('envelope', name, 'undecided', 'signer-unknown', `You have not named the key of ${name}. Compare its fingerprint with the person: ${fingerprint(certificate.key)}.`);
  }
}

function checkLoneEnvelope(text: string, subject: string, trust: Trust, say: Say): void {
  try {
    const statement = statementIn(text);
    const certificates = trust.entries.flatMap(({ material }) => readable(material));
    const by = certificates.find(({ key }) => whyNotDecision(text, key, opensshKeyId(key)) === '');
    if (by === undefined) say('envelope', subject, 'undecided', 'signer-unknown', 'No certificate that you named verifies this envelope.');
    else say('envelope', subject, 'pass', 'envelope-holds', `The signature holds, by ${by.subject}: ${statement.predicate.decision} as ${statement.predicate.role} at ${statement.predicate.signedAt}.`);
  } catch (error) {
    if (error instanceof JsonError || error instanceof EnvelopeError) say('envelope', subject, 'fail', 'envelope-malformed', `This is no package, no PDF and no envelope: ${error.message}`);
    else throw error;
  }
}

function readable(pem: string): Certificate[] {
  try {
    return [readCertificate(pem)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}

function checkFolder(root: string, evidence: string | null, say: Say, result: ReportVerification, isTrusted: (certificate: Certificate) => boolean): void {
  const present = filesBelow(root);
  const read = (name: string): Buffer | null => (present.includes(name) && statSync(join(root, name)).size <= largest ? readFileSync(join(root, name)) : null);
  const sums = sumsOf(read('SHA256SUMS')?.toString('utf8') ?? '');
  if (sums === null || sums.size === 0) say('digest', 'SHA256SUMS', 'fail', 'sums-missing', 'The list of digests is missing, malformed, or lists a file twice.');
  for (const [name, hex] of sums ?? []) {
    const bytes = read(name);
    if (bytes === null) say('digest', name, 'fail', 'file-missing', 'SHA256SUMS lists this file, and it is not here.');
    else if (sha256Hex(bytes) !== hex) say('digest', name, 'fail', 'digest-mismatch', 'These are not the bytes that SHA256SUMS lists.');
  }
  for (const name of present) if (name !== 'SHA256SUMS' && sums?.has(name) !== true) say('digest', name, 'fail', 'file-extra', 'SHA256SUMS does not list this file.');
  for (const name of ['report.pdf', 'report.json', 'evidence.sha256', 'VERIFY.md', 'journal/checkpoint.txt', 'journal/entries.json', 'journal/key.vkey']) if (!present.includes(name)) say('layout', name, 'fail', 'file-missing', 'A package holds this file, and it is not here.');
  const json = read('report.json');
  const pdfBytes = read('report.pdf');
  const report = json === null ? null : readReport(json, 'report.json', say, result);
  const pdf = pdfBytes === null ? null : checkPdf(pdfBytes, 'report.pdf');
  if (pdf !== null) {
    for (const check of pdf.checks) say(check.about, check.subject, check.verdict === 'undecided' && report?.isDraft === true ? 'warn' : check.verdict, check.code, check.message);
    takePdf(pdf, say, result, isTrusted);
    if (json !== null && pdf.embedded !== null) {
      if (Buffer.compare(pdf.embedded, json) === 0) say('same-content', 'report.pdf', 'pass', 'pdf-holds-json', 'The PDF holds report.json, byte for byte.');
      else say('same-content', 'report.pdf', 'fail', 'pdf-other-json', 'The PDF holds another report.json than the one beside it.');
    }
  }
  checkEnvelopes(present, read, json, pdf, report, say);
  if (report !== null) checkJournal(read, report, say);
  checkEvidence(read, evidence, say);
}

function checkEnvelopes(present: string[], read: (name: string) => Buffer | null, json: Buffer | null, pdf: PdfResult | null, report: Report | null, say: Say): void {
  const names = present.filter((name) => name.startsWith('decisions/')).sort();
  if (names.length === 0) say('envelope', 'decisions', 'undecided', 'not-signed', report?.isDraft === true ? 'This is a draft: nobody has signed it.' : 'No decision is here.');
  if (report !== null && names.length > report.signers.length) say('envelope', 'decisions', 'fail', 'envelope-extra', 'More decisions are here than the report has signers.');
  if (pdf !== null && pdf.signers.length !== names.length) say('envelope', 'decisions', 'fail', 'envelope-count', `The PDF has ${pdf.signers.length} signatures and ${names.length} decisions stand beside it.`);
  const fields = new Set<string>();
  let previous: string | null = null;
  names.forEach((name, index) => {
    const text = read(name)?.toString('utf8') ?? '';
    const bad = (code: string, message: string) => say('envelope', name, 'fail', code, message);
    const certificate = readable(read(name.replace('decisions/', 'signers/').replace('.dsse.json', '.cert.pem'))?.toString('utf8') ?? '')[0];
    if (certificate === undefined) return bad('signer-missing', 'The certificate of its signer is not here or cannot be read.');
    try {
      const why = whyNotDecision(text, certificate.key, opensshKeyId(certificate.key));
      if (why !== '') return bad('envelope-invalid', `The decision does not hold: ${why}.`);
      const { subject, predicate, predicateType } = statementIn(text);
      if (predicateType !== decisionPredicateType) return bad('envelope-type', 'It is signed, and it is no decision.');
      const digest = (wanted: string) => subject.find((each) => each.name === wanted)?.digest.sha256;
      if (json !== null && digest('report.json') !== sha256Hex(json)) bad('envelope-other-report', 'It was made about another report.json.');
      if (pdf?.base != null && (digest('report.pdf') !== sha256Hex(pdf.base) || predicate.pdfBytes !== pdf.base.length)) bad('envelope-other-pdf', 'It was made about another PDF.');
      const row = report?.signers.find((each) => each.role === predicate.role);
      const print = fingerprint(certificate.key);
      if (report !== null && (row === undefined || (row.fingerprint !== '' && row.fingerprint !== print) || predicate.signer.fingerprint !== print)) bad('envelope-other-signer', 'Its signer is not the one that the report names for the role.');
      if (report !== null && (predicate.decision !== report.decision.proposed || predicate.reportId !== report.id)) bad('envelope-other-decision', 'It decides otherwise than the report proposes.');
      if (predicate.follows !== previous) bad('envelope-order', 'It does not follow the decision before it.');
      const signed = pdf?.signers.find(({ field }) => field === predicate.role);
      if (pdf !== null && (signed === undefined || signed.certificate.fingerprint !== certificate.fingerprint || signed.signedAt !== predicate.signedAt)) bad('envelope-not-in-pdf', 'The PDF is not signed by this person in this role at this time.');
      if (fields.has(print)) bad('same-key-twice', 'The same key signed twice.');
      fields.add(print);
      previous = `sha256:${sha256Hex(text)}`;
      if (index === 0 && report !== null && (predicate.journal.size !== report.journal.size || predicate.journal.root !== report.journal.root)) bad('envelope-other-journal', 'It names another place of the journal than the report.');
      say('envelope', name, 'pass', 'envelope-holds', `${predicate.signer.name} decided as ${predicate.role}: ${predicate.decision}, at ${predicate.signedAt}.`);
    } catch (error) {
      if (error instanceof JsonError || error instanceof EnvelopeError) bad('envelope-malformed', error.message);
      else throw error;
    }
  });

}

function checkJournal(read: (name: string) => Buffer | null, report: Report, say: Say): void {
  try {
    const key = parseVerifierKey(read('journal/key.vkey')?.toString('utf8') ?? '');
    const note = parseNote(read('journal/checkpoint.txt') ?? Buffer.alloc(0));
    if (key === null || !verifyNote(note, [key]).holds) return say('checkpoint', 'journal/checkpoint.txt', 'fail', 'checkpoint-invalid', 'The checkpoint is not signed by the key beside it.');
    const checkpoint = parseCheckpoint(note.text);
    if (checkpoint.size < report.journal.size) say('checkpoint', 'journal/checkpoint.txt', 'fail', 'checkpoint-older', 'The checkpoint is older than the report.');
    const { size, entries } = parseJson(read('journal/entries.json') ?? Buffer.alloc(0), { size: largest }) as unknown as { size: number; entries: { index: number; line: string; proof: string[] }[] };
    const bad = size !== checkpoint.size ? 0 : entries.findIndex(({ index, line, proof }) => !verifyInclusion(leafHash(line), index, size, proof.map((hash) => Buffer.from(hash, 'base64')), checkpoint.root));
    if (bad >= 0) say('inclusion', 'journal/entries.json', 'fail', 'inclusion-invalid', `Entry ${entries[bad]?.index ?? 0} is not in the tree of the checkpoint.`);
    else say('inclusion', 'journal/entries.json', 'pass', 'inclusion-holds', `${entries.length} entries of the case are in the journal at ${size}.`);
  } catch (error) {
    if (error instanceof NoteError || error instanceof JsonError) say('checkpoint', 'journal', 'fail', 'journal-malformed', `The journal of the package cannot be read: ${error.message}`);
    else if (error instanceof TypeError) say('inclusion', 'journal/entries.json', 'fail', 'journal-malformed', 'The entries of the package are not of the form that is read here.');
    else throw error;
  }
}

function checkEvidence(read: (name: string) => Buffer | null, evidence: string | null, say: Say): void {
  const sums = sumsOf(read('evidence.sha256')?.toString('utf8') ?? '');
  if (evidence === null || sums === null) return;
  let held = 0;
  for (const [name, hex] of sums) {
    const inside = name.split('/').includes('..') || name.startsWith('/') ? null : join(evidence, name);
    if (inside === null || !existsSync(inside)) say('evidence', name, 'fail', 'evidence-missing', 'This file of the evidence is not there.');
    else if (sha256Hex(readFileSync(inside)) !== hex) say('evidence', name, 'fail', 'evidence-changed', 'This file of the evidence is not the one that was reviewed.');
    else held += 1;
  }
  say('evidence', '', held === sums.size ? 'pass' : 'fail', held === sums.size ? 'evidence-holds' : 'evidence-differs', `${held} of ${sums.size} files of the evidence are those that were reviewed.`);
}
