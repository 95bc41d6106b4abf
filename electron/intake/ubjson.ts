import { Unreadable } from './formats/format.ts';
import type { PlainValue } from './yaml.ts';

const depthAtMost = 64;
const valuesAtMost = 8_000_000;
/** A list or an object takes as much memory as so many numbers. */
const heldAs = 8;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one value of Universal Binary JSON (ubjson.org, draft 12): numbers lie with their greatest byte first, lists of
 * one type say it once. Names of an object stand once. Objects have no prototype.
 * @param bytes the value and nothing else
 * @throws Unreadable where it is none, is cut, or holds more than it may
 */
export function readUbjson(bytes: Uint8Array): PlainValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let values = 0;
  const fail = (why: string): never => {
    throw new Unreadable(`It is no Universal Binary JSON: ${why}, at byte ${at}.`, at);
  };
  const need = (length: number): number => {
    if (length > bytes.length - at) fail('it ends before it is whole');
    at += length;
    return at - length;
  };
  const mark = (): string => String.fromCharCode(view.getUint8(need(1)));
  const number = (type: string): number | null => {
    if (type === 'i') return view.getInt8(need(1));
    if (type === 'U') return view.getUint8(need(1));
    if (type === 'I') return view.getInt16(need(2));
    if (type === 'l') return view.getInt32(need(4));
    if (type === 'L') return Number(view.getBigInt64(need(8)));
    if (type === 'd') return view.getFloat32(need(4));
    return type === 'D' ? view.getFloat64(need(8)) : null;
  };
  const length = (): number => {
    const type = mark();
    const size = 'iUIlL'.includes(type) ? number(type) : null;
    return size !== null && Number.isSafeInteger(size) && size >= 0 ? size : fail('a length is none');
  };
  const text = (): string => {
    const size = length();
    const from = need(size);
    try {
      return utf8.decode(bytes.subarray(from, from + size));
    } catch {
      return fail('a text is not UTF-8');
    }
  };
  /** What follows the opening of a list or object: the type of its values, and how many there are. */
  const sized = (): { type: string | null; count: number | null } => {
    const next = () => String.fromCharCode(bytes[at] ?? 0);
    let type: string | null = null;
    if (next() === '$') {
      at += 1;
      type = mark();
      if (next() !== '#') fail('a type without a count');
    }
    if (next() !== '#') return { type: null, count: null };
    at += 1;
    const count = length();
    // Values of nothing but their type take no bytes: as many of these as of any others.
    if (count > valuesAtMost - values) fail(`more than ${valuesAtMost} values`);
    return { type, count };
  };
  const isAtEnd = (close: string): boolean => {
    if (String.fromCharCode(bytes[at] ?? 0) !== close) return false;
    at += 1;
    return true;
  };
  const value = (type: string, depth: number): PlainValue => {
    if (depth > depthAtMost) fail(`deeper than ${depthAtMost}`);
    values += type === '[' || type === '{' ? heldAs : 1;
    if (values > valuesAtMost) fail(`more than ${valuesAtMost} values`);
    if (type === 'Z') return null;
    if (type === 'T' || type === 'F') return type === 'T';
    if (type === 'S' || type === 'H') return text();
    if (type === 'C') return String.fromCharCode(view.getUint8(need(1)));
    if (type === '[') {
      const { type: each, count } = sized();
      const list: PlainValue[] = [];
      while (count === null ? !isAtEnd(']') : list.length < count) list.push(value(each ?? mark(), depth + 1));
      return list;
    }
    if (type === '{') {
      const { type: each, count } = sized();
      const object: { [name: string]: PlainValue } = Object.create(null);
      for (let i = 0; count === null ? !isAtEnd('}') : i < count; i += 1) {
        const name = text();
        if (Object.hasOwn(object, name)) fail(`the name ${name.slice(0, 100)} stands twice`);
        object[name] = value(each ?? mark(), depth + 1);
      }
      return object;
    }
    return number(type) ?? fail('a type that the format does not know');
  };
  const read = value(mark(), 0);
  if (at < bytes.length) fail(`${bytes.length - at} bytes follow its end`);
  return read;
}
