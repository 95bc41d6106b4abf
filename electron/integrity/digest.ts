import { createHash, hash } from 'node:crypto';
import { blake3 } from '@noble/hashes/blake3.js';
import type { Digest } from '../../shared/evidence.ts';

/** Names of our digests → OpenSSL's. BLAKE3 is not in OpenSSL and comes from a library. */
const native = new Map([
  ['md5', 'md5'],
  ['sha1', 'sha1'],
  ['sha224', 'sha224'],
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
  ['blake2b', 'blake2b512'],
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
  'git-sha1': 20,
};
/** Broken against whoever chooses the bytes: they find accidents, not adversaries. */
export const weakAlgorithms: ReadonlySet<string> = new Set(['md5', 'sha1', 'git-sha1']);
export const isKnownAlgorithm = (algorithm: string): boolean => native.has(algorithm) || algorithm === 'blake3';

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Lower-case hex. */
  hex(): string;
}

/** A running digest. Throws RangeError for an algorithm that is not known here. */
export function hasher(algorithm: string): Hasher {
  if (algorithm === 'blake3') {
    const state = blake3.create();
    return { update: (bytes) => void state.update(bytes), hex: () => Buffer.from(state.digest()).toString('hex') };
  }
  const name = native.get(algorithm);
  if (name === undefined) throw new RangeError(`The digest ${algorithm} is not known.`);
  const state = createHash(name);
  return { update: (bytes) => void state.update(bytes), hex: () => state.digest('hex') };
}

/** SHA-256, lower-case hex. */
export const sha256Hex = (data: Uint8Array | string): string => hash('sha256', data, 'hex');
/** `sha256:hex`. */
export const sha256 = (data: Uint8Array | string): Digest => `sha256:${sha256Hex(data)}`;
/** Digest of bytes by any known algorithm, `algorithm:hex`. */
export function digestOf(algorithm: string, data: Uint8Array): Digest {
  const state = hasher(algorithm);
  state.update(data);
  return `${algorithm}:${state.hex()}`;
}
