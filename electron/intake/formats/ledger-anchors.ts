import { hexOf } from '../../integrity/chain-digest.ts';
import { JsonError, type JsonNode, parseJson } from '../../integrity/json.ts';
import { NoteError, parseCheckpoint, parseNote } from '../../integrity/note.ts';
import { asObject, asText, folderOf } from '../shape.ts';
import type { OpenFile } from './format.ts';

const neighboursAtMost = 1_000;
/** Copies of which the count of entries is taken, so that the root at that count is known. */
const copiesAtMost = 20;

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

interface Anchors {
  /** Entry counts of which the roots are wanted. */
  sizes: number[];
  heads: Stated[];
}
/** A head, a count of entries or both, and the file that states them. */
export interface Stated {
  path: string;
  head: string | null;
  size?: number;
}

const sizeNames = [
  'size',
  'count',
  'entries',
  'entry_count',
  'entryCount',
  'expected_count',
  'tree_size',
  'records',
  'record_count',
  'total',
  'total_entries',
  'total_records',
  'rows',
  'length',
  'expected_entries',
];
/** Names of files that state a head or a count: the word alone, or set off by a dot or a dash. */
const statingName =
  /^(.*[._-])?(heads?|anchors?|tip|count|expected-count|(final|last|latest)[._-]?(hash|digest))([._-].*)?$/i;
/** Names of files that say more, and perhaps of something else: what they state has a name that is only of a chain. */
const sayingName =
  /^(.*[._-])?(checkpoint|seal|state|latest|expected|summary|manifest|meta|metadata|witness|pin)([._-].*)?$/i;
const headNames =
  /^((chain|ledger|log|expected|stated|current)_?)?(head|tip)(_?(hash|digest))?$|^(last|latest|final)_?((entry|record|event|chain)_?)?(hash|digest)$/i;
/** What writers call the hash of an entry: in a file that is called a head it is the head. */
const ownNames = ['hash', 'chain', 'entry_hash', 'entryHash', 'event_hash', 'record_hash', 'chain_hash', 'digest'];
/** Members under which a hash stands beside the number of its entry. */
const placeNames = ['seq', 'sequence', 'index', 'entry', 'entries', 'count', 'size', 'height', 'position'];

/** What neighbours say of the ledger: entry counts of checkpoints and copies, heads and counts kept in files of their own (`HEAD`). */
export function anchors(file: OpenFile): Anchors {
  // The root at the first entry tells which records begin alike: those are copies of one.
  const found: Anchors = { sizes: [1], heads: [] };
  let copies = 0;
  for (const path of [...file.list(folderOf(file.path)).slice(0, neighboursAtMost), ...namesakes(file)]) {
    if (path === file.path) continue;
    if (copiesName.test(path) && copies < copiesAtMost) {
      copies += 1;
      found.sizes.push(...linesIn(file.peek(path, copyBytesAtMost)));
    }
    const bytes = file.peek(path, 65_536);
    if (bytes === null || bytes.length === 0 || folderOf(path) !== folderOf(file.path)) continue;
    const text = Buffer.from(bytes).toString('utf8');
    const name = nameOf(path);
    if (statingName.test(name) || (sayingName.test(name) && /\.(json|checkpoint)$/i.test(name))) {
      const stated = statedIn(path, text);
      if (stated !== null) {
        found.heads.push(stated);
        if (stated.size !== undefined) found.sizes.push(stated.size);
      }
    }
    if (!text.includes('\u2014 ')) continue;
    try {
      found.sizes.push(parseCheckpoint(parseNote(bytes).text).size);
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
    }
  }
  return found;
}

const copiesName = /\.(jsonl|ndjson|ledger|chain|log)$/i;
const copyBytesAtMost = 16_777_216;
const foldersAtMost = 100;

/** Files of the same name in the folders around: what a backup or an export of the same record is called. */
function namesakes(file: OpenFile): string[] {
  const own = folderOf(file.path);
  const name = file.path.slice(own === '' ? 0 : own.length + 1);
  const above = own === '' ? [] : [folderOf(own)];
  const around = [...file.folders(own), ...above, ...above.flatMap((each) => file.folders(each))];
  return [...new Set(around)]
    .filter((folder) => folder !== own)
    .slice(0, foldersAtMost)
    .map((folder) => (folder === '' ? name : `${folder}/${name}`))
    .filter((path) => file.has(path));
}

/** How many records a copy holds, one a line; none where it is too large or no such record. */
function linesIn(bytes: Uint8Array | null): number[] {
  if (bytes?.[0] !== 0x7b) return [];
  let count = 0;
  let from = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
    if (end > from) count += 1;
    from = end + 1;
  }
  return [from < bytes.length ? count + 1 : count];
}

/** A head, a count or both, as text or as a JSON object; null where the file states none. */
function statedIn(path: string, text: string): Stated | null {
  const bare = text.length <= 200 ? text.trim() : '';
  const head = bare === '' ? null : hexOf(bare);
  if (head !== null) return { path, head };
  if (/^[0-9]{1,15}$/.test(bare) && /count/i.test(path)) return { path, head: null, size: Number(bare) };
  const [, before, pair = '', after] = /^(?:([0-9]{1,15})[\s,:|]+)?(\S+?)(?:[\s,:|]+([0-9]{1,15}))?$/.exec(bare) ?? [];
  const paired = (before === undefined) === (after === undefined) ? null : hexOf(pair);
  if (paired !== null) return { path, head: paired, size: Number(before ?? after) };
  const isObject = text.trimStart().startsWith('{');
  if (!isObject && !/\.(ya?ml|txt|conf|ini|properties)$/i.test(path)) return null;
  try {
    const held = isObject ? asObject(parseJson(text)) : listed(text);
    const within = Object.values(held).flatMap((each) => statedBy(path, asObject(each)) ?? []);
    const isBeside = placeNames.some((name) => Number.isSafeInteger(held[name]));
    const isHead = statingName.test(nameOf(path));
    const own = isHead ? ownNames.map((name) => hexOf(asText(held[name]) ?? '')).find((each) => each !== null) : null;
    const beside = isBeside ? hexOf(asText(held['hash']) ?? '') : null;
    return statedBy(path, held) ?? within[0] ?? (own == null && beside === null ? null : { path, head: own ?? beside });
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

/** Lines of `name: value` or `name = value`, as simple YAML and settings have them. */
function listed(text: string): ReturnType<typeof asObject> {
  const held: Record<string, string | number> = {};
  for (const line of text.split('\n', 100)) {
    const [, name, value = ''] = /^([A-Za-z][\w-]{0,60})\s*[:=]\s*["']?([^"'\s]{1,200})["']?\s*$/.exec(line) ?? [];
    if (name !== undefined) held[name] = /^[0-9]{1,15}$/.test(value) ? Number(value) : value;
  }
  return held;
}

/** The same of the members of an object. A number alone may count anything: only beside a hash is it known to be of a chain. */
export function statedBy(path: string, held: ReturnType<typeof asObject>): Stated | null {
  const size = sizeNames.map((name) => held[name]).find((each) => Number.isSafeInteger(each));
  const texts = Object.entries(held).flatMap(([name, value]) => (headNames.test(name) ? (asText(value) ?? []) : []));
  const hash = texts.map(hexOf).find((each) => each !== null) ?? null;
  if (hash === null) return null;
  return { path, head: hash, ...(typeof size === 'number' && size >= 0 ? { size } : {}) };
}

/** The same of the document that holds the records: there a count alone is of them. */
export function statedWithin(path: string, held: ReturnType<typeof asObject>): Stated | null {
  const size = sizeNames.map((name) => held[name]).find((each) => Number.isSafeInteger(each));
  const within = Object.values(held).flatMap((each) => statedBy(path, asObject(each)) ?? []);
  return (
    statedBy(path, held) ?? within[0] ?? (typeof size === 'number' && size >= 0 ? { path, head: null, size } : null)
  );
}

/** What a header or a footer within the record states of it, at the top or one level down: there a count alone counts its entries. */
export function statedByRow(path: string, node: JsonNode): Stated | null {
  if (node.kind !== 'object') return null;
  const plain = (each: JsonNode) =>
    each.kind === 'object'
      ? Object.fromEntries(
          each.members.map(({ name, value }) => [
            name,
            value.kind === 'string' ? value.value : value.kind === 'number' ? Number(value.source) : null,
          ]),
        )
      : {};
  for (const each of [node, ...node.members.map(({ value }) => value)]) {
    const stated = statedWithin(path, plain(each));
    if (stated !== null) return stated;
  }
  return null;
}
