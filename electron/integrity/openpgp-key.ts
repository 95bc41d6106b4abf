import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { bits, integer, oid, sequence } from './der.ts';
import { PgpReader } from './openpgp-packets.ts';
import { KeyError } from './public-key.ts';

/** Curves of ECDSA by their OID as OpenPGP writes it (RFC 9580, 9.2), and by the dotted one. */
const curves: Record<string, string> = {
  '2a8648ce3d030107': '1.2.840.10045.3.1.7',
  '2b81040022': '1.3.132.0.34',
  '2b81040023': '1.3.132.0.35',
  '2b2403030208010107': '1.3.36.3.3.2.8.1.1.7',
  '2b240303020801010b': '1.3.36.3.3.2.8.1.1.11',
  '2b240303020801010d': '1.3.36.3.3.2.8.1.1.13',
};
const ed25519Id = '2b06010401da470f01';

export interface PgpKey {
  /** 40 hex digits, upper case; 64 of version 6. */
  fingerprint: string;
  keyId: string;
  createdAt: Date;
  algorithm: number;
  /** null where its kind is not verified here. */
  key: KeyObject | null;
  /** As it enters hashes (RFC 9580, 5.2.4). */
  raw: Buffer;
}

/** Whether a signature that names its issuer so names this key. */
export const isIssuer = ({ fingerprint, keyId }: PgpKey, issuer: string | null): boolean =>
  issuer === null || issuer === fingerprint || issuer === keyId;

const spki = (algorithm: Buffer[], key: Uint8Array): Buffer => sequence(sequence(...algorithm), bits(key));

/** SubjectPublicKeyInfo of what a key packet holds (RFC 9580, 5.5.5); null for what is not verified here. */
function spkiIn(algorithm: number, reader: PgpReader): Buffer | null {
  if (algorithm >= 1 && algorithm <= 3) {
    const n = reader.mpi();
    return spki([oid('1.2.840.113549.1.1.1'), Buffer.of(5, 0)], sequence(integer(n), integer(reader.mpi())));
  }
  if (algorithm === 17) {
    const [p, q, g, y] = [reader.mpi(), reader.mpi(), reader.mpi(), reader.mpi()].map((each) => integer(each));
    return p === undefined || q === undefined || g === undefined || y === undefined
      ? null
      : spki([oid('1.2.840.10040.4.1'), sequence(p, q, g)], y);
  }
  if (algorithm === 19) {
    const curve = curves[reader.take(reader.byte()).toString('hex')];
    return curve === undefined ? null : spki([oid('1.2.840.10045.2.1'), oid(curve)], reader.mpi());
  }
  if (algorithm === 22) {
    const isEd25519 = reader.take(reader.byte()).toString('hex') === ed25519Id;
    const point = reader.mpi();
    return isEd25519 && point.length === 33 ? spki([oid('1.3.101.112')], point.subarray(1)) : null;
  }
  if (algorithm === 27) return spki([oid('1.3.101.112')], reader.take(32));
  return algorithm === 28 ? spki([oid('1.3.101.113')], reader.take(57)) : null;
}

/** A public key or subkey of version 4 or 6. @throws KeyError */
export function readKey(body: Buffer): PgpKey {
  const reader = new PgpReader(body);
  const version = reader.byte();
  if (version !== 4 && version !== 6) throw new KeyError(`OpenPGP keys of version ${version} are not read.`);
  const createdAt = new Date(reader.number(4) * 1_000);
  const algorithm = reader.byte();
  if (version === 6) reader.number(4);
  const head = Buffer.alloc(5, 0x9b);
  head.writeUInt32BE(body.length, 1);
  const raw = Buffer.concat([version === 6 ? head : Uint8Array.of(0x99, body.length >> 8, body.length & 0xff), body]);
  const fingerprint = createHash(version === 6 ? 'sha256' : 'sha1')
    .update(raw)
    .digest('hex')
    .toUpperCase();
  const keyId = version === 6 ? fingerprint.slice(0, 16) : fingerprint.slice(-16);
  const held = spkiIn(algorithm, reader);
  let key: KeyObject | null = null;
  try {
    key = held === null ? null : createPublicKey({ key: held, format: 'der', type: 'spki' });
  } catch {
    key = null;
  }
  return { fingerprint, keyId, createdAt, algorithm, key, raw };
}
