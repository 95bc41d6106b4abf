import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Digest } from '../../shared/evidence.ts';
import { strictBase64 } from './base64.ts';
import { child, DerError, readDer, tags } from './der.ts';
import { sha256Hex } from './digest.ts';
import { maskedKey, type Pss } from './rsa-pss.ts';

/** A key that may not be used, in words. */
export class KeyError extends Error {}

/** A whole key that is weaker than the key policy asks for: what it signed can be said, and never counts. */
export class WeakKeyError extends KeyError {
  readonly key: KeyObject;
  readonly code: 'policy-key-size' | 'policy-algorithm';
  constructor(key: KeyObject, code: 'policy-key-size' | 'policy-algorithm', message: string) {
    super(message);
    this.key = key;
    this.code = code;
  }
}

/** Ed25519 points of low order (RFC 8032 encodings): signatures by them hold for any message. */
const lowOrder = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
]);

/** y of the points of Ed448 whose order is 1, 2 or 4 (RFC 8032, 5.2): signatures by them hold for any message. */
const prime448 = 2n ** 448n - 2n ** 224n - 1n;
const lowOrder448 = new Set([0n, 1n, prime448 - 1n]);

/** Curves of ECDSA that are accepted, by OpenSSL's name for each (FIPS 186-5; RFC 5639), and the digest that goes with it. */
const curveHash: Record<string, string> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
  brainpoolP256r1: 'sha256',
  brainpoolP320r1: 'sha384',
  brainpoolP384r1: 'sha384',
  brainpoolP512r1: 'sha512',
};

/**
 * A public key under the key policy: Ed25519 or Ed448, ECDSA on P-256, P-384, P-521 or a brainpool curve of 256 bits or
 * more, RSA of 2,048 to 8,192 bits with an odd exponent of at least 65,537; strict DER; no point of low order.
 * @param input PEM text or SubjectPublicKeyInfo in DER @throws KeyError
 */
export function readPublicKey(input: string | Uint8Array): KeyObject {
  const spki = typeof input === 'string' ? pemBytes(input, 'PUBLIC KEY') : Buffer.from(input);
  if (spki === null) throw new KeyError('This is no PEM public key.');
  let key: KeyObject;
  try {
    readDer(spki);
    key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch (error) {
    throw new KeyError(error instanceof DerError ? `The key is not DER: ${error.message}.` : 'The key cannot be read.');
  }
  checkKey(key, spki);
  return key;
}

/** A key also where it is weaker than is accepted: what it signed is for the policy to refuse. @throws KeyError for none at all */
export function orWeak(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (error) {
    if (error instanceof WeakKeyError) return error.key;
    throw error;
  }
}
/** The same from its PEM. @throws KeyError */
export const readWeakKey = (pem: string): KeyObject => orWeak(() => readPublicKey(pem));

const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex'); // SubjectPublicKeyInfo of RFC 8410 up to the 32 bytes

/** A text that is nothing but an Ed25519 key: 32 bytes in hex or base64, `ed25519:…`, `@….ed25519`; else null. */
export function readBareKey(text: string): KeyObject | null {
  const bare = text
    .trim()
    .replace(/^ed25519:/, '')
    .replace(/^@(.*)\.ed25519$/, '$1');
  const raw = /^[0-9a-fA-F]{64}$/.test(bare) ? Buffer.from(bare, 'hex') : strictBase64(bare);
  if (raw === null || raw.length !== 32) return null;
  try {
    return readPublicKey(Buffer.concat([ed25519Prefix, raw]));
  } catch (error) {
    if (error instanceof KeyError) return null;
    throw error;
  }
}

/** Throws KeyError where a key, read from this SubjectPublicKeyInfo, is outside the policy. */
export function checkKey(key: KeyObject, spki: Uint8Array): void {
  const details = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ed25519': {
      const raw = Buffer.from(spki.slice(-32));
      if (lowOrder.has(raw.toString('hex'))) throw new KeyError('The Ed25519 key is a point of low order.');
      // y must be below the field's prime 2^255 - 19 (RFC 8032, 5.1.3): another spelling of a point is refused.
      const y = BigInt(
        `0x${Buffer.from(raw.map((byte, i) => (i === 31 ? byte & 0x7f : byte)).reverse()).toString('hex')}`,
      );
      if (y >= 2n ** 255n - 19n) throw new KeyError('The Ed25519 key is not in its one spelling.');
      return;
    }
    case 'ed448': {
      const raw = Buffer.from(spki.slice(-57));
      const y = BigInt(
        `0x${Buffer.from(raw.map((byte, i) => (i === 56 ? byte & 0x7f : byte)).reverse()).toString('hex')}`,
      );
      if (lowOrder448.has(y)) throw new KeyError('The Ed448 key is a point of low order.');
      // y must be below the field's prime (RFC 8032, 5.2.3).
      if (y >= prime448) throw new KeyError('The Ed448 key is not in its one spelling.');
      return;
    }
    case 'ec':
      // Parameters written out may be a curve of the writer's own under a known name (RFC 5480, 2.1.1; CVE-2020-0601).
      if (child(child(readDer(spki), 0), 1).tag !== tags.oid) throw new KeyError('The curve of the key is not named.');
      // One byte alone is the point at infinity, under which anything may be made to hold.
      if (child(readDer(spki), 1, tags.bits).content.length < 34)
        throw new KeyError('The key is no point of its curve.');
      if (!Object.hasOwn(curveHash, details.namedCurve ?? ''))
        throw new WeakKeyError(
          key,
          'policy-algorithm',
          'The curve of the key is none of P-256, P-384, P-521 and the brainpool curves of 256 bits or more.',
        );
      return;
    case 'rsa':
    case 'rsa-pss': {
      const length = details.modulusLength ?? 0;
      const exponent = details.publicExponent ?? 0n;
      if (length < 2_048 || length > 8_192)
        throw new WeakKeyError(key, 'policy-key-size', `The RSA key has ${length} bits; 2,048 to 8,192 are accepted.`);
      if (exponent % 2n === 0n) throw new KeyError('The exponent of the RSA key is even.');
      if (exponent < 65_537n)
        throw new WeakKeyError(key, 'policy-algorithm', 'The exponent of the RSA key is smaller than 65,537.');
      return;
    }
    case 'dsa':
      throw new WeakKeyError(key, 'policy-algorithm', 'Keys of type dsa are not accepted.');
    default:
      throw new KeyError(`Keys of type ${key.asymmetricKeyType ?? 'unknown'} are not accepted.`);
  }
}

/** Bytes of the one PEM block of a label; null where the text holds none. */
export function pemBytes(text: string, label: string): Buffer | null {
  const [, body] = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(text) ?? [];
  return body === undefined ? null : strictBase64(body.replace(/\s/g, ''));
}
/** All blocks of a label, in order. */
export const pemBlocks = (text: string, label: string): string[] =>
  text.match(new RegExp(`-----BEGIN ${label}-----[A-Za-z0-9+/=\\s]+-----END ${label}-----`, 'g')) ?? [];

export const spkiOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });
/** SHA-256 over the SubjectPublicKeyInfo. */
export const fingerprint = (key: KeyObject): Digest => `sha256:${sha256Hex(spkiOf(key))}`;

/** What OpenSSH calls a key: `SHA256:` and unpadded base64 over its wire form. */
export const opensshKeyId = (key: KeyObject): string =>
  `SHA256:${createHash('sha256').update(opensshBlob(key)).digest('base64').replace(/=+$/, '')}`;

/** The wire form of a key in SSH (RFC 4253, 6.6; RFC 5656; RFC 8709); empty where OpenSSH has no form for its kind. */
export function opensshBlob(key: KeyObject): Buffer {
  const field = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const curve = { prime256v1: 'nistp256', secp384r1: 'nistp384', secp521r1: 'nistp521' }[
    key.asymmetricKeyDetails?.namedCurve ?? ''
  ];
  if (key.asymmetricKeyType === 'ec' ? curve === undefined : !/^(ed25519|rsa)$/.test(key.asymmetricKeyType ?? ''))
    return Buffer.alloc(0);
  const jwk = key.export({ format: 'jwk' });
  const raw = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  const integerField = (bytes: Buffer) =>
    field((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes);
  if (key.asymmetricKeyType === 'ed25519') return Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw(jwk.x))]);
  if (curve !== undefined)
    return Buffer.concat([
      field(Buffer.from(`ecdsa-sha2-${curve}`)),
      field(Buffer.from(curve)),
      field(Buffer.concat([Uint8Array.of(4), raw(jwk.x), raw(jwk.y)])),
    ]);
  return Buffer.concat([field(Buffer.from('ssh-rsa')), integerField(raw(jwk.e)), integerField(raw(jwk.n))]);
}

/** The forms under which envelopes name a key: none of them is proof, each is a claim. */
export function keyIds(key: KeyObject): string[] {
  const pem = key.export({ format: 'pem', type: 'spki' }).toString();
  const spki = sha256Hex(spkiOf(key));
  const raw = key.asymmetricKeyType === 'ed25519' ? [spkiOf(key).subarray(-32).toString('hex')] : [];
  return [
    ...(opensshBlob(key).length === 0 ? [] : [opensshKeyId(key)]),
    spki,
    `sha256:${spki}`,
    sha256Hex(pem),
    sha256Hex(pem.trimEnd()),
    ...raw.flatMap((hex) => [hex, ...securesystemslibIds('ed25519', 'ed25519', hex)]),
    ...[pem, pem.trimEnd()].flatMap((held) =>
      pemSchemes(key).flatMap((scheme) => securesystemslibIds(...scheme, held)),
    ),
  ];
}

/** Type and scheme under which securesystemslib describes a key that it holds as PEM. */
function pemSchemes(key: KeyObject): [type: string, scheme: string][] {
  if (key.asymmetricKeyType === 'rsa') return ['rsassa-pss-sha256', 'rsa-pkcs1v15-sha256'].map((each) => ['rsa', each]);
  const sizes: Record<string, number> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };
  const bits = sizes[key.asymmetricKeyDetails?.namedCurve ?? ''];
  const scheme = `ecdsa-sha2-nistp${bits}`;
  return bits === undefined ? [] : ['ecdsa', scheme].map((each) => [each, scheme]);
}

/** securesystemslib: SHA-256 over the canonical JSON (OLPC) of the key's description, of old and of today. */
function securesystemslibIds(type: string, scheme: string, held: string): string[] {
  return ['{"keyid_hash_algorithms":["sha256","sha512"],', '{'].map((head) =>
    sha256Hex(`${head}"keytype":"${type}","keyval":{"public":"${held}"},"scheme":"${scheme}"}`),
  );
}

/** The digest by which a key signs: the one it is pinned to, else the one that is given, else that of its curve. */
export const keyDigest = (key: KeyObject, digest: string | undefined): string =>
  key.asymmetricKeyType === 'ec'
    ? (digest ?? curveHash[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'sha256')
    : (key.asymmetricKeyDetails?.hashAlgorithm ?? digest ?? 'sha256');

/** The salt of RSASSA-PSS that a key for it alone names (RFC 4055, 1.2); −2, RSA_PSS_SALTLEN_AUTO, where it names none. */
export const saltOf = (key: KeyObject): number => key.asymmetricKeyDetails?.saltLength ?? -2;

/**
 * Verifies a signature by the algorithm of the key, never by one the message names: EdDSA pure; ECDSA with the hash
 * of its curve (or the one given), DER first and then r‖s; RSA PKCS #1 v1.5, then PSS.
 * @param pss where its form says that it is PSS, and how; else the salt is that of the key, and any where it names none
 */
export function verifySignature(
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
  digest?: string,
  pss: Pss | null = null,
): boolean {
  try {
    if (/^ed(25519|448)$/.test(key.asymmetricKeyType ?? '')) return verify(null, data, key, signature);
    if (key.asymmetricKeyType === 'ec') {
      const name = keyDigest(key, digest);
      return (
        verify(name, data, { key, dsaEncoding: 'der' }, signature) ||
        verify(name, data, { key, dsaEncoding: 'ieee-p1363' }, signature)
      );
    }
    const name = keyDigest(key, digest);
    if (key.asymmetricKeyType === 'dsa') return verify(name, data, key, signature);
    // 1: RSA_PKCS1_PADDING, 6: RSA_PKCS1_PSS_PADDING. A key for PSS alone says so.
    if (pss !== null && pss.digest !== name) return false;
    const masked = pss === null || pss.mask === name ? key : maskedKey(key, pss);
    return (
      (pss === null && key.asymmetricKeyType === 'rsa' && verify(name, data, { key, padding: 1 }, signature)) ||
      verify(name, data, { key: masked, padding: 6, saltLength: pss?.saltLength ?? saltOf(key) }, signature)
    );
  } catch {
    return false;
  }
}
