import type { KeyObject } from 'node:crypto';
import { child, DerError, readDer, tags } from './der.ts';
import { type PgpSignature, pgpHolds, readPgpSignature } from './openpgp.ts';
import { KeyError } from './public-key.ts';

/**
 * A signature of OpenPGP as in-toto keeps those of GnuPG: the head that is hashed with the message (version, kind,
 * algorithms, hashed subpackets: RFC 9580, 5.2.3) and the numbers, without a packet around them. @throws KeyError
 */
export function readBareSignature(head: Uint8Array, value: Uint8Array): PgpSignature {
  const bytes = Buffer.from(head);
  if (bytes.length < 6 || bytes[0] !== 4 || bytes.length !== 6 + bytes.readUInt16BE(4))
    throw new KeyError('The head of the OpenPGP signature is not that of version 4.');
  // No subpackets that are not hashed, and no first bits of the hash: both are left out.
  const read = readPgpSignature(Buffer.concat([bytes, Buffer.alloc(4)]));
  return { ...read, left: Buffer.alloc(0), values: numbersIn(read.algorithm, Buffer.from(value)) };
}

/** RSA as one number, EdDSA as two halves, the others as two numbers in DER. @throws KeyError */
function numbersIn(algorithm: number, value: Buffer): Buffer[] {
  if (algorithm <= 3) return [value];
  if (algorithm !== 17 && algorithm !== 19)
    return [value.subarray(0, value.length / 2), value.subarray(value.length / 2)];
  try {
    const pair = readDer(value);
    return [0, 1].map((index) => Buffer.from(child(pair, index, tags.integer).content));
  } catch (error) {
    if (error instanceof DerError) throw new KeyError('The numbers of the OpenPGP signature are not two in DER.');
    throw error;
  }
}

const algorithmOf: Record<string, number> = { rsa: 1, dsa: 17, ec: 19, ed25519: 22 };

/** Whether such a signature is over a document of these bytes, by a key that is here without its packet. */
export function bareSignatureHolds(key: KeyObject, head: Uint8Array, value: Uint8Array, data: Uint8Array): boolean {
  try {
    const signature = readBareSignature(head, value);
    const algorithm = algorithmOf[key.asymmetricKeyType ?? ''];
    if (signature.type !== 0 || signature.unknownCritical !== null || algorithm === undefined) return false;
    const { fingerprint, keyId, createdAt, raw } = nameless;
    return pgpHolds({ fingerprint, keyId, createdAt, raw, algorithm, key }, signature, data);
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}
const nameless = { fingerprint: '', keyId: '', createdAt: new Date(0), raw: Buffer.alloc(0) };
