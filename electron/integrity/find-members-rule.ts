import { type CanonicalForm, canonicalText } from './canonical-json.ts';
import { chosenFew, isSignatureName, membersAtMost, selections, subsets, withoutFew } from './chain-candidates.ts';
import { algorithmsOf, type ChainAlgorithm } from './chain-digest.ts';
import {
  field,
  hashIn,
  type InnerDigest,
  innerHash,
  joinedHash,
  membersText,
  type Row,
  type RuleParts,
  recordText,
  textIn,
} from './chain-rule.ts';
import type { JsonNode } from './json.ts';
import { forms, type RuleSearch, rareSeparators, separators } from './rule-search.ts';

/** How a member that is an object or an array is spelled among others. */
const memberForms: readonly CanonicalForm[] = [
  'jcs',
  'as-written',
  'python-spaced',
  'python-as-written',
  'python-repr',
];
/** The same where any order is tried. */
const listForms: readonly CanonicalForm[] = ['jcs', 'as-written', 'python-spaced'];
const spacedForms: readonly string[] = ['python-spaced', 'python-as-written', 'python-repr'];
/** How records are spelled of which only some members are hashed. */
const subsetForms: readonly CanonicalForm[] = [
  'jcs',
  'python-ascii',
  'python-spaced',
  'as-written',
  'python-as-written',
];
/** Of more members than these none are tried one by one. */
const listedAtMost = 24;

const isNested = ({ kind }: JsonNode) => kind === 'object' || kind === 'array';

/** The outermost members that may be hashed one by one, and the one that names the record before. */
function candidates(
  { top }: RuleSearch,
  { hashField, previousField }: RuleParts,
): { names: string[]; previous: string; nested: ReadonlySet<string> } | null {
  const previous = previousField?.split('.')[0];
  const usable = top.filter(({ name }) => name !== hashField && !name.includes('.') && !isSignatureName(name));
  const names = usable.map(({ name }) => name);
  if (previous === undefined || !names.includes(previous) || names.length > listedAtMost) return null;
  return {
    names,
    previous,
    nested: new Set(usable.filter(({ value }) => isNested(value)).map(({ name }) => name)),
  };
}

type MembersJoin = Pick<RuleParts, 'preimage' | 'separator' | 'previousAs'>;
const byText = (separator: string): MembersJoin => ({ preimage: 'members', separator, previousAs: 'text' });

/**
 * Members joined, or as a JSON array: in any order where they are few, in the order written where they are more.
 * @param way texts and numbers alone; with objects among them; by what few writers put between; few of many in any order
 */
export function tryMembers(
  search: RuleSearch,
  plain: RuleParts,
  algorithms: readonly ChainAlgorithm[],
  way: 'members' | 'nested' | 'joined rarely' | 'chosen',
): void {
  const found = candidates(search, plain);
  if (found === null) return;
  const { names, previous, nested } = found;
  const sample = search.rows.slice(0, 3);
  const isLabelled = sample.some(({ node }) => {
    const at = field(node, plain.previousField ?? '');
    return at?.kind === 'string' && /[:$=-]|^0x/i.test(at.value);
  });
  const asHashes = ['', '|', ':', '\n'].flatMap((separator): MembersJoin[] => [
    { preimage: 'members', separator, previousAs: 'bytes' },
    ...(isLabelled ? [{ preimage: 'members', separator, previousAs: 'bare' } as const] : []),
  ]);
  const usual = separators.map(byText);
  const rare = rareSeparators.map(byText);
  const texts = new Texts(sample);
  const list: MembersJoin = { ...byText(''), preimage: 'list' };
  const passes = {
    members: [{ isAny: true, joins: [...usual, ...asHashes], spelled: [] }],
    'joined rarely': [{ isAny: true, joins: [...rare, list], spelled: listForms }],
    nested: [
      { isAny: false, joins: [...usual, ...rare, ...asHashes, list], spelled: memberForms },
      { isAny: true, joins: [...usual, list], spelled: listForms },
    ],
    chosen: [{ isAny: false, joins: ['', '|', ':'].map(byText), spelled: [] }],
  }[way];
  const flat = names.filter((name) => !nested.has(name));
  if (way === 'chosen' && (names.length <= 6 || flat.length > membersAtMost)) return;
  for (const { isAny, joins, spelled } of passes)
    for (const members of way === 'chosen' ? chosenFew(flat, previous) : selections(names, previous, isAny)) {
      if (members.length < 2 || !members.includes(previous)) continue;
      const isNested = members.some((name) => nested.has(name));
      if (isNested !== (way === 'nested')) continue;
      for (const join of joins)
        for (const form of isNested || join.preimage === 'list' ? spelled : [null])
          for (const algorithm of algorithms) {
            const rule: RuleParts = {
              ...plain,
              ...join,
              algorithm,
              family: 'concatenation',
              members,
              form,
              leaveOut: [],
            };
            const held = holds(search, rule, sample, texts);
            if (held === 'over') return;
            if (!held) continue;
            const [best, explained] = withoutEmpty(search, rule);
            search.offer(best, explained);
            // The first record names nothing before it, so that it fits several orders: go on until more records agree.
            if (explained * 2 > search.rows.length) return;
          }
    }
}

/** Texts of members in some records, each made once. */
class Texts {
  private readonly made = new Map<string, string[]>();
  private readonly rows: readonly Row[];
  constructor(rows: readonly Row[]) {
    this.rows = rows;
  }
  /** @param inList as it stands in a JSON array, texts in quotes */
  of(name: string, form: RuleParts['form'], inList: boolean): readonly string[] {
    const key = `${form}\0${inList}\0${name}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const spelling = form === 'line' ? null : form;
    const made = this.rows.map(({ node }) => {
      const value = field(node, name);
      if (!inList) return textIn(node, name, spelling);
      return value === undefined ? 'null' : canonicalText(value, spelling ?? 'jcs');
    });
    this.made.set(key, made);
    return made;
  }
}

const agrees = (rule: RuleParts, row: Row): boolean =>
  joinedHash(rule, membersText(rule, row), '') === hashIn(row.node, rule.hashField);
const explainedBy = ({ rows }: RuleSearch, rule: RuleParts): number => rows.filter((row) => agrees(rule, row)).length;

/**
 * Members joined by nothing that are empty in the records explained may be no part of it, which the others show: the
 * rule that explains most, and how many.
 */
function withoutEmpty(search: RuleSearch, rule: RuleParts): [rule: RuleParts, explained: number] {
  const held = search.rows.filter((row) => agrees(rule, row));
  const isDoubtful = rule.preimage === 'members' && rule.separator === '' && held.length < search.rows.length;
  const empty = isDoubtful
    ? rule.members
        .filter(
          (name) => name !== rule.previousField && held.every(({ node }) => textIn(node, name, formOf(rule)) === ''),
        )
        .slice(0, 5)
    : [];
  const tries = [...subsets(empty)].map((out): [RuleParts, number] => {
    const fewer = { ...rule, members: rule.members.filter((name) => !out.includes(name)) };
    return [fewer, explainedBy(search, fewer)];
  });
  return tries.reduce((best, each) => (each[1] > best[1] ? each : best), [rule, held.length]);
}
const formOf = ({ form }: RuleParts) => (form === 'line' ? null : form);

function holds(search: RuleSearch, rule: RuleParts, sample: readonly Row[], texts: Texts): boolean | 'over' {
  const inList = rule.preimage === 'list';
  const parts = rule.previousAs === 'text' ? rule.members.map((name) => texts.of(name, rule.form, inList)) : null;
  const comma = spacedForms.includes(rule.form ?? '') ? ', ' : ',';
  const hashes = rule.hashField === null ? [] : search.hashesOf(rule.hashField);
  for (const [i, row] of sample.entries()) {
    const each = parts?.map((part) => part[i] ?? '');
    const text =
      each === undefined ? membersText(rule, row) : inList ? `[${each.join(comma)}]` : each.join(rule.separator);
    if (!search.spend(text.length, rule.algorithm) || (each === undefined && !search.spell(text.length))) return 'over';
    if (joinedHash(rule, text, '') === (hashes[i] ?? null)) return true;
  }
  return false;
}

/** An object of some of the members is hashed: the others are covered by nothing. */
export function trySubsets(search: RuleSearch, plain: RuleParts, algorithms: readonly ChainAlgorithm[]): void {
  const { top, rows } = search;
  const { hashField, previousField } = plain;
  if (hashField === null || hashField.includes('.')) return;
  const previous = previousField?.split('.')[0];
  const others = top.map(({ name }) => name).filter((name) => name !== hashField && !name.includes('.'));
  if (others.length < 2 || others.length > 24) return;
  const sample = rows.slice(0, 2);
  for (const kept of others.length <= membersAtMost ? subsets(others) : withoutFew(others))
    for (const form of subsetForms) {
      const out = others.filter((name) => !kept.includes(name));
      if (kept.length === 0 || out.length === 0) continue;
      if (search.isSpent) return;
      const base: RuleParts = { ...plain, form, leaveOut: [hashField, ...out] };
      const texts = sample.map((row) => ({ row, text: recordText(base, row) }));
      if (!texts.every(({ text }) => search.spell(text.length))) return;
      const joins: Pick<RuleParts, 'preimage' | 'separator'>[] =
        previous === undefined || kept.includes(previous)
          ? [{ preimage: 'record', separator: '' }]
          : ['', '|', ':', '\n'].map((separator) => ({ preimage: 'previous+record', separator }));
      for (const join of joins)
        for (const algorithm of algorithms) {
          const rule: RuleParts = { ...base, ...join, algorithm };
          const given = ({ node }: Row) => {
            const stated = field(node, previousField ?? '');
            return stated?.kind === 'string' ? stated.value : '';
          };
          if (!search.spend((texts[0]?.text.length ?? 0) * 2, algorithm)) return;
          const isHeld = (row: Row, text: string) => joinedHash(rule, text, given(row)) === hashIn(row.node, hashField);
          if (!texts.some(({ row, text }) => isHeld(row, text))) continue;
          const explained = rows.filter((row) => isHeld(row, recordText(rule, row))).length;
          search.offer({ ...rule, family: join.preimage === 'record' ? 'own-hash' : 'concatenation' }, explained);
          if (explained * 2 > rows.length) return;
        }
    }
}

/** What writers call the previous hash in what they hash. */
export const previousNamesWithin = ['prev', 'prev_hash', 'previous', 'previous_hash', 'prevHash', 'previousHash'];

/** An object of one or two members and the previous hash is hashed, which is called otherwise there: `{prev, payload}`. */
export function tryRenamedSubsets(search: RuleSearch, plain: RuleParts, algorithms: readonly ChainAlgorithm[]): void {
  const { top, rows } = search;
  const { hashField, previousField } = plain;
  if (hashField === null || previousField === null || `${hashField}${previousField}`.includes('.')) return;
  const others = top.map(({ name }) => name).filter((name) => name !== hashField && name !== previousField);
  const pairs = others.flatMap((a, i) => [[a], ...others.slice(i + 1).map((b) => [a, b])]);
  for (const kept of pairs)
    for (const to of previousNamesWithin)
      for (const form of subsetForms) {
        const out = others.filter((name) => !kept.includes(name));
        if (to === previousField || out.length === 0 || search.isSpent) continue;
        const base: RuleParts = { ...plain, form, leaveOut: [hashField, ...out], rename: [previousField, to] };
        for (const algorithm of algorithms) {
          const rule: RuleParts = { ...base, algorithm };
          const isHeld = (row: Row) => joinedHash(rule, recordText(rule, row), '') === hashIn(row.node, hashField);
          const sample = rows.slice(0, 2);
          if (!sample.every(({ line }) => search.spell(line.length) && search.spend(line.length, algorithm))) return;
          if (!sample.some(isHeld)) continue;
          const explained = rows.filter(isHeld).length;
          search.offer(rule, explained);
          if (explained * 2 > rows.length) return;
        }
      }
}

/** Digests within records, which carry the chain into what the chain itself does not hash. */
export function innerDigests(search: RuleSearch, rule: RuleParts, fields: readonly string[]): InnerDigest[] {
  const { rows, top } = search;
  const covered = (name: string) =>
    rule.preimage === 'members' || rule.preimage === 'list'
      ? rule.members.includes(name)
      : rule.only === undefined
        ? !rule.leaveOut.includes(name)
        : name === rule.only;
  const within = fields.filter(
    (name) => name !== rule.hashField && name !== rule.previousField && covered(name.split('.')[0] ?? ''),
  );
  const bare = top.filter(({ name }) => !covered(name) && name !== rule.hashField && !isSignatureName(name));
  const found: InnerDigest[] = [];
  for (const hashField of within) {
    const known = algorithmsOf[search.digitsOf(hashField)] ?? [];
    const algorithms = [rule.algorithm, ...known.filter((each) => each !== rule.algorithm)];
    const best =
      mostAgreeing(
        rows,
        hashField,
        algorithms,
        bare.map(({ name }) => ({ member: name, leaveOut: [] })),
      ) ??
      (bare.length === 0 ? null : mostAgreeing(rows, hashField, algorithms, wholeRecords(search, rule, hashField)));
    if (best !== null) found.push(best);
  }
  return found;
}

/** The record without its hashes, with and without what names the record before. */
function wholeRecords(
  { top }: RuleSearch,
  { hashField, previousField }: RuleParts,
  own: string,
): Pick<InnerDigest, 'member' | 'leaveOut'>[] {
  const signatures = top.map(({ name }) => name).filter(isSignatureName);
  const hashes = [own, hashField ?? ''];
  const outs = [hashes, [own], ...(previousField === null ? [] : [[...hashes, previousField]])];
  return [...outs, ...(signatures.length === 0 ? [] : outs.map((out) => [...out, ...signatures]))].map((leaveOut) => ({
    member: null,
    leaveOut,
  }));
}

/** The digest that more than half of the records agree with; null where there is none. */
function mostAgreeing(
  rows: readonly Row[],
  hashField: string,
  algorithms: readonly ChainAlgorithm[],
  over: readonly Pick<InnerDigest, 'member' | 'leaveOut'>[],
): InnerDigest | null {
  const tries = over.flatMap((each) =>
    algorithms.flatMap((algorithm) => forms.map((form): InnerDigest => ({ ...each, hashField, form, algorithm }))),
  );
  const agreeing = (inner: InnerDigest) =>
    rows.filter((row) => hashIn(row.node, hashField) === innerHash(inner, row)).length;
  const counted = tries.map((inner) => ({ inner, agree: agreeing(inner) })).sort((x, y) => y.agree - x.agree);
  const [best] = counted;
  return best === undefined || best.agree * 2 <= rows.length ? null : best.inner;
}
