import { hash, type KeyObject, verify } from 'node:crypto';
import { strictBase64 } from './base64.ts';
import { JsonError, type JsonValue, parseJson } from './json.ts';
import { readJwk } from './key-material.ts';
import { KeyError, spkiOf } from './public-key.ts';

/** One signature of a JWS (RFC 7515), whichever form it stood in. */
export interface JwsSignature {
  /** From the protected header; from the other one only where there is no protected header at all. */
  algorithm: string;
  keyId: string | null;
  /** Exactly what was signed; null where the payload is detached. */
  signed: Buffer | null;
  /** Protected header as signed, base64url, for a payload that is elsewhere. */
  protectedText: string;
  /** Whether the payload is signed as base64url (RFC 7797). */
  isEncoded: boolean;
  value: Buffer;
  /** Certificates that came with it, DER, leaf first (RFC 7515, 4.1.6): they count by the path that they make alone. */
  certificates: Buffer[];
  /** SubjectPublicKeyInfo of a key that came with it: it can contradict, and is never trust. */
  key: Buffer | null;
}

const base64url = /^[A-Za-z0-9_-]*$/;
function decoded(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (!base64url.test(text) || bytes.toString('base64url') !== text)
    throw new KeyError(`The ${what} is not base64url.`);
  return bytes;
}
const isObject = (value: JsonValue | undefined): value is { [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function headerOf(text: string): { [name: string]: JsonValue } {
  try {
    const header = parseJson(decoded(text, 'header'));
    if (isObject(header)) return header;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw new KeyError('The protected header is not a JSON object.');
}

/** Whether JSON looks like a JWS with a header that nobody signs alone (RFC 7515, 7.2.1). */
export const hasBareHeader = (text: string): boolean =>
  /"payload"\s*:\s*"/.test(text) && /"header"\s*:\s*\{[^{}]*"alg"\s*:\s*"/.test(text);

const certificatesAtMost = 16;

/** Certificates in the standard base64 that x5c is in, the first of them the one that a thumbprint beside it names. */
function certificatesOf(header: { [name: string]: JsonValue }): Buffer[] {
  const { x5c } = header;
  if (x5c === undefined) return [];
  const list = Array.isArray(x5c) ? x5c.slice(0, certificatesAtMost) : [];
  const held = list.map((each) => (typeof each === 'string' ? strictBase64(each) : null));
  const ders = held.filter((each) => each !== null && each.length > 0) as Buffer[];
  if (ders.length === 0 || ders.length !== held.length) throw new KeyError('Its certificates (x5c) are not base64.');
  for (const [name, digest] of [
    ['x5t', 'sha1'],
    ['x5t#S256', 'sha256'],
  ] as const)
    if (header[name] !== undefined && header[name] !== hash(digest, ders[0] ?? '', 'base64url'))
      throw new KeyError(`Its thumbprint (${name}) is of another certificate than the one that it carries.`);
  return ders;
}

/** A key in the header; null where there is none, or none that is accepted. */
function keyOf({ jwk }: { [name: string]: JsonValue }): Buffer | null {
  if (!isObject(jwk)) return null;
  try {
    return spkiOf(readJwk(jwk).key);
  } catch (error) {
    if (error instanceof KeyError) return null;
    throw error;
  }
}

/** @param header what nobody signed, beside what is protected */
function signatureOf(
  protectedText: string,
  payload: string | null,
  value: string,
  header: { [name: string]: JsonValue } = {},
): JwsSignature {
  const own = protectedText === '' ? {} : headerOf(protectedText);
  if (Object.keys(header).some((name) => Object.hasOwn(own, name)))
    throw new KeyError('A name stands in the protected and in the unprotected header (RFC 7515, 7.2.1).');
  if (['crit', 'b64'].some((name) => Object.hasOwn(header, name)))
    throw new KeyError('The header marks something as critical where nobody signs it (RFC 7515, 4.1.11).');
  const all = { ...header, ...own };
  const { kid } = all;
  const { crit, b64 } = own;
  const { alg } = protectedText === '' ? header : own;
  if (typeof alg !== 'string' || alg === '') throw new KeyError('The protected header names no algorithm.');
  if (/^none$/i.test(alg)) throw new KeyError('The algorithm is none: nothing is signed.');
  if (crit !== undefined && !(Array.isArray(crit) && crit.length === 1 && crit[0] === 'b64' && b64 !== undefined))
    throw new KeyError('The header marks something as critical that is not understood here (RFC 7515, 4.1.11).');
  if (b64 !== undefined && (typeof b64 !== 'boolean' || crit === undefined))
    throw new KeyError('The payload is said to be unencoded and not marked as critical (RFC 7797, 6).');
  const isEncoded = b64 !== false;
  const bytes = decoded(value, 'signature');
  if (bytes.length === 0) throw new KeyError('The signature is empty: nothing is signed.');
  if (payload !== null && isEncoded) decoded(payload, 'payload');
  return {
    algorithm: alg,
    keyId: typeof kid === 'string' ? kid : null,
    signed: payload === null ? null : Buffer.from(`${protectedText}.${payload}`),
    protectedText,
    isEncoded,
    value: bytes,
    certificates: certificatesOf(all),
    key: keyOf(all),
  };
}

/**
 * Reads the compact form, the flattened and the general JSON form; a payload that is empty or absent is detached
 * (RFC 7515, 7 and appendix F). @throws KeyError in words
 */
export function readJws(text: string): { signatures: JwsSignature[]; payload: Buffer | null } {
  const bare = text.trim();
  if (!bare.startsWith('{')) {
    const [header = '', payload = '', value = '', ...more] = bare.split('.');
    if (more.length > 0 || value === undefined || bare.split('.').length !== 3)
      throw new KeyError('The compact form has three parts, and this has another number.');
    const held = payload === '' ? null : payload;
    const only = signatureOf(header, held, value);
    const bytes = held === null ? null : only.isEncoded ? decoded(held, 'payload') : Buffer.from(held);
    return { signatures: [only], payload: bytes };
  }
  let document: JsonValue;
  try {
    document = parseJson(bare);
  } catch (error) {
    throw new KeyError(error instanceof Error ? `It is not strict JSON: ${error.message}.` : 'It is not JSON.');
  }
  if (!isObject(document)) throw new KeyError('It is no object.');
  const { payload, signatures, signature } = document;
  if (payload !== undefined && typeof payload !== 'string') throw new KeyError('The payload is no text.');
  if ((signatures === undefined) === (signature === undefined))
    throw new KeyError('It holds neither one signature nor a list of them.');
  const each = Array.isArray(signatures) ? signatures : [document];
  if (each.length === 0 || each.length > 100) throw new KeyError('It holds no signature, or more than 100.');
  const held = payload === undefined || payload === '' ? null : payload;
  const read = each.map((one) => {
    if (!isObject(one) || typeof one['signature'] !== 'string') throw new KeyError('A signature is no object.');
    const { protected: text = '', header } = one;
    if (typeof text !== 'string' || (header !== undefined && !isObject(header)))
      throw new KeyError('A header of a signature is no object.');
    if (text === '' && header === undefined) throw new KeyError('A signature has no header.');
    return signatureOf(text, held, one['signature'], header);
  });
  if (held === null) return { signatures: read, payload: null };
  // All signatures of a JWS take the payload in one way (RFC 7797, 3).
  if (new Set(read.map((one) => one.isEncoded)).size > 1)
    throw new KeyError('Its signatures take the payload in different ways, encoded and as it stands (RFC 7797, 3).');
  return { signatures: read, payload: read[0]?.isEncoded === false ? Buffer.from(held) : decoded(held, 'payload') };
}

/** Digest and padding of an algorithm of RFC 7518, RFC 8037 and RFC 9864; null for what no public key verifies. */
export function jwsAlgorithm(name: string): { key: 'rsa' | 'ec' | 'eddsa'; digest: string | null } | null {
  const [, family = '', bits = ''] = /^(RS|PS|ES)(256|384|512)$/.exec(name) ?? [];
  if (family !== '') return { key: family === 'ES' ? 'ec' : 'rsa', digest: `sha${bits}` };
  // Known, and by a curve that is not accepted (RFC 8812, 3.2).
  if (name === 'ES256K') return { key: 'ec', digest: 'sha256' };
  return name === 'EdDSA' || name === 'Ed25519' || name === 'Ed448' ? { key: 'eddsa', digest: null } : null;
}

/**
 * Whether a signature holds by a key as the algorithm that its form names says and in no other way: ECDSA as r‖s, the
 * two paddings of RSA told apart (RFC 7518, 3.3 to 3.5).
 */
export function jwsHolds(key: KeyObject, data: Uint8Array, value: Uint8Array, algorithm: string): boolean {
  const known = jwsAlgorithm(algorithm);
  if (known === null) return false;
  try {
    if (known.digest === null) return verify(null, data, key, value);
    if (known.key === 'ec') return verify(known.digest, data, { key, dsaEncoding: 'ieee-p1363' }, value);
    // 1: RSA_PKCS1_PADDING, 6: RSA_PKCS1_PSS_PADDING with a salt as long as the digest.
    return verify(
      known.digest,
      data,
      algorithm.startsWith('PS') ? { key, padding: 6, saltLength: -1 } : { key, padding: 1 },
      value,
    );
  } catch {
    return false;
  }
}
