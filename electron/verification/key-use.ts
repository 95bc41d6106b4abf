import { createHmac, type KeyObject } from 'node:crypto';
import type { FactOf } from '../../shared/fact.ts';
import { streamedEd25519ph } from '../integrity/ed25519.ts';
import { jwsAlgorithm, jwsHolds } from '../integrity/jws.ts';
import { bareSignatureHolds } from '../integrity/openpgp-bare.ts';
import { fingerprint, verifySignature } from '../integrity/public-key.ts';
import { type Judgement, type KnownKey, nobody } from './judgement.ts';

type Signature = FactOf<'signature'>['signatures'][number];

/** Digests to try: the one that the form names; for a bare signature, each; else that of the key. */
export function digestsFor(fact: FactOf<'signature'>, { digest }: Signature): (string | undefined)[] {
  if (digest !== undefined) return [digest];
  if (fact.scheme === 'raw') return [undefined, 'sha256', 'sha384', 'sha512'];
  // cosign signs with SHA-256 by keys of every curve; others take the digest that goes with the curve.
  return fact.scheme === 'dsse' || fact.scheme === 'sigstore' ? [undefined, 'sha256'] : [undefined];
}

/**
 * Which of some forms of what is signed a signature holds over by a key, −1 where over none. Over a file that was read
 * in parts it is known already. @param digests to try with each form
 */
export function formHeld(
  fact: FactOf<'signature'>,
  signature: Signature,
  key: KeyObject,
  forms: readonly Uint8Array[],
  digests: readonly (string | undefined)[],
): number {
  const streamed = fact.detached?.streamed?.holdsBy[fact.signatures.indexOf(signature)];
  if (streamed !== undefined) return streamed.includes(fingerprint(key)) ? 0 : -1;
  const value = Buffer.from(signature.value, 'base64');
  const { algorithm } = signature;
  if (!mayBeBy(key, algorithm)) return -1;
  const { pgpHead } = signature;
  if (pgpHead !== undefined)
    return forms.findIndex((data) => bareSignatureHolds(key, Buffer.from(pgpHead, 'base64'), value, data));
  if ((fact.scheme === 'jws' || fact.scheme === 'jsf') && algorithm !== undefined)
    return forms.findIndex((data) => jwsHolds(key, data, value, algorithm));
  const held = forms.findIndex((data) =>
    digests.some((digest) => verifySignature(key, data, value, digest, signature.pss)),
  );
  if (held >= 0 || fact.scheme !== 'raw' || key.asymmetricKeyType !== 'ed25519' || value.length !== 64) return held;
  // Nothing says how a bare signature was made: the prehashed variant is one way.
  return forms.findIndex((data) => {
    const over = streamedEd25519ph(key, value);
    over.update(data);
    return over.holds();
  });
}

const curveOf: Record<string, string> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
  ES256K: 'secp256k1',
};
/** A key is used by its own algorithm: one that the message names must be that (RFC 8725, 3.1). */
export function mayBeBy(key: KeyObject, algorithm: string | undefined): boolean {
  if (algorithm === undefined) return true;
  const kind = jwsAlgorithm(algorithm)?.key;
  if (kind === 'ec') return key.asymmetricKeyDetails?.namedCurve === curveOf[algorithm];
  const type = key.asymmetricKeyType ?? '';
  if (kind === 'rsa') return /^rsa/.test(type);
  // EdDSA is by either curve, the later names by one each (RFC 8037, 3.1; RFC 9864, 2.2).
  return kind === 'eddsa' && (algorithm === 'EdDSA' ? /^ed(25519|448)$/.test(type) : type === algorithm.toLowerCase());
}

/** Whether a key that says for which algorithm it is may have made what says by which it was made (RFC 7517, 4.4). */
export function isPinnedTo({ algorithm }: KnownKey, other: string | undefined): boolean {
  const plain = (name: string) => (/^Ed(25519|448)$/.test(name) ? 'EdDSA' : name);
  return algorithm === undefined || other === undefined || plain(algorithm) === plain(other);
}

/** An algorithm that no public key verifies: a shared secret proves nothing to a third person, and none is no signature. */
export function jwsConfusion(
  fact: FactOf<'signature'>,
  { algorithm, keyId, value }: Signature,
  keys: KnownKey[],
): Judgement | null {
  if ((fact.scheme !== 'jws' && fact.scheme !== 'jsf') || algorithm === undefined || jwsAlgorithm(algorithm) !== null)
    return null;
  const claimed = keys.find(({ ids }) => keyId !== null && ids.includes(keyId));
  const [, bits] = /^HS(256|384|512)$/.exec(algorithm) ?? [];
  if (bits !== undefined && claimed === undefined && isOpenSecret(fact, value, `sha${bits}`, keys))
    return {
      ...nobody,
      verdict: 'fail',
      code: 'signature-invalid',
      message: 'it is made with a secret that everybody has: none at all, or the public key of somebody you named.',
    };
  if (bits !== undefined && claimed === undefined)
    return {
      ...nobody,
      verdict: 'undecided',
      code: 'signature-keyed',
      message: 'it is made with a shared secret: whoever can check it could have made it.',
      settledBy: 'A signature by a private key.',
    };
  return {
    ...nobody,
    verdict: 'fail',
    code: 'signature-invalid',
    by: claimed?.entry.name ?? '',
    message:
      claimed === undefined
        ? `its algorithm ${algorithm.slice(0, 40)} is none that is accepted.`
        : `it claims the key of ${claimed.entry.name} for ${algorithm.slice(0, 40)}, which that key is not for.`,
  };
}

/** Secrets with which anybody could have made it: the empty one, and public keys taken for secrets (RFC 8725, 2.1). */
function isOpenSecret(fact: FactOf<'signature'>, value: string, digest: string, keys: KnownKey[]): boolean {
  const signed = Buffer.from(fact.signed, 'base64');
  const secrets = keys.flatMap(({ key, entry }) => {
    const spki = key.export({ format: 'der', type: 'spki' });
    const pem = key.export({ format: 'pem', type: 'spki' }).toString();
    return [spki, spki.subarray(-32), pem, pem.trimEnd(), entry.material];
  });
  return ['', ...secrets].some((secret) => createHmac(digest, secret).update(signed).digest('base64') === value);
}

/** Whether a word fits a list of patterns; one that is excluded by name is so whatever else fits (ssh_config(5), PATTERNS). */
export function fitsPatterns(patterns: readonly string[], word: string): boolean {
  const fits = (pattern: string) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replace(/\*+/g, '.*')
        .replace(/\?/g, '.')}$`,
    ).test(word);
  return patterns.some(fits) && !patterns.some((each) => each.startsWith('!') && fits(each.slice(1)));
}

/** Why a named key does not count for what was signed with it; null where it does. */
export function outsideOf(
  { entry, namespaces, validAfter, validBefore, otherPurpose }: KnownKey,
  { detached }: FactOf<'signature'>,
  at: Date,
): { code: 'signature-not-for-this-use' | 'signature-time'; message: string } | null {
  if (otherPurpose !== undefined)
    return {
      code: 'signature-not-for-this-use',
      message: `whose key says that it is for ${otherPurpose || 'nothing'}, and not for verifying signatures (RFC 7517, 4.2 and 4.3).`,
    };
  const namespace = detached?.namespace;
  if (namespaces !== null && namespace !== undefined && !fitsPatterns(namespaces, namespace))
    return {
      code: 'signature-not-for-this-use',
      message: `whom you know for ${namespaces.join(', ')}; it was made for ${namespace}.`,
    };
  const early = validAfter !== null && at < new Date(validAfter);
  const late = validBefore !== null && at >= new Date(validBefore);
  if (early || late)
    return {
      code: 'signature-time',
      message: `whose key you named from ${validAfter ?? 'ever'} to ${validBefore ?? 'ever'}.`,
    };
  return entry.uses !== null && entry.uses.length === 0
    ? { code: 'signature-not-for-this-use', message: 'who may sign nothing.' }
    : null;
}
