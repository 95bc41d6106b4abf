import type { KeyObject } from 'node:crypto';
import type { FactOf } from '../../shared/fact.ts';
import type { KeyAlgorithm, Policy } from '../../shared/policy.ts';
import type { Judgement } from './judgement.ts';

const curves: Record<string, KeyAlgorithm> = {
  prime256v1: 'ecdsa-p256',
  secp384r1: 'ecdsa-p384',
  secp521r1: 'ecdsa-p521',
};
/** Family of a key as policies name it; null for what no policy can name. */
function algorithmOf(key: KeyObject): KeyAlgorithm | null {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ec') return curves[details?.namedCurve ?? ''] ?? null;
  if (type === 'rsa' || type === 'rsa-pss') return 'rsa';
  return type === 'dsa' || type === 'ed25519' || type === 'ed448' ? type : null;
}

/** Why a signature that holds, by somebody named, is not accepted by the policy; null where it is. */
function whyNot(
  { signatures }: Policy,
  judged: Judgement,
  use: FactOf<'signature'>['use'],
  provenAt: string | null,
): Pick<Judgement, 'code' | 'message'> | null {
  const key = judged.publicKey ?? judged.certificate?.key ?? null;
  const algorithm = key === null ? null : algorithmOf(key);
  // Who signed with what no policy names is accepted only where the policy leaves algorithms open.
  if (algorithm === null ? key !== null : !signatures.algorithms.includes(algorithm))
    return {
      code: 'policy-algorithm',
      message: `is by a key of the kind ${algorithm ?? 'that no policy names'}, which your policy does not accept.`,
    };
  const bits = key?.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < signatures.rsaBits)
    return {
      code: 'policy-key-size',
      message: `is by an RSA key of ${bits} bits; your policy asks for ${signatures.rsaBits}.`,
    };
  if (signatures.identities.length > 0 && !signatures.identities.includes(judged.by))
    return { code: 'policy-identity', message: `is by ${judged.by}, whom your policy does not list.` };
  const issuer = judged.issuer ?? judged.certificate?.issuer ?? null;
  if (signatures.issuers.length > 0 && issuer !== null && !signatures.issuers.includes(issuer))
    return { code: 'policy-identity', message: `is under ${issuer}, an issuer that your policy does not list.` };
  if (judged.intermediates !== undefined && judged.intermediates > signatures.intermediates)
    return {
      code: 'policy-identity',
      message: `has ${judged.intermediates} authorities between the signer and the root; your policy accepts ${signatures.intermediates}.`,
    };
  if (signatures.timestamped.includes(use) && provenAt === null)
    return {
      code: 'policy-timestamp',
      message: 'has a signing time that nothing proves; your policy asks for a timestamp or a log entry.',
    };
  return null;
}

/** A judgement as the policy leaves it: a pass that it does not accept is `policy`, and everything else as it was. */
export function acceptedBy(
  policy: Policy,
  judged: Judgement,
  use: FactOf<'signature'>['use'],
  provenAt: string | null,
): Judgement {
  const refused = judged.verdict === 'pass' ? whyNot(policy, judged, use, provenAt) : null;
  return refused === null
    ? judged
    : {
        ...judged,
        verdict: 'policy',
        code: refused.code,
        vouched: 'nobody',
        message: `the signature holds, and ${refused.message}`,
      };
}
