import { createHash } from 'node:crypto';
import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { type Certificate, CertificateError, readCertificate, usage } from '../integrity/certificate.ts';
import { buildPath, isSelfSigned } from '../integrity/certificate-path.ts';
import { weakAlgorithms } from '../integrity/digest.ts';
import { fulcioIdentity, whyNotPromised } from '../integrity/fulcio-certificate.ts';
import { JsonError } from '../integrity/json.ts';
import { verifyEntry } from '../integrity/rekor-entry.ts';
import { isDuring, readSigstoreRoot, type SigstoreRoot } from '../integrity/sigstore-root.ts';
import { readTimestamp, TimestampError, verifyTimestamp } from '../integrity/timestamp-token.ts';
import { type Judgement, mayServe, nobody, settledByTrust } from './judgement.ts';
import { formHeld } from './key-use.ts';

const codeSigning = '1.3.6.1.5.5.7.3.3';
type Signature = FactOf<'signature'>;

const invalid = (message: string, by = ''): Judgement => ({
  ...nobody,
  verdict: 'fail',
  by,
  code: 'signature-invalid',
  message,
});

function certificatesOf(texts: readonly string[]): Certificate[] | null {
  try {
    return texts.map((text) => readCertificate(Buffer.from(text, 'base64')));
  } catch (error) {
    if (error instanceof CertificateError) return null;
    throw error;
  }
}

/** Times at which a time-stamper of the root saw the signature, each within the period the root names it for. */
function stampedTimes(tokens: readonly string[], value: Buffer, root: SigstoreRoot): Date[] {
  return tokens.flatMap((token) => {
    try {
      const info = readTimestamp(Buffer.from(token, 'base64'));
      if (weakAlgorithms.has(info.algorithm)) return [];
      if (createHash(info.algorithm).update(value).digest('hex') !== info.imprint) return [];
      const known = root.timestampers.filter((each) => isDuring(each, info.at)).flatMap(({ chain }) => chain);
      // A certificate of the root itself anchors the path; one in the token is only a way to it.
      return known.length > 0 && verifyTimestamp(info, known).verdict === 'pass' ? [info.at] : [];
    } catch (error) {
      if (error instanceof TimestampError) return [];
      throw error;
    }
  });
}

/**
 * A signature by a certificate of a few minutes, as the specification of Sigstore clients has it verified, offline: the
 * signature, the log entry, the time, the certificate at that time, the promise of its log, and whether it is somebody
 * whom the reviewer named. Null where she named no root for this use, or the signature carries no log entry.
 */
export function judgeSigstore(fact: Signature, entries: readonly TrustEntry[]): Judgement | null {
  const { sigstore } = fact;
  const [signature] = fact.signatures;
  const roots = entries.filter((each) => each.kind === 'sigstore' && mayServe(each, fact.use));
  if (sigstore === undefined || signature === undefined || signature.certificates.length === 0 || roots.length === 0)
    return null;
  const certificates = certificatesOf(signature.certificates);
  const [leaf, ...carried] = certificates ?? [];
  if (leaf === undefined) return invalid('its certificate cannot be read, or its key is not accepted.');
  const value = Buffer.from(signature.value, 'base64');
  const forms = [fact.signed, ...(fact.legacySigned ?? [])].map((text) => Buffer.from(text, 'base64'));
  const held = formHeld(fact, signature, leaf.key, forms, [undefined, 'sha256']);
  const signed = forms[held];
  if (signed === undefined)
    return invalid(`the signature does not hold by the certificate of ${leaf.subject} that it carries.`);
  // The best that any of the roots she named makes of it.
  const found = roots.map((entry) => judgeUnder(fact, entry, { leaf, carried, signed, value }));
  const order = ['pass', 'policy', 'undecided', 'fail'] as const;
  return order.flatMap((verdict) => found.find((each) => each.verdict === verdict) ?? [])[0] ?? null;
}

/** What a certificate of a signer must be (sigstore client specification, "Certificate verification"); '' where it is. */
function whyNotSigner({ isAuthority, keyUsage, extendedKeyUsage }: Certificate): string {
  if (isAuthority) return 'is of an authority, not of a signer';
  if (keyUsage === null || (keyUsage & usage.digitalSignature) === 0) return 'is not for signing';
  return extendedKeyUsage?.includes(codeSigning) === true ? '' : 'is not for signing code';
}

/** A root that the reviewer named; null where it cannot be read. */
export function readableRoot(text: string): SigstoreRoot | null {
  try {
    return readSigstoreRoot(text);
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

function judgeUnder(
  { sigstore, signatures, detached }: Signature,
  entry: TrustEntry,
  { leaf, carried, signed, value }: { leaf: Certificate; carried: Certificate[]; signed: Buffer; value: Buffer },
): Judgement {
  const root = readableRoot(entry.material);
  if (root === null)
    return {
      ...nobody,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: 'the Sigstore root that you named cannot be read.',
    };
  // A copy of what the root names anyway is passed over (sigstore_bundle.proto, x509_certificate_chain).
  const own = new Set(root.authorities.flatMap(({ chain }) => chain.map(({ fingerprint }) => fingerprint)));
  if (carried.some((each) => isSelfSigned(each) && !own.has(each.fingerprint)))
    return invalid('its certificates bring a root of their own, which a bundle must not.');
  const logged = {
    signed,
    ...(detached?.streamed === undefined ? {} : { signedDigest: Buffer.from(detached.streamed.sha256, 'hex') }),
    payload: sigstore?.payload === undefined ? null : Buffer.from(sigstore.payload, 'base64'),
    signature: value.toString('base64'),
    verifier: leaf.der,
  };
  const needsProof = sigstore?.needsProof === true;
  const results = (sigstore?.entries ?? []).map((each) => verifyEntry(each, logged, root.logs, needsProof));
  const wrong = results.find(({ why }) => why !== '');
  if (wrong !== undefined)
    return invalid(`the signature holds, and its log entry does not. ${wrong.why}`, leaf.subject);
  if (results.length === 0) return invalid('it carries no entry of a transparency log.', leaf.subject);
  const stamped = stampedTimes(signatures[0]?.timestamps ?? [], value, root);
  const times = [...results.flatMap(({ at }) => at ?? []), ...stamped].sort((a, b) => a.getTime() - b.getTime());
  const [first] = times;
  const holds = { ...nobody, holds: true, by: leaf.subject, certificate: leaf } as const;
  if (first === undefined)
    return {
      ...holds,
      verdict: 'policy',
      code: 'signature-time',
      message: 'the signature holds, and nothing that your root vouches for says when it was made.',
      settledBy: 'A timestamp by an authority of the root.',
    };
  // An entry that the log did not date is of the time that is proven otherwise: its key must count then too.
  if (results.some(({ log, at }) => at === null && log !== null && !isDuring(log, first)))
    return invalid(
      'the signature holds, and the root does not name the key of the log for the time when it was made.',
      leaf.subject,
    );
  for (const at of times) {
    const known = root.authorities.filter((each) => isDuring(each, at));
    const anchors = known.flatMap(({ chain }) => chain.at(-1) ?? []);
    const between = [...carried, ...known.flatMap(({ chain }) => chain.slice(0, -1))];
    const { path, why } = buildPath(leaf, between, anchors, at, codeSigning);
    if (path === null)
      return { ...holds, verdict: 'policy', code: 'signature-time', message: `the signature holds. ${why}` };
    const issuer = path[1];
    const promised =
      issuer === undefined ? 'Its certificate has no issuer.' : whyNotPromised(leaf, issuer, root.certificateLogs);
    if (promised !== '')
      return {
        ...holds,
        verdict: 'policy',
        code: 'signature-other-signer',
        message: `the signature holds. ${promised}`,
      };
  }
  const unfit = whyNotSigner(leaf);
  if (unfit !== '')
    return {
      ...holds,
      verdict: 'policy',
      code: 'signature-not-for-this-use',
      message: `the signature holds, by a certificate that ${unfit}.`,
    };
  const { identities, issuer } = fulcioIdentity(leaf);
  const by = identities[0] ?? leaf.subject;
  const who = {
    ...holds,
    by,
    alsoBy: identities.slice(1),
    ...(issuer === null ? {} : { issuer }),
    provenAt: first.toISOString(),
  };
  if (entry.identities.length === 0)
    return {
      ...who,
      verdict: 'undecided',
      code: 'signature-unknown-signer',
      message: `the signature holds, by ${by}, for whom ${issuer ?? 'nobody'} vouched. You named the root and nobody under it.`,
      settledBy: settledByTrust,
    };
  const named = entry.identities.some((each) => identities.includes(each.identity) && each.issuer === issuer);
  if (!named)
    return {
      ...who,
      verdict: 'policy',
      code: 'signature-other-signer',
      message: `the signature holds, by ${by}, for whom ${issuer ?? 'nobody'} vouched: not one of the ${entry.identities.length} you named under this root.`,
      settledBy: settledByTrust,
    };
  return {
    ...who,
    verdict: 'pass',
    vouched: 'log',
    code: 'signature-holds',
    message: `the signature holds, by ${by}, for whom ${issuer ?? 'nobody'} vouched, logged and dated ${first.toISOString()}.`,
  };
}
