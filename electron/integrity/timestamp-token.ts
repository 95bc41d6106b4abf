import { definite } from './ber.ts';
import { type Certificate, CertificateError, readCertificate, usage } from './certificate.ts';
import { buildPath, imitatedRoot } from './certificate-path.ts';
import { certificatesOf, oids, parseSignedData, type SignedData, verifySigner } from './cms.ts';
import { child, type Der, DerError, elementLength, integerHex, oidOf, readDer, tags, timeOf } from './der.ts';
import { type GeneralName, readGeneralName } from './general-names.ts';
import { digestNames } from './rsa-pss.ts';

/** TSTInfo of a timestamp token (RFC 3161, 2.4.2). */
export interface TimestampInfo {
  algorithm: string;
  /** Digest of what was stamped, lower-case hex. */
  imprint: string;
  at: Date;
  serial: string;
  policy: string;
  /** Lower-case hex; null where there is none. */
  nonce: string | null;
  /** What the authority calls itself in the token; null where it does not. */
  tsa: GeneralName | null;
  /** Critical extensions that are not understood here, by object identifier. */
  unhandled: string[];
  token: SignedData;
  /** Bytes that follow the token. */
  trailing: number;
}
export class TimestampError extends Error {}

/** Digests that authorities stamp, beside those that signers use (RFC 3161, 2.4.1 leaves the choice to who asks). */
const imprintNames: Record<string, string> = {
  ...digestNames,
  '1.2.840.113549.2.5': 'md5',
  '1.3.36.3.2.1': 'ripemd160',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.5': 'sha512-224',
  '2.16.840.1.101.3.4.2.6': 'sha512-256',
  '2.16.840.1.101.3.4.2.7': 'sha3-224',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
};

/** Reads a TimeStampResp or a bare token. @throws TimestampError */
export function readTimestamp(bytes: Uint8Array): TimestampInfo {
  try {
    // Whatever follows is no part of the token, and is said to be there.
    const whole = bytes[1] === 0x80 ? definite(bytes) : bytes;
    const length = elementLength(whole);
    const root = readDer(whole.subarray(0, length));
    const first = child(root, 0);
    let tokenBytes: Uint8Array = root.raw;
    if (first.tag === tags.sequence) {
      const status = integerHex(child(first, 0, tags.integer));
      if (status !== '00' && status !== '01')
        throw new TimestampError('The authority refused to stamp: the response holds no token.');
      tokenBytes = child(root, 1).raw;
    }
    const token = parseSignedData(tokenBytes);
    if (token.contentType !== oids.timestampInfo || token.content === null)
      throw new TimestampError('The token holds no timestamp.');
    const info = readDer(token.content);
    if (integerHex(child(info, 0, tags.integer)) !== '01')
      throw new TimestampError('The timestamp is of a version that is not 1.');
    const imprint = child(info, 2, tags.sequence);
    const algorithm = imprintNames[oidOf(child(child(imprint, 0, tags.sequence), 0))];
    if (algorithm === undefined) throw new TimestampError('The digest of the imprint is not known.');
    return {
      algorithm,
      imprint: Buffer.from(child(imprint, 1, tags.octets).content).toString('hex'),
      policy: oidOf(child(info, 1, tags.oid)),
      // The serial number is an integer too, and stands before.
      nonce: nonceIn(info.children.slice(5)),
      tsa: nameIn(info.children.slice(5)),
      unhandled: criticalIn(info.children.slice(5)),
      serial: integerHex(child(info, 3, tags.integer)),
      at: timeOf(child(info, 4)),
      trailing: whole.length - length,
      token,
    };
  } catch (error) {
    if (error instanceof DerError || error instanceof CertificateError)
      throw new TimestampError(`The token cannot be read: ${error.message}.`);
    throw error;
  }
}

const nonceIn = (parts: readonly Der[]): string | null => {
  const found = parts.find(({ tag }) => tag === tags.integer);
  return found === undefined ? null : integerHex(found);
};

function nameIn(parts: readonly Der[]): GeneralName | null {
  const found = parts.find(({ tag }) => tag === 0xa0);
  return found === undefined ? null : readGeneralName(child(found, 0));
}

/** Extensions stand as in a certificate (RFC 5280, 4.2): one that is critical and not understood changes what is said. */
const criticalIn = (parts: readonly Der[]): string[] =>
  (parts.find(({ tag }) => tag === 0xa1)?.children ?? []).flatMap((each) =>
    each.children.some(({ tag, content }) => tag === tags.boolean && content[0] !== 0) ? [oidOf(child(each, 0))] : [],
  );

/** Whether an authority calls itself in a token as its certificate does (RFC 3161, 2.4.2, tsa). Kinds that are not read are passed over. */
export function isCalledSo({ tsa }: TimestampInfo, { names, subjectNames }: Certificate): boolean {
  if (tsa === null || tsa.kind === 'other') return true;
  const text = (name: GeneralName) => JSON.stringify(name).toLowerCase();
  return [...names, ...subjectNames].some((each) => text(each) === text(tsa));
}

/**
 * In what a token does not answer the request that it is said to (RFC 3161, 2.2 and 2.4.2), in words; '' where it does.
 * @param bytes TimeStampReq, DER @throws TimestampError
 */
export function answersOther(info: TimestampInfo, bytes: Uint8Array): string {
  try {
    const request = readDer(bytes.subarray(0, elementLength(bytes)));
    const asked = child(request, 1, tags.sequence);
    const digest = Buffer.from(child(asked, 1, tags.octets).content).toString('hex');
    const policy = request.children.slice(2).find(({ tag }) => tag === tags.oid);
    const nonce = nonceIn(request.children.slice(2));
    if (imprintNames[oidOf(child(child(asked, 0, tags.sequence), 0))] !== info.algorithm || digest !== info.imprint)
      return 'it asks for a stamp on other data';
    if (nonce !== null && nonce !== info.nonce) return 'its nonce is another: the token may be an old one';
    return policy !== undefined && oidOf(policy) !== info.policy ? 'it asks for another policy' : '';
  } catch (error) {
    if (error instanceof DerError) throw new TimestampError(`The request cannot be read: ${error.message}.`);
    throw error;
  }
}

export interface TimestampResult {
  holds: boolean;
  /** What it comes to for trust: pass, policy or undecided; fail where the signature itself is wrong. */
  verdict: 'pass' | 'policy' | 'undecided' | 'fail';
  why: string;
  by: string;
  /** What signed it, where that is known to have. */
  signer?: Certificate;
  /** Certificates in the token that have nothing to do with its chain. */
  foreign?: Certificate[];
}

/** Carried, and neither on a path nor another certificate of a key on it, nor issuer of one. */
const foreignTo = (path: readonly Certificate[], carried: readonly Certificate[]): Certificate[] =>
  carried.filter(
    (each) =>
      !path.some(
        (one) =>
          one.fingerprint === each.fingerprint ||
          one.key.equals(each.key) ||
          (Buffer.compare(one.issuerDer, each.subjectDer) === 0 && one.node.verify(each.key)),
      ),
  );

const timeStamping = '1.3.6.1.5.5.7.3.8';

/**
 * Verifies the signature of a token and whether a named authority stands behind it at its own time: the signer's
 * certificate is for time stamping alone and critically so (RFC 3161, 2.3), its chain ends in one of the roots.
 * @param known certificates the reviewer named as time-stampers: roots, or the signer itself
 * @param beside certificates that lie beside the token: they may complete a path, and are never trust
 */
export function verifyTimestamp(
  info: TimestampInfo,
  known: readonly Certificate[],
  beside: readonly Certificate[] = [],
): TimestampResult {
  const [signer] = info.token.signers;
  if (signer === undefined || info.token.signers.length !== 1)
    return { holds: false, verdict: 'fail', why: 'The token does not have exactly one signer.', by: '' };
  const candidates = certificatesOf(signer, [...info.token.certificates, ...known, ...beside]);
  const [first] = candidates;
  if (first === undefined && info.token.refused > 0 && info.token.refused === info.token.weak.length)
    return {
      holds: false,
      verdict: 'policy',
      why: 'The key of the certificate that it carries is weaker than is accepted, so that its signature proves nothing.',
      by: '',
    };
  if (first === undefined && info.token.refused > 0)
    return {
      holds: false,
      verdict: 'fail',
      why: 'The certificate that it carries cannot be read, or its key is not accepted.',
      by: '',
    };
  if (first === undefined)
    return {
      holds: false,
      verdict: 'undecided',
      why: 'The certificate of the authority is neither in the token nor among those you named.',
      by: '',
    };
  const content = info.token.content ?? Buffer.alloc(0);
  const wrongs = candidates.map((each) => verifySigner(signer, each, content, oids.timestampInfo, true));
  const certificate = candidates[wrongs.indexOf('')];
  if (certificate === undefined) return { holds: false, verdict: 'fail', why: wrongs[0] ?? '', by: first.subject };
  const by = certificate.subject;
  const { extendedKeyUsage: purposes, extendedIsCritical } = certificate;
  if (purposes?.length !== 1 || purposes[0] !== timeStamping || !extendedIsCritical)
    return { holds: true, verdict: 'fail', why: 'The certificate of the signer is not for time stamping alone.', by };
  if (certificate.keyUsage !== null && (certificate.keyUsage & (usage.digitalSignature | usage.nonRepudiation)) === 0)
    return { holds: true, verdict: 'fail', why: 'The certificate of the signer is not for signing.', by };
  if (known.length === 0)
    return { holds: true, verdict: 'undecided', why: `The token is by ${by}, and you named no time-stamper.`, by };
  const chain = [certificate, ...info.token.certificates];
  const path = buildPath(certificate, [...info.token.certificates, ...beside], known, info.at, timeStamping);
  if (path.path !== null)
    return {
      holds: true,
      verdict: 'pass',
      why: '',
      by,
      signer: certificate,
      foreign: foreignTo(path.path, info.token.certificates),
    };
  const imitated = path.isTime ? undefined : imitatedRoot(chain, known);
  if (imitated === undefined) return { holds: true, verdict: 'policy', why: path.why, by };
  const why = `Its chain claims to come from ${imitated.subject} and does not: an authority of that name with another key issued it.`;
  return { holds: true, verdict: 'fail', why, by };
}

/** Certificates from PEM texts, those that cannot be read left out. */
export function readableCertificates(pems: readonly (string | Uint8Array)[]): Certificate[] {
  return pems.flatMap((pem) => {
    try {
      return [readCertificate(pem)];
    } catch (error) {
      if (error instanceof CertificateError) return [];
      throw error;
    }
  });
}
