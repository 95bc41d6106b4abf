import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, boolean, context, implicit, integer, octets, oid, sequence, setOf, time, utf8 } from './der.ts';
import { spkiOf } from './public-key.ts';

const ecdsaSha256 = () => sequence(oid('1.2.840.10045.4.3.2'));
const extension = (id: string, value: Uint8Array, isCritical = false) =>
  sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octets(value));

/**
 * A self-signed certificate (RFC 5280) for a person who signs documents: P-256 with SHA-256, digitalSignature and
 * nonRepudiation, document signing and e-mail protection, no authority. DER.
 */
export function buildCertificate(key: KeyObject, name: string, from: Date, years: number): Buffer {
  const publicKey = createPublicKey(key);
  const until = new Date(from);
  until.setUTCFullYear(until.getUTCFullYear() + years);
  const subject = sequence(setOf(sequence(oid('2.5.4.3'), utf8(name))));
  const spki = spkiOf(publicKey);
  const keyId = createHash('sha1').update(spki.subarray(-65)).digest();
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    context(0, integer(2)),
    integer(serial),
    ecdsaSha256(),
    subject,
    sequence(time(from), time(until)),
    subject,
    spki,
    context(
      3,
      sequence(
        extension('2.5.29.19', sequence(), true),
        extension('2.5.29.15', bits(Uint8Array.of(0xc0), 6), true),
        extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.36'), oid('1.3.6.1.5.5.7.3.4'))),
        extension('2.5.29.14', octets(keyId)),
        extension('2.5.29.35', sequence(implicit(0, keyId))),
      ),
    ),
  );
  return sequence(body, ecdsaSha256(), bits(sign('sha256', body, key)));
}

export const pemOf = (bytes: Uint8Array, label: string): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END ${label}-----\n`;
