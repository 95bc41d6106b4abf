import { type KeyObject, X509Certificate } from 'node:crypto';
import type { Digest } from '../../shared/evidence.ts';
import { limits } from '../../shared/limits.ts';
import { child, type Der, DerError, oidOf, readDer, tags, timeOf } from './der.ts';
import { sha256Hex } from './digest.ts';
import { checkKey, KeyError, pemBytes } from './public-key.ts';

export class CertificateError extends Error {}

/** An X.509 certificate (RFC 5280) with what a path is judged by. */
export interface Certificate {
  der: Buffer;
  node: X509Certificate;
  key: KeyObject;
  subject: string;
  issuer: string;
  /** Raw names, for comparison byte by byte. */
  subjectDer: Buffer;
  issuerDer: Buffer;
  serial: string;
  notBefore: Date;
  notAfter: Date;
  isAuthority: boolean;
  pathLength: number | null;
  keyUsage: number | null;
  extendedKeyUsage: string[] | null;
  extendedIsCritical: boolean;
  /** Whether a CRL or OCSP place is named: without one, revocation can never be asked. */
  namesRevocation: boolean;
  fingerprint: Digest;
}

const understood = new Set([
  '2.5.29.15',
  '2.5.29.19',
  '2.5.29.37',
  '2.5.29.14',
  '2.5.29.35',
  '2.5.29.17',
  '2.5.29.32',
  '2.5.29.31',
  '1.3.6.1.5.5.7.1.1',
]);
export const usage = { digitalSignature: 0x80, nonRepudiation: 0x40, certSign: 0x04 } as const;

const commonName = (dn: string) =>
  dn
    .split('\n')
    .map((part) => part.replace(/^CN=/, ''))
    .reverse()
    .join(', ');

/** Reads one certificate, DER or PEM: strict DER first, then node's reader, then the key policy. @throws CertificateError */
export function readCertificate(input: Uint8Array | string): Certificate {
  const bytes = typeof input === 'string' ? pemBytes(input, 'CERTIFICATE') : Buffer.from(input);
  if (bytes === null) throw new CertificateError('This is no PEM certificate.');
  if (bytes.length > limits.certificateBytes)
    throw new CertificateError(`The certificate is larger than ${limits.certificateBytes} bytes.`);
  try {
    const root = readDer(bytes);
    const tbs = child(root, 0, tags.sequence);
    const hasVersion = tbs.children[0]?.tag === 0xa0 ? 1 : 0;
    const validity = child(tbs, 3 + hasVersion, tags.sequence);
    const node = new X509Certificate(bytes);
    checkKey(node.publicKey);
    const certificate: Certificate = {
      der: bytes,
      node,
      key: node.publicKey,
      subject: commonName(node.subject ?? ''),
      issuer: commonName(node.issuer ?? ''),
      subjectDer: Buffer.from(child(tbs, 4 + hasVersion).raw),
      issuerDer: Buffer.from(child(tbs, 2 + hasVersion).raw),
      serial: node.serialNumber,
      notBefore: timeOf(child(validity, 0)),
      notAfter: timeOf(child(validity, 1)),
      isAuthority: false,
      pathLength: null,
      keyUsage: null,
      extendedKeyUsage: null,
      extendedIsCritical: false,
      namesRevocation: false,
      fingerprint: `sha256:${sha256Hex(bytes)}`,
    };
    const extensions = tbs.children.find(({ tag }) => tag === 0xa3);
    const seen = new Set<string>();
    for (const extension of extensions?.children[0]?.children ?? []) readExtension(extension, certificate, seen);
    return certificate;
  } catch (error) {
    if (error instanceof CertificateError) throw error;
    if (error instanceof DerError || error instanceof KeyError) throw new CertificateError(error.message);
    throw new CertificateError('The certificate cannot be read.');
  }
}

function readExtension(extension: Der, certificate: Certificate, seen: Set<string>): void {
  const id = oidOf(child(extension, 0));
  if (seen.has(id)) throw new CertificateError('An extension stands twice in the certificate.');
  seen.add(id);
  const isCritical = extension.children[1]?.tag === tags.boolean;
  if (isCritical && !understood.has(id))
    throw new CertificateError(`The certificate has a critical extension that is not understood, ${id}.`);
  const value = readDer(child(extension, isCritical ? 2 : 1, tags.octets).content);
  if (id === '2.5.29.19') {
    certificate.isAuthority = value.children[0]?.tag === tags.boolean && value.children[0].content[0] !== 0;
    const length = value.children.find(({ tag }) => tag === tags.integer);
    if (length !== undefined) certificate.pathLength = length.content[0] ?? 0;
  } else if (id === '2.5.29.15') certificate.keyUsage = value.content[1] ?? 0;
  else if (id === '2.5.29.37') {
    certificate.extendedKeyUsage = value.children.map(oidOf);
    certificate.extendedIsCritical = isCritical;
  } else if (id === '2.5.29.31' || id === '1.3.6.1.5.5.7.1.1') certificate.namesRevocation = true;
}

const issued = (issuer: Certificate, subject: Certificate): boolean => {
  try {
    return Buffer.compare(issuer.subjectDer, subject.issuerDer) === 0 && subject.node.verify(issuer.key);
  } catch {
    return false;
  }
};
export const isSelfSigned = (certificate: Certificate): boolean => issued(certificate, certificate);

export interface PathResult {
  /** Leaf first, root last; null where no path leads to a root. */
  path: Certificate[] | null;
  /** Why not, in words; '' where one does. */
  why: string;
  /** True where a path leads to a root but not at this time. */
  isTime: boolean;
}

/**
 * A path from a leaf to one of the roots, valid at a time (RFC 5280, 6, without policies, names and revocation): each
 * issuer is an authority that may sign certificates, within its path length. A leaf that is itself a root is its path.
 */
export function buildPath(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  at: Date,
): PathResult {
  const inTime = ({ notBefore, notAfter }: Certificate) => at >= notBefore && at <= notAfter;
  let late: Certificate[] | null = null;
  const walk = (path: Certificate[]): Certificate[] | null => {
    const last = path.at(-1) ?? leaf;
    if (roots.some(({ fingerprint }) => fingerprint === last.fingerprint)) {
      if (path.every(inTime)) return path;
      late = path;
      return null;
    }
    if (path.length >= limits.certificateChain) return null;
    for (const issuer of [...roots, ...intermediates]) {
      if (path.includes(issuer) || !issued(issuer, last) || !issuer.isAuthority) continue;
      if (issuer.keyUsage !== null && (issuer.keyUsage & usage.certSign) === 0) continue;
      if (issuer.pathLength !== null && path.length - 1 > issuer.pathLength) continue;
      const found = walk([...path, issuer]);
      if (found !== null) return found;
    }
    return null;
  };
  const path = walk([leaf]);
  if (path !== null) return { path, why: '', isTime: false };
  if (late !== null)
    return { path: null, why: `A certificate of its path was not valid at ${at.toISOString()}.`, isTime: true };
  return { path: null, why: `No path leads from ${leaf.subject} to an authority that you named.`, isTime: false };
}
