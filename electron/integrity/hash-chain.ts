import { limits } from '../../shared/limits.ts';
import { type ChainRule, field, findChainRule, hashIn, type Row, recordHash, textIn } from './chain-rule.ts';
import { JsonError, type JsonNode, parseJsonTree } from './json.ts';
import { leafHash, TreeBuilder } from './merkle.ts';

export interface ChainBreak {
  entry: number;
  line: number;
  kind: 'edited' | 'unlinked' | 'reordered' | 'removed' | 'inserted' | 'torn' | 'unparsable' | 'genesis';
  expected: string;
  actual: string;
  detail: string;
}

/** One record as the chain sees it, for browsing. */
export interface ChainedRow {
  entry: number;
  node: JsonNode | null;
  at: string | null;
  hash: string | null;
  previous: string | null;
}

export interface ChainResult {
  entries: number;
  rule: ChainRule | null;
  breaks: ChainBreak[];
  breakCount: number;
  head: string | null;
  root: Buffer;
  rootsAt: Map<number, Buffer>;
  headsAt: Map<number, string>;
  sequenceGaps: { entry: number; expected: number; actual: number }[];
  clockJumps: { entry: number; at: string; after: string }[];
  firstAt: string | null;
  lastAt: string | null;
}

const breaksAtMost = 100;
const sampleSize = 64;
const genesisWords = /^(0{32}|0{64}|genesis|)$/i;

/**
 * Verifies a hash-chained record line by line: the rule is found from the first 64 records, then every record is held
 * against it. Nothing is kept per line but what the rule needs, so memory does not grow with the record.
 */
export class HashChain {
  private readonly pending: { row: Row | null; text: string; error: JsonError | null }[] = [];
  private started = false;
  private readonly tree = new TreeBuilder();
  private readonly wanted: ReadonlySet<number>;
  private readonly onRow: (row: ChainedRow) => void;
  private readonly result: ChainResult;
  private before: { row: Row | null; hash: string | null } = { row: null, hash: null };
  private sequence: { path: string; last: number } | null = null;
  private clock: { path: string; latest: number; text: string } | null = null;

  /** @param sizes entry counts at which roots and heads are wanted (what checkpoints speak of) */
  constructor(sizes: Iterable<number>, onRow: (row: ChainedRow) => void) {
    this.wanted = new Set(sizes);
    this.onRow = onRow;
    this.result = { entries: 0, rule: null, breaks: [], breakCount: 0, head: null, root: this.tree.root(), rootsAt: new Map(), headsAt: new Map(), sequenceGaps: [], clockJumps: [], firstAt: null, lastAt: null };
  }

  /** One line without its line feed. @param isTorn the last line, which no line feed ends and which does not parse */
  add(text: string, isTorn = false): void {
    let row: Row | null = null;
    let error: JsonError | null = null;
    try {
      row = { node: parseJsonTree(text, { size: limits.lineBytes }), line: text };
    } catch (caught) {
      if (!(caught instanceof JsonError)) throw caught;
      error = caught;
    }
    if (isTorn && error !== null) {
      this.start();
      this.note({ entry: this.result.entries + 1, line: this.result.entries + 1, kind: 'torn', expected: 'a whole record', actual: `${text.length} characters without a line feed`, detail: `The last line is torn: ${error.message}.` });
      return;
    }
    if (this.started) this.judge(row, text, error);
    else {
      this.pending.push({ row, text, error });
      if (this.pending.length >= sampleSize) this.start();
    }
  }

  end(): ChainResult {
    this.start();
    this.sayOrder();
    this.result.head = this.result.rule?.hashField == null ? null : this.before.hash;
    this.result.root = this.tree.root();
    return this.result;
  }

  /** A record that seemed removed and turns up later was moved: both breaks are of one reordering. */
  private sayOrder(): void {
    const { breaks, sequenceGaps } = this.result;
    for (const found of breaks) {
      const gap = found.kind === 'removed' ? sequenceGaps.find(({ entry }) => entry === found.entry) : undefined;
      if (gap === undefined || !sequenceGaps.some(({ entry, actual }) => entry !== gap.entry && actual === gap.expected)) continue;
      found.kind = 'reordered';
      found.detail = found.detail.replace('Something between them was removed.', 'It stands in another place than it was written.');
    }
  }

  private start(): void {
    if (this.started) return;
    this.started = true;
    const rows = this.pending.flatMap(({ row }) => row ?? []);
    this.result.rule = findChainRule(rows);
    const first = rows[0]?.node;
    const names = first?.kind === 'object' ? first.members : [];
    const sequence = names.find(({ name, value }) => value.kind === 'number' && /^(seq|sequence|index|idx|entry|n|number|height|position|seq_no|sequence_number)$/i.test(name));
    this.sequence = sequence?.value.kind === 'number' ? { path: sequence.name, last: Number(sequence.value.source) - 1 } : null;
    const clock = names.find(({ name, value }) => value.kind === 'string' && /time|date|^ts$|(_|^)at$/i.test(name) && !Number.isNaN(Date.parse(value.value)));
    this.clock = clock === undefined ? null : { path: clock.name, latest: Number.NEGATIVE_INFINITY, text: '' };
    for (const { row, text, error } of this.pending.splice(0)) this.judge(row, text, error);
  }

  private note(found: ChainBreak): void {
    this.result.breakCount += 1;
    if (this.result.breaks.length < breaksAtMost) this.result.breaks.push(found);
  }

  private judge(row: Row | null, text: string, error: JsonError | null): void {
    const entry = ++this.result.entries;
    this.tree.append(leafHash(text));
    if (this.wanted.has(entry)) this.result.rootsAt.set(entry, this.tree.root());
    const { rule } = this.result;
    if (row === null) {
      this.note({ entry, line: entry, kind: 'unparsable', expected: 'one JSON object', actual: text.slice(0, 80), detail: error?.message ?? 'The line is no JSON.' });
      this.before = { row: null, hash: null };
      this.onRow({ entry, node: null, at: null, hash: null, previous: null });
      return;
    }
    const claimed = hashIn(row.node, rule?.hashField ?? null);
    const previous = hashIn(row.node, rule?.previousField ?? null);
    const jumped = this.follow(row, entry);
    if (rule !== null && rule.family !== 'keyed') this.hold(rule, row, entry, claimed, previous, jumped);
    else if (rule !== null) this.link(rule, row, entry, previous, jumped);
    this.before = { row, hash: claimed };
    if (claimed !== null && this.wanted.has(entry)) this.result.headsAt.set(entry, claimed);
    this.onRow({ entry, node: row.node, at: this.clock === null ? null : textIn(row.node, this.clock.path) || null, hash: claimed, previous });
  }

  /** Sequence and clock; returns how the sequence jumped, for the words of a break. */
  private follow(row: Row, entry: number): { expected: number; actual: number } | null {
    const { clock, sequence, result } = this;
    if (clock !== null) {
      const text = textIn(row.node, clock.path);
      const at = Date.parse(text);
      if (!Number.isNaN(at)) {
        result.firstAt ??= text;
        result.lastAt = text;
        if (at < clock.latest && result.clockJumps.length < breaksAtMost) result.clockJumps.push({ entry, at: text, after: clock.text });
        if (at >= clock.latest) Object.assign(clock, { latest: at, text });
      }
    }
    const held = sequence === null ? undefined : field(row.node, sequence.path);
    if (sequence === null || held?.kind !== 'number') return null;
    const actual = Number(held.source);
    const expected = sequence.last + 1;
    sequence.last = actual;
    if (actual === expected) return null;
    if (result.sequenceGaps.length < breaksAtMost) result.sequenceGaps.push({ entry, expected, actual });
    return { expected, actual };
  }

  private hold(rule: ChainRule, row: Row, entry: number, claimed: string | null, previous: string | null, jumped: { expected: number; actual: number } | null): void {
    if (rule.hashField === null) {
      const expected = this.before.row === null ? null : recordHash(rule, this.before.row, '');
      if (entry === 1) return this.genesis(rule, row, entry);
      if (expected !== previous) this.note({ entry, line: entry, kind: kindOf(jumped, 'unlinked'), expected: expected ?? '', actual: previous ?? '', detail: `Entry ${entry} names a previous hash that entry ${entry - 1} does not give.` });
      return;
    }
    const given = rule.previousField === null ? (entry === 1 ? 'genesis' : (this.before.hash ?? '')) : textIn(row.node, rule.previousField);
    const computed = recordHash(rule, row, given);
    this.link(rule, row, entry, previous, jumped);
    if (computed !== claimed) this.note({ entry, line: entry, kind: 'edited', expected: claimed ?? '', actual: computed, detail: claimed === null ? `Entry ${entry} holds no hash of its own.` : `Entry ${entry} does not have the hash that it claims: it was changed after the hash was made.` });
  }

  private link(rule: ChainRule, row: Row, entry: number, previous: string | null, jumped: { expected: number; actual: number } | null): void {
    if (rule.previousField === null) return;
    if (entry === 1) return this.genesis(rule, row, entry);
    if (this.before.hash === previous) return;
    const kind = kindOf(jumped, 'unlinked');
    const why = { reordered: 'It stands in another place than it was written.', removed: 'Something between them was removed.', inserted: 'Something was inserted.', unlinked: 'The entry before was changed, or something between them was removed.' }[kind];
    this.note({ entry, line: entry, kind, expected: this.before.hash ?? '', actual: previous ?? '', detail: `Entry ${entry} names a previous hash that entry ${entry - 1} does not give. ${why}` });
  }

  /** The first record begins a chain only where it names nothing before it: otherwise something was cut off its front. */
  private genesis(rule: ChainRule, row: Row, entry: number): void {
    if (rule.previousField === null) return;
    const held = field(row.node, rule.previousField);
    const text = held?.kind === 'string' ? held.value.replace(/^sha-?256:/i, '') : '';
    if (held?.kind === 'string' && !genesisWords.test(text) && hashIn(row.node, rule.previousField) !== null)
      this.note({ entry, line: entry, kind: 'genesis', expected: 'a first entry that names nothing before it', actual: text, detail: 'The first entry names a previous one: what came before it is not here.' });
  }
}

/** What a jump of the sequence says about a broken link: backwards is another order, one ahead may be either. */
function kindOf(jumped: { expected: number; actual: number } | null, otherwise: 'unlinked'): 'unlinked' | 'reordered' | 'removed' | 'inserted' {
  if (jumped === null) return otherwise;
  if (jumped.actual < jumped.expected) return 'reordered';
  return 'removed';
}
