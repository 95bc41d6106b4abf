/** One element of DER (X.690, 8.1 and 10): tag byte, content, children where it is constructed. */
export interface Der {
  tag: number;
  /** Whole element, header included. */
  raw: Uint8Array;
  content: Uint8Array;
  children: Der[];
}

export class DerError extends Error {
  readonly offset: number;
  constructor(why: string, offset: number) {
    super(`${why}, at byte ${offset}`);
    this.name = 'DerError';
    this.offset = offset;
  }
}

/** Universal tags, constructed bit included where the type is always so. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  printable: 0x13,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const enumerated = 0x0a;
/** SEQUENCE, SET, EXTERNAL, EMBEDDED PDV: never primitive. All other universal types are never constructed in DER. */
const constructedAlways = new Set([0x10, 0x11, 0x08, 0x0b]);

function element(bytes: Uint8Array, at: number, end: number, depth: number): Der {
  if (depth > 32) throw new DerError('Elements are nested deeper than 32', at);
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > end) throw new DerError('An element ends early', at);
  if ((tag & 0x1f) === 0x1f) throw new DerError('A tag of several bytes is not used here', at);
  let length = first;
  let from = at + 2;
  if (first === 0x80) throw new DerError('An indefinite length is not DER', at);
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 4 || from + count > end) throw new DerError('A length is too long', at);
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[from + i] ?? 0);
    from += count;
    if (length < 0x80 || (bytes[from - count] ?? 0) === 0) throw new DerError('A length is not minimal', at);
  }
  if (from + length > end) throw new DerError('An element is longer than what holds it', at);
  const children: Der[] = [];
  if ((tag & 0xc0) === 0) requireForm(tag, bytes.subarray(from, from + length), at);
  if ((tag & 0x20) !== 0) {
    for (let inner = from; inner < from + length; ) {
      const child = element(bytes, inner, from + length, depth + 1);
      children.push(child);
      inner += child.raw.length;
    }
  }
  return { tag, raw: bytes.subarray(at, from + length), content: bytes.subarray(from, from + length), children };
}

/** What DER leaves no choice in (X.690, 8.1.2.5, 10.2, 11.1): one form of each universal type, one value of each truth. */
function requireForm(tag: number, content: Uint8Array, at: number): void {
  const [first, second = 0] = content;
  const isConstructed = (tag & 0x20) !== 0;
  if (isConstructed !== constructedAlways.has(tag & 0x1f))
    throw new DerError(isConstructed ? 'A plain value is made of parts' : 'A sequence or set is one value', at);
  switch (tag) {
    case tags.boolean:
      if (content.length !== 1 || (first !== 0 && first !== 0xff)) throw new DerError('A truth value is not DER', at);
      return;
    case tags.integer:
    case enumerated:
      if (first === undefined) throw new DerError('An integer is empty', at);
      if (content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
        throw new DerError('An integer is not minimal', at);
      return;
    case tags.bits:
      if (first === undefined || first > 7 || (first > 0 && content.length === 1))
        throw new DerError('A bit string does not say how many bits it has', at);
      if (((content.at(-1) ?? 0) & ((1 << first) - 1)) !== 0 && content.length > 1)
        throw new DerError('The unused bits of a bit string are set', at);
      return;
    case tags.null:
      if (content.length !== 0) throw new DerError('A null holds something', at);
      return;
    case tags.oid:
      requireOid(content, at);
      return;
  }
}

/** Arcs are minimal and end (X.690, 8.19.2); a longer identifier than any in use is not read. */
function requireOid(content: Uint8Array, at: number): void {
  if (content.length === 0 || content.length > 64 || (content.at(-1) ?? 0x80) >= 0x80)
    throw new DerError('An object identifier ends early or is too long', at);
  if (content.some((byte, i) => byte === 0x80 && (i === 0 || (content[i - 1] ?? 0) < 0x80)))
    throw new DerError('An object identifier is not minimal', at);
}

/** Reads exactly one element: definite minimal lengths, nothing after it. @throws DerError */
export function readDer(bytes: Uint8Array): Der {
  const root = element(bytes, 0, bytes.length, 0);
  if (root.raw.length !== bytes.length) throw new DerError('Something follows the element', root.raw.length);
  return root;
}

/** Length of the first element, header included; all of the bytes where they hold no whole one. */
export function elementLength(bytes: Uint8Array): number {
  const first = bytes[1] ?? 0;
  const count = first > 0x80 ? first & 0x7f : 0;
  if (count > 4) return bytes.length;
  let length = count === 0 ? first : 0;
  for (let i = 0; i < count; i++) length = length * 256 + (bytes[2 + i] ?? 0);
  return Math.min(bytes.length, 2 + count + length);
}

/** A child by position; throws where it is not there or not of the tag asked for. */
export function child(node: Der, index: number, tag?: number): Der {
  const found = node.children[index];
  if (found === undefined || (tag !== undefined && found.tag !== tag))
    throw new DerError(`Element ${index} is missing or of another type`, 0);
  return found;
}

/** Dotted object identifier. */
export function oidOf(node: Der): string {
  if (node.tag !== tags.oid || node.content.length === 0) throw new DerError('An object identifier is expected', 0);
  const parts: bigint[] = [];
  let value = 0n;
  for (const byte of node.content) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) {
      parts.push(value);
      value = 0n;
    }
  }
  const [first = 0n, ...rest] = parts;
  const top = first < 80n ? first / 40n : 2n;
  return [top, first - top * 40n, ...rest].join('.');
}

/** UTCTime or GeneralizedTime in the forms that RFC 5280, 4.1.2.5 allows. */
export function timeOf(node: Der): Date {
  const text = Buffer.from(node.content).toString('latin1');
  const utc = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const general = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(text);
  const parts = node.tag === tags.utcTime ? utc : node.tag === tags.generalizedTime ? general : null;
  if (parts === null) throw new DerError('A time is malformed', 0);
  const [, y = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = parts;
  const year = node.tag === tags.utcTime ? (Number(y) < 50 ? `20${y}` : `19${y}`) : y;
  if (/0$/.test(fraction)) throw new DerError('A time has a fraction that ends in 0', 0);
  const whole = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const at = new Date(`${whole}${fraction.slice(0, 4)}Z`);
  // Date takes 31 February for 3 March.
  if (Number.isNaN(at.getTime()) || !at.toISOString().startsWith(whole)) throw new DerError('A time does not exist', 0);
  return at;
}

/** The bits of the key in a SubjectPublicKeyInfo: what key identifiers are digests of (RFC 5280, 4.2.1.2). @throws DerError */
export const spkiBits = (spki: Uint8Array): Uint8Array => child(readDer(spki), 1, tags.bits).content.subarray(1);

/** Lower-case hex of an INTEGER's content, leading zero dropped. */
export const integerHex = (node: Der): string =>
  Buffer.from(node.content)
    .toString('hex')
    .replace(/^00(?=..)/, '');

/** Writes one element. */
export function der(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : length < 0x10000
          ? [tag, 0x82, length >> 8, length & 0xff]
          : [tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Uint8Array.from(head), body]);
}
export const sequence = (...content: Uint8Array[]): Buffer => der(tags.sequence, ...content);
/** SET OF: elements in the order of their encodings (X.690, 11.6). */
export const setOf = (...content: Uint8Array[]): Buffer => der(tags.set, ...[...content].sort(Buffer.compare));
export const octets = (bytes: Uint8Array): Buffer => der(tags.octets, bytes);
export const bits = (bytes: Uint8Array, unused = 0): Buffer => der(tags.bits, Uint8Array.of(unused), bytes);
export const utf8 = (text: string): Buffer => der(tags.utf8, Buffer.from(text));
export const nullElement = (): Buffer => der(tags.null);
export const boolean = (value: boolean): Buffer => der(tags.boolean, Uint8Array.of(value ? 0xff : 0));
/** Context-specific, constructed ([n] EXPLICIT, or IMPLICIT of a constructed type). */
export const context = (n: number, ...content: Uint8Array[]): Buffer => der(0xa0 | n, ...content);
/** Context-specific, primitive ([n] IMPLICIT of a primitive type). */
export const implicit = (n: number, content: Uint8Array): Buffer => der(0x80 | n, content);

/** A non-negative INTEGER from a number or from big-endian bytes. */
export function integer(value: number | Uint8Array): Buffer {
  let bytes =
    typeof value === 'number'
      ? Buffer.from(
          value.toString(16).padStart(value.toString(16).length + (value.toString(16).length % 2), '0'),
          'hex',
        )
      : Buffer.from(value);
  while (bytes.length > 1 && bytes[0] === 0 && (bytes[1] ?? 0) < 0x80) bytes = bytes.subarray(1);
  if (bytes.length === 0 || (bytes[0] ?? 0) >= 0x80) bytes = Buffer.concat([Uint8Array.of(0), bytes]);
  return der(tags.integer, bytes);
}

export function oid(dotted: string): Buffer {
  const [a = 0, b = 0, ...rest] = dotted.split('.').map(Number);
  const out: number[] = [];
  for (const part of [a * 40 + b, ...rest]) {
    const digits = [part & 0x7f];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 0x7f) | 0x80);
    out.push(...digits);
  }
  return der(tags.oid, Uint8Array.from(out));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5); whole seconds. */
export function time(at: Date): Buffer {
  const text = at.toISOString().replace(/[-:T]|\.\d+/g, '');
  return at.getUTCFullYear() < 2050
    ? der(tags.utcTime, Buffer.from(text.slice(2)))
    : der(tags.generalizedTime, Buffer.from(text));
}
