import { type CanonicalForm, rareForms } from './canonical-json.ts';
import {
  hashFields,
  hashPairs,
  isSequential,
  isSignatureName,
  leaveOuts,
  previousNames,
  signaturePath,
} from './chain-candidates.ts';
import { type ChainAlgorithm, hexOf } from './chain-digest.ts';
import {
  type ChainRule,
  hashedParts,
  hashIn,
  joinedHash,
  type Row,
  type RuleParts,
  recordText,
  textIn,
} from './chain-rule.ts';
import { describe } from './describe-rule.ts';
import { innerDigests, previousNamesWithin, tryMembers, tryRenamedSubsets, trySubsets } from './find-members-rule.ts';
import { allForms, forms, RuleSearch, rareSeparators, separators } from './rule-search.ts';

const zeros = '0'.repeat(64);
type Join = Pick<RuleParts, 'preimage' | 'separator' | 'previousAs'>;
const alone: Join = { preimage: 'record', separator: '', previousAs: 'text' };
const joined = (given: readonly string[], ways: readonly Join['previousAs'][]): readonly Join[] =>
  (['previous+record', 'record+previous'] as const).flatMap((preimage) =>
    given.flatMap((separator) => ways.map((previousAs) => ({ preimage, separator, previousAs }))),
  );
const withPrevious = joined(separators, ['text', 'bytes']);
const rarely = [...joined(rareSeparators, ['text']), ...joined(separators, ['bare'])];

/** What is tried: what most writers do, by the likeliest digest and then by the others of that length; then what few do. */
const usual = ['record', 'previous', 'concatenation', 'members'] as const;
const unusual = [
  'sparse',
  'renamed',
  'wrapped',
  'nested',
  'joined rarely',
  'within',
  'digested',
  'subset',
  'rare',
  'ended',
  'rarely spelled',
  'chosen',
] as const;
type Phase = (typeof usual)[number] | (typeof unusual)[number];

/** Finds the rule by which records are chained, by trying what writers do on the first of them. */
function find(search: RuleSearch): ChainRule | null {
  const { rows, top } = search;
  const fields = [...new Set(rows.slice(0, 4).flatMap(({ node }) => hashFields(node)))].slice(0, 12);
  const previous = [...new Set([...rows.slice(0, 4).flatMap(({ node }) => previousNames(node)), ...fields])].slice(
    0,
    12,
  );
  const pairs = hashPairs(rows, fields, previous);
  const linking = pairs.filter(({ links }) => links > 0);
  for (const phases of [usual, unusual])
    for (const isFirst of [true, false]) {
      search.refill();
      for (const phase of phases) {
        if (search.isFound) break;
        if (phases === usual || (isFirst && /^(nested|within|chosen)$/.test(phase))) search.refill();
        if (phase === 'previous')
          for (const name of previous) tryPrevious(search, name, search.algorithmsFor(name, isFirst));
        // Where hashes are seen to follow each other, the costly ways are tried on those alone.
        const some = (phase === 'record' && isFirst) || linking.length === 0 ? pairs : linking;
        for (const { hashField, previousField } of some) {
          const algorithms = search.algorithmsFor(hashField, isFirst);
          if (!search.isWhole && algorithms.length > 0)
            tryOwn(search, search.plain(hashField, previousField), phase, algorithms);
        }
      }
    }
  seekRunning(search, pairs);
  const best = sparser(search);
  const signature = signaturePath(top);
  // A quarter of the records is proof enough: no rule explains even one hash by chance. What it does not explain was altered.
  if (best !== null && best.explained * 4 >= rows.length) {
    const { rule } = best;
    const signed = signature !== null && rule.preimage === 'record' && rule.hashField !== null;
    return describe({
      ...rule,
      spellings: otherSpellings(rows, rule),
      family: signed ? 'signed-rows' : rule.family,
      signatureField: signature,
      inner: innerDigests(search, rule, fields),
    });
  }
  const linked = pairs.find(({ links }) => links * 2 > rows.length - 1);
  const isKeyed =
    linked !== undefined &&
    (/hmac|(^|[_.])mac$/i.test(`${linked.hashField} ${linked.previousField}`) ||
      (signature === null && top.some(({ name }) => /^(key_?id|kid)$/i.test(name))));
  if (linked === undefined || (!isKeyed && !isSequential(linked))) return null;
  const { hashField, previousField } = linked;
  return describe({
    ...search.plain(hashField, previousField),
    family: isKeyed ? 'keyed' : 'unexplained',
    form: null,
    leaveOut: [],
    signatureField: isKeyed ? null : signature,
  });
}

/**
 * Records that hold a digest of themselves and a second hash beside it, which nothing names: that is a running one, over
 * the hash before and the digest. The digest alone would chain nothing.
 */
function seekRunning(search: RuleSearch, pairs: ReturnType<typeof hashPairs>): void {
  const found = search.best?.rule;
  if (found === undefined || found.previousField !== null || found.preimage !== 'record' || found.hashField === null)
    return;
  const digest = found.hashField;
  const others = new Set(pairs.map(({ hashField }) => hashField).filter((name) => name !== digest));
  for (const name of others) {
    const running = new RuleSearch(search.rows);
    for (const isFirst of [true, false])
      if (!running.isFound) tryText(running, running.plain(name, null), digest, running.algorithmsFor(name, isFirst));
    if (!running.isFound || running.best === null) continue;
    search.best = running.best;
    return;
  }
}

/**
 * What was found, or the same without members that hold null, where that explains two records more: one alone may have
 * been given such a member by somebody.
 */
function sparser({ best, rows, hasNulls }: RuleSearch): RuleSearch['best'] {
  if (best === null || !hasNulls || best.explained === rows.length || best.rule.form === 'line') return best;
  const rule: RuleParts = { ...best.rule, sparse: true };
  const explained = rows.filter((row, i) => {
    const text = hashedParts(rule, row);
    return genesisOf(rows, rule, rule, i).some(
      (given) => joinedHash(rule, text, given) === hashIn(row.node, rule.hashField),
    );
  }).length;
  return explained > best.explained + 1 ? { rule, explained } : best;
}

/** Forms that cannot be told from the one found by the records that it explains. */
function otherSpellings(rows: readonly Row[], rule: RuleParts): (CanonicalForm | 'line')[] {
  if (rule.form === null) return [];
  const held = rows.flatMap((row, i) => {
    const text = hashedParts(rule, row);
    const isHeld =
      rule.hashField === null ||
      genesisOf(rows, rule, rule, i).some(
        (given) => joinedHash(rule, text, given) === hashIn(row.node, rule.hashField),
      );
    return isHeld ? [{ row, text: String(text) }] : [];
  });
  const all = rule.hashField === null ? [...allForms, 'line' as const] : allForms;
  return all.filter(
    (form) => form !== rule.form && held.every(({ row, text }) => String(hashedParts({ ...rule, form }, row)) === text),
  );
}

function tryOwn(search: RuleSearch, plain: RuleParts, phase: Phase, algorithms: readonly ChainAlgorithm[]): void {
  const { hashField, previousField } = plain;
  if (hashField === null) return;
  if (phase === 'previous') return;
  if (phase === 'wrapped') tryWrapped(search, plain, hashField);
  else if (phase === 'sparse') {
    if (search.hasNulls) tryRecord(search, { ...plain, sparse: true }, hashField, phase, algorithms);
  } else if (phase === 'within') tryWithin(search, plain, hashField, algorithms);
  else if (phase === 'digested') {
    const [digested = 'sha256'] = algorithms;
    tryRecord(search, { ...plain, digested }, hashField, phase, algorithms);
    if (!search.isFound) tryWithin(search, { ...plain, digested }, hashField, algorithms);
  } else if (phase === 'members' || phase === 'nested' || phase === 'joined rarely' || phase === 'chosen')
    tryMembers(search, plain, algorithms, phase);
  else if (phase === 'subset') {
    trySubsets(search, plain, algorithms);
    if (!search.isFound) tryRenamedSubsets(search, plain, algorithms);
  } else if (phase !== 'renamed' || previousField !== null) tryRecord(search, plain, hashField, phase, algorithms);
}

function tryRecord(
  search: RuleSearch,
  plain: RuleParts,
  hashField: string,
  phase: Phase,
  algorithms: readonly ChainAlgorithm[],
): void {
  const { previousField } = plain;
  const renames = phase === 'renamed' && previousField !== null ? renamesOf(previousField) : [null];
  const joins = {
    record: [alone],
    ended: [alone, ...joined([''], ['text'])],
    'rarely spelled': [alone, ...joined(['', '\n'], ['text'])],
    concatenation: withPrevious,
    digested: withPrevious,
    sparse: [alone, ...joined([''], ['text'])],
    renamed: [alone, ...withPrevious],
    rare: rarely,
  }[phase as 'record'];
  const ending = phase === 'ended' ? { ending: '\n' as const } : {};
  for (const leaveOut of leaveOuts(search.top, hashField, previousField))
    for (const blank of phase === 'record' ? ([null, '""', 'null', 'zeros'] as const) : [null])
      for (const rename of renames) {
        // What stands within another member is hashed under its own name there, or that member is not hashed at all.
        const isWithin = rename?.[0].includes('.') === true;
        if (isWithin && !leaveOut.some((name) => rename?.[0].startsWith(`${name}.`) === true)) continue;
        for (const form of phase === 'rarely spelled' ? rareForms : forms)
          if (tryForm(search, { ...plain, leaveOut, blank, rename, form, ...ending }, joins, algorithms)) return;
      }
}

/** The names that the previous hash may have in what is hashed. */
function renamesOf(previousField: string): (readonly [string, string])[] {
  const own = previousField.split('.').at(-1) ?? '';
  const names = previousField.includes('.') ? [...new Set([own, ...previousNamesWithin])] : previousNamesWithin;
  return names.filter((to) => to !== previousField).map((to) => [previousField, to] as const);
}

/** An object of the previous hash and the record is hashed, under names that stand nowhere: `{"prev": "…", "record": {…}}`. */
function tryWrapped(search: RuleSearch, plain: RuleParts, hashField: string): void {
  const { previousField } = plain;
  if (previousField === null) return;
  const named = [...new Set([previousField.split('.').at(-1) ?? '', ...previousNamesWithin])];
  const outs = leaveOuts(search.top, hashField, previousField).filter(
    (out) => out.includes(previousField) || out.some((name) => previousField.startsWith(`${name}.`)),
  );
  for (const leaveOut of outs)
    for (const form of wrappedForms)
      for (const record of recordNamesWithin) {
        const joins = named.flatMap((previous) =>
          (form.endsWith('as-written') || previous < record ? orders : orders.slice(1))
            .slice(0, form.endsWith('as-written') ? 2 : 1)
            .map((preimage): Join & Pick<RuleParts, 'wrap'> => ({
              ...alone,
              preimage,
              wrap: { previous, record },
            })),
        );
        if (tryForm(search, { ...plain, leaveOut, form }, joins, [plain.algorithm])) return;
      }
}
const orders = ['previous+record', 'record+previous'] as const;
const wrappedForms = ['jcs', 'python-ascii', 'python-spaced', 'as-written', 'python-as-written'] as const;
/** What writers call a record in what they hash. */
const recordNamesWithin = ['record', 'data', 'payload', 'entry', 'event', 'body', 'content', 'message'];

/** A record that wraps what is hashed: `{ entry, prev, hash }`. */
function tryWithin(
  search: RuleSearch,
  plain: RuleParts,
  hashField: string,
  algorithms: readonly ChainAlgorithm[],
): void {
  for (const { name, value } of search.top)
    if (value.kind === 'string' && name !== hashField && name !== plain.previousField && plain.digested === undefined) {
      if (tryText(search, plain, name, algorithms)) return;
    } else if (value.kind === 'object' && !name.includes('.') && !hashField.startsWith(`${name}.`))
      for (const form of forms)
        if (tryForm(search, { ...plain, leaveOut: [], only: name, form }, [alone, ...withPrevious], algorithms)) return;
}

/** A member that is a text, as it stands or as the bytes that it spells: `{ payload: "…", prev, hash }`. */
function tryText(search: RuleSearch, plain: RuleParts, name: string, algorithms: readonly ChainAlgorithm[]): boolean {
  const texts = search.rows.map(({ node }) => textIn(node, name)).filter((text) => text !== '');
  const ways = [
    'text',
    ...(texts.some((text) => hexOf(text) !== null) ? (['hex'] as const) : []),
    ...(texts.every((text) => base64.test(text)) ? (['base64'] as const) : []),
  ] as const;
  return ways.some((onlyAs) =>
    tryForm(search, { ...plain, leaveOut: [], only: name, onlyAs, form: 'jcs' }, [alone, ...withPrevious], algorithms),
  );
}
const base64 = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;

/** One spelling with every way to join it; true where one explains all records. */
function tryForm(
  search: RuleSearch,
  base: RuleParts,
  joins: readonly Join[],
  algorithms: readonly ChainAlgorithm[],
): boolean {
  const { rows } = search;
  const ways = algorithms.flatMap((algorithm) => joins.map((join) => ({ ...base, ...join, algorithm })));
  const hashes = base.hashField === null ? [] : search.hashesOf(base.hashField);
  const hits = new Map<RuleParts, number>();
  const count = (candidates: readonly RuleParts[], indices: Iterable<number>) => {
    for (const i of indices) {
      const row = rows[i];
      if (row === undefined) continue;
      if (search.isSpent) return;
      const text = recordText(base, row);
      const claimed = hashes[i] ?? null;
      const given = genesisOf(rows, base, { preimage: 'previous+record' }, i);
      // Of a digest it is the text behind it that was spelled, and hashed once.
      if (!search.spell(base.digested === undefined ? text.length : row.line.length * 2)) return;
      for (const way of candidates) {
        if (!search.spend(text.length, way.algorithm)) return;
        const isHeld =
          way.preimage === 'record'
            ? joinedHash(way, text, '') === claimed
            : given.some((each) => joinedHash(way, text, each) === claimed);
        if (isHeld) hits.set(way, (hits.get(way) ?? 0) + 1);
      }
    }
  };
  // A few records, not all at the front where an edit may sit, tell whether a way is worth holding against all.
  const last = rows.length - 1;
  const probed =
    algorithms.length > 1 || base.rename !== null ? [Math.min(1, last), last >> 1] : [0, 1, 2, last >> 1, last];
  const probes = new Set(probed.filter((i) => i >= 0 && i <= last));
  count(ways, probes);
  if (hits.size === 0) return false;
  count(
    [...hits.keys()],
    [...rows.keys()].filter((i) => !probes.has(i)),
  );
  for (const [way, explained] of hits) {
    const rule: RuleParts = { ...way, family: way.preimage === 'record' ? 'own-hash' : 'concatenation' };
    const first = rows[0];
    const genesis =
      first === undefined
        ? undefined
        : genesisOf(rows, base, way, 0).find(
            (given) => joinedHash(rule, recordText(rule, first), given) === hashIn(first.node, rule.hashField),
          );
    search.offer({ ...rule, genesis: genesis ?? '' }, explained);
  }
  return search.isWhole;
}

/** What may stand as the previous hash of a record: what its member says, or the hash of the one before. */
function genesisOf(
  rows: readonly Row[],
  base: RuleParts,
  { preimage }: Pick<RuleParts, 'preimage'>,
  i: number,
): string[] {
  const row = rows[i];
  if (preimage === 'record' || row === undefined) return [''];
  const stated = base.previousField === null ? '' : textIn(row.node, base.previousField);
  if (stated !== '') return [stated];
  if (i === 0) return ['', 'genesis', 'GENESIS', zeros, 'null', 'None', '0'];
  return [base.previousField === null ? textIn(rows[i - 1]?.node ?? row.node, base.hashField ?? '') : ''];
}

function tryPrevious(search: RuleSearch, previousField: string, algorithms: readonly ChainAlgorithm[]): void {
  const { rows } = search;
  const signatures = search.top.map(({ name }) => name).filter(isSignatureName);
  // By any record of them, not only the one before: entries may stand in another order than they were written.
  const named = new Set(rows.map(({ node }) => hashIn(node, previousField)));
  for (const leaveOut of [[], ['batch'], ...signatures.map((name) => [name])])
    for (const ending of [{}, { ending: '\n' as const }])
      for (const form of [...forms, 'line'] as const)
        for (const algorithm of algorithms) {
          const rule: RuleParts = {
            ...search.plain(null, previousField),
            family: 'previous-record',
            form,
            leaveOut,
            algorithm,
            ...ending,
          };
          let explained = 0;
          for (const [i, row] of rows.entries()) {
            if (i > 4 && explained === 0) break;
            if (search.isSpent) return;
            const text = recordText(rule, row);
            if (!search.spell(text.length) || !search.spend(text.length, algorithm)) return;
            if (named.has(joinedHash(rule, text, ''))) explained += 1;
          }
          // The last record is covered by nothing: one link fewer than records is all there can be.
          if (explained > 0) search.offer(rule, explained + 1);
        }
}

/**
 * Finds the rule by which records are chained, from the first of them: which member is the own hash, which names the
 * one before, what is left out, how the record is spelled, what is joined to it. A rule counts as found when it
 * explains a quarter of the records looked at; null where none does.
 */
export const findChainRule = (rows: readonly Row[]): ChainRule | null =>
  rows.length === 0 ? null : find(new RuleSearch(rows.slice(0, 24)));
