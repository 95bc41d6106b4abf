import { type ChainRule, hashIn, isRecomputed, type Row, recordHash, textIn } from './chain-rule.ts';
import { isGenesis } from './record-faults.ts';

/** Where one chain of a file stands. */
export interface Stream {
  /** The record before; undefined where none was yet, null after a line that is no record. */
  before: { entry: number; hash: string | null; text: string; row?: Row } | null | undefined;
  /** Number that the next record has; undefined where none was yet. */
  next: number | undefined;
  /** Id or number by which the next record names the one before it; undefined where none was yet. */
  id?: string | undefined;
  latest: number;
  latestText: string;
}
const newStream = (): Stream => ({
  before: undefined,
  next: undefined,
  latest: Number.NEGATIVE_INFINITY,
  latestText: '',
});

/** Of more chains than these, the ones that were longest without an entry are forgotten. */
const openAtMost = 100_000;

/** Names of members that say of which ledger a record is: one of another is not of this. */
const ledgerName = /^(ledger|ledger_?id|ledger_?name|log_?id|log_?name|chain_?id|stream_?id)$/i;
/** Names of members by which writers keep several chains in one file; others count only where the chains take turns. */
const streamName =
  /(^|[._])(session|stream|run|tenant|chain|ledger|log|thread|conversation|segment|shard|partition|feed|episode|trace|workflow)(_?(id|name|key|uuid|ref|no|number))?$/i;
/** Those of them that are held from the first record on, where they stay the same. */
const heldName =
  /^(session|stream|run|tenant|thread|conversation|segment|shard|partition|feed|episode)(_?(id|uuid))?$/i;

/** The chains of a file: one, or several whose records a member tells apart. */
export class ChainStreams {
  /** Member that says of which chain a record is; null where none does. */
  name: string | null;
  isMany: boolean;
  current = newStream();
  /** What the records of the current chain say in that member. */
  identity: string;
  private readonly isStrict: boolean;
  /** Whether one chain is of those records that do not say of which they are. */
  private readonly hasNameless: boolean;
  private readonly open = new Map<string, Stream>();
  private opened = 1;

  /** @param rows the first of them @param rule null where none was found */
  constructor(rule: ChainRule | null, rows: readonly Row[]) {
    const apart = rule === null ? null : memberApart(rule, rows);
    const [first] = rows;
    const members = first?.node.kind === 'object' ? first.node.members : [];
    const said = (name: string) => (first === undefined ? '' : textIn(first.node, name));
    const constant = (pattern: RegExp, quarters: number) =>
      members.find(
        ({ name, value }) =>
          pattern.test(name) &&
          !name.includes('.') &&
          isScalar(value.kind) &&
          said(name) !== '' &&
          rows.filter(({ node }) => textIn(node, name) === said(name)).length * 4 >= rows.length * quarters,
      )?.name ?? null;
    const ledger = apart === null ? constant(ledgerName, 3) : null;
    this.isMany = apart !== null;
    this.isStrict = ledger !== null;
    this.name = apart ?? ledger ?? (rule?.previousField == null ? null : constant(heldName, 4));
    this.identity = this.isMany || this.name === null ? '' : said(this.name);
    if (this.isMany) this.opened = 0;
    const { name } = this;
    this.hasNameless =
      name === null || said(name) === '' || rows.filter(({ node }) => textIn(node, name) === '').length > 1;
  }

  /** The chain that stands here begins anew. */
  restart(): void {
    Object.assign(this.current, { before: undefined, next: undefined, id: undefined });
  }

  /** How many chains there were. */
  get count(): number {
    return this.opened;
  }

  /**
   * Turns to the chain of a record. Returns the name of another ledger, where the record says it is of one and begins no
   * chain; what is only held for constant is let go where it changes along one chain.
   */
  turnTo(stated: string | null, begins: () => boolean): string | null {
    const identity = stated ?? '';
    if (this.name === null || (identity === this.identity && this.opened > 0)) return null;
    // A record that says nothing where the others say of which chain they are begins none.
    if (identity === '' && !this.hasNameless) return null;
    if (!this.isMany) {
      if (stated === null && this.isStrict) return null;
      if (!begins()) {
        if (this.isStrict) return stated;
        this.name = null;
        return null;
      }
      this.isMany = true;
      this.open.set(this.identity, this.current);
    }
    const known = this.open.get(identity);
    if (known === undefined) this.opened += 1;
    else this.open.delete(identity);
    this.current = known ?? newStream();
    this.identity = identity;
    this.open.set(identity, this.current);
    const oldest = this.open.size > openAtMost ? this.open.keys().next().value : undefined;
    if (oldest !== undefined) this.open.delete(oldest);
    return null;
  }
}

const isScalar = (kind: string) => kind === 'string' || kind === 'number';

/** Scalar members of records, outermost and one level down, by path. */
function scalarPaths(rows: readonly Row[]): string[] {
  const paths = new Set<string>();
  for (const { node } of rows)
    for (const { name, value } of node.kind === 'object' ? node.members : []) {
      if (name.includes('.')) continue;
      if (isScalar(value.kind)) paths.add(name);
      for (const inner of value.kind === 'object' ? value.members : [])
        if (isScalar(inner.value.kind) && !inner.name.includes('.')) paths.add(`${name}.${inner.name}`);
    }
  return [...paths].slice(0, 60);
}

/**
 * The member that tells the records of several chains apart: by it more records follow the one before them than as they
 * stand. By a name of another kind only where chains take turns; null where all are of one.
 */
function memberApart(rule: ChainRule, rows: readonly Row[]): string | null {
  const { previousField, hashField } = rule;
  if (previousField === null || !isRecomputed(rule)) return null;
  const links = rows.map((row) => ({
    row,
    own: hashField === null ? recordHash(rule, row, '') : hashIn(row.node, hashField),
    previous: hashIn(row.node, previousField),
    begins: isGenesis(textIn(row.node, previousField)),
  }));
  const followed = (path: string | null) => {
    const last = new Map<string, { own: string | null; at: number }>();
    let count = 0;
    let turns = 0;
    for (const [at, { row, own, previous, begins }] of links.entries()) {
      const key = path === null ? '' : textIn(row.node, path);
      const before = last.get(key);
      if (before === undefined ? begins : previous !== null && before.own === previous) {
        count += 1;
        if (before !== undefined && before.at < at - 1) turns += 1;
      }
      last.set(key, { own, at });
    }
    return { count, turns };
  };
  const alone = followed(null).count;
  if (alone === rows.length) return null;
  const found = scalarPaths(rows)
    .filter((path) => path !== hashField && path !== previousField)
    .map((path) => ({ path, isNamed: streamName.test(path), ...followed(path) }))
    .filter(({ count, turns, isNamed }) => count > alone && (isNamed || turns >= 3) && count * 4 >= rows.length * 3)
    .sort((a, b) => b.count - a.count || Number(b.isNamed) - Number(a.isNamed));
  return found[0]?.path ?? null;
}
