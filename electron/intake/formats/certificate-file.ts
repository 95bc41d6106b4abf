import type { Defect } from '../../../shared/fact.ts';
import {
  type Certificate,
  CertificateError,
  readCertificate,
  WeakCertificateError,
} from '../../integrity/certificate.ts';
import { fingerprint, KeyError, readPublicKey, WeakKeyError } from '../../integrity/public-key.ts';
import { type Format, type OpenFile, Unreadable } from './format.ts';
import { addLists, listsIn } from './revocation-list.ts';

const largest = 4 * 2 ** 20;
const mostListed = 100;
/** Letters of two alphabets in one name: it may look like another's (UTS 39, 5). */
const mixed = (name: string) => /[a-z]/i.test(name) && /[\u0370-\u03ff\u0400-\u04ff]/.test(name);

interface Held {
  certificates: Certificate[];
  keys: string[];
  privateKeys: number;
  /** What is whole and too weak to count. */
  weak: WeakKeyError[];
  /** The first of all, where it is one of those: whoever hands over a chain puts the signer first. */
  first: WeakKeyError | null;
}

function addWeak(held: Held, error: WeakKeyError): void {
  if (held.certificates.length + held.keys.length + held.weak.length === 0) held.first = error;
  held.weak.push(error);
}
function addKey(held: Held, input: string | Uint8Array): void {
  try {
    held.keys.push(fingerprint(readPublicKey(input)));
  } catch (error) {
    if (!(error instanceof WeakKeyError)) throw error;
    addWeak(held, error);
  }
}
function addCertificate(held: Held, input: string | Uint8Array): void {
  try {
    held.certificates.push(readCertificate(input));
  } catch (error) {
    if (!(error instanceof WeakCertificateError)) throw error;
    addWeak(held, error.weak);
  }
}

/** Blocks of a PEM file, or the one object of a DER file. @throws CertificateError, KeyError */
function readAll(file: OpenFile): Held {
  const bytes = file.whole(largest);
  const held: Held = { certificates: [], keys: [], privateKeys: 0, weak: [], first: null };
  const text = Buffer.from(bytes).toString('latin1');
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g)];
  if (labels.length === 0 && text.includes('-----BEGIN ')) throw new KeyError('A block of it does not end.');
  if (labels.length === 0) {
    if (bytes[0] !== 0x30) throw new KeyError(bytes.length === 0 ? 'It is empty.' : 'It is neither PEM nor DER.');
    if (/\.spki$/i.test(file.name)) addKey(held, bytes);
    else addCertificate(held, bytes);
    return held;
  }
  for (const [block, label = ''] of labels) {
    if (/PRIVATE KEY$/.test(label)) held.privateKeys += 1;
    else if (label === 'PUBLIC KEY') addKey(held, block);
    else if (label === 'CERTIFICATE') addCertificate(held, block);
    if (held.certificates.length + held.keys.length + held.weak.length > 10_000)
      throw new KeyError('It holds more than 10,000 objects.');
  }
  return held;
}

/** Certificates and keys that lie in evidence: read strictly, shown, and never trusted for being there. */
export const certificateFile: Format = {
  id: 'certificate',
  title: 'Certificates and keys',
  recognise: (candidate) =>
    candidate.bytes <= largest &&
    (/\.(crt|cer|der|spki)$/i.test(candidate.name) ||
      (candidate.isArmoured &&
        /^-----BEGIN (CERTIFICATE|PUBLIC KEY|([A-Z]+ )?PRIVATE KEY)-----/m.test(candidate.latin1))),
  read(file, facts) {
    const place = { path: file.path };
    let held: Held;
    try {
      held = readAll(file);
    } catch (error) {
      if (error instanceof CertificateError || error instanceof KeyError) throw new Unreadable(error.message);
      throw error;
    }
    const defects: Defect[] = [];
    if (held.privateKeys > 0)
      defects.push({
        code: 'private-key-present',
        detail: 'A private key lies in the evidence: whoever had it in hand could sign with it.',
        place,
      });
    for (const { subject } of held.certificates)
      if (mixed(subject) && defects.length < mostListed)
        defects.push({
          code: 'name-deceives',
          detail: `The certificate of ${subject} has letters of two alphabets in its name, which may look like another's.`,
          place,
        });
    for (const { message } of held.weak.slice(0, mostListed))
      defects.push({ code: 'key-weak', detail: `A certificate or key here counts for nothing. ${message}`, place });
    facts.add({
      kind: 'document',
      format: 'certificate',
      title: 'Certificates and keys',
      place,
      properties: [
        ...held.certificates.slice(0, mostListed).map(({ subject, issuer, notBefore, notAfter }) => ({
          name: 'Certificate',
          value: `${subject}, issued by ${issuer}, ${notBefore.toISOString().slice(0, 10)} to ${notAfter.toISOString().slice(0, 10)}`,
        })),
        ...held.keys.slice(0, mostListed).map((value) => ({ name: 'Public key', value })),
      ],
      defects,
    });
    if (held.certificates.length > 0 || held.first !== null)
      facts.add({
        kind: 'certificates',
        place,
        ...(held.first === null ? {} : { weak: { code: held.first.code, why: held.first.message } }),
        certificates: held.certificates.slice(0, mostListed).map(({ der }) => Buffer.from(der).toString('base64')),
      });
    const lists = listsIn(
      Buffer.from(file.head).toString('latin1').includes('-----BEGIN ')
        ? Buffer.from(file.whole(largest)).toString('latin1')
        : '',
    );
    if (lists.length > 0) addLists(file, facts, lists);
  },
};
