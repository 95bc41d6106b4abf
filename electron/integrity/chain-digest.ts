import { getHashes, hash } from 'node:crypto';
import { hasher, sha256Hex } from './digest.ts';

/** Digests that chains are made with, in words. `sha256d` is SHA-256 over the bytes of a SHA-256, `sha256dhex` over its hex digits. */
export const chainAlgorithms = {
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
  sha224: 'SHA-224',
  sha1: 'SHA-1',
  md5: 'MD5',
  'sha512-256': 'SHA-512/256',
  'sha3-224': 'SHA3-224',
  'sha3-256': 'SHA3-256',
  'sha3-384': 'SHA3-384',
  'sha3-512': 'SHA3-512',
  keccak256: 'Keccak-256',
  blake2b: 'BLAKE2b',
  'blake2b-128': 'BLAKE2b of 128 bits',
  'blake2b-160': 'BLAKE2b of 160 bits',
  'blake2b-224': 'BLAKE2b of 224 bits',
  'blake2b-256': 'BLAKE2b of 256 bits',
  'blake2b-384': 'BLAKE2b of 384 bits',
  blake2s: 'BLAKE2s',
  blake3: 'BLAKE3',
  ripemd160: 'RIPEMD-160',
  sha256d: 'SHA-256 of the SHA-256',
  sha256dhex: 'SHA-256 of the SHA-256 in hexadecimal',
} as const;
export type ChainAlgorithm = keyof typeof chainAlgorithms;

/**
 * What may have made a hash of so many hexadecimal digits, likeliest first; a digest that is longer was cut. The first
 * of each is what nearly all writers use: the others are tried where it explains nothing.
 */
export const algorithmsOf: Record<number, readonly ChainAlgorithm[]> = {
  12: ['sha256', 'md5', 'sha1', 'sha512'],
  16: ['sha256', 'md5', 'sha1', 'sha512', 'blake2b', 'sha3-256'],
  20: ['sha256', 'sha1', 'sha512', 'md5'],
  24: ['sha256', 'sha1', 'sha512', 'md5'],
  32: ['sha256', 'md5', 'sha512', 'sha1', 'blake2b-128', 'blake2b', 'sha3-256', 'blake3'],
  40: ['sha1', 'sha256', 'ripemd160', 'blake2b-160'],
  48: ['sha256', 'sha384', 'sha512', 'sha1'],
  56: ['sha224', 'sha3-224', 'blake2b-224'],
  64: [
    'sha256',
    'sha3-256',
    'blake2b-256',
    'blake2s',
    'blake3',
    'sha256d',
    'sha256dhex',
    'sha512-256',
    'sha512',
    'keccak256',
    'blake2b',
    'sha3-512',
  ],
  96: ['sha384', 'sha3-384', 'blake2b-384'],
  128: ['sha512', 'sha3-512', 'blake2b'],
};

/** OpenSSL's names of those that it has and its relatives may not. */
const native = new Map<ChainAlgorithm, string>([
  ['sha512-256', 'sha512-256'],
  ['sha3-224', 'sha3-224'],
  ['sha3-256', 'sha3-256'],
  ['sha3-384', 'sha3-384'],
  ['sha3-512', 'sha3-512'],
  ['blake2b', 'blake2b512'],
  ['blake2s', 'blake2s256'],
]);
const everywhere: ReadonlySet<ChainAlgorithm> = new Set(['sha256', 'sha384', 'sha512', 'sha224', 'sha1', 'md5']);
const here: ReadonlySet<string> = new Set(getHashes());

/** Digest of a text (as UTF-8) or of bytes, lower-case hex, uncut. */
export function chainDigest(algorithm: ChainAlgorithm, data: string | Uint8Array): string {
  if (everywhere.has(algorithm)) return hash(algorithm, data, 'hex');
  if (algorithm === 'sha256d') return sha256Hex(hash('sha256', data, 'buffer'));
  if (algorithm === 'sha256dhex') return sha256Hex(sha256Hex(data));
  const name = native.get(algorithm);
  if (name !== undefined && here.has(name)) return hash(name, data, 'hex');
  const state = hasher(algorithm);
  state.update(typeof data === 'string' ? Buffer.from(data) : data);
  return state.hex();
}

/** Names that stand before a hash: `sha256:`, `SHA3-256:`, `blake2b-256$`, `urn:sha256:`, `ni:///sha-256;` (RFC 6920). */
const label =
  /^(?:urn:(?:hash::?)?|ni:\/{2,3})?(?:sha-?(?:1|2|3)?[-_]?(?:1|224|256|384|512)|md5|blake2[bs]?(?:[-_]?[0-9]{3})?|blake3|b3|keccak[-_]?256|ripemd-?160)[:=$;/_-]/i;
const lengths: ReadonlySet<number> = new Set(Object.keys(algorithmsOf).map(Number));
const hexDigits = /^[0-9a-fA-F]+$/;
/** Bytes of a hash by the characters of its base64 without padding. */
const base64Lengths: Record<number, number> = { 43: 32, 64: 48, 86: 64 };

/**
 * A hash as writers spell it, to lower-case hex: hex, `sha256:…` and the like, `0x…`, a multihash of SHA-256, base64 of
 * either alphabet, `%….sha256`. Null for anything else.
 */
export function hexOf(text: string): string | null {
  if (text.length < 12 || text.length > 150) return null;
  if (text.length === 64 && hexDigits.test(text)) return text.toLowerCase();
  const bare = text.replace(label, '').replace(/^0x/i, '');
  if (hexDigits.test(bare)) {
    if (lengths.has(bare.length)) return bare.toLowerCase();
    if (bare.length === 68 && bare.startsWith('1220')) return bare.slice(4).toLowerCase();
  }
  // What is base64 of a length of its own has no label, whatever it begins with.
  for (const given of [text, bare]) {
    const coded = /^[%&]?([A-Za-z0-9+/_-]{43,86})(={0,2})(?:\.sha256)?$/.exec(given)?.[1];
    if (coded !== undefined && base64Lengths[coded.length] !== undefined)
      return Buffer.from(coded, 'base64').toString('hex');
  }
  return null;
}
/** The part of a hash that is neither the name of its algorithm nor a sign of its base, as text. */
export const withoutLabel = (text: string): string => text.replace(label, '').replace(/^0x/i, '');
