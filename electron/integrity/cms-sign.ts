import { createHash, type KeyObject, sign } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { context, integer, octets, oid, sequence, setOf } from './der.ts';
import { oids } from './cms.ts';

const sha256 = () => sequence(oid('2.16.840.1.101.3.4.2.1'));

/**
 * Detached SignedData as PAdES asks for it (ETSI EN 319 142-1, 6.3; RFC 5652): content type, message digest and
 * signing-certificate-v2 are signed, a signing time is not (the time stands in the signature dictionary).
 * @param key ECDSA on P-256, of the certificate
 */
export function signDetached(content: readonly Uint8Array[], key: KeyObject, certificate: Certificate): Buffer {
  const state = createHash('sha256');
  for (const part of content) state.update(part);
  const attribute = (id: string, value: Uint8Array) => sequence(oid(id), setOf(value));
  // ESSCertIDv2 with the default digest, SHA-256, left out (RFC 5035, 4).
  const certificateId = sequence(sequence(sequence(octets(createHash('sha256').update(certificate.der).digest()))));
  const attributes = setOf(attribute(oids.contentType, oid(oids.data)), attribute(oids.messageDigest, octets(state.digest())), attribute(oids.signingCertificateV2, certificateId));
  const signature = sign('sha256', attributes, key);
  const signer = sequence(integer(1), sequence(certificate.issuerDer, integer(Buffer.from(certificate.serial, 'hex'))), sha256(), context(0, attributes.subarray(headerLength(attributes))), sequence(oid('1.2.840.10045.4.3.2')), octets(signature));
  const signed = sequence(integer(1), setOf(sha256()), sequence(oid(oids.data)), context(0, certificate.der), setOf(signer));
  return sequence(oid(oids.signedData), context(0, signed));
}

const headerLength = (element: Uint8Array): number => 2 + ((element[1] ?? 0) > 0x80 ? (element[1] ?? 0) & 0x7f : 0);
