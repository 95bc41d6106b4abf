import type { ReportCheck } from '../../shared/report.ts';
import { type Certificate, CertificateError } from '../integrity/certificate.ts';
import { certificateOf, oids, parseSignedData, verifySigner } from '../integrity/cms.ts';
import { DerError } from '../integrity/der.ts';
import { embeddedFile, PdfError, readRevisions } from './pdf-file.ts';
import { signatureRevision } from './pdf-signature.ts';
import { signatureFields } from './report-pdf.ts';

export interface PdfSigner {
  field: string;
  name: string;
  signedAt: string;
  reason: string;
  certificate: Certificate;
  revision: number;
}
export interface PdfResult {
  checks: ReportCheck[];
  signers: PdfSigner[];
  /** report.json as it is embedded; null where it cannot be had. */
  embedded: Buffer | null;
  /** Bytes before the first signature. */
  base: Buffer | null;
}

const jsonAtMost = 256 * 2 ** 20;
const literal = (value: string): string => (value.startsWith('<feff') ? Buffer.from(value.slice(5, -1), 'hex').swap16().toString('utf16le') : value.slice(1, -1).replace(/\\([\\()])/g, '$1'));

/**
 * Verifies a signed report as strictly as it was written: each revision after the first is made again from what it says
 * and must be the same bytes, so that nothing else can be in it; the signature is over everything but its own gap; the
 * last ends at the end of the file (signing.md 2, the append attack).
 */
export function checkPdf(bytes: Uint8Array, subject: string): PdfResult {
  const checks: ReportCheck[] = [];
  const say = (about: string, verdict: ReportCheck['verdict'], code: string, message: string) => checks.push({ about, subject, verdict, code, message });
  const signers: PdfSigner[] = [];
  try {
    const revisions = readRevisions(bytes);
    const [first] = revisions;
    if (first === undefined) throw new PdfError('The file has no revision.');
    const base = Buffer.from(bytes.subarray(0, first.end));
    const embedded = embeddedFile(bytes, first, jsonAtMost);
    if (revisions.length === 1) say('pdf-signature', 'undecided', 'pdf-not-signed', 'The PDF is not signed.');
    if (revisions.length - 1 > signatureFields.length) say('revision', 'fail', 'pdf-too-many-revisions', `The PDF has ${revisions.length - 1} later revisions; it was laid out for ${signatureFields.length} signatures.`);
    for (const [index, revision] of revisions.entries()) {
      if (index === 0) continue;
      const start = revisions[index - 1]?.end ?? 0;
      const part = Buffer.from(bytes.subarray(start, revision.end)).toString('latin1');
      const signer = readRevision(bytes, start, revision.end, part, index);
      if (typeof signer === 'string') say('revision', 'fail', 'pdf-revision-foreign', `Revision ${index + 1} of the PDF is not a signature alone: ${signer}`);
      else {
        signers.push(signer);
        say('pdf-signature', 'pass', 'pdf-signature-holds', `The signature of ${signer.name} as ${signer.field} holds, over revision ${index + 1} and everything before it.`);
      }
    }
    return { checks, signers, embedded, base };
  } catch (error) {
    if (!(error instanceof PdfError)) throw error;
    say('pdf-signature', 'fail', 'pdf-malformed', `The PDF is not of the form that Assay writes: ${error.message}`);
    return { checks, signers, embedded: null, base: null };
  }
}

function readRevision(bytes: Uint8Array, start: number, end: number, part: string, index: number): PdfSigner | string {
  const found = /\n<< \/Type \/Sig \/Filter \/Adobe\.PPKLite \/SubFilter \/ETSI\.CAdES\.detached \/M \(D:(\d{14})Z\) \/Name (\((?:[^()\\]|\\[\\()])*\)|<feff[0-9a-f]*>) \/Reason (\((?:[^()\\]|\\[\\()])*\)|<feff[0-9a-f]*>) \/ByteRange \[[0-9 ]+\] \/Contents <([0-9a-f]+)> >>\nendobj\n/.exec(part);
  const field = /\/T \(([a-z]+)\)/.exec(part)?.[1];
  if (found === null || field === undefined) return 'it holds something that is no signature of a report.';
  const [, m = '', name = '', reason = '', hex = ''] = found;
  const at = new Date(m.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(at.getTime())) return 'its time does not exist.';
  const all = Buffer.from(hex, 'hex');
  const length = all.length < 4 || all[0] !== 0x30 || all[1] !== 0x82 ? 0 : 4 + all.readUInt16BE(2);
  if (length === 0 || length > all.length || !all.subarray(length).every((byte) => byte === 0)) return 'the bytes after its signature are not empty.';
  const cms = all.subarray(0, length);
  const before = bytes.subarray(0, start);
  let made: ReturnType<typeof signatureRevision>;
  try {
    made = signatureRevision(before, { field, name: literal(name), reason: literal(reason), at }, cms);
  } catch (error) {
    if (error instanceof PdfError) return error.message;
    throw error;
  }
  if (Buffer.compare(made.bytes, bytes.subarray(0, end)) !== 0) return 'it changes more than its field.';
  try {
    const signed = parseSignedData(cms);
    const [signer] = signed.signers;
    if (signer === undefined || signed.signers.length !== 1 || signed.certificates.length !== 1) return 'it does not have exactly one signer and one certificate.';
    const certificate = certificateOf(signer, signed.certificates);
    if (certificate === undefined) return 'its certificate is not of its signer.';
    if (signer.attributeOf.has(oids.signingTime)) return 'it holds a signing time where none may be.';
    const content = Buffer.concat([made.bytes.subarray(0, made.range[1]), made.bytes.subarray(made.range[2])]);
    const wrong = verifySigner(signer, certificate, content, oids.data, true);
    if (wrong !== '') return wrong.replace(/^./, (letter) => letter.toLowerCase());
    return { field, name: literal(name), signedAt: at.toISOString(), reason: literal(reason), certificate, revision: index + 1 };
  } catch (error) {
    if (error instanceof DerError || error instanceof CertificateError) return `its signature cannot be read: ${error.message}.`;
    throw error;
  }
}

