import { DerError } from './der.ts';

const depthAtMost = 32;
const elementsAtMost = 100_000;

/**
 * The definite form of what is written in BER with lengths left open, as programs that stream write CMS (RFC 5652, 2;
 * X.690, 8.1.3.6 and 8.7): values stay, lengths are put in their one form, and octets in parts are joined. Bytes without
 * an open length at their beginning are returned as they are, so that what should be DER is held to it.
 * @throws DerError
 */
export function definite(bytes: Uint8Array): Uint8Array {
  if (bytes[1] !== 0x80) return bytes;
  const state = { elements: 0 };
  const { der, end } = element(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, 0, state);
  if (end !== bytes.length) throw new DerError('Something follows the element', end);
  return der;
}

function element(
  bytes: Buffer,
  at: number,
  limit: number,
  depth: number,
  state: { elements: number },
): { der: Buffer; content: Buffer; tag: number; end: number } {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  state.elements += 1;
  if (depth > depthAtMost || state.elements > elementsAtMost) throw new DerError('It is nested too deep', at);
  if (tag === undefined || first === undefined || at + 2 > limit) throw new DerError('An element ends early', at);
  if ((tag & 0x1f) === 0x1f) throw new DerError('A tag of several bytes is not used here', at);
  let from = at + 2;
  let to = limit;
  const isOpen = first === 0x80;
  if (!isOpen) {
    let length = first;
    if (first > 0x80) {
      const count = first & 0x7f;
      if (count > 4 || from + count > limit) throw new DerError('A length is too long', at);
      length = bytes.readUIntBE(from, count);
      from += count;
    }
    to = from + length;
    if (to > limit) throw new DerError('An element is longer than what holds it', at);
  }
  if ((tag & 0x20) === 0) {
    if (isOpen) throw new DerError('A plain value has no length', at);
    return made(tag, bytes.subarray(from, to), to);
  }
  const parts: ReturnType<typeof element>[] = [];
  let next = from;
  // Two zero bytes end what has an open length.
  while (isOpen ? !(bytes[next] === 0 && bytes[next + 1] === 0) : next < to) {
    const part = element(bytes, next, to, depth + 1, state);
    parts.push(part);
    next = part.end;
  }
  const end = isOpen ? next + 2 : to;
  if (end > limit) throw new DerError('An element ends early', at);
  const isOctets = tag === 0x24;
  if (isOctets && parts.some((part) => part.tag !== 0x04)) throw new DerError('Octets are made of other parts', at);
  const content = Buffer.concat(parts.map((part) => (isOctets ? part.content : part.der)));
  return made(isOctets ? 0x04 : tag, content, end);
}

function made(tag: number, content: Buffer, end: number): { der: Buffer; content: Buffer; tag: number; end: number } {
  const { length } = content;
  const hex = length.toString(16);
  const long = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const head = length < 0x80 ? Buffer.of(tag, length) : Buffer.concat([Buffer.of(tag, 0x80 | long.length), long]);
  return { der: Buffer.concat([head, content]), content, tag, end };
}
