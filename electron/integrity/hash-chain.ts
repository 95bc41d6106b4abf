import { BreakOrder } from './break-order.ts';
import { CanonicalRows } from './canonical-rows.ts';
import { ChainFrame, frameAtMost, namesHeader, ruleAndLead } from './chain-frame.ts';
import { ChainRestarts } from './chain-restarts.ts';
import { type ChainBreak, type ChainFields, type ChainOptions, type ChainResult, emptyResult } from './chain-result.ts';
import { type ChainRule, hashIn, isRecomputed, type Row, recordHash, textIn } from './chain-rule.ts';
import { ChainStreams } from './chain-streams.ts';
import { describe } from './describe-rule.ts';
import { IdLinks } from './id-links.ts';
import { type LedgerLine, readLedgerLine } from './ledger-line.ts';
import { isPlainRule, type PlainBlock, type PlainPlan, planFor } from './plain-rows.ts';
import {
  constantHash,
  cutFront,
  edited,
  foreign,
  isGenesis,
  memberFaults,
  torn,
  unlinked,
  unparsable,
} from './record-faults.ts';
import { RowOrder } from './row-order.ts';
import { SizedTree } from './sized-tree.ts';
import { StrayMembers } from './stray-members.ts';

interface Pending {
  bytes: Uint8Array;
  line: number;
}
const textOf = (row: Row, name: string | null) => (name === null ? null : textIn(row.node, name) || null);
const listedAtMost = 100;
/** So many records are tried in other spellings: after them it is not the spelling. */
const respelledAtMost = 1_000;
const sampleSize = 64;
const sampleBytes = 8 * 2 ** 20;

/**
 * Verifies a hash-chained record line by line: the rule is found from the first 64 records, then every record is held
 * against it. Nothing is kept per line, so memory does not grow with the record.
 */
export class HashChain {
  private pending: Pending[] = [];
  private pendingBytes = 0;
  private started = false;
  private readonly tree: SizedTree;
  /** The same with the rows before the chain; null where none stand there. */
  private whole: SizedTree | null = null;
  private frame: ChainFrame | null = null;
  private header: Row[] = [];
  private isNamed = false;
  /** Rows that are no part of the chain where nothing follows them, and faults where an entry does. */
  private readonly tail: { bytes: Uint8Array; line: number; row: Row }[] = [];
  private readonly sizes: ReadonlySet<number>;
  private readonly heads: ReadonlySet<string>;
  private readonly options: ChainOptions;
  private readonly result: ChainResult;
  private readonly order = new BreakOrder();
  private fast: CanonicalRows | null = null;
  private columns: (string | null)[] = [];
  /** The chains of the file: what stands before a record is what its own chain ends in so far. */
  private streams = new ChainStreams(null, []);
  /** Grows whenever a record showed that the records are spelled in another of the ways that fitted before. */
  private spelledAnew = 0;
  private misspelled = 0;
  private rowOrder = new RowOrder([], false, this.streams);
  private idLinks = new IdLinks(null, []);
  private strays = new StrayMembers(null, []);
  private readonly restarts = new ChainRestarts();
  private line = 0;

  constructor(options: ChainOptions = {}) {
    this.options = options;
    this.sizes = new Set(options.sizes);
    this.heads = new Set(options.heads);
    this.tree = new SizedTree(this.sizes);
    this.result = emptyResult(this.tree);
  }

  /** One line without its line feed, UTF-8. @param isUnended that no line feed ends it: torn, where it does not parse */
  add(bytes: Uint8Array, isUnended = false, line = this.line + 1): void {
    this.line = line;
    const found = isUnended ? readLedgerLine(bytes) : null;
    if (found?.error != null) {
      this.start();
      this.note(torn(bytes, this.result.entries + 1, line, found.error));
      return;
    }
    if (this.started) {
      this.judge(bytes, this.line);
      return;
    }
    this.pending.push({ bytes: Uint8Array.from(bytes), line: this.line });
    this.pendingBytes += bytes.length;
    if (this.pending.length >= sampleSize || this.pendingBytes > sampleBytes) this.start();
  }

  get entries(): number {
    return this.result.entries;
  }

  /** What blocks of records are held against; null while no rule is found, and where each is read by itself. */
  plan(keepsRows: boolean): PlainPlan | null {
    const { rule } = this.result;
    if (!this.started || this.streams.isMany || rule?.hashField == null || !isPlainRule(rule)) return null;
    if (this.idLinks.isUsed) return null;
    const { spot = [] } = this.options;
    return planFor(rule, rule.hashField, this.rowOrder, this.streams, {
      columns: this.columns,
      spot,
      heads: [...this.heads],
      keepsRows,
    });
  }

  /**
   * Takes a block of records in which everything holds; false, and nothing is taken, where it does not follow what came
   * before: then its lines are to be added one by one.
   */
  take(block: PlainBlock): boolean {
    const { result } = this;
    this.settleTail();
    const { current, isMany } = this.streams;
    if (isMany || current.before?.hash == null) return false;
    if (result.rule?.previousField != null && block.previous !== current.before.hash) return false;
    if (!this.rowOrder.followPlain(current, block)) return false;
    const first = result.entries + 1;
    this.order.seenAll(first, block.hashes);
    this.tree.addAll(block.leaves);
    this.whole?.addAll(block.leaves);
    for (const size of this.sizes)
      if (size >= first && size < first + block.rows)
        result.headsAt.set(
          size,
          Buffer.from(block.hashes.subarray((size - first) * 32, (size - first + 1) * 32)).toString('hex'),
        );
    result.entries += block.rows;
    this.line += block.rows;
    current.before = { entry: result.entries, hash: block.head, text: block.head };
    return true;
  }

  /** A line that holds nothing: counted, so that line numbers stay true. */
  skip(): void {
    this.line += 1;
  }

  /** Changes whenever the rule does, or what is known of the chains: blocks are then held against a new plan. */
  get revision(): string {
    return `${this.spelledAnew} ${this.streams.name} ${this.streams.isMany}`;
  }

  /** Member that holds a signature in each record; null while no rule is found, and where records hold none. */
  get signatureField(): string | null {
    return this.result.rule?.signatureField ?? null;
  }

  end(): ChainResult {
    this.start();
    const { result } = this;
    const { gaps, jumps, misfits, isNumberedInText, firstAt, lastAt } = this.rowOrder;
    this.order.settle(result.breaks, gaps);
    result.restarts = this.restarts.found;
    result.misnamed = this.idLinks.misnamed;
    result.strays = this.strays.found;
    Object.assign(result, { misfits, isNumberedInText, sequenceGaps: gaps, clockJumps: jumps, firstAt, lastAt });
    const { streams } = this;
    result.head = result.rule === null ? null : (streams.current.before?.hash ?? null);
    if (streams.isMany && streams.name !== null && streams.count > 1)
      result.streams = { member: streams.name, count: streams.count };
    result.root = this.tree.root();
    const { header: before, tail, whole = null } = this;
    const { roots } = whole ?? this.tree;
    for (const { bytes } of tail) (whole ?? this.tree).add(bytes);
    const root = (whole ?? this.tree).root();
    const { isNamed } = this;
    if (before.length + tail.length > 0)
      result.frame = { before, after: tail.map(({ row }) => row), isNamed, root, roots };
    return result;
  }

  private start(): void {
    if (this.started) return;
    this.started = true;
    const read = this.pending.map(({ bytes }) => readLedgerLine(bytes).row);
    const all = read.flatMap((row) => row ?? []);
    const { rule, lead } = ruleAndLead(all, read.includes(null) ? read.indexOf(null) : read.length);
    const rows = all.slice(lead);
    this.header = all.slice(0, lead);
    this.result.rule = rule;
    if (rule !== null) this.frame = new ChainFrame(rule, rows, this.header);
    if (lead > 0) this.whole = new SizedTree(this.sizes);
    const [first] = rows;
    const members = first?.node.kind === 'object' ? first.node.members : [];
    const isBeginning =
      rule?.previousField != null && first !== undefined && isGenesis(textIn(first.node, rule.previousField));
    this.streams = new ChainStreams(rule, rows);
    this.rowOrder = new RowOrder(rows, isBeginning, this.streams);
    this.idLinks = new IdLinks(rule, rows);
    this.strays = new StrayMembers(rule, rows);
    this.columns = (this.options.columns ?? []).map(
      (pattern) => members.find(({ name, value }) => value.kind === 'string' && pattern.test(name))?.name ?? null,
    );
    this.fast = this.fastFor(rule);
    const constant = rule === null || rule.family === 'unexplained' ? constantHash(rows) : null;
    if (constant !== null) this.note(constant);
    for (const { bytes } of this.pending.slice(0, lead)) {
      this.whole?.add(bytes);
      this.options.onOutside?.();
    }
    for (const { bytes, line } of this.pending.slice(lead)) this.judge(bytes, line);
    this.pending = [];
  }

  private fastFor(rule: ChainRule | null): CanonicalRows | null {
    const { clockName, sequenceName } = this.rowOrder;
    const { name } = this.streams;
    return rule === null || !CanonicalRows.fits(rule) || name?.includes('.') === true || this.idLinks.isUsed
      ? null
      : new CanonicalRows(rule, clockName, sequenceName, name, this.columns, this.options.spot ?? []);
  }

  private note(found: ChainBreak, named: string | null = null): void {
    this.result.breakCount += 1;
    if (this.result.breaks.length >= listedAtMost) return;
    this.result.breaks.push(found);
    this.order.broken(found, named);
  }

  private judge(bytes: Uint8Array, line: number): void {
    const fields = this.fast?.read(bytes, this.streams.current.before?.hash ?? null) ?? null;
    const read = fields === null ? readLedgerLine(bytes) : null;
    if (read?.row != null && this.tail.length < frameAtMost && this.frame?.isOutside(read.row) === true) {
      this.tail.push({ bytes: Uint8Array.from(bytes), line, row: read.row });
      return;
    }
    this.settleTail();
    this.enter(bytes, line, fields, read);
  }

  /** An entry follows rows that are no records: they stand within the chain, and are faults of it. */
  private settleTail(): void {
    for (const { bytes, line } of this.tail.splice(0)) this.enter(bytes, line, null, readLedgerLine(bytes));
  }

  /** @param quick what the quick way read; null where it does not serve @param parsed the line, where it was parsed already */
  private enter(bytes: Uint8Array, line: number, quick: ChainFields | null, parsed: LedgerLine | null): void {
    const { result } = this;
    const entry = ++result.entries;
    this.tree.add(bytes);
    this.whole?.add(bytes);
    let fields = quick;
    let row: Row | null = null;
    if (quick !== null) this.hold(quick, null, entry, line, this.turnTo(quick.identity, quick.previous ?? ''));
    else {
      const read = parsed ?? readLedgerLine(bytes);
      row = read.row;
      if (row === null) {
        this.note(unparsable(bytes, entry, line, read.error));
        if (!this.streams.isMany) this.streams.current.before = null;
      } else {
        const previousField = result.rule?.previousField ?? null;
        const named = previousField === null ? '' : textIn(row.node, previousField);
        const foreign = this.turnTo(textOf(row, this.streams.name), named);
        fields = this.fieldsOf(row);
        this.strays.look(row, entry, line);
        this.hold(fields, row, entry, line, foreign);
      }
    }
    this.options.onRow?.({
      entry,
      line,
      node: () => (row ?? (quick === null ? null : readLedgerLine(bytes).row))?.node ?? null,
      at: fields?.at ?? null,
      texts: fields?.texts ?? this.columns.map(() => null),
      spotted: fields?.spotted ?? false,
      hash: fields?.claimed ?? null,
      previous: fields?.previous ?? null,
    });
  }

  /** Turns to the chain of a record that names this as the one before it; returns the other ledger that it is of. */
  private turnTo(identity: string | null, named: string): string | null {
    return this.streams.turnTo(identity, () => this.frame?.begins(named, identity ?? '') === true);
  }

  private fieldsOf(row: Row): ChainFields {
    const { rule } = this.result;
    const { before } = this.streams.current;
    const { clockName, sequenceName } = this.rowOrder;
    const base = {
      claimed: hashIn(row.node, rule?.hashField ?? null),
      previous: hashIn(row.node, rule?.previousField ?? null),
      at: textOf(row, clockName),
      sequence: textOf(row, sequenceName),
      identity: null,
      texts: this.columns.map((name) => textOf(row, name)),
      spotted: true,
    };
    if (rule === null || !isRecomputed(rule)) return { ...base, computed: null };
    const stated = rule.previousField === null ? (before?.text ?? '') : textIn(row.node, rule.previousField);
    const given = stated === '' ? rule.genesis : stated;
    const computed = recordHash(rule, row, given);
    const isOther = rule.hashField !== null && computed !== base.claimed && base.claimed !== null;
    return { ...base, computed: isOther ? (this.respell(rule, row, given, base.claimed) ?? computed) : computed };
  }

  /**
   * The first record with a fraction or a letter beyond ASCII tells apart forms that fitted all before it. Where one of
   * them gives the hash, that form is the writer's from here on; null where none does.
   */
  private respell(rule: ChainRule, row: Row, previous: string, wanted: string | null): string | null {
    if (this.misspelled > respelledAtMost) return null;
    const fitting = (rule.spellings ?? []).filter((form) => recordHash({ ...rule, form }, row, previous) === wanted);
    const [form, ...spellings] = fitting;
    if (form === undefined) {
      this.misspelled += 1;
      return null;
    }
    const found = describe({ ...rule, form, spellings });
    this.result.rule = found;
    this.spelledAnew += 1;
    this.fast = this.fastFor(found);
    return wanted;
  }

  private hold(fields: ChainFields, row: Row | null, entry: number, line: number, of: string | null): void {
    const { rule } = this.result;
    const { current } = this.streams;
    const isEdited =
      rule !== null && rule.hashField !== null && isRecomputed(rule) && fields.computed !== fields.claimed;
    let own = rule?.hashField === null ? fields.computed : fields.claimed;
    const given = { fields, row, own, entry, line };
    if (rule !== null && !isEdited && this.restarts.isAnew(rule, given, this.streams, this.rowOrder, this.order))
      this.streams.restart();
    this.rowOrder.follow(current, entry, fields.sequence, fields.at);
    if (of !== null) this.note(foreign(of, entry, line));
    if (rule !== null) {
      const { breakCount } = this.result;
      this.link(rule, fields, row, entry, line);
      if (row !== null)
        this.idLinks.follow(
          current,
          row,
          entry,
          line,
          breakCount === this.result.breakCount && current.before !== null,
        );
      // The link may have shown how records are spelled: this one is then spelled so too.
      const now = this.result.rule;
      if (now !== rule && now?.hashField === null && row !== null) own = recordHash(now, row, '');
      if (isEdited) this.note(edited(rule, fields, entry, line));
      else if (row !== null) for (const found of memberFaults(rule, row, entry, line)) this.note(found);
    }
    if (own !== null) this.see(entry, own);
    current.before = {
      entry,
      hash: own,
      text: row === null || rule?.hashField == null ? (own ?? '') : textIn(row.node, rule.hashField),
      ...(row !== null && rule?.hashField === null ? { row } : {}),
    };
  }

  private see(entry: number, own: string): void {
    this.order.seen(entry, own);
    if (this.sizes.has(entry)) this.result.headsAt.set(entry, own);
    if (this.heads.has(own)) this.result.entryOfHead.set(own, entry);
  }

  private link(rule: ChainRule, fields: ChainFields, row: Row | null, entry: number, line: number): void {
    if (rule.previousField === null) return;
    const { current, isMany, identity } = this.streams;
    const { before } = current;
    const named = row === null ? (fields.previous ?? '') : textIn(row.node, rule.previousField);
    if (before === undefined) {
      if (entry === 1) this.isNamed = namesHeader(rule, named, this.header);
      // What a beginning is, only the rule says.
      if (rule.family !== 'unexplained' && fields.previous !== null && this.frame?.begins(named, identity) !== true)
        this.note(cutFront(named, entry, line, isMany ? identity : ''));
      return;
    }
    if (before === null || (before.hash !== null && before.hash === fields.previous)) return;
    if (before.row !== undefined && fields.previous !== null) {
      const own = this.respell(rule, before.row, '', fields.previous);
      if (own !== null) {
        this.see(before.entry, own);
        return;
      }
    }
    const undone = this.restarts.undone(rule, before.entry);
    if (undone !== null) this.note(undone);
    this.note(unlinked(named, fields.previous, before, entry, line), isGenesis(named) ? null : fields.previous);
  }
}
