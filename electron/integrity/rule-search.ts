import { type CanonicalForm, canonicalForms, rareForms } from './canonical-json.ts';
import { algorithmsOf, type ChainAlgorithm } from './chain-digest.ts';
import { hashIn, type Row, type RuleParts } from './chain-rule.ts';
import type { JsonNode } from './json.ts';

export const forms = (Object.keys(canonicalForms) as CanonicalForm[]).filter((form) => !rareForms.has(form));
export const allForms: readonly CanonicalForm[] = [...forms, ...rareForms];
/** What writers put between parts, the usual first. */
export const separators = ['', '\n', '\0', '|', ':', ','];
export const rareSeparators = [
  '||',
  '::',
  '-',
  ';',
  '.',
  ' ',
  '/',
  '_',
  '#',
  '\t',
  '&',
  '->',
  '+',
  ', ',
  ' | ',
  '\u001f',
  '\u001e',
  '\r\n',
];

/**
 * What may be spent while a rule is sought, so that long records cannot keep it busy: about a microsecond each, counted
 * from lengths and never from a clock, so that one record always comes to one rule.
 */
const workAtMost = 250_000;
/** Digests that are computed here and not by OpenSSL. */
const slowDigests: ReadonlySet<ChainAlgorithm> = new Set([
  'keccak256',
  'blake2b-128',
  'blake2b-160',
  'blake2b-224',
  'blake2b-256',
  'blake2b-384',
  'blake3',
  'ripemd160',
]);

/** Members of the first record that has those that most have: one may have been taken from it, or added. */
function usualMembers(rows: readonly Row[]): readonly { name: string; value: JsonNode }[] {
  const shapes = rows.map(({ node }) => (node.kind === 'object' ? node.members : []));
  const counts = new Map<string, number>();
  const shapeOf = (members: (typeof shapes)[number]) => members.map(({ name }) => name).join('\0');
  for (const members of shapes) counts.set(shapeOf(members), (counts.get(shapeOf(members)) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  // Where records differ all along, the first is as good as any.
  const wanted = most * 2 > rows.length ? shapes.find((members) => counts.get(shapeOf(members)) === most) : shapes[0];
  return wanted ?? [];
}

/** The records a rule is sought for, what was found, and what it has cost. */
export class RuleSearch {
  readonly rows: readonly Row[];
  readonly top: readonly { name: string; value: JsonNode }[];
  private readonly hashes = new Map<string, readonly (string | null)[]>();
  best: { rule: RuleParts; explained: number } | null = null;
  private work = 0;

  constructor(rows: readonly Row[]) {
    this.rows = rows;
    this.top = usualMembers(rows);
  }

  /** What each record holds as a hash under a name (`hashIn`), each looked up once. */
  hashesOf(name: string): readonly (string | null)[] {
    let known = this.hashes.get(name);
    if (known === undefined) {
      known = this.rows.map(({ node }) => hashIn(node, name));
      this.hashes.set(name, known);
    }
    return known;
  }

  /** Whether a member of any of the records holds null. */
  get hasNulls(): boolean {
    return this.rows.some(({ line }) => line.includes('null'));
  }

  /** Notes what spelling a text costs; false once nothing more is to be tried. */
  spell(characters: number): boolean {
    this.work += 4 + characters / 25;
    return this.work <= workAtMost;
  }
  /** The same of hashing one. */
  spend(characters: number, algorithm: ChainAlgorithm): boolean {
    this.work += slowDigests.has(algorithm) ? 20 + characters / 12 : 5 + characters / 300;
    return this.work <= workAtMost;
  }
  get isSpent(): boolean {
    return this.work > workAtMost;
  }
  /** What was spent is forgotten: the next kind of trials has as much. */
  refill(): void {
    this.work = 0;
  }

  offer(rule: RuleParts, explained: number): void {
    if (explained > (this.best?.explained ?? 0)) this.best = { rule, explained };
  }
  get isWhole(): boolean {
    return this.best !== null && this.best.explained === this.rows.length;
  }
  /** No rule explains most records by chance: what it does not explain was altered, or is spelled in another way of its kind. */
  get isFound(): boolean {
    return this.best !== null && this.best.explained * 2 > this.rows.length;
  }

  digitsOf(name: string | null): number {
    return this.rows.flatMap(({ node }) => hashIn(node, name) ?? [])[0]?.length ?? 64;
  }
  algorithmsFor(name: string | null, isFirst: boolean): readonly ChainAlgorithm[] {
    const all = algorithmsOf[this.digitsOf(name)] ?? [];
    return isFirst ? all.slice(0, 1) : all.slice(1);
  }

  plain(hashField: string | null, previousField: string | null): RuleParts {
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
}
