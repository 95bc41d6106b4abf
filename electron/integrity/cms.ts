import { createHash, type KeyObject } from 'node:crypto';
import { definite } from './ber.ts';
import { type Certificate, CertificateError, readCertificate, WeakCertificateError } from './certificate.ts';
import { child, type Der, DerError, der, integerHex, oidOf, readDer, tags } from './der.ts';
import { verifySignature } from './public-key.ts';
import { digestNames, type Pss, pssOf } from './rsa-pss.ts';

export const oids = {
  signedData: '1.2.840.113549.1.7.2',
  data: '1.2.840.113549.1.7.1',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  timestampInfo: '1.2.840.113549.1.9.16.1.4',
  timestampToken: '1.2.840.113549.1.9.16.2.14',
} as const;

export interface CmsSigner {
  issuerDer: Buffer | null;
  serial: string;
  subjectKeyId: Buffer | null;
  digest: string;
  /** DER of the signed attributes as a SET; null where there are none. */
  attributes: Buffer | null;
  attributeOf: Map<string, Der>;
  signature: Buffer;
  /** null where it is signed in another way than RSASSA-PSS. */
  pss: Pss | null;
  /** RFC 3161 tokens over the signature, DER (RFC 5126, 6.1.1). */
  timestamps: Buffer[];
}
/** SignedData (RFC 5652, 5). */
export interface SignedData {
  contentType: string;
  /** Content carried along; null where it is detached. */
  content: Buffer | null;
  certificates: Certificate[];
  /** How many certificates could not be read, or have keys that are not accepted. */
  refused: number;
  /** DER of those whose keys are too weak to be accepted. */
  weak: Buffer[];
  signers: CmsSigner[];
}

/** Parses ContentInfo with SignedData. @throws DerError */
export function parseSignedData(bytes: Uint8Array): SignedData {
  const info = readDer(definite(bytes));
  if (oidOf(child(info, 0)) !== oids.signedData) throw new DerError('The content is not SignedData', 0);
  const signed = child(child(info, 1, 0xa0), 0, tags.sequence);
  const encapsulated = child(signed, 2, tags.sequence);
  const held = encapsulated.children[1];
  const certificates = signed.children.find(({ tag }) => tag === 0xa0);
  const signers = signed.children.at(-1);
  if (signers?.tag !== tags.set) throw new DerError('The signers are missing', 0);
  if ((certificates?.children.length ?? 0) > 32 || signers.children.length > 16)
    throw new DerError('There are too many certificates or signers', 0);
  const carried = (certificates?.children ?? []).filter(({ tag }) => tag === tags.sequence);
  const weak: Buffer[] = [];
  const read = carried.flatMap(({ raw }) => readable(raw, weak));
  return {
    contentType: oidOf(child(encapsulated, 0)),
    content: held === undefined ? null : Buffer.from(child(held, 0, tags.octets).content),
    certificates: read,
    refused: carried.length - read.length,
    weak,
    signers: signers.children.map(readSigner),
  };
}

/** A certificate beside the signer's may be of a kind that is not read here: it is passed over. */
function readable(raw: Uint8Array, weak: Buffer[]): Certificate[] {
  try {
    return [readCertificate(raw)];
  } catch (error) {
    if (error instanceof WeakCertificateError) weak.push(Buffer.from(raw));
    if (error instanceof CertificateError) return [];
    throw error;
  }
}

function readSigner(info: Der): CmsSigner {
  const id = child(info, 1);
  const digest = digestNames[oidOf(child(child(info, 2, tags.sequence), 0))];
  if (digest === undefined) throw new DerError('The digest of a signer is not known', 0);
  const attributes = info.children.find(({ tag }) => tag === 0xa0);
  const attributeOf = new Map<string, Der>();
  for (const attribute of attributes?.children ?? []) {
    const name = oidOf(child(attribute, 0));
    if (attributeOf.has(name)) throw new DerError('An attribute stands twice', 0);
    attributeOf.set(name, child(attribute, 1, tags.set));
  }
  const signature = info.children.find(({ tag }) => tag === tags.octets);
  if (signature === undefined) throw new DerError('A signer has no signature', 0);
  const byIssuer = id.tag === tags.sequence;
  return {
    issuerDer: byIssuer ? Buffer.from(child(id, 0).raw) : null,
    serial: byIssuer ? integerHex(child(id, 1, tags.integer)) : '',
    subjectKeyId: byIssuer ? null : Buffer.from(id.content),
    digest,
    // The signature is over the attributes with the tag of a SET, not with [0] (RFC 5652, 5.4).
    attributes: attributes === undefined ? null : der(tags.set, attributes.content),
    attributeOf,
    signature: Buffer.from(signature.content),
    pss: pssOf(info.children[info.children.indexOf(signature) - 1]),
    timestamps: (info.children.find(({ tag }) => tag === 0xa1)?.children ?? []).flatMap((attribute) =>
      oidOf(child(attribute, 0)) === oids.timestampToken
        ? child(attribute, 1, tags.set).children.map(({ raw }) => Buffer.from(raw))
        : [],
    ),
  };
}

const plainSerial = (hex: string) => hex.toLowerCase().replace(/^0+(?=.)/, '');
/** The certificates of a signer among those given, by what names them alone: a forged one may bear the same. */
export const certificatesOf = (signer: CmsSigner, certificates: readonly Certificate[]): Certificate[] =>
  certificates.filter((each) =>
    signer.issuerDer === null
      ? each.subjectKeyId !== null && signer.subjectKeyId?.toString('hex') === each.subjectKeyId
      : Buffer.compare(each.issuerDer, signer.issuerDer) === 0 &&
        plainSerial(each.serial) === plainSerial(signer.serial),
  );
/** Of those the one by which the signed attributes hold, else the first. */
export function certificateOf(signer: CmsSigner, certificates: readonly Certificate[]): Certificate | undefined {
  const { attributes, signature, digest, pss } = signer;
  const all = certificatesOf(signer, certificates);
  const holds = ({ key }: Certificate) =>
    attributes !== null && verifySignature(key, attributes, signature, digest, pss);
  return all.length < 2 ? all[0] : (all.find(holds) ?? all[0]);
}

/**
 * Whether bytes are signed attributes themselves. A signature made over attributes holds over a file of the same bytes,
 * which its signer never saw (RFC 5652, 5.4 and 11; Strenzke, 2023).
 */
export function areAttributes(content: Uint8Array): boolean {
  if (content[0] !== tags.set) return false;
  try {
    const ids = readDer(content).children.map((each) => oidOf(child(each, 0)));
    return ids.includes(oids.contentType) && ids.includes(oids.messageDigest);
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}
const ofAttributes = 'it has no signed attributes, and its content is nothing but those of another signature.';

/** Whether the signed attributes name a certificate (RFC 5035; RFC 2634, 5.4): null where they name none. */
function namesCertificate({ attributeOf }: CmsSigner, certificate: Certificate): boolean | null {
  const v2 = attributeOf.get(oids.signingCertificateV2);
  const v1 = attributeOf.get(oids.signingCertificate);
  const named = (v2 ?? v1)?.children[0]?.children[0]?.children[0];
  if (named === undefined) return null;
  const [first, second] = named.children;
  const hasAlgorithm = first?.tag === tags.sequence;
  const algorithm = v2 === undefined ? 'sha1' : hasAlgorithm ? (digestNames[oidOf(child(first, 0))] ?? '') : 'sha256';
  const hash = hasAlgorithm ? second : first;
  return (
    algorithm !== '' &&
    hash !== undefined &&
    Buffer.compare(hash.content, createHash(algorithm).update(certificate.der).digest()) === 0
  );
}

/**
 * Where what a signer signed contradicts what lies around it (RFC 5652, 5.4 and 11): the content type, the digest of
 * content that is carried along, the certificate. @returns '' where nothing does
 */
export function contradictionIn(
  signer: CmsSigner,
  certificate: Certificate | undefined,
  content: Uint8Array | null,
  contentType: string,
): string {
  try {
    return contradiction(signer, certificate, content, contentType);
  } catch (error) {
    if (error instanceof DerError) return 'the signed attributes cannot be read.';
    throw error;
  }
}

function contradiction(
  signer: CmsSigner,
  certificate: Certificate | undefined,
  content: Uint8Array | null,
  contentType: string,
): string {
  // Without attributes nothing but the content is signed, which is plain data then.
  if (signer.attributes === null && content !== null && areAttributes(content)) return ofAttributes;
  if (signer.attributes === null)
    return contentType === oids.data ? '' : 'content of this type is signed with attributes alone.';
  const type = signer.attributeOf.get(oids.contentType)?.children[0];
  if (type === undefined || oidOf(type) !== contentType) return 'the signed content type is another.';
  const stated = signer.attributeOf.get(oids.messageDigest)?.children[0];
  if (stated === undefined) return 'the signed attributes hold no digest of the content.';
  if (content !== null && Buffer.compare(stated.content, createHash(signer.digest).update(content).digest()) !== 0)
    return 'the signed digest is not that of the content that it carries.';
  return certificate !== undefined && namesCertificate(signer, certificate) === false
    ? 'the signed attributes name another certificate.'
    : '';
}

/**
 * Whether a signer's signature holds over content: nothing contradicts its signed attributes, they name the certificate
 * where that is required, and the key signed them. @returns '' where it holds, else why not
 */
export function verifySigner(
  signer: CmsSigner,
  certificate: Certificate,
  content: Uint8Array,
  contentType: string,
  needsCertificateAttribute: boolean,
): string {
  const key: KeyObject = certificate.key;
  const { digest, signature, attributes, pss } = signer;
  const wrong = contradictionIn(signer, certificate, content, contentType);
  if (wrong !== '') return wrong.replace(/^./, (letter) => letter.toUpperCase());
  if (needsCertificateAttribute && (attributes === null || namesCertificate(signer, certificate) === null))
    return 'The signed attributes do not name the certificate.';
  if (attributes === null)
    return verifySignature(key, content, signature, digest, pss) ? '' : 'The signature is not over this content.';
  return verifySignature(key, attributes, signature, digest, pss)
    ? ''
    : 'The signature is not by the key of the certificate.';
}
