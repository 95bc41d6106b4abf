import { rmSync } from 'node:fs';
import { Failure } from '../../shared/failure.ts';
import type { Report } from '../../shared/report.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { readCertificate } from '../integrity/certificate.ts';
import { pemOf } from '../integrity/certificate-builder.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { inclusionProofs, leafHash } from '../integrity/merkle.ts';
import { spkiOf } from '../integrity/public-key.ts';
import { evidenceFolders } from '../reporting/evidence-names.ts';
import { sumLine, writePackage } from '../reporting/export-package.ts';
import { verifyMd } from '../reporting/verify-md.ts';
import { allFiles } from '../store/evidence.ts';
import { importsOf } from '../store/imports.ts';
import { linesOfCase, noteReport } from '../store/journal-rows.ts';
import { signaturesOf, signOffById, signOffsOf } from '../store/sign-offs.ts';
import { type Context, commit, digestHex, now, present } from './context.ts';
import { buildReport, newReportId } from './report-model.ts';
import { reportPages } from './report-pages.ts';

/**
 * evidence.sha256: the files of the very imports that a report is about, whatever was imported since. Names are
 * relative to the source; where a report has several sources, to the folder that holds them all.
 */
export function evidenceList(context: Context, caseId: number, report: Report): string {
  const folders = evidenceFolders(report);
  return context.store.read((db) =>
    importsOf(db, caseId)
      .filter(({ number }) => folders.has(number))
      .sort((a, b) => a.number - b.number)
      .flatMap(({ id, number }) =>
        allFiles(db, id).flatMap(({ path, digest }) =>
          digest === null ? [] : [sumLine(digestHex(digest), `${folders.get(number) ?? ''}${path}`)],
        ),
      )
      .join(''),
  );
}

/** journal/entries.json: the entries of the case with their inclusion proofs in the journal at this moment. */
export function journalEntries(context: Context, caseId: number): string {
  const leaves = context.store.lines().map(leafHash);
  const proofOf = inclusionProofs(leaves);
  const entries = context.store
    .read((db) => linesOfCase(db, caseId))
    .map(({ seq, line }) => ({
      index: seq - 1,
      line,
      proof: proofOf(seq - 1).map((hash) => hash.toString('base64')),
    }));
  return `${canonicalJson({ size: leaves.length, entries })}\n`;
}

/** A report that says which entries its case has: proofs show that entries are in the journal, not that these are all. */
export const withEntries = (report: Report, entries: string): Report => ({
  ...report,
  journal: { ...report.journal, entries: `sha256:${sha256Hex(entries)}` },
});

/** The package's files for a sign-off, or for a draft where nobody has signed. */
export async function packageOf(
  context: Context,
  caseId: number,
  signOffId: number | null,
): Promise<{ files: Map<string, string | Uint8Array>; isDraft: boolean; signatures: number; pdf: Uint8Array }> {
  // A package speaks for the journal: none is made while that is still being verified.
  await context.store.checks.whenDone();
  const data =
    signOffId === null
      ? context.store.read((db) => signOffsOf(db, caseId))[0]
      : present(
          context.store.read((db) => signOffById(db, signOffId)),
          'sign-off',
        );
  const files = new Map<string, string | Uint8Array>();
  files.set('journal/key.pem', context.store.key.publicPem);
  files.set('journal/key.vkey', `${context.store.key.verifier}\n`);
  const signatures = data === undefined ? [] : context.store.read((db) => signaturesOf(db, data.id));
  const last = signatures.at(-1);
  let pdf: Uint8Array;
  if (data === undefined || last === undefined) {
    const checkpoint = context.store.checkpoint();
    const entries = journalEntries(context, caseId);
    const draft = buildReport(context, caseId, {
      decision: null,
      rationale: '',
      signers: [],
      frozenAt: now(context),
      isDraft: true,
      reportId: newReportId(),
    });
    const report = withEntries(draft, entries);
    const json = Buffer.from(canonicalJson(report));
    files.set('evidence.sha256', evidenceList(context, caseId, report));
    pdf = await reportPages(context, report, json);
    files.set('report.json', json).set('journal/checkpoint.txt', checkpoint).set('journal/entries.json', entries);
    files.set(
      'VERIFY.md',
      verifyMd({ signers: [], pdfBytes: pdf.length, pdfDigest: sha256Hex(pdf), isDraft: true, hasEntries: true }),
    );
  } else {
    pdf = last.pdf;
    const report = JSON.parse(Buffer.from(data.report).toString('utf8')) as Report;
    files.set('evidence.sha256', evidenceList(context, caseId, report));
    const hasEntries = report.journal.entries !== undefined;
    files
      .set('report.json', data.report)
      .set('journal/checkpoint.txt', data.checkpoint)
      .set('journal/entries.json', data.entries);
    const signers = signatures.map(({ position, role, certificate, envelope }) => {
      const file = `${position}-${role}`;
      const name = `decisions/${file}.dsse.json`;
      files
        .set(name, envelope)
        .set(`signers/${file}.cert.pem`, certificate)
        .set(`signers/${file}.pub.pem`, pemOf(spkiOf(readCertificate(certificate).key), 'PUBLIC KEY'));
      return { role, file };
    });
    files.set(
      'VERIFY.md',
      verifyMd({ signers, pdfBytes: data.pdf.length, pdfDigest: data.pdfDigest.slice(7), isDraft: false, hasEntries }),
    );
  }
  files.set('report.pdf', pdf);
  return { files, isDraft: last === undefined, signatures: signatures.length, pdf };
}

/** Records why a package was not written. On a full disk that may not be possible either. */
function refusedIn(context: Context, caseId: number, place: string, { code, parts }: Failure): void {
  try {
    commit(
      context,
      { action: 'report.refused', caseId, subject: place, detail: { code, why: parts.why.slice(0, 500) } },
      () => undefined,
    );
  } catch (another) {
    if (!(another instanceof Failure)) throw another;
    context.log(`After an export that failed: ${another.message}`);
  }
}

/** How far a package was signed when it was written. */
const signedWords = (signatures: number): string =>
  signatures === 0 ? 'draft' : signatures === 1 ? 'one of two signatures' : 'signed';

/** Writes the package of a case: what is sealed, with no key. @throws Failure conflict, disk-full, unreadable */
export async function exportPackage(
  context: Context,
  caseId: number,
  signOffId: number | null,
  place: string,
): Promise<{ path: string; files: number; isDraft: boolean }> {
  context.store.assertWritable();
  const { files, isDraft, signatures } = await packageOf(context, caseId, signOffId);
  context.store.assertWritable();
  let written: number;
  try {
    written = writePackage(place, files, context.staging);
  } catch (error) {
    if (error instanceof Failure) refusedIn(context, caseId, place, error);
    throw error;
  }
  try {
    commit(
      context,
      {
        action: 'report.exported',
        caseId,
        subject: place,
        detail: { files: written, draft: isDraft, report: sha256Hex(files.get('report.json') ?? '') },
      },
      (db) => noteReport(db, now(context), place, 'exported', signedWords(signatures)),
    );
  } catch (error) {
    // What is not on record was not exported.
    rmSync(place, { recursive: true, force: true });
    throw error;
  }
  context.store.anchor();
  return { path: place, files: written, isDraft };
}
