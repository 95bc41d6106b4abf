import { createHash } from 'node:crypto';
import type { Defect } from '../../../shared/fact.ts';
import { anyBase64 } from '../../integrity/base64.ts';
import { oids, parseSignedData, type SignedData } from '../../integrity/cms.ts';
import { DerError } from '../../integrity/der.ts';
import { signaturePackets } from '../../integrity/openpgp.ts';
import { KeyError } from '../../integrity/public-key.ts';
import { addSigners } from './cms-signature.ts';
import { addUnreadable } from './dsse.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './format.ts';
import { addListed } from './listed-in-text.ts';
import { addSignature } from './openpgp.ts';

const largest = 16 * 2 ** 20;
const title = 'Signed mail';
const detachedType = /^Content-Type:[ \t]*multipart\/signed\b/im;
const opaqueType = /^Content-Type:[ \t]*application\/(x-)?pkcs7-mime\b/im;
const headerOf = (text: string) => text.split(/\r?\n\r?\n/, 1)[0] ?? '';

/** Signed mail: S/MIME, apart and opaque (RFC 8551, 3.5), and OpenPGP (RFC 3156, 5). */
export const signedMail: Format = {
  id: 'signed-mail',
  title,
  // The name of a header field.
  sieve: { first: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' },
  recognise: (candidate) => {
    if (candidate.bytes > largest || !candidate.holds('ontent-')) return false;
    const header = headerOf(candidate.latin1);
    return /^[A-Za-z-]+:/.test(header) && (detachedType.test(header) || opaqueType.test(header));
  },
  read(file, facts) {
    try {
      const text = Buffer.from(file.whole(largest)).toString('latin1');
      const { header, body } = partOf(text);
      if (opaqueType.test(header)) readOpaque(file, facts, header, body);
      else readApart(file, facts, header, body);
    } catch (error) {
      if (!(error instanceof DerError || error instanceof KeyError || error instanceof Unreadable)) throw error;
      addUnreadable(file, facts, 'signed-mail', title, error.message);
    }
  },
};

/** Header, its folded lines joined, and body of a message or of a part of one; a character a byte. */
function partOf(text: string): { header: string; body: string } {
  const [blank] = /\r?\n\r?\n/.exec(text) ?? [];
  if (blank === undefined) throw new Unreadable('It has no body.');
  const at = text.indexOf(blank);
  return { header: text.slice(0, at).replace(/\r?\n[ \t]+/g, ' '), body: text.slice(at + blank.length) };
}
const fieldOf = (header: string, name: string): string =>
  new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, 'im').exec(header)?.[1] ?? '';
const parameterOf = (field: string, name: string): string => {
  const [, quoted, bare] = new RegExp(`;[ \\t]*${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(field) ?? [];
  return quoted ?? bare ?? '';
};

/** The bytes of a body, by its encoding (RFC 2045, 6). */
function decoded(header: string, body: string): Buffer {
  const encoding = fieldOf(header, 'Content-Transfer-Encoding').trim().toLowerCase();
  if (encoding !== 'base64') return Buffer.from(body, 'latin1');
  const bytes = anyBase64(body.replace(/\s/g, ''));
  if (bytes === null) throw new Unreadable('A part of it is not base64.');
  return bytes;
}

function readOpaque(file: OpenFile, facts: FactSink, header: string, body: string): void {
  const data = parseSignedData(decoded(header, body));
  if (data.content === null) throw new Unreadable('It carries nothing that is signed.');
  add(file, facts, data, data.content, []);
}

function readApart(file: OpenFile, facts: FactSink, header: string, body: string): void {
  const type = fieldOf(header, 'Content-Type');
  const { parts, isMore } = partsOf(body, parameterOf(type, 'boundary'));
  const [first, second, ...others] = parts;
  if (first === undefined || second === undefined || others.length > 0)
    throw new Unreadable(`It has ${parts.length} parts, where signed mail has two.`);
  const place = { path: file.path };
  const detail = 'Text stands outside the part that is signed: it is vouched for by nobody.';
  const defects: Defect[] = isMore ? [{ code: 'signature-covers-part', detail, place }] : [];
  const { header: own, body: value } = partOf(second);
  // What is signed has the line ends of mail, whatever the copy has (RFC 8551, 3.1.1; RFC 3156, 5).
  const [kept, canonical] = [first, first.replace(/\r?\n/g, '\r\n')].map((each) => Buffer.from(each, 'latin1'));
  if (kept === undefined || canonical === undefined) return;
  if (/pgp-signature/i.test(fieldOf(own, 'Content-Type'))) {
    const unlisted = addListed(file, facts, textIn(canonical), `${file.path}#signature`);
    return addSignature(file, facts, signaturePackets(decoded(own, value)), canonical, [...defects, ...unlisted]);
  }
  const data = parseSignedData(decoded(own, value));
  if (data.content !== null) throw new Unreadable('Its signature carries a content of its own.');
  const isOver = (bytes: Buffer) =>
    data.signers.every(({ attributeOf, digest }) => {
      const stated = attributeOf.get(oids.messageDigest)?.children[0];
      return stated !== undefined && createHash(digest).update(bytes).digest().equals(Buffer.from(stated.content));
    });
  add(file, facts, data, isOver(kept) ? kept : canonical, defects);
}

function add(file: OpenFile, facts: FactSink, data: SignedData, content: Buffer, defects: readonly Defect[]): void {
  if (data.signers.length === 0) throw new Unreadable('It holds no signer.');
  const unlisted = addListed(file, facts, textIn(content), `${file.path}#signature`);
  facts.add({
    kind: 'document',
    format: 'signed-mail',
    title,
    place: { path: file.path },
    properties: [
      { name: 'Signers', value: String(data.signers.length) },
      ...data.certificates.map(({ subject }) => ({ name: 'Certificate', value: subject })),
      { name: 'Signed', value: `${content.length} bytes` },
    ],
    defects: [...defects, ...unlisted],
  });
  addSigners(file, facts, data, content, { over: null, named: null });
}

/** The text of a part that is nothing else; '' where it is of another kind. */
function textIn(content: Buffer): string {
  const whole = content.toString('latin1');
  if (!/^[A-Za-z-]+:/.test(whole)) return content.toString('utf8');
  if (!/\r?\n\r?\n/.test(whole)) return '';
  const { header, body } = partOf(whole);
  const type = fieldOf(header, 'Content-Type');
  return type === '' || /^text\/plain/i.test(type) ? decoded(header, body).toString('utf8') : '';
}

/** What lies between the lines of a boundary (RFC 2046, 5.1.1), and whether anything stands before or after. */
function partsOf(body: string, boundary: string): { parts: string[]; isMore: boolean } {
  if (boundary === '' || boundary.length > 70) throw new Unreadable('It does not say what divides its parts.');
  const parts: string[] = [];
  let before: number | null = null;
  let isMore = false;
  let isOver = false;
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\n', at);
    const next = end < 0 ? body.length : end + 1;
    const line = body.slice(at, next).trimEnd();
    const isDelimiter = line === `--${boundary}` || line === `--${boundary}--`;
    if (isDelimiter && !isOver) {
      // The line end before a boundary belongs to it.
      if (before !== null) parts.push(body.slice(before, at).replace(/\r?\n$/, ''));
      if (parts.length > 2) throw new Unreadable('It has more than two parts.');
      isOver = line.endsWith('--') && line !== `--${boundary}`;
      before = isOver ? null : next;
    } else if (before === null && line !== '') isMore ||= isOver || !isForOldPrograms(line);
    at = next;
  }
  if (!isOver) throw new Unreadable('Its last part does not end.');
  return { parts, isMore };
}

/** Programs without the means to read it are told so before the first part (RFC 2046, 5.1.1). */
const isForOldPrograms = (line: string): boolean =>
  /^This is (an? )?(S\/MIME|cryptographically|OpenPGP|multi-?part)[^\n]{0,100}$/i.test(line);
