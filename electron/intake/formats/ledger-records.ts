import { limits } from '../../../shared/limits.ts';
import { isPreviousName } from '../../integrity/chain-candidates.ts';
import { JsonError, type JsonNode, parseJsonTree } from '../../integrity/json.ts';
import type { RecordLine } from '../record-blocks.ts';
import type { Shape } from '../shape.ts';
import { type Candidate, type OpenFile, Unreadable } from './format.ts';
import { type Stated, statedWithin } from './ledger-anchors.ts';

/** Names of files that hold a record a line. */
export const linesName = /\.(jsonl|ndjson|jsonlines|json-lines|log|ledger|chain)$/i;
const space = /^\ufeff?[ \t\r\n]*/;
/** Members under which tools export their records as one array. */
const within =
  /"(entries|records|events|chain|ledger|log|logs|blocks|audit|audit_?log|audit_?trail|trail|items|transactions|history|steps|actions|rows|links|data)"\s*:\s*\[\s*\{/i;

const label = '(?:(?:urn:(?:hash::?)?|ni:/{2,3})?[a-z0-9_/-]{2,12}[:$=;/-]|0x)?';
const hash = `"${label}(?:[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{20}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{48}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{68}|[0-9a-f]{96}|[0-9a-f]{128}|[a-z0-9+/_-]{43}=?|[a-z0-9+/_-]{64}|[a-z0-9+/_-]{86}(?:==)?)"`;
const names = {
  previous: /"[a-z_.]*(?:prev|parent|prior|predecessor|last_?hash)[a-z_]*"\s*:\s*(?:"|null|\[\s*[\]"]|\{\s*")/i,
  hash: /"[^"]*(?:hash|digest|mac)[^"]*"\s*:\s*(?:"|null|\{\s*")/i,
  own: /"(?:entry_?|event_?|record_?|row_?|chain_?|this_?|own_?|self_?)?(?:hash|chain|hmac|mac)"\s*:\s*"(?:sha256:)?(?:[0-9a-f]{32}|[0-9a-f]{64})"/i,
  /** The hash of a previous record is enough where records have none of their own. */
  link: new RegExp(
    `"[a-z_.]*(?:prev|prior|parent|preced|antecedent|ancestor|before|back_?link|last|link)[a-z_]*"\\s*:\\s*(?:\\[\\s*)?${hash}`,
    'i',
  ),
};

/** Whether a text, the first record or its beginning, holds something like the hash of a chain. */
const looksChained = (record: string): boolean =>
  (names.previous.test(record) && names.hash.test(record)) || names.own.test(record) || names.link.test(record);

/** Lines at the front that are looked at: a header may stand before the records. */
const looked = 10;
const lineAtMost = 65_536;

/** Members of a line that hold a hash, by name, with their values. */
function hashesIn(line: string): [name: string, value: string][] {
  const found: [string, string][] = [];
  for (const [, name = '', value = ''] of line.matchAll(new RegExp(`"([^"\\\\]{1,100})"\\s*:\\s*(${hash})`, 'gi')))
    found.push([name, value]);
  return found;
}

/** Whether a hash of one line stands under another name in the next, twice over: whatever the names are, that is a chain. */
function isLinked(lines: readonly string[]): boolean {
  const held = lines.map(hashesIn);
  const links = new Map<string, number>();
  for (const [i, next] of held.slice(1).entries())
    for (const [own, value] of held[i] ?? [])
      for (const [previous, same] of next)
        if (same === value && previous !== own) {
          const names = `${own}\0${previous}`;
          links.set(names, (links.get(names) ?? 0) + 1);
        }
  return [...links.values()].some((count) => count >= 2);
}

/** Whether lines are the records of a chain: the first shows it, those after a header, or one with the next. */
function areChained(lines: readonly string[]): boolean {
  const [first = '', second = ''] = lines;
  // Where the first record has none before it, the second names it.
  if (looksChained(first) || (names.previous.test(first) && names.link.test(second))) return true;
  const records = lines.slice(1);
  const isHeaded = (line: string) => names.previous.test(line) && (names.link.test(line) || names.hash.test(line));
  return records.length > 1 && (records.slice(0, 8).some(isHeaded) || isLinked(lines));
}

/** How a file holds records that look chained: one a line, as an array, or as an array in an object; null where it does not. */
export function recordsShape({ name, utf8 }: Pick<Candidate, 'name' | 'utf8'>): 'lines' | 'array' | 'within' | null {
  const text = utf8.slice(space.exec(utf8)?.[0].length ?? 0);
  if (text.startsWith('{')) {
    const lines = text
      .split('\n', looked)
      .map((line) => line.slice(0, lineAtMost).trim())
      .filter((line) => line !== '');
    const [first = '', second = ''] = lines;
    const isLines = first.endsWith('}') && second.startsWith('{"');
    if (linesName.test(name)) return areChained(lines) ? 'lines' : null;
    if (isLines && areChained(lines.slice(0, 2))) return 'lines';
  }
  if (!/\.json$/i.test(name) && !linesName.test(name)) return null;
  if (/^\[\s*\{/.test(text)) return names.previous.test(text) && looksChained(text) ? 'array' : null;
  if (!text.startsWith('{')) return null;
  const found = within.exec(text);
  const records = found === null ? '' : text.slice(found.index);
  if (names.previous.test(records) && looksChained(records)) return 'within';
  return !otherDocument.test(text) && chainedArray(text) ? 'within' : null;
}

/** Documents of other kinds, whose parts may name a parent and a digest. */
const otherDocument =
  /"(bomFormat|spdxVersion|@context|@graph|_type|mediaType|predicateType|payloadType|eventType|oscal-version)"\s*:/;
const anyArray = /"[^"\\]{1,100}"\s*:\s*\[\s*(?=\{)/g;
const arraysAtMost = 20;

/** Whether an array under any name holds records, of which the second names a hash that the first gives. */
function chainedArray(text: string): boolean {
  for (const [i, { index, 0: opening }] of [...text.matchAll(anyArray)].entries()) {
    if (i >= arraysAtMost) return false;
    const [first, second] = objectsAt(text, index + opening.length);
    if (first !== undefined && second !== undefined && followsIn(first, second)) return true;
  }
  return false;
}

/** Whether what one record calls its previous hash is a hash of the other. */
function followsIn(first: string, second: string): boolean {
  const held = new Set(hashesIn(first).map(([, value]) => value));
  return hashesIn(second).some(([name, value]) => isPreviousName(name) && held.has(value));
}

/** The text of the first two objects of an array that begins at a place; an object that goes beyond the text is none. */
function objectsAt(text: string, from: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let isText = false;
  let start = from;
  for (let at = from; at < text.length && found.length < 2; at++) {
    const unit = text[at];
    if (isText) {
      if (unit === '\\') at += 1;
      else if (unit === '"') isText = false;
    } else if (unit === '"') isText = true;
    else if (unit === '{') {
      if (depth === 0) start = at;
      depth += 1;
    } else if (unit === '}') {
      depth -= 1;
      if (depth === 0) found.push(text.slice(start, at + 1));
    } else if (unit === ']' && depth === 0) break;
  }
  return found;
}

/** Records of a file that is one JSON document, and the head or count that the document states beside them. */
export function recordsOf(file: OpenFile): { records: Iterable<RecordLine>; stated: Stated | null } {
  const text = file.text(limits.jsonBytes);
  let root: JsonNode;
  try {
    root = parseJsonTree(text);
  } catch (error) {
    if (error instanceof JsonError) throw new Unreadable(`${error.message}.`, error.offset);
    throw error;
  }
  if (root.kind === 'array') return { records: itemsOf(text, root.items), stated: null };
  const members = root.kind === 'object' ? root.members : [];
  const named = members.flatMap(({ name, value }) =>
    value.kind === 'array' && within.test(`"${name}":[{`) ? [value.items] : [],
  );
  const chained = (items: readonly JsonNode[]) => {
    const [first = '', second = ''] = items.slice(0, 2).map(({ start, end }) => text.slice(start, end));
    return followsIn(first, second) || (items.length === 1 && looksChained(first));
  };
  const held = named.find(chained) ?? arraysIn(root, 3).find(chained) ?? named[0];
  if (held === undefined) throw new Unreadable('The file holds no array of records.');
  return { records: itemsOf(text, held), stated: statedWithin(file.path, plainOf(root, 2)) };
}

/** Arrays of objects within a document, those further out first. */
function arraysIn(node: JsonNode, depth: number): (readonly JsonNode[])[] {
  if (node.kind !== 'object') return [];
  return [
    ...node.members.flatMap(({ value }) =>
      value.kind === 'array' && value.items[0]?.kind === 'object' ? [value.items] : [],
    ),
    ...(depth <= 1 ? [] : node.members.flatMap(({ value }) => arraysIn(value, depth - 1))),
  ];
}

/** Texts and numbers of an object, and of objects in it down to a depth: what a document states of its records. */
function plainOf(node: JsonNode, depth: number): { [name: string]: Exclude<Shape, undefined> } {
  if (node.kind !== 'object' || depth === 0) return {};
  return Object.fromEntries(
    node.members.map(({ name, value }) => [
      name,
      value.kind === 'string'
        ? value.value
        : value.kind === 'number'
          ? Number(value.source)
          : value.kind === 'object'
            ? plainOf(value, depth - 1)
            : null,
    ]),
  );
}

/** What is hashed are their values, so that their spacing does not matter. */
function* itemsOf(text: string, items: readonly JsonNode[]): Generator<RecordLine> {
  let offset = 0;
  let from = 0;
  for (const { start, end, line } of items) {
    offset += Buffer.byteLength(text.slice(from, start));
    const bytes = Buffer.from(text.slice(start, end));
    yield { bytes, offset, isUnended: false, line };
    offset += bytes.length;
    from = end;
  }
}
