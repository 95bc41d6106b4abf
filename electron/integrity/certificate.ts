import { type KeyObject, X509Certificate } from 'node:crypto';
import type { Digest } from '../../shared/evidence.ts';
import { limits } from '../../shared/limits.ts';
import { departuresOf, serverDeparturesOf } from './certificate-profile.ts';
import { child, type Der, DerError, integerHex, oidOf, readDer, tags, timeOf } from './der.ts';
import { sha256Hex } from './digest.ts';
import {
  attributesOf,
  type GeneralName,
  type NameConstraints,
  namePartsOf,
  readGeneralName,
  readNameConstraints,
} from './general-names.ts';
import { checkKey, KeyError, pemBytes, WeakKeyError } from './public-key.ts';
import { pssOf } from './rsa-pss.ts';

export class CertificateError extends Error {}

/** A certificate of a key that is weaker than the key policy asks for: what it signed can be said, and never counts. */
export class WeakCertificateError extends CertificateError {
  readonly weak: WeakKeyError;
  constructor(weak: WeakKeyError) {
    super(weak.message);
    this.weak = weak;
  }
}

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
  /** Names that it is for; those of its subject beside them, as constraints see them. */
  names: GeneralName[];
  subjectNames: GeneralName[];
  constraints: NameConstraints | null;
  /** Key identifiers, hex; null where they are not stated. */
  subjectKeyId: string | null;
  authorityKeyId: string | null;
  /** Where it departs from the profile for the Internet in what can be told from it alone, each in words with its clause. */
  departures: string[];
  /** The same of what the CA/Browser Forum demands of certificates of servers, beyond that. */
  serverDepartures: string[];
  /** A critical extension that is not understood here; '' where there is none. Such a certificate ends no path well. */
  unhandled: string;
  /** Whether it is signed with SHA-2, SHA-3 or EdDSA; MD5 and SHA-1 can be collided by whoever asks for the certificate. */
  isStronglySigned: boolean;
  /** Whether a CRL or OCSP place is named: without one, revocation can never be asked. */
  namesRevocation: boolean;
  fingerprint: Digest;
}

/** Extensions that are read: key usage, constraints, extended usage, names, policies, places of revocation lists. */
const understood = new Set(['2.5.29.15', '2.5.29.19', '2.5.29.37', '2.5.29.17', '2.5.29.32', '2.5.29.31', '2.5.29.30']);
const authorityAccess = '1.3.6.1.5.5.7.1.1';
export const usage = { digitalSignature: 0x80, nonRepudiation: 0x40, certSign: 0x04 } as const;

const emailAddress = '1.2.840.113549.1.9.1';
/** The subject as constraints see it: its name, where it has one, and mailboxes in it. */
const subjectNamesOf = (subject: Der): GeneralName[] => [
  ...(subject.children.length === 0 ? [] : [{ kind: 'directory' as const, parts: namePartsOf(subject) }]),
  ...attributesOf(subject, emailAddress).map((value) => ({ kind: 'email' as const, value })),
];

/** The common name first, for it is what people are called by; then the rest as it stands. */
function commonName(dn: string): string {
  const parts = dn.split('\n');
  const names = parts.filter((part) => part.startsWith('CN=')).map((part) => part.slice(3));
  return [...names, ...parts.filter((part) => !part.startsWith('CN='))].join(', ');
}

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
    checkKey(node.publicKey, child(tbs, 5 + hasVersion, tags.sequence).raw);
    const algorithm = child(root, 1, tags.sequence);
    if (Buffer.compare(child(tbs, 1 + hasVersion).raw, algorithm.raw) !== 0)
      throw new CertificateError('The certificate names two algorithms for its own signature.');
    const certificate: Certificate = {
      der: bytes,
      node,
      key: node.publicKey,
      // Sigstore names its people in the alternative name alone.
      subject: commonName(node.subject ?? '') || (node.subjectAltName ?? ''),
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
      names: [],
      subjectNames: subjectNamesOf(child(tbs, 4 + hasVersion)),
      constraints: null,
      subjectKeyId: null,
      authorityKeyId: null,
      departures: [],
      serverDepartures: [],
      unhandled: '',
      isStronglySigned: strongSignatures.has(oidOf(child(algorithm, 0))) || isStrongPss(algorithm),
      namesRevocation: false,
      fingerprint: `sha256:${sha256Hex(bytes)}`,
    };
    const extensions = tbs.children.find(({ tag }) => tag === 0xa3);
    const seen = new Set<string>();
    for (const extension of extensions?.children[0]?.children ?? []) readExtension(extension, certificate, seen);
    // Whether it bears no name of a mailbox otherwise decides if the one in its subject counts (RFC 5280, 4.2.1.10).
    if (certificate.names.some(({ kind }) => kind === 'email'))
      certificate.subjectNames = certificate.subjectNames.filter(({ kind }) => kind !== 'email');
    certificate.departures = departuresOf(root, certificate);
    certificate.serverDepartures = serverDeparturesOf(root, certificate);
    return certificate;
  } catch (error) {
    if (error instanceof CertificateError) throw error;
    if (error instanceof WeakKeyError) throw new WeakCertificateError(error);
    if (error instanceof DerError || error instanceof KeyError) throw new CertificateError(error.message);
    throw new CertificateError('The certificate cannot be read.');
  }
}

function readExtension(extension: Der, certificate: Certificate, seen: Set<string>): void {
  const id = oidOf(child(extension, 0));
  if (seen.has(id)) throw new CertificateError('An extension stands twice in the certificate.');
  seen.add(id);
  const hasCritical = extension.children[1]?.tag === tags.boolean;
  const isCritical = hasCritical && extension.children[1]?.content[0] !== 0;
  const content = child(extension, hasCritical ? 2 : 1, tags.octets).content;
  if (!understood.has(id)) {
    // What it holds need not be DER: Sigstore's oldest extensions are bare text.
    if (isCritical && certificate.unhandled === '') certificate.unhandled = id;
    if (id === authorityAccess) certificate.namesRevocation = true;
    return;
  }
  const value = readDer(content);
  if (id === '2.5.29.19') {
    certificate.isAuthority = value.children[0]?.tag === tags.boolean && value.children[0].content[0] !== 0;
    const length = value.children.find(({ tag }) => tag === tags.integer);
    if (length === undefined) return;
    if ((length.content[0] ?? 0) >= 0x80) throw new CertificateError('The path length of the certificate is negative.');
    certificate.pathLength = Number.parseInt(integerHex(length), 16);
  } else if (id === '2.5.29.15') certificate.keyUsage = value.content[1] ?? 0;
  else if (id === '2.5.29.17') certificate.names = value.children.map(readGeneralName);
  else if (id === '2.5.29.30') certificate.constraints = readNameConstraints(content);
  else if (id === '2.5.29.37') {
    if (value.children.length === 0) throw new CertificateError('The certificate is for no purpose at all.');
    certificate.extendedKeyUsage = value.children.map(oidOf);
    certificate.extendedIsCritical = isCritical;
  } else if (id === '2.5.29.31') certificate.namesRevocation = true;
}

/** ECDSA and RSA with SHA-2 and SHA-3, Ed25519, Ed448 (RFC 5758; RFC 4055; NIST, CSOR; RFC 8410). */
const strongSignatures = new Set([
  '1.2.840.10045.4.3.1',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.113549.1.1.14',
  ...[9, 10, 11, 12, 13, 14, 15, 16].map((each) => `2.16.840.1.101.3.4.3.${each}`),
  '1.3.101.112',
  '1.3.101.113',
]);
/** RSASSA-PSS names its digest in its parameters, and means SHA-1 where it names none (RFC 4055, 3.1). */
const isStrongPss = (algorithm: Der): boolean => /^sha[235]/.test(pssOf(algorithm)?.digest ?? '');
