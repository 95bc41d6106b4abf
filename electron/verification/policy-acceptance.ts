import type { KeyObject } from 'node:crypto';
import type { FactOf } from '../../shared/fact.ts';
import type { KeyAlgorithm, Policy } from '../../shared/policy.ts';
import type { Judgement } from './judgement.ts';

const curves: Record<string, KeyAlgorithm> = {
  prime256v1: 'ecdsa-p256',
  secp384r1: 'ecdsa-p384',
  secp521r1: 'ecdsa-p521',
  brainpoolP256r1: 'ecdsa-brainpool',
  brainpoolP320r1: 'ecdsa-brainpool',
  brainpoolP384r1: 'ecdsa-brainpool',
  brainpoolP512r1: 'ecdsa-brainpool',
};
/** Family of a key as policies name it; null for what no policy can name. */
function algorithmOf(key: KeyObject): KeyAlgorithm | null {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ec') return curves[details?.namedCurve ?? ''] ?? null;
  if (type === 'rsa' || type === 'rsa-pss') return 'rsa';
  return type === 'dsa' || type === 'ed25519' || type === 'ed448' ? type : null;
}

type Refusal = Pick<Judgement, 'code' | 'message'>;

/** Why a key is none that the policy accepts, in words that follow "is"; null where it is. */
export function whyNotKey({ signatures }: Policy, key: KeyObject | null): Refusal | null {
  const algorithm = key === null ? null : algorithmOf(key);
  // Who signed with what no policy names is accepted only where the policy leaves algorithms open.
  if (algorithm === null ? key !== null : !signatures.algorithms.includes(algorithm))
    return {
      code: 'policy-algorithm',
      message: `by a key of the kind ${algorithm ?? 'that no policy names'}, which your policy does not accept.`,
    };
  const bits = key?.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < signatures.rsaBits)
    return {
      code: 'policy-key-size',
      message: `by a key of ${bits} bits; your policy asks for ${signatures.rsaBits}.`,
    };
  return null;
}

/** Why a signature that holds, by somebody named, is not accepted by the policy; null where it is. */
function whyNot(policy: Policy, judged: Judgement): Refusal | null {
  const { signatures } = policy;
  const ofKey = whyNotKey(policy, judged.publicKey ?? judged.certificate?.key ?? null);
  if (ofKey !== null) return { ...ofKey, message: `is ${ofKey.message}` };
  if (
    signatures.identities.length > 0 &&
    ![judged.by, ...(judged.alsoBy ?? [])].some((by) => signatures.identities.includes(by))
  )
    return { code: 'policy-identity', message: `is by ${judged.by}, whom your policy does not list.` };
  const issuer = judged.issuer ?? judged.certificate?.issuer ?? null;
  if (signatures.issuers.length > 0 && issuer !== null && !signatures.issuers.includes(issuer))
    return { code: 'policy-identity', message: `is under ${issuer}, an issuer that your policy does not list.` };
  if (judged.intermediates !== undefined && judged.intermediates > signatures.intermediates)
    return {
      code: 'policy-identity',
      message: `has ${judged.intermediates} authorities between the signer and the root; your policy accepts ${signatures.intermediates}.`,
    };
  return null;
}

const refusedBy = (judged: Judgement, { code, message }: Refusal): Judgement => ({
  ...judged,
  verdict: 'policy',
  code,
  vouched: 'nobody',
  message: `the signature holds, and ${message}`,
});

/** One signature as the policy leaves it: a pass that it does not accept is `policy`, and everything else as it was. */
export function acceptedBy(policy: Policy, judged: Judgement): Judgement {
  const refused = judged.verdict === 'pass' ? whyNot(policy, judged) : null;
  return refused === null ? judged : refusedBy(judged, refused);
}

/** The same for what a document comes to, whose signing time the policy may ask for. @param provenAt ISO 8601, or null */
export const datedFor = (
  { signatures }: Policy,
  judged: Judgement,
  use: FactOf<'signature'>['use'],
  provenAt: string | null,
): Judgement =>
  judged.verdict === 'pass' && provenAt === null && signatures.timestamped.includes(use)
    ? refusedBy(judged, {
        code: 'policy-timestamp',
        message: 'has a signing time that nothing proves; your policy asks for a timestamp or a log entry.',
      })
    : judged;
