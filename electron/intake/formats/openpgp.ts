import type { Defect } from '../../../shared/fact.ts';
import { readClearsigned, readPgpSignature, signaturePackets } from '../../integrity/openpgp.ts';
import { KeyError } from '../../integrity/public-key.ts';
import { coveredFile } from './covered-file.ts';
import { listedInControl } from './debian-control.ts';
import { addUnreadable } from './dsse.ts';
import type { FactSink, Format, OpenFile } from './format.ts';

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
    if (candidate.holds('-----BEGIN PGP ')) {
      const text = candidate.latin1;
      if (/^-----BEGIN PGP SIGNATURE-----/.test(text) || isClearsigned(text)) return true;
      // Mail puts lines before it.
      if (/\.(sig|asc|sign)$/i.test(name) && /^-----BEGIN PGP SIGNATURE-----/m.test(text)) return true;
    }
    // A packet of signature: tag 2, old or new form.
    const [first = 0] = head;
    return (
      /\.(sig|gpg|pgp|asc|sign)$|^sig$/i.test(name) && (((first & 0xfc) === 0x88 && (first & 3) < 3) || first === 0xc2)
    );
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

function readSigned(file: OpenFile, facts: FactSink, text: string): void {
  const { signed, shown, signature, outside } = readClearsigned(text);
  const listed = listedInControl(shown, file.path);
  const place = { path: file.path };
  addSignature(file, facts, signaturePackets(Buffer.from(signature)), Buffer.from(signed), [
    ...(outside
      ? [
          {
            code: 'signature-covers-part',
            detail: 'Text stands outside the part that is signed: it is vouched for by nobody.',
            place,
          },
        ]
      : []),
    ...(listed?.defects.slice(0, 100) ?? []),
  ]);
  if (listed !== null && listed.items.length > 0)
    facts.add({
      kind: 'listing',
      id: `${file.path}#files`,
      role: listed.role,
      title: 'Signed list of files',
      place,
      base: listed.base,
      closed: false,
      ignored: [],
      items: listed.items.map((item) => ({ ...item, place })),
      signature: `${file.path}#signature`,
      root: null,
    });
}

function addSignature(
  file: OpenFile,
  facts: FactSink,
  bodies: Buffer[],
  signed: Buffer | null,
  defects: Defect[],
): void {
  const place = { path: file.path };
  const read = bodies.map(readPgpSignature);
  const over = signed === null ? coveredFile(file) : null;
  facts.add({
    kind: 'document',
    format: 'openpgp',
    title: signed === null ? title : 'Clearsigned document (OpenPGP)',
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
    title: signed === null ? title : 'Clearsigned document',
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
  });
}
