import { createPublicKey, type KeyObject } from 'node:crypto';
import { readCertificate } from './certificate.ts';
import { readMinisignKey } from './minisign.ts';
import { checkKey, fingerprint, KeyError, keyIds, readPublicKey, spkiOf } from './public-key.ts';
import { readSignerLine } from './ssh-key.ts';

/** A public key in whatever form a reviewer has it, and what that form says of it. */
export interface KeyMaterial {
  key: KeyObject;
  /** Names under which signatures may speak of it. */
  ids: string[];
  /** What it may sign for (allowed_signers); null: anything. */
  namespaces: string[] | null;
  validAfter: string | null;
  validBefore: string | null;
  /** The one algorithm that it is for (JWK, alg); absent where it does not say. */
  algorithm?: string;
  /** What its form says it is for, where that is not verifying signatures (JWK, use and key_ops). */
  otherPurpose?: string;
}

const free = { namespaces: null, validAfter: null, validBefore: null };

/**
 * PEM key or certificate, a line of OpenSSH (public key, allowed_signers), a key of minisign or signify, or one JWK.
 * @throws KeyError, CertificateError
 */
export function readKeyMaterial(text: string): KeyMaterial {
  if (text.includes('BEGIN CERTIFICATE')) {
    const { key } = readCertificate(text);
    return { key, ids: keyIds(key), ...free };
  }
  if (text.includes('BEGIN PUBLIC KEY')) {
    const key = readPublicKey(text);
    return { key, ids: keyIds(key), ...free };
  }
  if (text.startsWith('{"rawBytes":')) return readRegistryKey(JSON.parse(text) as RegistryKey);
  if (text.startsWith('{')) {
    const jwk = JSON.parse(text) as Record<string, unknown>;
    const { key, id } = readJwk(jwk);
    return { key, ids: [...(id === null ? [] : [id]), ...keyIds(key)], ...free, ...purposeOf(jwk) };
  }
  const minisign = readMinisignKey(text);
  if (minisign !== null) {
    checkKey(minisign.key, spkiOf(minisign.key));
    return { key: minisign.key, ids: [minisign.id, ...keyIds(minisign.key)], ...free };
  }
  const ssh = readSignerLine(text);
  if (ssh === null || ssh.isAuthority) throw new KeyError('This is no key of a kind that is known here.');
  checkKey(ssh.key, spkiOf(ssh.key));
  const { namespaces, validAfter, validBefore, principals } = ssh;
  return { key: ssh.key, ids: [...keyIds(ssh.key), ...principals], namespaces, validAfter, validBefore };
}

/** A key that a registry of packages signs with, as lists of such keys give it; bytes in base64, times in ISO 8601. */
export interface RegistryKey {
  rawBytes: string;
  keyId: string;
  start: string | null;
  end: string | null;
}
/** @throws KeyError */
function readRegistryKey({ rawBytes, keyId, start, end }: RegistryKey): KeyMaterial {
  const key = readPublicKey(Buffer.from(rawBytes, 'base64'));
  return { key, ids: [keyId, ...keyIds(key)], namespaces: null, validAfter: start, validBefore: end };
}

/** What a JWK says that it is for (RFC 7517, 4.2 to 4.4): a key for something else verifies nothing. */
function purposeOf({ alg, use, key_ops: operations }: Record<string, unknown>): Partial<KeyMaterial> {
  const isOther = use !== undefined && use !== 'sig';
  const mayVerify = !Array.isArray(operations) || operations.includes('verify');
  return {
    ...(typeof alg === 'string' ? { algorithm: alg } : {}),
    ...(isOther || !mayVerify
      ? { otherPurpose: isOther ? String(use).slice(0, 40) : (operations as unknown[]).join(', ').slice(0, 40) }
      : {}),
  };
}

/** A public JWK (RFC 7517; RFC 8037), its members already read strictly. @throws KeyError */
export function readJwk(jwk: Record<string, unknown>): { key: KeyObject; id: string | null } {
  const { kty, crv, x, y, n, e, kid } = jwk;
  if (![kty, crv, x, y, n, e].every((each) => each === undefined || typeof each === 'string'))
    throw new KeyError('The JWK has a member that is no text.');
  if (kty === 'oct') throw new KeyError('The JWK is a shared secret, which proves nothing to a third person.');
  const plain = { kty, crv, x, y, n, e } as Record<string, string>;
  let key: KeyObject;
  try {
    key = createPublicKey({ key: plain, format: 'jwk' });
  } catch {
    throw new KeyError('The JWK cannot be read.');
  }
  checkKey(key, spkiOf(key));
  return { key, id: typeof kid === 'string' ? kid : null };
}

export const fingerprintOf = (material: KeyMaterial): string => fingerprint(material.key);
