import { asList, asObject, asText, asWord, type Shape } from '../shape.ts';
import type { PlainValue } from '../yaml.ts';
import { algorithmNamed, statedDigest } from './described-files.ts';

/** Terms of an inline `@context` and what each stands for. Contexts elsewhere are never fetched. */
export type Terms = ReadonlyMap<string, string>;
/** A member of a node: as written, by its term whatever its prefix, and what it holds. */
export interface Member {
  written: string;
  term: string;
  value: Shape;
}
type Node = { [name: string]: Shape };

const all = (value: Shape): PlainValue[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/** The terms that a context defines, beside those of the context around it (JSON-LD 1.1, 4.1 and 9.15). */
export function termsOf(context: Shape, around: Terms = new Map()): Terms {
  const terms = new Map(around);
  for (const each of all(context))
    for (const [term, definition] of Object.entries(asObject(each))) {
      const iri = asText(definition) ?? asText(asObject(definition)['@id']);
      if (iri !== null && iri !== term && !term.startsWith('@')) terms.set(term, iri);
    }
  return terms;
}

const roundsAtMost = 8;

/**
 * What is left of a name without its vocabulary: `sha256` of `sc:sha256`, of `https://schema.org/sha256` and of a term
 * that a context defines as either; a keyword as itself (JSON-LD 1.1, 4.1.2, 4.1.5 and 4.1.6).
 */
export function termOf(name: string, terms: Terms): string {
  let iri = name;
  for (let round = 0; round < roundsAtMost && !iri.startsWith('@'); round += 1) {
    const colon = iri.indexOf(':');
    const prefix = colon < 0 || iri.startsWith('//', colon + 1) ? undefined : terms.get(iri.slice(0, colon));
    const next = terms.get(iri) ?? (prefix === undefined ? iri : prefix + iri.slice(colon + 1));
    if (next === iri) break;
    iri = next;
  }
  return iri.startsWith('@') ? iri : (/[^/#:]+$/.exec(iri)?.[0] ?? name);
}

/** The members of a node, those that are nested in it for their looks alone among them (JSON-LD 1.1, 4.5). */
export function membersOf(raw: Shape, around: Terms, depth = 0): Member[] {
  const node: Node = asObject(raw);
  const terms = Object.hasOwn(node, '@context') ? termsOf(node['@context'], around) : around;
  return Object.entries(node).flatMap(([written, value]) => {
    const term = termOf(written, terms);
    return term === '@nest' && depth < roundsAtMost
      ? all(value).flatMap((each) => membersOf(each, terms, depth + 1))
      : { written, term, value };
  });
}

/** All that stands under a term. */
export const valuesOf = (members: readonly Member[], term: string): PlainValue[] =>
  members.flatMap((each) => (each.term === term ? all(each.value) : []));

/**
 * The texts and numbers of a value, which one alone, a list, a value object, a set and an ordered list say alike, the
 * references in it, and how much of it is none of these (JSON-LD 1.1, 4.2, 4.3 and 9.5). A null says nothing.
 */
export function literalsOf(value: Shape, terms: Terms): { texts: string[]; ids: string[]; others: number } {
  const found = { texts: [] as string[], ids: [] as string[], others: 0 };
  const visit = (each: Shape, depth: number): void => {
    if (each === undefined || each === null) return;
    const word = asWord(each);
    if (word !== null) found.texts.push(word);
    else if (depth > roundsAtMost) found.others += 1;
    else if (Array.isArray(each)) for (const one of asList(each)) visit(one, depth + 1);
    else {
      const members = membersOf(each, terms);
      const held = members.filter(({ term }) => ['@value', '@list', '@set'].includes(term));
      const ids = members.flatMap(({ term, value: id }) => (term === '@id' ? (asText(id) ?? []) : []));
      if (held.length > 0) for (const one of held) visit(one.value, depth + 1);
      else if (ids.length > 0) found.ids.push(...ids);
      else found.others += 1;
    }
  };
  visit(value, 0);
  return found;
}

/** Types of a node, without their vocabularies. */
export const typesOf = (members: readonly Member[], terms: Terms): string[] =>
  valuesOf(members, '@type').flatMap((each) => literalsOf(each, terms).texts.map((type) => termOf(type, terms)));

/** Names that say a digest without saying by what algorithm, or by one that is not known here. */
const namesDigest =
  /^(sha|md|blake|xxh|crc|ripemd|whirlpool|tiger|keccak)-?_?[0-9]|(digest|checksum|hash)(sum|value)?$/i;

/** What stands where a digest is meant and was not compared; wrong where the algorithm is known and it is none by it. */
interface Left {
  written: string;
  text: string | null;
  isWrong: boolean;
}

/**
 * Every digest that a node states, in whichever form, and each member that is named as one and was not compared.
 * @returns `written` of the members whose digests are known; `text` null where it is no text at all
 */
export function digestsIn(
  members: readonly Member[],
  terms: Terms,
): { digests: string[]; written: string[]; left: Left[] } {
  const digests = new Set<string>();
  const written = new Set<string>();
  const left: Left[] = [];
  for (const member of members) {
    const algorithm = algorithmNamed(member.term) ?? algorithmNamed(member.written);
    if (algorithm === null && !namesDigest.test(member.term)) continue;
    const { texts, ids, others } = literalsOf(member.value, terms);
    for (const text of texts) {
      const digest = algorithm === null ? null : statedDigest(algorithm, text);
      if (digest === null) left.push({ written: member.written, text, isWrong: algorithm !== null });
      else {
        digests.add(digest);
        written.add(member.written);
      }
    }
    if (ids.length + others > 0) left.push({ written: member.written, text: ids[0] ?? null, isWrong: false });
  }
  return { digests: [...digests], written: [...written], left };
}
