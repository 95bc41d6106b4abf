import { createHash, type KeyObject, sign } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { oids } from './cms.ts';
import { context, integer, octets, oid, sequence, setOf } from './der.ts';

const sha256 = () => sequence(oid('2.16.840.1.101.3.4.2.1'));
const ecdsaSha256 = () => sequence(oid('1.2.840.10045.4.3.2'));
const headerLength = (element: Uint8Array): number => 2 + ((element[1] ?? 0) > 0x80 ? (element[1] ?? 0) & 0x7f : 0);

/** What is signed: content type, digest of the content, and which certificate signs, as a SET in DER. */
function attributesOf(digest: Uint8Array, certificate: Certificate): Buffer {
  const attribute = (id: string, value: Uint8Array) => sequence(oid(id), setOf(value));
  // ESSCertIDv2 with the default digest, SHA-256, left out (RFC 5035, 4).
  const certificateId = sequence(sequence(sequence(octets(createHash('sha256').update(certificate.der).digest()))));
  return setOf(
    attribute(oids.contentType, oid(oids.data)),
    attribute(oids.messageDigest, octets(digest)),
    attribute(oids.signingCertificateV2, certificateId),
  );
}

/**
 * The one SignedData for a digest, a certificate and a signature. A verifier makes it again and compares, for the parts
 * around the signed attributes are under no signature. @param digest SHA-256 of the content
 */
export function detachedOf(digest: Uint8Array, certificate: Certificate, signature: Uint8Array): Buffer {
  const attributes = attributesOf(digest, certificate);
  const signer = sequence(
    integer(1),
    sequence(certificate.issuerDer, integer(Buffer.from(certificate.serial, 'hex'))),
    sha256(),
    context(0, attributes.subarray(headerLength(attributes))),
    ecdsaSha256(),
    octets(signature),
  );
  const signed = sequence(
    integer(1),
    setOf(sha256()),
    sequence(oid(oids.data)),
    context(0, certificate.der),
    setOf(signer),
  );
  return sequence(oid(oids.signedData), context(0, signed));
}

/**
 * Detached SignedData as PAdES asks for it (ETSI EN 319 142-1, 6.3; RFC 5652): content type, message digest and
 * signing-certificate-v2 are signed, a signing time is not (the time stands in the signature dictionary).
 * @param key ECDSA on P-256, of the certificate
 */
export function signDetached(content: readonly Uint8Array[], key: KeyObject, certificate: Certificate): Buffer {
  const state = createHash('sha256');
  for (const part of content) state.update(part);
  const digest = state.digest();
  return detachedOf(digest, certificate, sign('sha256', attributesOf(digest, certificate), key));
}
