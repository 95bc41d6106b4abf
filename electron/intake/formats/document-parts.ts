import type { Fact } from '../../../shared/fact.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { type FactSink, type OpenFile, Unreadable } from './format.ts';

const partsAtMost = 1_000;

/**
 * Reads a file that holds a document a line, each by itself. @returns false, and nothing read, where it is one document
 * @throws Unreadable where there are too many
 */
export function readLines(
  file: OpenFile,
  facts: FactSink,
  bytes: Uint8Array,
  readOne: (facts: FactSink, text: Uint8Array) => void,
): boolean {
  const [first, second] = linesOf(bytes, 2);
  if (first === undefined || second === undefined || !isJson(first.text) || isJson(bytes)) return false;
  const lines = linesOf(bytes, partsAtMost + 1);
  if (lines.length > partsAtMost) throw new Unreadable(`It holds more than ${partsAtMost} documents.`);
  for (const { line, text } of lines) {
    facts.checkpoint();
    readOne(partSink(file, facts, { line }), text);
  }
  return true;
}

/** Takes the facts of one document among several in a file: their ids are told apart, and their places name the part. */
export const partSink = (
  { path }: OpenFile,
  facts: FactSink,
  part: { line: number } | { pointer: string },
): FactSink => ({ ...facts, add: (fact) => facts.add(ofPart(fact, path, part)) });

function ofPart(fact: Fact, path: string, part: { line: number } | { pointer: string }): Fact {
  const own = `${path}#`;
  const mark = 'line' in part ? part.line : part.pointer;
  const rename = (text: string) => (text.startsWith(own) ? `${path}:${mark}#${text.slice(own.length)}` : text);
  const members = Object.entries(fact).map(([name, value]) => [
    name,
    typeof value === 'string' && references.has(name) ? rename(value) : value,
  ]);
  const placed = (place: Fact['place']) =>
    'line' in part ? { ...place, line: part.line } : { ...place, pointer: `${part.pointer}${place.pointer ?? ''}` };
  const moved = { ...(Object.fromEntries(members) as Fact), place: placed(fact.place) };
  if (moved.kind !== 'document') return moved;
  return { ...moved, defects: moved.defects.map((each) => ({ ...each, place: placed(each.place) })) };
}
const references = new Set(['id', 'key', 'signature', 'from', 'to']);

function isJson(bytes: Uint8Array): boolean {
  try {
    parseJson(bytes);
    return true;
  } catch (error) {
    if (error instanceof JsonError) return false;
    throw error;
  }
}

/** Lines that hold something, with their numbers; at most so many. */
function linesOf(bytes: Uint8Array, atMost: number): { line: number; text: Uint8Array }[] {
  const found: { line: number; text: Uint8Array }[] = [];
  for (let at = 0, line = 1; at < bytes.length && found.length < atMost; line++) {
    const end = bytes.indexOf(0x0a, at);
    const text = bytes.subarray(at, end < 0 ? bytes.length : end);
    if (text.some((byte) => byte > 0x20)) found.push({ line, text });
    at = end < 0 ? bytes.length : end + 1;
  }
  return found;
}
