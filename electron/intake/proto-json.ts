import { anyBase64 } from '../integrity/base64.ts';
import { pointerToken } from '../integrity/json.ts';
import { Unreadable } from './formats/format.ts';
import type { Shape } from './shape.ts';

/** What a member of a message holds: a text, bytes in base64, a number that may be written as text, or a message. */
export type Member = 'text' | 'bytes' | 'count' | 'word' | Message | readonly [Message | 'bytes'];
export interface Message {
  readonly [name: string]: Member;
}
type Plain = { [name: string]: NonNullable<Shape> };

/**
 * A message of Protocol Buffers in its JSON form (ProtoJSON): names in lowerCamelCase or as in the schema, null for
 * nothing, bytes in either alphabet of base64, padded or not. What comes back has the one name and standard base64.
 * @param unknown is given the JSON pointers of members that the message does not have
 * @throws Unreadable where a member is of another kind than its schema says, or stands under both of its names
 */
export function readMessage(value: Shape, message: Message, unknown: string[], pointer = ''): Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unreadable(`${pointer === '' ? 'It' : pointer} is not an object.`);
  const found: Plain = {};
  for (const [written, held] of Object.entries(value)) {
    const at = `${pointer}/${pointerToken(written)}`;
    const name = written.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const member = Object.hasOwn(message, name) ? message[name] : undefined;
    if (member === undefined) {
      if (unknown.length < unknownAtMost) unknown.push(at);
      continue;
    }
    if (held === null) continue;
    if (Object.hasOwn(found, name)) throw new Unreadable(`${at} is there under two names.`);
    found[name] = Array.isArray(member)
      ? readList(held, member[0] as Message | 'bytes', unknown, at)
      : readMember(held, member as Exclude<Member, readonly unknown[]>, unknown, at);
  }
  return found;
}
const unknownAtMost = 20;

function readList(held: Shape, member: Message | 'bytes', unknown: string[], at: string): NonNullable<Shape>[] {
  if (!Array.isArray(held)) throw new Unreadable(`${at} is not a list.`);
  return held.map((each, index) => readMember(each, member, unknown, `${at}/${index}`));
}

function readMember(
  held: Shape,
  member: Exclude<Member, readonly unknown[]>,
  unknown: string[],
  at: string,
): NonNullable<Shape> {
  if (typeof member === 'object') return readMessage(held, member, unknown, at);
  if (member === 'word' || member === 'count') {
    const isNumber = typeof held === 'number' && Number.isSafeInteger(held);
    if (isNumber || typeof held === 'string') return held as string | number;
    throw new Unreadable(`${at} is not a ${member === 'count' ? 'number' : 'word'}.`);
  }
  if (typeof held !== 'string') throw new Unreadable(`${at} is not a text.`);
  if (member === 'text') return held;
  const bytes = anyBase64(held);
  if (bytes === null) throw new Unreadable(`${at} is not base64.`);
  return bytes.toString('base64');
}
