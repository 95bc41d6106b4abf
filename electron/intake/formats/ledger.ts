import type { ListingItem } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { type ChainedRow, HashChain } from '../../integrity/hash-chain.ts';
import { JsonError, type JsonNode, member, parseJsonTree, pointerToken } from '../../integrity/json.ts';
import { NoteError, parseCheckpoint, parseNote } from '../../integrity/note.ts';
import { digestOfText, findBase, folderOf, resolveName } from '../shape.ts';
import { type Candidate, type Format, type LedgerRowColumns, type OpenFile, Unreadable } from './format.ts';

const block = 1_048_576;
const rowsAtOnce = 2_000;
const boundAtMost = 1_000_000;

/** Whether the first line is an object that holds something like a hash of a chain. */
function looksChained({ head }: Candidate): boolean {
  const text = Buffer.from(head).toString('utf8');
  const [first = ''] = text.split('\n');
  if (!first.startsWith('{')) return false;
  return /"(?:[a-z_.]*(?:prev|parent|previous)[a-z_]*)"\s*:/i.test(first) && /"[^"]*(?:hash|digest|mac)[^"]*"\s*:/i.test(first) ? true : /"(?:entry_|event_|record_)?hash"\s*:\s*"(?:sha256:)?[0-9a-f]{32,64}"/i.test(first);
}

/** Entry counts that checkpoints in the same folder speak of. */
function checkpointSizes(file: OpenFile): number[] {
  return file.list(folderOf(file.path)).flatMap((path) => {
    const bytes = path === file.path ? null : file.peek(path, 65_536);
    if (bytes === null || !Buffer.from(bytes).includes('\u2014 ')) return [];
    try {
      return [parseCheckpoint(parseNote(bytes).text).size];
    } catch (error) {
      if (error instanceof NoteError) return [];
      throw error;
    }
  });
}

/** Lines of a file with their offsets, split at line feeds alone; the last is torn where no line feed ends it. */
function* lines(file: OpenFile): Generator<{ text: string; offset: number; length: number; isLast: boolean }> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: Uint8Array = new Uint8Array();
  let offset = 0;
  const decode = (bytes: Uint8Array, at: number): string => {
    try {
      return utf8.decode(bytes);
    } catch {
      throw new Unreadable('A line is not UTF-8.', at);
    }
  };
  for (let at = 0; at < file.bytes; ) {
    const read = file.read(at, block);
    if (read.length === 0) throw new Unreadable('The file ended while it was read.', at);
    at += read.length;
    const whole = rest.length === 0 ? read : Buffer.concat([rest, read]);
    let from = 0;
    for (let end = whole.indexOf(0x0a); end >= 0; end = whole.indexOf(0x0a, from)) {
      yield { text: decode(whole.subarray(from, end), offset), offset, length: end - from, isLast: false };
      offset += end - from + 1;
      from = end + 1;
    }
    rest = whole.slice(from);
    if (rest.length > limits.lineBytes) throw new Unreadable(`A line is longer than ${limits.lineBytes} bytes.`, offset);
  }
  if (rest.length > 0) yield { text: decode(rest, offset), offset, length: rest.length, isLast: true };
}

/** Objects in a record that name a file and its digest: `{path, sha256}`, `{name, digest: {sha256}}` and the like. */
function bindings(node: JsonNode, entry: number, path: string, pointer: string, out: ListingItem[], depth = 0): void {
  if (depth > 8 || out.length >= boundAtMost) return;
  if (node.kind === 'array') node.items.forEach((item, i) => bindings(item, entry, path, `${pointer}/${i}`, out, depth + 1));
  if (node.kind !== 'object') return;
  const textOf = (name: string) => {
    const found = member(node, name);
    return found?.kind === 'string' ? found.value : null;
  };
  const name = textOf('path') ?? textOf('file') ?? textOf('name') ?? textOf('uri');
  const inner = member(node, 'digest') ?? member(node, 'digests');
  const nested = member(inner, 'sha256');
  const stated = textOf('sha256') ?? (nested?.kind === 'string' ? nested.value : inner?.kind === 'string' ? inner.value : null);
  const digest = digestOfText(stated, textOf('sha256') !== null || nested !== undefined ? 'sha256' : undefined);
  if (name !== null && digest !== null) out.push({ name, path: null, digests: [digest], place: { path, entry, line: entry, pointer } });
  for (const { name: key, value } of node.members) if (value.kind === 'object' || value.kind === 'array') bindings(value, entry, path, `${pointer}/${pointerToken(key)}`, out, depth + 1);
}

const wordOf = (node: JsonNode | null, names: RegExp): string | null => {
  const found = node?.kind === 'object' ? node.members.find(({ name, value }) => names.test(name) && value.kind === 'string') : undefined;
  return found?.value.kind === 'string' ? found.value.value.slice(0, 500) : null;
};

/** Hash-chained JSONL: one record a line, the rule found from the records. */
export const ledger: Format = {
  id: 'ledger',
  title: 'Ledger (hash-chained)',
  recognise: (candidate) => /\.(jsonl|ndjson|jsonlines|log|ledger|chain)$/i.test(candidate.name) && looksChained(candidate),
  read(file, facts) {
    const items: ListingItem[] = [];
    const empty = (first: number): LedgerRowColumns => ({ first, at: [], actor: [], event: [], hash: [], previous: [], offset: [], length: [] });
    let columns = empty(1);
    let span = { offset: 0, length: 0 };
    const spans: { offset: number; length: number }[] = [];
    const chain = new HashChain(checkpointSizes(file), (row: ChainedRow) => {
      // The first records are judged together once the rule is found: their places wait in line.
      const place = spans.shift() ?? span;
      columns.at.push(row.at);
      columns.actor.push(wordOf(row.node, /^(actor|agent|agent_id|user|by|author|who|source|tool)$/i));
      columns.event.push(wordOf(row.node, /^(event|event_type|action|action_type|type|kind|op|operation)$/i));
      columns.hash.push(row.hash);
      columns.previous.push(row.previous);
      columns.offset.push(place.offset);
      columns.length.push(place.length);
      if (row.node !== null) bindings(row.node, row.entry, file.path, '', items);
      if (columns.at.length >= rowsAtOnce) {
        facts.ledgerRows(file.path, columns);
        columns = empty(row.entry + 1);
        facts.checkpoint();
      }
    });
    for (const line of lines(file)) {
      if (line.length === 0) continue;
      span = { offset: line.offset, length: line.length };
      spans.push(span);
      chain.add(line.text, line.isLast && !parses(line.text));
    }
    const result = chain.end();
    if (columns.at.length > 0) facts.ledgerRows(file.path, columns);
    const { rule } = result;
    facts.add({
      kind: 'ledger',
      id: file.path,
      place: { path: file.path },
      entries: result.entries,
      rule: rule === null ? null : { family: rule.family, words: rule.words, formula: rule.formula, canonical: rule.form ?? '', hashField: rule.hashField, previousField: rule.previousField },
      breaks: result.breaks,
      breakCount: result.breakCount,
      head: result.head,
      root: result.root.toString('base64'),
      rootsAt: Object.fromEntries([...result.rootsAt].map(([size, root]) => [String(size), root.toString('base64')])),
      headsAt: Object.fromEntries([...result.headsAt].map(([size, head]) => [String(size), head])),
      sequenceGaps: result.sequenceGaps,
      clockJumps: result.clockJumps,
      firstAt: result.firstAt,
      lastAt: result.lastAt,
    });
    facts.add({
      kind: 'document',
      format: 'ledger',
      title: 'Ledger (hash-chained)',
      place: { path: file.path },
      properties: [
        { name: 'Entries', value: String(result.entries) },
        { name: 'Rule', value: rule?.words ?? 'No known rule fits its records' },
        ...(rule === null ? [] : [{ name: 'Formula', value: rule.formula }]),
        ...(result.head === null ? [] : [{ name: 'Head', value: result.head }]),
        { name: 'Merkle root (RFC 9162)', value: result.root.toString('base64') },
        ...(result.firstAt === null ? [] : [{ name: 'First', value: result.firstAt }, { name: 'Last', value: result.lastAt ?? '' }]),
      ],
      defects: [],
    });
    if (items.length === 0) return;
    const base = findBase(file, [...new Set(items.map(({ name }) => name))]);
    // A later entry may bind a path anew: what an earlier one said of it is history, not a claim about the file here.
    const latest = new Map(items.map((item) => [item.name, item]));
    facts.add({ kind: 'listing', id: file.path, role: 'ledger', title: 'Files bound by the ledger', place: { path: file.path }, base, closed: false, ignored: [], items: [...latest.values()].map((item) => ({ ...item, path: resolveName(base, item.name) })), signature: null, root: null });
  },
};

function parses(text: string): boolean {
  try {
    parseJsonTree(text, { size: limits.lineBytes });
    return true;
  } catch (error) {
    if (error instanceof JsonError) return false;
    throw error;
  }
}
