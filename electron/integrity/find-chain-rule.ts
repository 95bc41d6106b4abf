import { type CanonicalForm, canonicalForms } from './canonical-json.ts';
import {
  hashFields,
  hashPairs,
  isSignatureName,
  leaveOuts,
  permutations,
  previousNames,
  subsets,
} from './chain-candidates.ts';
import {
  algorithmsOf,
  type ChainRule,
  describe,
  field,
  hashIn,
  joinedHash,
  memberHash,
  type Row,
  type RuleParts,
  recordText,
  textIn,
} from './chain-rule.ts';
import type { JsonNode } from './json.ts';

const forms = Object.keys(canonicalForms) as CanonicalForm[];
const separators = ['', '\n', '\0', '|', ':'];
const zeros = '0'.repeat(64);
type Join = Pick<RuleParts, 'preimage' | 'separator' | 'previousAs'>;
const alone: Join = { preimage: 'record', separator: '', previousAs: 'text' };
const withPrevious: readonly Join[] = (['previous+record', 'record+previous'] as const).flatMap((preimage) =>
  separators.flatMap((separator) =>
    (['text', 'bytes'] as const).map((previousAs) => ({ preimage, separator, previousAs })),
  ),
);
/** Characters that may be spelled and hashed while a rule is sought, so that long records cannot keep it busy. */
const workAtMost = 100_000_000;

/** Finds the rule by which records are chained, by trying what writers do on the first of them. */
class RuleSearch {
  private readonly rows: readonly Row[];
  private readonly top: { name: string; value: JsonNode }[];
  private work = 0;
  private best: { rule: RuleParts; explained: number } | null = null;

  constructor(rows: readonly Row[]) {
    this.rows = rows;
    const first = rows[0]?.node;
    this.top = first?.kind === 'object' ? first.members : [];
  }

  find(): ChainRule | null {
    const fields = [...new Set(this.rows.slice(0, 4).flatMap(({ node }) => hashFields(node)))].slice(0, 12);
    const previous = [
      ...new Set([...this.rows.slice(0, 4).flatMap(({ node }) => previousNames(node)), ...fields]),
    ].slice(0, 12);
    const pairs = hashPairs(this.rows, fields, previous);
    const isWhole = () => this.best !== null && this.best.explained === this.rows.length;
    const linking = pairs.filter(({ links }) => links > 0);
    // Where hashes are seen to follow each other, the costly ways are tried on those alone.
    for (const phase of ['record', 'members', 'concatenation', 'renamed', 'within'] as const)
      for (const { hashField, previousField } of phase === 'record' || linking.length === 0 ? pairs : linking)
        for (const algorithm of algorithmsOf[this.digitsOf(hashField)] ?? [])
          if (!isWhole()) this.tryOwn({ ...this.plain(hashField, previousField), algorithm }, phase);
    if (!isWhole()) for (const name of previous) this.tryPrevious(name);
    const signature =
      this.top.find(({ name, value }) => isSignatureName(name) && name !== 'batch' && value.kind === 'string')?.name ??
      null;
    // A quarter of the records is proof enough: no rule explains even one SHA-256 by chance. What it does not explain was altered.
    if (this.best !== null && this.best.explained * 4 >= this.rows.length) {
      const { rule } = this.best;
      const signed = signature !== null && rule.preimage === 'record' && rule.hashField !== null;
      return describe({
        ...rule,
        spellings: this.otherSpellings(rule),
        family: signed ? 'signed-rows' : rule.family,
        signatureField: signature,
        inner: this.inner(rule, fields),
      });
    }
    const linked = pairs.find(({ links }) => links * 2 > this.rows.length - 1);
    const isKeyed =
      linked !== undefined &&
      (/hmac|(^|_)mac$/i.test(`${linked.hashField} ${linked.previousField}`) ||
        (signature === null && this.top.some(({ name }) => /^(key_?id|kid)$/i.test(name))));
    return isKeyed
      ? describe({ ...this.plain(linked.hashField, linked.previousField), family: 'keyed', form: null })
      : null;
  }

  private digitsOf(name: string | null): number {
    return this.rows.flatMap(({ node }) => hashIn(node, name) ?? [])[0]?.length ?? 64;
  }

  /** Forms that cannot be told from the one found by the records that it explains. */
  private otherSpellings(rule: RuleParts): (CanonicalForm | 'line')[] {
    if (rule.form === null) return [];
    const held = this.rows.flatMap((row, i) => {
      const text = recordText(rule, row);
      const isHeld =
        rule.hashField === null ||
        this.genesisOf(rule, rule, i).some(
          (given) => joinedHash(rule, text, given) === hashIn(row.node, rule.hashField),
        );
      return isHeld ? [{ row, text }] : [];
    });
    const all = rule.hashField === null ? [...forms, 'line' as const] : forms;
    return all.filter(
      (form) => form !== rule.form && held.every(({ row, text }) => recordText({ ...rule, form }, row) === text),
    );
  }

  private plain(hashField: string | null, previousField: string | null): RuleParts {
    const digits = this.digitsOf(hashField ?? previousField);
    return {
      family: 'own-hash',
      algorithm: algorithmsOf[digits]?.[0] ?? 'sha256',
      hashField,
      previousField,
      form: 'jcs',
      leaveOut: hashField === null ? [] : [hashField],
      blank: null,
      rename: null,
      preimage: 'record',
      separator: '',
      previousAs: 'text',
      genesis: '',
      members: [],
      inner: [],
      digits,
      signatureField: null,
    };
  }

  private tryOwn(plain: RuleParts, phase: 'record' | 'concatenation' | 'renamed' | 'members' | 'within'): void {
    const { hashField, previousField } = plain;
    if (hashField === null) return;
    if (phase === 'within') this.tryWithin(plain, hashField);
    if (phase === 'within') return;
    if (phase === 'members') this.tryMembers(plain);
    if (phase === 'members' || (phase === 'renamed' && previousField === null)) return;
    const names = ['prev', 'prev_hash', 'previous', 'previous_hash', 'prevHash', 'previousHash'];
    const renames =
      phase === 'renamed' && previousField !== null && !previousField.includes('.')
        ? names.filter((to) => to !== previousField).map((to) => [previousField, to] as const)
        : [null];
    const joins = [...(phase === 'concatenation' ? [] : [alone]), ...(phase === 'record' ? [] : withPrevious)];
    for (const leaveOut of leaveOuts(this.top, hashField, previousField))
      for (const blank of phase === 'record' ? ([null, '""', 'null', 'zeros'] as const) : [null])
        for (const rename of renames)
          for (const form of forms) if (this.tryForm({ ...plain, leaveOut, blank, rename, form }, joins)) return;
  }

  /** A record that wraps what is hashed: `{ entry, prev, hash }`. */
  private tryWithin(plain: RuleParts, hashField: string): void {
    for (const { name, value } of this.top)
      if (value.kind === 'object' && !name.includes('.') && !hashField.startsWith(`${name}.`))
        for (const form of forms)
          if (this.tryForm({ ...plain, leaveOut: [], only: name, form }, [alone, ...withPrevious])) return;
  }

  /** One spelling with every way to join it; true where one explains all records. */
  private tryForm(base: RuleParts, joins: readonly Join[]): boolean {
    const hits = new Map<number, number>();
    const count = (candidates: Iterable<number>, indices: Iterable<number>) => {
      const all = [...candidates];
      for (const i of indices) {
        const row = this.rows[i];
        if (row === undefined) continue;
        if (this.work > workAtMost) return;
        const text = recordText(base, row);
        this.work += text.length * (all.length + 4);
        const claimed = hashIn(row.node, base.hashField);
        for (const k of all) {
          const join = joins[k];
          if (
            join !== undefined &&
            this.genesisOf(base, join, i).some((given) => joinedHash({ ...base, ...join }, text, given) === claimed)
          )
            hits.set(k, (hits.get(k) ?? 0) + 1);
        }
      }
    };
    // A few records, not all at the front where an edit may sit, tell whether a way is worth holding against all.
    const last = this.rows.length - 1;
    const probes = new Set([0, 1, 2, last >> 1, last].filter((i) => i >= 0 && i <= last));
    count(joins.keys(), probes);
    if (hits.size === 0) return false;
    count(
      hits.keys(),
      [...this.rows.keys()].filter((i) => !probes.has(i)),
    );
    for (const [k, explained] of hits) {
      const join = joins[k];
      if (join === undefined || explained <= (this.best?.explained ?? 0)) continue;
      const rule: RuleParts = { ...base, ...join, family: join.preimage === 'record' ? 'own-hash' : 'concatenation' };
      const first = this.rows[0];
      const genesis =
        first === undefined
          ? undefined
          : this.genesisOf(base, join, 0).find(
              (given) => joinedHash(rule, recordText(rule, first), given) === hashIn(first.node, rule.hashField),
            );
      this.best = { rule: { ...rule, genesis: genesis ?? '' }, explained };
    }
    return this.best?.explained === this.rows.length;
  }

  /** What may stand as the previous hash of a record: what its member says, or the hash of the one before. */
  private genesisOf(base: RuleParts, { preimage }: Pick<RuleParts, 'preimage'>, i: number): string[] {
    const row = this.rows[i];
    if (preimage === 'record' || row === undefined) return [''];
    const stated = base.previousField === null ? '' : textIn(row.node, base.previousField);
    if (stated !== '') return [stated];
    if (i === 0) return ['', 'genesis', 'GENESIS', zeros, 'null', 'None'];
    return [base.previousField === null ? textIn(this.rows[i - 1]?.node ?? row.node, base.hashField ?? '') : ''];
  }

  /** Texts of single members joined, in any order where they are few, in the order written where they are more. */
  private tryMembers(plain: RuleParts): void {
    const names = this.top
      .filter(
        ({ name, value }) =>
          name !== plain.hashField &&
          !name.includes('.') &&
          value.kind !== 'object' &&
          value.kind !== 'array' &&
          !isSignatureName(name),
      )
      .map(({ name }) => name);
    if (plain.previousField === null || !names.includes(plain.previousField) || names.length > 10) return;
    const orders = names.length <= 6 ? permutations(names) : subsets(names);
    const sample = this.rows.slice(0, 3).map(({ node }) => ({
      claimed: hashIn(node, plain.hashField),
      texts: new Map(names.map((name) => [name, textIn(node, name)])),
    }));
    for (const members of orders) {
      if (members.length < 2 || !members.includes(plain.previousField)) continue;
      for (const separator of [...separators, ',']) {
        const rule: RuleParts = {
          ...plain,
          family: 'concatenation',
          preimage: 'members',
          members,
          separator,
          form: null,
          leaveOut: [],
        };
        for (const { claimed, texts } of sample) {
          const text = members.map((name) => texts.get(name) ?? '').join(separator);
          this.work += text.length + 50;
          if (this.work > workAtMost) return;
          if (joinedHash(rule, text, '') !== claimed) continue;
          const explained = this.rows.filter(
            ({ node }) =>
              joinedHash(rule, members.map((name) => textIn(node, name)).join(separator), '') ===
              hashIn(node, plain.hashField),
          ).length;
          if (explained > (this.best?.explained ?? 0)) this.best = { rule, explained };
          // The first record names nothing before it, so that it fits several orders: go on until more records agree.
          if (explained * 2 > this.rows.length) return;
          break;
        }
      }
    }
  }

  private tryPrevious(previousField: string): void {
    const signatures = this.top.map(({ name }) => name).filter(isSignatureName);
    for (const leaveOut of [[], ['batch'], ...signatures.map((name) => [name])])
      for (const form of [...forms, 'line'] as const) {
        const rule: RuleParts = { ...this.plain(null, previousField), family: 'previous-record', form, leaveOut };
        // By any record of them, not only the one before: entries may stand in another order than they were written.
        const named = new Set(this.rows.map(({ node }) => hashIn(node, previousField)));
        let explained = 0;
        for (const [i, row] of this.rows.entries()) {
          if (i > 4 && explained === 0) break;
          const text = recordText(rule, row);
          this.work += text.length * 4;
          if (this.work > workAtMost) return;
          if (named.has(joinedHash(rule, text, ''))) explained += 1;
        }
        // The last record is covered by nothing: one link fewer than records is all there can be.
        if (explained > 0 && explained + 1 > (this.best?.explained ?? 0))
          this.best = { rule, explained: explained + 1 };
      }
  }

  /** Digests of single members beside them, which carry the chain into what the chain itself does not hash. */
  private inner(rule: RuleParts, fields: string[]): RuleParts['inner'] {
    if (rule.preimage !== 'members') return [];
    return fields.flatMap((hashField) => {
      if (hashField === rule.hashField || hashField === rule.previousField || !rule.members.includes(hashField))
        return [];
      const tries = this.top.flatMap(({ name: member }) =>
        member === hashField
          ? []
          : forms.map((form) => ({
              hashField,
              member,
              form,
              agree: this.rows.filter(({ node }) => memberAgrees(node, hashField, member, form)).length,
            })),
      );
      const [best] = tries.sort((x, y) => y.agree - x.agree);
      if (best !== undefined && best.agree * 2 > this.rows.length)
        return [{ hashField, member: best.member, form: best.form }];
      return [];
    });
  }
}

function memberAgrees(node: JsonNode, hashField: string, member: string, form: CanonicalForm): boolean {
  const value = field(node, member);
  return value !== undefined && hashIn(node, hashField) === memberHash(value, form);
}

/**
 * Finds the rule by which records are chained, from the first of them: which member is the own hash, which names the
 * one before, what is left out, how the record is spelled, what is joined to it. A rule counts as found when it
 * explains a quarter of the records looked at; null where none does.
 */
export const findChainRule = (rows: readonly Row[]): ChainRule | null =>
  rows.length === 0 ? null : new RuleSearch(rows.slice(0, 24)).find();
