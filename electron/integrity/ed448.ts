import { createHash, type KeyObject } from 'node:crypto';
import type { StreamedEquation } from './ed25519.ts';
import { littleEndian, primeField, sumOfMultiples } from './prime-field.ts';

/**
 * The equation of Ed448 (RFC 8032, 5.2) over public numbers, for a message that comes in parts, which node:crypto does
 * not take. Nothing here is secret, so nothing needs to take the same time.
 */
const p = 2n ** 448n - 2n ** 224n - 1n;
const order = 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n;
const d = -39081n;

const { mod, power, inverse } = primeField(p);

/** Projective coordinates (5.2.4). */
interface Point {
  x: bigint;
  y: bigint;
  z: bigint;
}
const neutral: Point = { x: 0n, y: 1n, z: 1n };
function add(one: Point, other: Point): Point {
  const a = mod(one.z * other.z);
  const b = mod(a * a);
  const c = mod(one.x * other.x);
  const e = mod(one.y * other.y);
  const f = mod(d * c * e);
  const [g, h] = [b - f, b + f];
  const i = mod((one.x + one.y) * (other.x + other.y));
  return { x: mod(a * g * (i - c - e)), y: mod(a * h * (e - c)), z: mod(g * h) };
}

/** A point from its 57 bytes; null where they are none (5.2.3). */
function decode(bytes: Uint8Array): Point | null {
  const whole = littleEndian(bytes);
  const sign = whole >> 455n;
  const y = whole & ((1n << 455n) - 1n);
  if (y >= p) return null;
  const [u, v] = [mod(y * y - 1n), mod(d * y * y - 1n)];
  const x = mod(u ** 3n * v * power(u ** 5n * v ** 3n, (p - 3n) / 4n));
  if (mod(v * x * x - u) !== 0n || (x === 0n && sign === 1n)) return null;
  return { x: (x & 1n) === sign ? x : p - x, y, z: 1n };
}
function encode({ x, y, z }: Point): Buffer {
  const by = inverse(z);
  const value = mod(y * by) | ((mod(x * by) & 1n) << 455n);
  return Buffer.from(value.toString(16).padStart(114, '0'), 'hex').reverse();
}

const base: Point = {
  x: 224580040295924300187604334099896036246789641632564134246125461686950415467406032909029192869357953282578032075146446173674602635247710n,
  y: 298819210078481492676017930443930673437544040154080242095928241372331506189835876003536878655418784733982303233503462500531545062832660n,
  z: 1n,
};

/** [S]B − [k]A. */
const combine = (scalar: bigint, factor: bigint, key: Point): Point =>
  sumOfMultiples(add, neutral, [scalar, base], [factor, { ...key, x: mod(-key.x) }]);

/** A signature of Ed448 without a context over a message that comes in parts: the same that node:crypto verifies whole. */
export function streamedEd448(key: KeyObject, signature: Uint8Array): StreamedEquation {
  if (signature.length !== 114) return { update: () => {}, holds: () => false };
  const [r, s] = [signature.subarray(0, 57), signature.subarray(57)];
  const raw = key.export({ format: 'der', type: 'spki' }).subarray(-57);
  // dom4(0, ''), R and A come before the message (5.2.7).
  const hash = createHash('shake256', { outputLength: 114 }).update('SigEd448\x00\x00', 'latin1').update(r).update(raw);
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
