import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../integrity/certificate.ts';
import { signDetached } from '../integrity/cms-sign.ts';
import { objectText, PdfFile, readRevisions } from './pdf-file.ts';
import { PdfError } from './pdf-object.ts';

/** Room that is kept for the CMS, in hexadecimal digits: 16 KiB, so that a timestamp may come in later versions. */
const room = 32_768;

export interface SignatureText {
  field: string;
  name: string;
  reason: string;
  /** Time that is claimed, whole seconds UTC: `/M` of the signature dictionary (PAdES forbids it in the CMS). */
  at: Date;
}

const pdfDate = (at: Date) => `(D:${at.toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z)`;
/** A text string: ASCII in parentheses, anything else as UTF-16BE in hexadecimal (ISO 32000-2, 7.9.2.2). */
const pdfText = (value: string) =>
  /^[\x20-\x7e]*$/.test(value)
    ? `(${value.replace(/[\\()]/g, '\\$&')})`
    : `<feff${Buffer.from(value, 'utf16le').swap16().toString('hex')}>`;

/**
 * A revision that fills one empty signature field, with room for the CMS: the changed field, the signature dictionary,
 * a cross-reference section, a trailer (ISO 32000-2, 7.5.6 and 12.8). The same input gives the same bytes, so that a
 * verifier can make it again and compare. @param contents CMS in DER, null for the room alone
 */
export function signatureRevision(
  base: Uint8Array,
  { field, name, reason, at }: SignatureText,
  contents: Uint8Array | null,
): { bytes: Buffer; range: [number, number, number, number] } {
  const revisions = readRevisions(base);
  const last = revisions.at(-1);
  if (last === undefined) throw new PdfError('The file has no revision.');
  const number = new PdfFile(base, revisions.slice(0, 1)).fieldNumber(field);
  if (number === null) throw new PdfError(`There is no signature field ${field}.`);
  const before = objectText(base, revisions, number).trimEnd();
  if (before.includes('/V ') || !before.endsWith('>>')) throw new PdfError(`The field ${field} is signed already.`);
  const signature = last.size;
  const fieldAt = base.length;
  const fieldObject = `${number} 0 obj\n${before.slice(0, -2)}/V ${signature} 0 R\n>>\nendobj\n`;
  const signatureAt = fieldAt + fieldObject.length;
  const head = `${signature} 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M ${pdfDate(at)} /Name ${pdfText(name)} /Reason ${pdfText(reason)} /ByteRange [`;
  const pad = (value: number) => String(value).padEnd(10, ' ');
  const between = '] /Contents ';
  const gapAt = signatureAt + head.length + 3 * 11 + 1 + 1 + between.length;
  const gapEnd = gapAt + room + 2;
  const tail = ' >>\nendobj\n';
  const xrefAt = gapEnd + tail.length;
  const entry = (offset: number) => `${String(offset).padStart(10, '0')} 00000 n \n`;
  const trailer = `xref\n${number} 1\n${entry(fieldAt)}${signature} 1\n${entry(signatureAt)}trailer\n<< /Size ${signature + 1} /Root ${last.root} /Info ${last.info} /ID ${last.id} /Prev ${last.xrefAt} >>\nstartxref\n${xrefAt}\n%%EOF\n`;
  const end = xrefAt + Buffer.byteLength(trailer, 'latin1');
  const ranges = `0 ${pad(gapAt)} ${pad(gapEnd)} ${String(end - gapEnd)}`;
  const fixed = ranges.padEnd(3 * 11 + 2, ' ').slice(0, 3 * 11 + 2);
  if (ranges.length > fixed.length) throw new PdfError('The file is too large to sign.');
  const hex = (contents === null ? '' : Buffer.from(contents).toString('hex')).padEnd(room, '0');
  if (hex.length > room) throw new PdfError('The signature is larger than the room that is kept for it.');
  const body = `${fieldObject}${head}${fixed}${between}<${hex}>${tail}${trailer}`;
  return { bytes: Buffer.concat([base, Buffer.from(body, 'latin1')]), range: [0, gapAt, gapEnd, end - gapEnd] };
}

/** Signs one empty field: an own revision, every byte before it unchanged. Times are whole seconds. */
export function signPdf(base: Uint8Array, text: SignatureText, key: KeyObject, certificate: Certificate): Buffer {
  const { bytes, range } = signatureRevision(base, text, null);
  const cms = signDetached([bytes.subarray(0, range[1]), bytes.subarray(range[2])], key, certificate);
  return signatureRevision(base, text, cms).bytes;
}
