import { createHash, hash } from 'node:crypto';
import { blake2b, blake2s } from '@noble/hashes/blake2.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha512_224, sha512_256 } from '@noble/hashes/sha2.js';
import { keccak_256, sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js';
import type { Digest } from '../../shared/evidence.ts';
import { crc32 } from './crc32.ts';
import { linefeedMd5 } from './linefeed-md5.ts';
import { posixChecksum } from './posix-checksum.ts';

/** Names of our digests → OpenSSL's. */
const native = new Map([
  ['md5', 'md5'],
  ['sha1', 'sha1'],
  ['sha224', 'sha224'],
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
  ['blake2b', 'blake2b512'],
]);
/** Lengths of BLAKE2b that `b2sum -l` is asked for; each is a digest of its own (RFC 7693, 2.5: it is part of the parameters). */
const shorterBlake2b = [128, 160, 192, 224, 256, 320, 384, 448];
/** Those that OpenSSL or its relatives do not have come from a library. */
const library = new Map<string, () => { update(bytes: Uint8Array): unknown; digest(): Uint8Array }>([
  ['blake3', () => blake3.create()],
  ...shorterBlake2b.map((bits) => [`blake2b-${bits}`, () => blake2b.create({ dkLen: bits / 8 })] as const),
  ['blake2s', () => blake2s.create()],
  ['sha512-224', () => sha512_224.create()],
  ['sha512-256', () => sha512_256.create()],
  ['ripemd160', () => ripemd160.create()],
  ['keccak256', () => keccak_256.create()],
  ['sha3-224', () => sha3_224.create()],
  ['sha3-256', () => sha3_256.create()],
  ['sha3-384', () => sha3_384.create()],
  ['sha3-512', () => sha3_512.create()],
]);
/** Bytes of a digest, by algorithm. */
export const digestBytes: Record<string, number> = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  blake2b: 64,
  blake3: 32,
  ...Object.fromEntries(shorterBlake2b.map((bits) => [`blake2b-${bits}`, bits / 8])),
  blake2s: 32,
  'sha512-224': 28,
  'sha512-256': 32,
  ripemd160: 20,
  'sha3-224': 28,
  'sha3-256': 32,
  'sha3-384': 48,
  'sha3-512': 64,
  'git-sha1': 20,
  'posix-cksum': 4,
  crc32: 4,
  'linefeed-md5': 16,
};
/** Broken against whoever chooses the bytes, or never made to stand against them: they find accidents, not adversaries. */
export const weakAlgorithms: ReadonlySet<string> = new Set([
  'md5',
  'linefeed-md5',
  'sha1',
  'git-sha1',
  'posix-cksum',
  'crc32',
  'blake2b-128',
]);
export const isKnownAlgorithm = (algorithm: string): boolean =>
  native.has(algorithm) ||
  library.has(algorithm) ||
  ['git-sha1', 'posix-cksum', 'crc32', 'linefeed-md5'].includes(algorithm);

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Lower-case hex. */
  hex(): string;
}

/**
 * A running digest. Throws RangeError for an algorithm that is not known here.
 * @param bytes how many will follow; git's digest of a blob begins with their number (gitformat-pack, git-hash-object)
 */
export function hasher(algorithm: string, bytes = 0): Hasher {
  if (algorithm === 'posix-cksum') return posixChecksum();
  if (algorithm === 'crc32') return crc32();
  if (algorithm === 'linefeed-md5') return linefeedMd5();
  if (algorithm === 'git-sha1') {
    const state = createHash('sha1').update(`blob ${bytes}\0`);
    return { update: (part) => void state.update(part), hex: () => state.digest('hex') };
  }
  const create = library.get(algorithm);
  if (create !== undefined) {
    const state = create();
    return { update: (part) => void state.update(part), hex: () => Buffer.from(state.digest()).toString('hex') };
  }
  const name = native.get(algorithm);
  if (name === undefined) throw new RangeError(`The digest ${algorithm} is not known.`);
  const state = createHash(name);
  return { update: (part) => void state.update(part), hex: () => state.digest('hex') };
}

/** SHA-256, lower-case hex. */
export const sha256Hex = (data: Uint8Array | string): string => hash('sha256', data, 'hex');
/** `sha256:hex`. */
export const sha256 = (data: Uint8Array | string): Digest => `sha256:${sha256Hex(data)}`;
/** Digest of bytes by any known algorithm, `algorithm:hex`. */
export function digestOf(algorithm: string, data: Uint8Array): Digest {
  const state = hasher(algorithm, data.length);
  state.update(data);
  return `${algorithm}:${state.hex()}`;
}
