import type { ListingItem } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import type { ChainedRow } from '../../integrity/chain-result.ts';
import { hexOf } from '../../integrity/chain-rule.ts';
import { HashChain } from '../../integrity/hash-chain.ts';
import { type JsonNode, member, pointerToken } from '../../integrity/json.ts';
import { NoteError, parseCheckpoint, parseNote } from '../../integrity/note.ts';
import { digestOfText, findBase, folderOf, resolveName } from '../shape.ts';
import { type Candidate, type Format, type LedgerRowColumns, type OpenFile, Unreadable } from './format.ts';

const block = 1_048_576;
const rowsAtOnce = 2_000;
const boundAtMost = 1_000_000;
const neighboursAtMost = 1_000;

/** Whether the first line is an object that holds something like a hash of a chain. */
function looksChained({ head }: Candidate): boolean {
  const text = Buffer.from(head).toString('utf8');
  const [first = ''] = text.split('\n');
  if (!first.startsWith('{')) return false;
  return /"(?:[a-z_.]*(?:prev|parent|previous)[a-z_]*)"\s*:/i.test(first) &&
    /"[^"]*(?:hash|digest|mac)[^"]*"\s*:/i.test(first)
    ? true
    : /"(?:entry_|event_|record_)?hash"\s*:\s*"(?:sha256:)?[0-9a-f]{32,64}"/i.test(first);
}

/** What neighbours say of the ledger: entry counts of checkpoints, and heads kept in a file of their own (`HEAD`). */
function anchors(file: OpenFile): { sizes: number[]; heads: { path: string; head: string }[] } {
  const sizes: number[] = [];
  const heads: { path: string; head: string }[] = [];
  for (const path of file.list(folderOf(file.path)).slice(0, neighboursAtMost)) {
    const bytes = path === file.path ? null : file.peek(path, 65_536);
    if (bytes === null) continue;
    const text = Buffer.from(bytes).toString('utf8');
    const head = text.length <= 100 && /head/i.test(path.slice(path.lastIndexOf('/') + 1)) ? hexOf(text.trim()) : null;
    if (head !== null) heads.push({ path, head });
    if (!text.includes('\u2014 ')) continue;
    try {
      sizes.push(parseCheckpoint(parseNote(bytes).text).size);
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
    }
  }
  return { sizes, heads };
}

interface Line {
  bytes: Uint8Array;
  offset: number;
  isUnended: boolean;
}

/** Lines of a file with their offsets, split at line feeds alone. A carriage return is part of its line. */
function* lines(file: OpenFile): Generator<Line> {
  let rest: Uint8Array = new Uint8Array();
  let offset = 0;
  for (let at = 0; at < file.bytes; ) {
    const read = file.read(at, block);
    if (read.length === 0) throw new Unreadable('The file ended while it was read.', at);
    at += read.length;
    const whole = rest.length === 0 ? read : Buffer.concat([rest, read]);
    let from = 0;
    for (let end = whole.indexOf(0x0a); end >= 0; end = whole.indexOf(0x0a, from)) {
      yield { bytes: whole.subarray(from, end), offset, isUnended: false };
      offset += end - from + 1;
      from = end + 1;
    }
    rest = whole.slice(from);
    if (rest.length > limits.lineBytes)
      throw new Unreadable(`A line is longer than ${limits.lineBytes} bytes.`, offset);
  }
  if (rest.length > 0) yield { bytes: rest, offset, isUnended: true };
}

/** Objects in a record that name a file and its digest: `{path, sha256}`, `{name, digest: {sha256}}` and the like. */
function bindings(node: JsonNode, entry: number, path: string, pointer: string, out: ListingItem[], depth = 0): void {
  if (depth > 8 || out.length >= boundAtMost) return;
  if (node.kind === 'array')
    for (const [i, item] of node.items.entries()) bindings(item, entry, path, `${pointer}/${i}`, out, depth + 1);
  if (node.kind !== 'object') return;
  const textOf = (name: string) => {
    const found = member(node, name);
    return found?.kind === 'string' ? found.value : null;
  };
  const name = textOf('path') ?? textOf('file') ?? textOf('name') ?? textOf('uri');
  const inner = member(node, 'digest') ?? member(node, 'digests');
  const nested = member(inner, 'sha256');
  const stated =
    textOf('sha256') ?? (nested?.kind === 'string' ? nested.value : inner?.kind === 'string' ? inner.value : null);
  const digest = digestOfText(stated, textOf('sha256') !== null || nested !== undefined ? 'sha256' : undefined);
  if (name !== null && digest !== null)
    out.push({ name, path: null, digests: [digest], place: { path, entry, line: entry, pointer } });
  for (const { name: key, value } of node.members)
    if (value.kind === 'object' || value.kind === 'array')
      bindings(value, entry, path, `${pointer}/${pointerToken(key)}`, out, depth + 1);
}

/** Cheap look before a record is parsed for the files it binds. */
const mayBind = (bytes: Uint8Array): boolean => {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return line.includes('"sha256"') || line.includes('"digest');
};

const actorName = /^(actor|agent|agent_id|user|by|author|who|source|tool)$/i;
const eventName = /^(event|event_type|action|action_type|type|kind|op|operation)$/i;
const cut = (text: string | null | undefined): string | null => text?.slice(0, 500) ?? null;

/** Hash-chained JSONL: one record a line, the rule found from the records. */
export const ledger: Format = {
  id: 'ledger',
  title: 'Ledger (hash-chained)',
  recognise: (candidate) =>
    /\.(jsonl|ndjson|jsonlines|json-lines|log|ledger|chain)$/i.test(candidate.name) && looksChained(candidate),
  read(file, facts) {
    const items: ListingItem[] = [];
    const empty = (first: number): LedgerRowColumns => ({
      first,
      at: [],
      actor: [],
      event: [],
      hash: [],
      previous: [],
      offset: [],
      length: [],
    });
    let columns = empty(1);
    // The first records are judged together once the rule is found: their places wait in line.
    let waiting: Line[] = [];
    const { sizes, heads } = anchors(file);
    const onRow = (row: ChainedRow) => {
      const place = waiting.shift();
      if (place === undefined) return;
      columns.at.push(cut(row.at));
      columns.actor.push(cut(row.texts[0]));
      columns.event.push(cut(row.texts[1]));
      columns.hash.push(row.hash);
      columns.previous.push(row.previous);
      columns.offset.push(place.offset);
      columns.length.push(place.bytes.length);
      const node = items.length < boundAtMost && mayBind(place.bytes) ? row.node() : null;
      if (node !== null) bindings(node, row.entry, file.path, '', items);
      if (columns.at.length < rowsAtOnce) return;
      facts.ledgerRows(file.path, columns);
      columns = empty(row.entry + 1);
      facts.checkpoint();
    };
    const chain = new HashChain({
      sizes,
      heads: heads.map(({ head }) => head),
      columns: [actorName, eventName],
      onRow,
    });
    for (const line of lines(file)) {
      if (line.bytes.length === 0) {
        chain.skip();
        continue;
      }
      waiting.push(line);
      chain.add(line.bytes, line.isUnended);
    }
    const result = chain.end();
    waiting = [];
    if (columns.at.length > 0) facts.ledgerRows(file.path, columns);
    const { rule } = result;
    facts.add({
      kind: 'ledger',
      id: file.path,
      place: { path: file.path },
      entries: result.entries,
      rule:
        rule === null
          ? null
          : {
              family: rule.family,
              words: rule.words,
              formula: rule.formula,
              canonical: rule.form ?? '',
              hashField: rule.hashField,
              previousField: rule.previousField,
              signatureField: rule.signatureField,
            },
      breaks: result.breaks,
      breakCount: result.breakCount,
      head: result.head,
      root: result.root.toString('base64'),
      rootsAt: Object.fromEntries([...result.rootsAt].map(([size, root]) => [String(size), root.toString('base64')])),
      headsAt: Object.fromEntries([...result.headsAt].map(([size, head]) => [String(size), head])),
      statedHeads: heads.map(({ path, head }) => ({ path, head, entry: result.entryOfHead.get(head) ?? null })),
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
        ...(result.firstAt === null
          ? []
          : [
              { name: 'First', value: result.firstAt },
              { name: 'Last', value: result.lastAt ?? '' },
            ]),
      ],
      defects: [],
    });
    if (items.length === 0) return;
    const base = findBase(file, [...new Set(items.map(({ name }) => name))]);
    // A later entry may bind a path anew: what an earlier one said of it is history, not a claim about the file here.
    const latest = new Map(items.map((item) => [item.name, item]));
    facts.add({
      kind: 'listing',
      id: file.path,
      role: 'ledger',
      title: 'Files bound by the ledger',
      place: { path: file.path },
      base,
      closed: false,
      ignored: [],
      items: [...latest.values()].map((item) => ({ ...item, path: resolveName(base, item.name) })),
      signature: null,
      root: null,
    });
  },
};
