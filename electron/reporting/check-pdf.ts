import { createHash } from 'node:crypto';
import type { ReportCheck } from '../../shared/report.ts';
import { type Certificate, CertificateError } from '../integrity/certificate.ts';
import { certificateOf, oids, parseSignedData, verifySigner } from '../integrity/cms.ts';
import { detachedOf } from '../integrity/cms-sign.ts';
import { DerError } from '../integrity/der.ts';
import { isStrictEcdsa } from '../integrity/ecdsa-signature.ts';
import { PdfFile, type Revision, readRevisions } from './pdf-file.ts';
import { PdfError } from './pdf-object.ts';
import { signatureRevision } from './pdf-signature.ts';
import { foreignChanges } from './revision-change.ts';
import { signatureFields } from './signature-fields.ts';

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
const signatureForm =
  /\n<< \/Type \/Sig \/Filter \/Adobe\.PPKLite \/SubFilter \/ETSI\.CAdES\.detached \/M \(D:(\d{14})Z\) \/Name (\((?:[^()\\]|\\[\\()])*\)|<feff[0-9a-f]*>) \/Reason (\((?:[^()\\]|\\[\\()])*\)|<feff[0-9a-f]*>) \/ByteRange \[[0-9 ]+\] \/Contents <([0-9a-f]+)> >>\nendobj\n/;

/** A text as `signPdf` spells it, read back. */
const literal = (value: string): string =>
  value.startsWith('<feff')
    ? Buffer.from(value.slice(5, -1).padEnd(Math.ceil((value.length - 6) / 4) * 4, '0'), 'hex')
        .swap16()
        .toString('utf16le')
    : value.slice(1, -1).replace(/\\([\\()])/g, '$1');

/**
 * Verifies a signed report as strictly as it was written: each revision after the first is made again from what it says
 * and must be the same bytes, so that nothing else can be in it; the signature is over everything but its own gap; the
 * CMS is the one form of its content; the last revision ends at the end of the file (signing.md 2, the append attack).
 */
export function checkPdf(bytes: Uint8Array, subject: string): PdfResult {
  const checks: ReportCheck[] = [];
  const say = (about: string, verdict: ReportCheck['verdict'], code: string, message: string) =>
    checks.push({ about, subject, verdict, code, message });
  const signers: PdfSigner[] = [];
  let embedded: Buffer | null = null;
  let base: Buffer | null = null;
  try {
    const revisions = readRevisions(bytes);
    const [first] = revisions;
    if (first === undefined) throw new PdfError('The file has no revision.');
    base = Buffer.from(bytes.subarray(0, first.end));
    if (revisions.length === 1) say('pdf-signature', 'undecided', 'pdf-not-signed', 'The PDF is not signed.');
    if (revisions.length - 1 > signatureFields.length)
      say(
        'revision',
        'fail',
        'pdf-too-many-revisions',
        `The PDF has ${revisions.length - 1} later revisions; it was laid out for ${signatureFields.length} signatures.`,
      );
    for (const [index, revision] of revisions.entries()) {
      if (index === 0) continue;
      const signer = checkRevision(bytes, revisions.slice(0, index), revision);
      if ('why' in signer) say(signer.about, 'fail', signer.code, `Revision ${index + 1} of the PDF ${signer.why}`);
      else {
        signers.push(signer);
        say(
          'pdf-signature',
          'pass',
          'pdf-signature-holds',
          `The signature of ${signer.name} as ${signer.field} holds, over revision ${index + 1} and everything before it.`,
        );
      }
    }
    embedded = new PdfFile(bytes, [first]).embedded('report.json', jsonAtMost);
    if (embedded === null) say('same-content', 'fail', 'pdf-without-json', 'The PDF does not hold report.json.');
  } catch (error) {
    if (!(error instanceof PdfError)) throw error;
    say('pdf-signature', 'fail', 'pdf-malformed', `The PDF is not of the form that Assay writes. ${error.message}`);
  }
  return { checks, signers, embedded, base };
}

interface Refused {
  about: 'revision' | 'pdf-signature';
  code: string;
  why: string;
}
const foreign = (why: string): Refused => ({ about: 'revision', code: 'pdf-revision-foreign', why });
const unsound = (why: string): Refused => ({ about: 'pdf-signature', code: 'pdf-signature-invalid', why });

function checkRevision(bytes: Uint8Array, before: readonly Revision[], revision: Revision): PdfSigner | Refused {
  const start = before.at(-1)?.end ?? 0;
  const changed = () => {
    const changes = foreignChanges(bytes, before, revision);
    return foreign(
      changes.length > 0
        ? `is not a signature alone: ${changes.slice(0, 5).join(', ')}.`
        : 'is not byte for byte what a signature appends.',
    );
  };
  const part = Buffer.from(bytes.subarray(start, revision.end)).toString('latin1');
  const found = signatureForm.exec(part);
  const field = /\/T \(([A-Za-z][A-Za-z_]*)\)/.exec(part)?.[1];
  if (found === null || field === undefined) return changed();
  const [, m = '', name = '', reason = '', hex = ''] = found;
  const at = new Date(m.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(at.getTime())) return unsound('holds a signature at a time that does not exist.');
  const all = Buffer.from(hex, 'hex');
  // ContentInfo longer than 255 bytes: SEQUENCE, two bytes of length.
  const length = all.length < 4 || all[0] !== 0x30 || all[1] !== 0x82 ? 0 : 4 + all.readUInt16BE(2);
  if (length === 0 || length > all.length) return unsound('holds a signature that cannot be read.');
  if (!all.subarray(length).every((byte) => byte === 0))
    return unsound('hides bytes after its signature, where only zeros may be.');
  const cms = all.subarray(0, length);
  let made: ReturnType<typeof signatureRevision>;
  try {
    made = signatureRevision(
      bytes.subarray(0, start),
      { field, name: literal(name), reason: literal(reason), at },
      cms,
    );
  } catch (error) {
    if (error instanceof PdfError) return foreign(`is not a signature of this report: ${error.message}`);
    throw error;
  }
  if (Buffer.compare(made.bytes, bytes.subarray(0, revision.end)) !== 0) return changed();
  const content = Buffer.concat([made.bytes.subarray(0, made.range[1]), made.bytes.subarray(made.range[2])]);
  const certificate = signerOf(cms, content);
  if (typeof certificate === 'string') return unsound(certificate);
  return {
    field,
    name: literal(name),
    signedAt: at.toISOString(),
    reason: literal(reason),
    certificate,
    revision: before.length + 1,
  };
}

/** The certificate by which a CMS signs the content, or why it does not. */
function signerOf(cms: Uint8Array, content: Uint8Array): Certificate | string {
  try {
    const signed = parseSignedData(cms);
    const [signer] = signed.signers;
    if (signer === undefined || signed.signers.length !== 1 || signed.certificates.length !== 1)
      return 'does not hold exactly one signer and one certificate.';
    const certificate = certificateOf(signer, signed.certificates);
    if (certificate === undefined) return 'holds a certificate that is not of its signer.';
    if (signer.attributeOf.has(oids.signingTime)) return 'holds a signing time where none may be.';
    const wrong = verifySigner(signer, certificate, content, oids.data, true);
    if (wrong !== '') return `holds a signature that does not hold. ${wrong}`;
    const digest = createHash('sha256').update(content).digest();
    if (
      !isStrictEcdsa(signer.signature) ||
      Buffer.compare(detachedOf(digest, certificate, signer.signature), cms) !== 0
    )
      return 'holds a signature with changes around what is signed.';
    return certificate;
  } catch (error) {
    if (error instanceof DerError || error instanceof CertificateError)
      return `holds a signature that cannot be read: ${error.message}.`;
    throw error;
  }
}
