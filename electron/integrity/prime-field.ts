/** Numbers modulo a prime, all of them public: nothing here needs to take the same time (RFC 8032, 5.1.1 and 5.2.1). */
export function primeField(p: bigint): {
  mod(value: bigint): bigint;
  power(base: bigint, exponent: bigint): bigint;
  /** By Fermat's little theorem; 0 for 0. */
  inverse(value: bigint): bigint;
} {
  const mod = (value: bigint): bigint => {
    const rest = value % p;
    return rest < 0n ? rest + p : rest;
  };
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n;
    for (let factor = mod(base), left = exponent; left > 0n; left >>= 1n) {
      if ((left & 1n) === 1n) result = mod(result * factor);
      factor = mod(factor * factor);
    }
    return result;
  };
  return { mod, power, inverse: (value) => power(value, p - 2n) };
}

/** Two multiples of points of a curve and their sum, both doubled along at once (Shamir's trick). */
export function sumOfMultiples<Point>(
  add: (one: Point, other: Point) => Point,
  neutral: Point,
  [scalar, one]: readonly [bigint, Point],
  [factor, other]: readonly [bigint, Point],
): Point {
  const both = add(one, other);
  let sum = neutral;
  for (let bit = BigInt((scalar > factor ? scalar : factor).toString(2).length) - 1n; bit >= 0n; bit -= 1n) {
    sum = add(sum, sum);
    const which = Number((scalar >> bit) & 1n) + 2 * Number((factor >> bit) & 1n);
    if (which > 0) sum = add(sum, which === 1 ? one : which === 2 ? other : both);
  }
  return sum;
}

/** The number that bytes are, the least significant first. */
export const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
