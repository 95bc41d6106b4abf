import { hashFields, isSignatureName, previousNames } from './chain-candidates.ts';
import { chainDigest, hexOf } from './chain-digest.ts';
import { type ChainRule, field, type Row, recordText, textIn } from './chain-rule.ts';
import { findChainRule } from './find-chain-rule.ts';
import { isGenesis } from './record-faults.ts';
import { forms } from './rule-search.ts';

/** So many rows may stand before a chain, and as many after it. */
export const frameAtMost = 8;

const kindName = /^_*(type|kind|event|event_?type|record|record_?type|row_?type|entry_?type)$/i;
const kindWord = /^(header|head|footer|foot|trailer|preamble|meta|metadata|manifest|summary|eof)$/i;
const frameName = /^_*(header|footer|trailer|preamble|meta|metadata|manifest|summary)_*$/i;

/** Whether a row says of itself that it is a header, a footer or the like, by a member that records have not. */
function saysFrame({ node }: Row, usual: readonly string[]): boolean {
  return (
    node.kind === 'object' &&
    node.members.some(
      ({ name, value }) =>
        (value.kind === 'object' && frameName.test(name) && !usual.includes(name)) ||
        (value.kind === 'string' && kindName.test(name) && kindWord.test(value.value)),
    )
  );
}

/** What is stated of a chain as a whole. */
const stated =
  /^_*((entry|record|row|total)_?)?(count|entries|records|rows|total|length)$|^_*((final|last|chain|ledger|head|merkle)_?)?(head|tip|root|hash|digest)(_?(hash|digest))?$/i;

const topNames = ({ node }: Row): string[] => (node.kind === 'object' ? node.members.map(({ name }) => name) : []);

/** Members that most records have, but for those by which they are chained and signed. */
function usualNames(rows: readonly Row[], chained: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) for (const name of topNames(row)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const outer = new Set(chained.map((path) => path.split('.')[0]));
  return [...counts].flatMap(([name, count]) =>
    count * 2 >= rows.length && !outer.has(name) && !isSignatureName(name) ? [name] : [],
  );
}

/** A record of which the hashes were taken away still has the members of a record; a header has others. */
function isOther(row: Row, usual: readonly string[]): boolean {
  if (saysFrame(row, usual)) return true;
  const names = new Set(topNames(row));
  return usual.filter((name) => names.has(name)).length * 2 < Math.max(1, usual.length);
}

const holdsNone = ({ node }: Row, chained: readonly string[]) =>
  chained.every((path) => field(node, path) === undefined);

/** How many rows at the front hold none of the members by which those after them are chained, and are no such records. */
function leadingRows(rows: readonly Row[]): number {
  const sample = rows.slice(1, 24);
  const counts = new Map<string, number>();
  for (const { node } of sample)
    for (const name of new Set([...hashFields(node), ...previousNames(node)]))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  const chained = [...counts].flatMap(([name, count]) => (count * 2 >= sample.length ? [name] : []));
  if (chained.length === 0) return 0;
  const usual = usualNames(
    sample.filter((row) => !holdsNone(row, chained)),
    chained,
  );
  let count = 0;
  for (const row of rows.slice(0, frameAtMost)) {
    if (!holdsNone(row, chained) || !isOther(row, usual)) break;
    count += 1;
  }
  return count;
}

/** What tells rows of a chain from those that only stand beside it. */
export class ChainFrame {
  private readonly chained: string[];
  private readonly usual: string[];
  private readonly rule: ChainRule;
  private readonly header: readonly Row[];
  private readonly seeds: readonly string[];

  /** @param rows the first of them @param header those that stand before them */
  constructor(rule: ChainRule, rows: readonly Row[], header: readonly Row[]) {
    this.rule = rule;
    this.header = header;
    this.seeds = rows.slice(0, 1).flatMap((row) => topNames(row).map((name) => textIn(row.node, name)));
    this.chained = [rule.hashField, rule.previousField].flatMap((name) => name ?? []);
    this.usual = usualNames(rows.slice(0, 24), this.chained);
  }

  /**
   * Whether what a first record names as the one before it is a beginning: a word for it, its hash, the hash of what the
   * first record or its chain is called, or that of a row before the chain.
   * @param identity what records say of which chain they are; '' where nothing
   */
  begins(named: string, identity: string): boolean {
    const { rule, header, seeds } = this;
    if (rule.previousField === null) return false;
    if (beginsWith(rule, named, header)) return true;
    const hex = hexOf(named);
    return (
      hex !== null &&
      [identity, ...seeds].some(
        (seed) =>
          seed !== '' &&
          seed.length <= seedAtMost &&
          [seed, ...seedWords.flatMap((word) => [`${word}:${seed}`, `${word}-${seed}`, `${seed}:${word}`])].some(
            (text) => digestsOf(rule, text) === hex,
          ),
      )
    );
  }

  /**
   * Whether a row holds none of the members by which records are chained, and is no record that lost them: it says that
   * it is a footer, or states something of the chain. Any other row at the end was put there by somebody.
   */
  isOutside(row: Row): boolean {
    if (this.chained.length === 0 || !holdsNone(row, this.chained)) return false;
    return saysFrame(row, this.usual) || (isOther(row, this.usual) && topNames(row).some((name) => stated.test(name)));
  }
}

/** Words over which writers take the hash that stands before the first record. */
const beginnings = [
  '',
  'genesis',
  'GENESIS',
  'Genesis',
  'genesis block',
  'Genesis Block',
  'GENESIS_BLOCK',
  '0',
  'null',
  'None',
  'root',
  'start',
  'init',
  '{}',
  '0'.repeat(64),
];

/** What writers put before or after the name of a chain, to have a hash to begin with. */
const seedWords = ['genesis', 'GENESIS', 'session', 'chain', 'ledger', 'init'];
const seedAtMost = 100;

const digestsOf = ({ algorithm, digits }: ChainRule, text: string): string =>
  chainDigest(algorithm, text).slice(0, digits);

/** Whether a row before the chain is what its first record names: by its text in any spelling, or by the line. */
function isHashOf(rule: ChainRule, row: Row, named: string): boolean {
  const hex = hexOf(named);
  if (hex === null) return false;
  const { only: _, ...whole } = rule;
  const base = { ...whole, leaveOut: [], blank: null, rename: null };
  return (['line', ...forms] as const).some((form) =>
    (['', '\n'] as const).some(
      (ending) => digestsOf(rule, `${recordText({ ...base, form }, row).replace(/\n$/, '')}${ending}`) === hex,
    ),
  );
}

/** Whether a row states a hash, at the top or one level down. */
const states = ({ node }: Row, hex: string): boolean =>
  hashFields(node).some((path) => hexOf(textIn(node, path)) === hex);

/** Whether the first record names the hash of a row before the chain: that row is bound by it. */
export const namesHeader = (rule: ChainRule, named: string, header: readonly Row[]): boolean =>
  header.some((row) => isHashOf(rule, row, named));

/**
 * Whether what the first record names as the one before it is a beginning: zeros and the like, the hash of a word for
 * it, a hash that a row before the chain states or has.
 */
function beginsWith(rule: ChainRule, named: string, header: readonly Row[]): boolean {
  if (isGenesis(named)) return true;
  const hex = hexOf(named);
  if (hex === null) return false;
  return (
    beginnings.some((word) => digestsOf(rule, word) === hex) ||
    header.some((row) => states(row, hex) || isHashOf(rule, row, named))
  );
}

/** The rule of the records, and how many of the first rows are no part of their chain. */
export function ruleAndLead(rows: readonly Row[], parsed: number): { rule: ChainRule | null; lead: number } {
  const lead = Math.min(leadingRows(rows), parsed);
  const rule = findChainRule(rows.slice(lead));
  if (lead === 0) return { rule, lead };
  if (rule === null) return { rule: findChainRule(rows), lead: 0 };
  const [header, first] = rows.slice(lead - 1);
  const named = first === undefined || rule.previousField === null ? '' : textIn(first.node, rule.previousField);
  // Where records have no hash of their own, the first of them may be the one that looks like a header.
  const isChained = rule.hashField === null && header !== undefined && isHashOf(rule, header, named);
  return isChained ? { rule, lead: 0 } : { rule, lead };
}
