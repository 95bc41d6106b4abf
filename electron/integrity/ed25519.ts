import { createHash, type KeyObject } from 'node:crypto';
import { littleEndian, primeField, sumOfMultiples } from './prime-field.ts';

/**
 * The equation of Ed25519 (RFC 8032, 5.1) over public numbers, for what node:crypto does not take: a message that comes
 * in parts, and the prehashed variant. Nothing here is secret, so nothing needs to take the same time.
 */
const p = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

const { mod, power, inverse } = primeField(p);
const d = mod(-121665n * inverse(121666n));
const rootOfMinusOne = power(2n, (p - 1n) / 4n);

/** Extended homogeneous coordinates (RFC 8032, 5.1.4). */
interface Point {
  x: bigint;
  y: bigint;
  z: bigint;
  t: bigint;
}
const neutral: Point = { x: 0n, y: 1n, z: 1n, t: 0n };
function add(a: Point, b: Point): Point {
  const first = mod((a.y - a.x) * (b.y - b.x));
  const second = mod((a.y + a.x) * (b.y + b.x));
  const third = mod(2n * a.t * b.t * d);
  const fourth = mod(2n * a.z * b.z);
  const [e, f, g, h] = [second - first, fourth - third, fourth + third, second + first];
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) };
}

/** A point from its 32 bytes; null where they are none (5.1.3). */
function decode(bytes: Uint8Array): Point | null {
  const whole = littleEndian(bytes);
  const y = whole & ((1n << 255n) - 1n);
  if (y >= p) return null;
  const square = mod((y * y - 1n) * inverse(mod(d * y * y + 1n)));
  let x = power(square, (p + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * rootOfMinusOne);
  if (mod(x * x - square) !== 0n || (x === 0n && whole >> 255n === 1n)) return null;
  if ((x & 1n) !== whole >> 255n) x = p - x;
  return { x, y, z: 1n, t: mod(x * y) };
}
function encode({ x, y, z }: Point): Buffer {
  const by = inverse(z);
  const value = mod(y * by) | ((mod(x * by) & 1n) << 255n);
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

const base = decode(Buffer.from(`58${'66'.repeat(31)}`, 'hex')) ?? neutral;

/** [S]B − [k]A. */
const combine = (scalar: bigint, factor: bigint, key: Point): Point =>
  sumOfMultiples(add, neutral, [scalar, base], [factor, { ...key, x: p - key.x, t: p - key.t }]);

/** Message parts go in one after the other; `holds` says what came of it. */
export interface StreamedEquation {
  update(part: Uint8Array): void;
  holds(): boolean;
}

const rawKey = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).subarray(-32);

function equation(key: KeyObject, signature: Uint8Array, before: Uint8Array): StreamedEquation {
  if (signature.length !== 64) return { update: () => {}, holds: () => false };
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
  const raw = rawKey(key);
  const hash = createHash('sha512').update(before).update(r).update(raw);
  return {
    update: (part) => void hash.update(part),
    holds() {
      const point = decode(raw);
      const scalar = littleEndian(s);
      if (point === null || scalar >= order) return false;
      return encode(combine(scalar, littleEndian(hash.digest()) % order, point)).equals(Buffer.from(r));
    },
  };
}

/** A signature of Ed25519 over a message that comes in parts: the same that node:crypto verifies over one that is whole. */
export const streamedEd25519 = (key: KeyObject, signature: Uint8Array): StreamedEquation =>
  equation(key, signature, new Uint8Array());

/** A signature of Ed25519ph without a context (RFC 8032, 5.1, dom2 with flag 1): over the SHA-512 of the message. */
export function streamedEd25519ph(key: KeyObject, signature: Uint8Array): StreamedEquation {
  const prehash = createHash('sha512');
  return {
    update: (part) => void prehash.update(part),
    holds() {
      const over = equation(key, signature, Buffer.from('SigEd25519 no Ed25519 collisions\x01\x00', 'latin1'));
      over.update(prehash.digest());
      return over.holds();
    },
  };
}
