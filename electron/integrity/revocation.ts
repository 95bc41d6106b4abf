import { createHash } from 'node:crypto';
import { type Certificate, CertificateError, readCertificate } from './certificate.ts';
import { child, type Der, DerError, integerHex, oidOf, readDer, spkiBits, tags, timeOf } from './der.ts';
import { verifySignature } from './public-key.ts';
import { digestNames, pssOf } from './rsa-pss.ts';

/** What an authority said of one certificate. */
interface Said {
  status: 'revoked' | 'good' | 'unknown';
  /** Since when; null unless revoked. */
  at: Date | null;
  from: Date;
  until: Date | null;
}
/** A list of revoked certificates (RFC 5280, 5) or a response about some (RFC 6960), read and not yet verified. */
export interface Revocations {
  what: 'list' | 'response';
  /** Whether it is about certificates of an issuer, and whether that issuer or one it named for this signed it; '' where so. */
  whyNotBy(issuer: Certificate): string;
  isAbout(issuer: Certificate): boolean;
  /** What it says of a certificate of that issuer; null where nothing. */
  says(certificate: Certificate, issuer: Certificate): Said | null;
  madeAt: Date;
}

const signatureDigests: Record<string, string | null> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '2.16.840.1.101.3.4.3.10': 'sha3-256',
  '2.16.840.1.101.3.4.3.11': 'sha3-384',
  '2.16.840.1.101.3.4.3.12': 'sha3-512',
  '2.16.840.1.101.3.4.3.14': 'sha3-256',
  '2.16.840.1.101.3.4.3.15': 'sha3-384',
  '2.16.840.1.101.3.4.3.16': 'sha3-512',
  '1.3.101.112': null,
  '1.3.101.113': null,
};
const plain = (hex: string) => hex.toLowerCase().replace(/^0+(?=.)/, '');

/** Whether a key signed `tbs`, strongly; RSASSA-PSS says its digest itself. */
function isSignedBy({ key }: Certificate, tbs: Der, algorithm: Der, signature: Der): boolean {
  const pss = pssOf(algorithm);
  const digest = pss === null ? signatureDigests[oidOf(child(algorithm, 0))] : pss.digest;
  if (digest === undefined || digest === 'sha1' || digest === '') return false;
  return verifySignature(key, tbs.raw, signature.content.subarray(1), digest ?? undefined, pss);
}

/** Extensions of a list that are understood: key identifier, number, names of the issuer, when the next delta comes. */
const understood = new Set(['2.5.29.35', '2.5.29.20', '2.5.29.18', '2.5.29.46']);
const mostEntries = 200_000;

/** Reads a certificate revocation list, DER. @throws DerError */
export function readRevocationList(bytes: Uint8Array): Revocations {
  const root = readDer(bytes);
  const tbs = child(root, 0, tags.sequence);
  const algorithm = child(root, 1, tags.sequence);
  const signature = child(root, 2, tags.bits);
  const hasVersion = tbs.children[0]?.tag === tags.integer ? 1 : 0;
  if (Buffer.compare(child(tbs, hasVersion).raw, algorithm.raw) !== 0)
    throw new DerError('The list names two algorithms for its own signature', 0);
  const issuerDer = child(tbs, hasVersion + 1, tags.sequence).raw;
  const isTime = (node: Der | undefined) => node?.tag === tags.utcTime || node?.tag === tags.generalizedTime;
  const from = timeOf(child(tbs, hasVersion + 2));
  const next = tbs.children[hasVersion + 3];
  const until = next !== undefined && isTime(next) ? timeOf(next) : null;
  const entries = tbs.children.slice(hasVersion + 3).find(({ tag }) => tag === tags.sequence)?.children ?? [];
  if (entries.length > mostEntries) throw new DerError(`The list names more than ${mostEntries} certificates`, 0);
  const revoked = new Map<string, Date>();
  let wrong = '';
  for (const entry of entries) {
    revoked.set(plain(integerHex(child(entry, 0, tags.integer))), timeOf(child(entry, 1)));
    // Whose certificate an entry is about may be said in it (5.3.3): such lists speak for others, and are not read.
    for (const extension of entry.children[2]?.children ?? [])
      if (isCriticalIn(extension))
        wrong = `An entry of it has a critical extension that is not understood, ${oidOf(child(extension, 0))}.`;
  }
  const extensions = tbs.children.find(({ tag }) => tag === 0xa0)?.children[0]?.children ?? [];
  for (const extension of extensions) {
    const id = oidOf(child(extension, 0));
    if (!isCriticalIn(extension)) continue;
    wrong = understood.has(id)
      ? `Its extension ${id} is critical, which it must not be (RFC 5280, 5.2).`
      : `It has a critical extension that is not understood, ${id}.`;
  }
  const isAbout = (issuer: Certificate) => Buffer.compare(issuer.subjectDer, issuerDer) === 0;
  return {
    what: 'list',
    madeAt: from,
    isAbout,
    whyNotBy(issuer) {
      if (wrong !== '') return wrong;
      // Where a key usage is stated it includes the signing of lists (RFC 5280, 6.3.3, f).
      if (issuer.keyUsage !== null && (issuer.keyUsage & 0x02) === 0)
        return `${issuer.subject} may not sign lists of revoked certificates.`;
      return isSignedBy(issuer, tbs, algorithm, signature) ? '' : `It is not signed by ${issuer.subject}.`;
    },
    says(certificate, issuer) {
      if (!isAbout(issuer)) return null;
      const at = revoked.get(plain(certificate.serial)) ?? null;
      return { status: at === null ? 'good' : 'revoked', at, from, until };
    },
  };
}

const isCriticalIn = (extension: Der) =>
  extension.children[1]?.tag === tags.boolean && extension.children[1].content[0] !== 0;

const basicResponse = '1.3.6.1.5.5.7.48.1.1';
const ocspSigning = '1.3.6.1.5.5.7.3.9';
const mostResponses = 1_000;

interface Single extends Said {
  serial: string;
  isOf(issuer: Certificate): boolean;
}

/** Reads an OCSP response, DER. @throws DerError for what is none, or says nothing */
export function readOcspResponse(bytes: Uint8Array): Revocations {
  const root = readDer(bytes);
  const status = child(root, 0);
  if (status.tag !== 0x0a || status.content[0] !== 0) throw new DerError('The responder gave no answer', 0);
  const held = child(child(root, 1, 0xa0), 0, tags.sequence);
  if (oidOf(child(held, 0)) !== basicResponse) throw new DerError('The answer is of a kind that is not known', 0);
  const basic = readDer(child(held, 1, tags.octets).content);
  const tbs = child(basic, 0, tags.sequence);
  const algorithm = child(basic, 1, tags.sequence);
  const signature = child(basic, 2, tags.bits);
  const hasVersion = tbs.children[0]?.tag === 0xa0 ? 1 : 0;
  const madeAt = timeOf(child(tbs, hasVersion + 1));
  const responses = child(tbs, hasVersion + 2, tags.sequence).children;
  if (responses.length > mostResponses)
    throw new DerError(`The answer is about more than ${mostResponses} certificates`, 0);
  const singles = responses.map(readSingle);
  const critical = (tbs.children.find(({ tag }) => tag === 0xa1)?.children[0]?.children ?? []).find(isCriticalIn);
  const carried = (basic.children.find(({ tag }) => tag === 0xa0)?.children[0]?.children ?? [])
    .slice(0, 8)
    .flatMap(({ raw }) => readable(raw));
  return {
    what: 'response',
    madeAt,
    isAbout: (issuer) => singles.some((each) => each.isOf(issuer)),
    whyNotBy(issuer) {
      if (critical !== undefined)
        return `It has a critical extension that is not understood, ${oidOf(child(critical, 0))}.`;
      // The issuer itself, or one to whom it gave a certificate for this alone (RFC 6960, 4.2.2.2).
      const delegates = carried.filter(
        (each) =>
          each.extendedKeyUsage?.includes(ocspSigning) === true &&
          each.isStronglySigned &&
          madeAt >= each.notBefore &&
          madeAt <= each.notAfter &&
          Buffer.compare(each.issuerDer, issuer.subjectDer) === 0 &&
          each.node.verify(issuer.key),
      );
      return [issuer, ...delegates].some((each) => isSignedBy(each, tbs, algorithm, signature))
        ? ''
        : `It is neither signed by ${issuer.subject} nor by one whom it named for this.`;
    },
    says: (certificate, issuer) =>
      singles.find(({ serial, isOf }) => serial === plain(certificate.serial) && isOf(issuer)) ?? null,
  };
}

function readSingle(node: Der): Single {
  const id = child(node, 0, tags.sequence);
  const algorithm = digestNames[oidOf(child(child(id, 0, tags.sequence), 0))];
  const [nameHash, keyHash] = [child(id, 1, tags.octets).content, child(id, 2, tags.octets).content];
  const status = child(node, 1);
  const next = node.children.find(({ tag }, i) => i > 2 && tag === 0xa0);
  const hash = (bytes: Uint8Array) =>
    algorithm === undefined ? Buffer.alloc(0) : createHash(algorithm).update(bytes).digest();
  return {
    serial: plain(integerHex(child(id, 3, tags.integer))),
    status: status.tag === 0x80 ? 'good' : status.tag === 0xa1 ? 'revoked' : 'unknown',
    at: status.tag === 0xa1 ? timeOf(child(status, 0)) : null,
    from: timeOf(child(node, 2)),
    until: next === undefined ? null : timeOf(child(next, 0)),
    isOf: (issuer) =>
      hash(issuer.subjectDer).equals(nameHash) &&
      hash(spkiBits(issuer.key.export({ format: 'der', type: 'spki' }))).equals(keyHash),
  };
}

function readable(raw: Uint8Array): Certificate[] {
  try {
    return [readCertificate(raw)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}

export type Standing =
  | { is: 'revoked'; at: Date; by: Revocations }
  | { is: 'good'; by: Revocations }
  | { is: 'open'; why: string };

/**
 * Whether a certificate stood at a time, by what lies beside it: revoked by then, vouched for by a list or an answer
 * that covers that time or was made after it, or open.
 */
export function standingOf(
  certificate: Certificate,
  issuer: Certificate,
  all: readonly Revocations[],
  at: Date,
): Standing {
  let why = '';
  let good: Revocations | null = null;
  for (const each of all) {
    const said = each.isAbout(issuer) ? each.says(certificate, issuer) : null;
    if (said === null || said.status === 'unknown') continue;
    const wrong = each.whyNotBy(issuer);
    if (wrong !== '') {
      why = `${each.what === 'list' ? 'A revocation list' : 'An OCSP response'} of ${issuer.subject} does not count: ${wrong}`;
      continue;
    }
    if (said.status === 'revoked' && said.at !== null && said.at <= at) return { is: 'revoked', at: said.at, by: each };
    const covers = said.from >= at || (said.until === null ? said.from <= at : at <= said.until);
    if (said.status === 'good' && covers) good = each;
    else if (said.status === 'revoked') good = each;
    else if (!covers) why = `What ${issuer.subject} said of it was said before the time that counts, and has run out.`;
  }
  return good === null ? { is: 'open', why } : { is: 'good', by: good };
}
