import type { Defect } from '../../../shared/fact.ts';
import { readClearsigned, readPgpSignature, signaturePackets } from '../../integrity/openpgp.ts';
import { KeyError } from '../../integrity/public-key.ts';
import { coveredFile } from './covered-file.ts';
import { addUnreadable } from './dsse.ts';
import type { FactSink, Format, OpenFile } from './format.ts';
import { addListed } from './listed-in-text.ts';

const largest = 4 * 2 ** 20;
const title = 'Signature (OpenPGP)';
const isClearsigned = (text: string) => /^-----BEGIN PGP SIGNED MESSAGE-----/m.test(text);

/** Detached signatures and clearsigned documents of OpenPGP (RFC 9580). */
export const openpgp: Format = {
  id: 'openpgp',
  title,
  recognise: (candidate) => {
    const { name, bytes, head } = candidate;
    if (bytes > largest) return false;
    if (candidate.isArmoured && candidate.holds('-----BEGIN PGP ')) {
      const text = candidate.latin1;
      if (/^-----BEGIN PGP SIGNATURE-----/.test(text) || isClearsigned(text)) return true;
      // Mail puts lines before it.
      if (/\.(sig|asc|sign)$/i.test(name) && /^-----BEGIN PGP SIGNATURE-----/m.test(text)) return true;
    }
    if (/\.(gpg|pgp|asc)$/i.test(name)) return bodyOfSignature(head) !== null;
    return /^sig(nature)?$|\.(sig|signature|sign)$/i.test(name) && beginsAsPacket(head, bytes);
  },
  read(file, facts) {
    try {
      const bytes = file.whole(largest);
      const text = Buffer.from(bytes).toString('utf8');
      if (isClearsigned(text)) readSigned(file, facts, text);
      else addSignature(file, facts, signaturePackets(bytes), null, []);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      addUnreadable(file, facts, 'openpgp', title, error.message);
    }
  },
};

/** Where the body of a packet of signature begins and ends (tag 2: RFC 9580, 4.2); null where the head begins none. */
function bodyOfSignature([tag = 0, a = 0, b = 0, c = 0, d = 0, e = 0]: Uint8Array): { at: number; end: number } | null {
  const long = (at: number, high: number, low: number) => ({ at, end: at + high * 0x10000 + low });
  if (tag === 0x88) return { at: 2, end: 2 + a };
  if (tag === 0x89) return long(3, 0, a * 256 + b);
  if (tag === 0x8a) return long(5, a * 256 + b, c * 256 + d);
  if (tag !== 0xc2) return null;
  if (a < 192) return { at: 2, end: 2 + a };
  return a < 224 ? { at: 3, end: 3 + (a - 192) * 256 + b + 192 } : long(6, b * 256 + c, d * 256 + e);
}

/**
 * Whether what may as well be a bare signature, which is any bytes, is a packet: it ends with the file, or its body
 * begins with a version and a type that there are (RFC 9580, 5.2), so that a packet cut short is called one.
 */
function beginsAsPacket(head: Uint8Array, bytes: number): boolean {
  const body = bodyOfSignature(head);
  if (body === null) return false;
  const [version = 0, type = 0] = head.subarray(body.at);
  return body.end === bytes || (version >= 3 && version <= 6 && signatureTypes.has(type));
}
const signatureTypes = new Set([0, 1, 2, 0x10, 0x11, 0x12, 0x13, 0x18, 0x19, 0x1f, 0x20, 0x28, 0x30, 0x40, 0x50]);

function readSigned(file: OpenFile, facts: FactSink, text: string): void {
  const { signed, shown, signature, outside, named } = readClearsigned(text);
  const unlisted = addListed(file, facts, shown, `${file.path}#signature`);
  const place = { path: file.path };
  const bodies = signaturePackets(Buffer.from(signature));
  const by = bodies.map((body) => readPgpSignature(body).hash);
  addSignature(file, facts, bodies, Buffer.from(signed), [
    ...(named.length > 0 && by.some((hash) => !named.includes(hash))
      ? [
          {
            code: 'signature-armor' as const,
            detail: `Its head says that it is signed over ${named.join(', ').slice(0, 60)}, and a signature is over ${by.join(', ')}: GnuPG refuses it, other programs pass over the head.`,
            place,
          },
        ]
      : []),
    ...(outside
      ? [
          {
            code: 'signature-covers-part',
            detail: 'Text stands outside the part that is signed: it is vouched for by nobody.',
            place,
          },
        ]
      : []),
    ...unlisted,
  ]);
}

/**
 * The facts of packets of signature. @param signed what they are over; null for the file beside them
 * @param message what carries that along, and the file of its name beside it
 */
export function addSignature(
  file: OpenFile,
  facts: FactSink,
  bodies: Buffer[],
  signed: Buffer | null,
  defects: Defect[],
  message: { title: string; carried?: { over: string; digest: string } } | null = null,
): void {
  const place = { path: file.path };
  const read = bodies.map(readPgpSignature);
  const over = signed === null ? coveredFile(file) : null;
  facts.add({
    kind: 'document',
    format: 'openpgp',
    title: message?.title ?? (signed === null ? title : 'Clearsigned document (OpenPGP)'),
    place,
    properties: [
      ...read.map(({ issuer, hash, createdAt }) => ({
        name: 'Signature',
        value: `${issuer ?? 'by an unnamed key'}, ${hash}, ${createdAt?.toISOString() ?? 'undated'}`,
      })),
      ...(signed === null ? [{ name: 'File', value: over ?? 'not here' }] : []),
    ],
    defects,
  });
  facts.add({
    kind: 'signature',
    id: `${file.path}#signature`,
    scheme: 'openpgp',
    use: 'document',
    title: message?.title ?? (signed === null ? title : 'Clearsigned document'),
    place,
    signed: signed?.toString('base64') ?? '',
    signatures: bodies.map((body, index) => ({
      keyId: read[index]?.issuer ?? null,
      name: null,
      value: body.toString('base64'),
      certificates: [],
    })),
    predicateType: null,
    ...(signed === null ? { detached: { over, digest: null } } : {}),
    ...(message?.carried === undefined ? {} : { carried: message.carried }),
  });
}
