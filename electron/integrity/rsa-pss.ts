import { createPublicKey, getHashes, type KeyObject } from 'node:crypto';
import {
  bits,
  child,
  context,
  type Der,
  integer,
  integerHex,
  nullElement,
  oid,
  oidOf,
  sequence,
  spkiBits,
  tags,
} from './der.ts';

/** Digests by their OID, as signatures and certificates name them (RFC 5754; NIST, CSOR). */
const digestsByName: Record<string, string> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.7': 'sha3-224',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
};
const here = new Set(getHashes());
/** The same as far as the library below has them: one that it has not is one that is not known. */
export const digestNames: Record<string, string> = Object.fromEntries(
  Object.entries(digestsByName).filter(([, name]) => here.has(name)),
);
/** A salt is shorter than the modulus, of which 8,192 bits are accepted. */
const saltAtMost = 1_024;
const [pssId, maskId] = ['1.2.840.113549.1.1.10', '1.2.840.113549.1.1.8'];

/** How a signature of RSASSA-PSS says that it was made. */
export interface Pss {
  /** '' where it is of a kind that is not known here. */
  digest: string;
  /** Digest of MGF1. */
  mask: string;
  /** Bytes. */
  saltLength: number;
}

/** What an AlgorithmIdentifier says of RSASSA-PSS (RFC 4055, 3.1); null where it names another. @throws DerError */
export function pssOf(algorithm: Der | undefined): Pss | null {
  const [name, parameters] = algorithm?.children ?? [];
  if (name?.tag !== tags.oid || oidOf(name) !== pssId) return null;
  const part = (tag: number) => parameters?.children.find((each) => each.tag === tag)?.children[0];
  const [hash, mask, salt] = [part(0xa0), part(0xa1), part(0xa2)];
  const nameOf = (node: Der | undefined) => (node === undefined ? 'sha1' : (digestNames[oidOf(child(node, 0))] ?? ''));
  const saltLength = salt === undefined ? 20 : Number.parseInt(integerHex(salt), 16);
  const [digest, masked] = [nameOf(hash), nameOf(mask?.children[1])];
  // One that is not known here is none that a signature is by.
  const isKnown = digest !== '' && masked !== '' && saltLength <= saltAtMost;
  return isKnown ? { digest, mask: masked, saltLength } : { digest: '', mask: '', saltLength: 0 };
}

/** The same key, for RSASSA-PSS with a mask of another digest than the message's, which node:crypto takes from a key alone. */
export function maskedKey(key: KeyObject, { digest, mask, saltLength }: Pss): KeyObject {
  const named = (name: string) => {
    const [id = ''] = Object.entries(digestNames).find(([, each]) => each === name) ?? [];
    return sequence(oid(id), nullElement());
  };
  const parameters = sequence(
    context(0, named(digest)),
    context(1, sequence(oid(maskId), named(mask))),
    context(2, integer(saltLength)),
  );
  const spki = key.export({ format: 'der', type: 'spki' });
  const der = sequence(sequence(oid(pssId), parameters), bits(spkiBits(spki)));
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}
