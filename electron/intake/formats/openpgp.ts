import type { ListingItem } from '../../../shared/fact.ts';
import { readClearsigned, readPgpSignature, signaturePackets } from '../../integrity/openpgp.ts';
import { KeyError } from '../../integrity/public-key.ts';
import { folderOf, resolveName } from '../shape.ts';
import { coveredFile } from './covered-file.ts';
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
    if (candidate.holds('-----BEGIN PGP '))
      if (/^-----BEGIN PGP SIGNATURE-----/.test(candidate.latin1) || isClearsigned(candidate.latin1)) return true;
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
      else addSignature(file, facts, signaturePackets(bytes), null, false);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      addUnreadable(file, facts, 'openpgp', title, error.message);
    }
  },
};

function readSigned(file: OpenFile, facts: FactSink, text: string): void {
  const { signed, shown, signature, outside } = readClearsigned(text);
  addSignature(file, facts, signaturePackets(Buffer.from(signature)), Buffer.from(signed), outside);
  const items = listedIn(shown, file.path);
  if (items.length > 0)
    facts.add({
      kind: 'listing',
      id: `${file.path}#files`,
      role: 'manifest',
      title: 'Signed list of files',
      place: { path: file.path },
      base: folderOf(file.path),
      closed: false,
      ignored: [],
      items: items.map((item) => ({ ...item, path: resolveName(folderOf(file.path), item.name) })),
      signature: `${file.path}#signature`,
      root: null,
    });
}

const fields: Record<string, string> = {
  'checksums-sha256': 'sha256',
  'checksums-sha512': 'sha512',
  'checksums-sha1': 'sha1',
  files: 'md5',
  sha256: 'sha256',
  sha512: 'sha512',
  sha1: 'sha1',
  md5sum: 'md5',
};
/** Files of a Debian control file: `.dsc`, `.changes`, `Release` (deb-src-control(5)): digest, size, name, a line each. */
function listedIn(text: string, path: string): ListingItem[] {
  const byName = new Map<string, ListingItem>();
  let algorithm: string | null = null;
  text.split('\n').forEach((line) => {
    const [, field] = /^([A-Za-z0-9-]+):\s*$/.exec(line) ?? [];
    if (/^\S/.test(line)) algorithm = fields[field?.toLowerCase() ?? ''] ?? null;
    const [, hex, bytes, name] = /^ ([0-9a-f]{32,128}) +([0-9]+) +(?:[a-z]+ [a-z]+ )?(\S+)$/.exec(line) ?? [];
    if (algorithm === null || hex === undefined || name === undefined) return;
    const item = byName.get(name) ?? { name, path: null, digests: [], bytes: Number(bytes), place: { path } };
    item.digests.push(`${algorithm}:${hex}`);
    byName.set(name, item);
  });
  return [...byName.values()];
}

function addSignature(
  file: OpenFile,
  facts: FactSink,
  bodies: Buffer[],
  signed: Buffer | null,
  outside: boolean,
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
    defects: outside
      ? [
          {
            code: 'signature-covers-part',
            detail: 'Text stands outside the part that is signed: it is vouched for by nobody.',
            place,
          },
        ]
      : [],
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
