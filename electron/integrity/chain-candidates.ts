import { hexOf } from './chain-digest.ts';
import { hashIn, type Row } from './chain-rule.ts';
import type { JsonNode } from './json.ts';

export const isPreviousName = (path: string) =>
  /prev|parent|prior|preced|predecessor|antecedent|ancestor|before|last_?(hash|digest|entry|record|block)|back_?link|(^|[._])(last|link)$/i.test(
    path,
  );
export const isSignatureName = (name: string) =>
  /^(sig|signature|signatures|signature_classical|signature_hex|signed|proof|batch)$/i.test(name);
export const isKeyName = (name: string) => /^(key_?id|kid|signer|signer_?id|public_?key|pubkey|key)$/i.test(name);

const valueName = /^(sig|signature|value|signature_?value|data)$/i;

/** Path of the member that holds the signature of a record: a text, or one in an object or at the head of a list; null where none does. */
export function signaturePath(top: readonly { name: string; value: JsonNode }[]): string | null {
  for (const { name, value } of top) {
    if (!isSignatureName(name) || name === 'batch' || name.includes('.')) continue;
    if (value.kind === 'string') return name;
    const held = value.kind === 'array' ? value.items[0] : value;
    const at = value.kind === 'array' ? `${name}.0` : name;
    const found = held?.kind === 'object' ? held.members.find((each) => valueName.test(each.name)) : undefined;
    if (held?.kind === 'string') return at;
    if (found?.value.kind === 'string') return `${at}.${found.name}`;
  }
  return null;
}

/** Records nest: a hash may stand so deep in them. */
const depthAtMost = 4;

/** Members that hold hashes, by path, those further out first. Signatures are none. */
export function hashFields(node: JsonNode, depth = 1): string[] {
  if (node.kind !== 'object') return [];
  const usable = node.members.filter(({ name }) => !name.includes('.') && !isSignatureName(name));
  return [
    ...usable.flatMap(({ name, value }) => (value.kind === 'string' && hexOf(value.value) !== null ? [name] : [])),
    ...usable.flatMap(({ name, value }) =>
      value.kind === 'array' && isPreviousName(name) && holdsOneHash(value.items) ? [`${name}.0`] : [],
    ),
    ...(depth >= depthAtMost
      ? []
      : usable.flatMap(({ name, value }) => hashFields(value, depth + 1).map((inner) => `${name}.${inner}`))),
  ];
}

/** Records of one chain may name the one before in a list of one. */
const holdsOneHash = ([first, ...more]: readonly JsonNode[]) =>
  more.length === 0 && first?.kind === 'string' && hexOf(first.value) !== null;

/** Names that records may hold null or "GENESIS" under, where others hold a hash. */
export function previousNames(node: JsonNode, depth = 1): string[] {
  if (node.kind !== 'object') return [];
  const usable = node.members.filter(({ name }) => !name.includes('.'));
  return [
    ...usable.flatMap(({ name, value }) =>
      isPreviousName(name)
        ? value.kind === 'string' || value.kind === 'literal'
          ? [name]
          : value.kind === 'array' && (value.items.length === 0 || holdsOneHash(value.items))
            ? [`${name}.0`]
            : []
        : [],
    ),
    ...(depth >= depthAtMost
      ? []
      : usable.flatMap(({ name, value }) => previousNames(value, depth + 1).map((inner) => `${name}.${inner}`))),
  ];
}

/**
 * Own hash and previous hash, likeliest first: those whose values follow each other, then those named so.
 * `links` counts records that name one of the others, in whatever order they stand.
 */
export function hashPairs(
  rows: readonly Row[],
  fields: string[],
  previous: string[],
): { hashField: string; previousField: string | null; links: number }[] {
  const own = fields.filter(
    (name) =>
      new Set(rows.map(({ node }) => hashIn(node, name))).size * 2 > rows.length || /hash|digest|chain|mac/i.test(name),
  );
  const all = own.flatMap((hashField) =>
    [...previous, null].flatMap((previousField) => {
      if (previousField === hashField) return [];
      const owns = new Set(rows.map(({ node }) => hashIn(node, hashField)));
      const said = rows.map(({ node }) => hashIn(node, previousField));
      const links = said.filter((each) => each !== null && owns.has(each)).length;
      const follow = rows.slice(1).filter(({ node }, i) => {
        const each = hashIn(node, previousField);
        return each !== null && each === hashIn(rows[i]?.node ?? node, hashField);
      }).length;
      const isNamed = previousField === null ? 1 : isPreviousName(previousField) ? 2 : 0;
      // Of records that stand in reverse each names the one after: then names alone say which hash is which.
      const named = isNamed + (isPreviousName(hashField) ? -4 : 0);
      const count = named < 0 ? follow : links;
      return count > 0 || isNamed > 0 ? [{ hashField, previousField, links: count, follow, named }] : [];
    }),
  );
  return all
    .sort(
      (a, b) =>
        Number(a.named < 0) - Number(b.named < 0) || b.follow - a.follow || b.links - a.links || b.named - a.named,
    )
    .slice(0, 10);
}

/** Whether names alone say that records follow one another: a parent may be that of a tree, an input the output of what ran before. */
export const isSequential = ({
  hashField,
  previousField,
}: {
  hashField: string;
  previousField: string | null;
}): boolean => /prev|prior|preced/i.test(previousField ?? '') && !isPreviousName(hashField);

/** Sets of members that writers leave out of what they hash. */
export function leaveOuts(
  top: readonly { name: string }[],
  hashField: string,
  previousField: string | null,
): string[][] {
  const signatures = top.map(({ name }) => name).filter(isSignatureName);
  const keys = top.map(({ name }) => name).filter(isKeyName);
  const lists = [[hashField], [hashField, ...signatures], [hashField, ...signatures, ...keys]];
  if (previousField !== null) lists.push(...lists.map((list) => [...list, previousField]));
  for (let dot = hashField.lastIndexOf('.'); dot > 0; dot = hashField.lastIndexOf('.', dot - 1))
    lists.push([hashField.slice(0, dot)]);
  return [...new Map(lists.map((list) => [list.join('\0'), list])).values()];
}

/** Every order of every selection of at most so many. */
function* permutations(names: readonly string[], most = names.length): Generator<string[]> {
  yield [];
  if (most > 0)
    for (const [i, name] of names.entries())
      for (const rest of permutations([...names.slice(0, i), ...names.slice(i + 1)], most - 1)) yield [name, ...rest];
}

/** A few members in any order, with the previous hash among them: writers often list what they hash by hand. */
export function* chosenFew(names: readonly string[], previous: string): Generator<string[]> {
  const others = names.filter((name) => name !== previous);
  for (const chosen of permutations(others, 4))
    for (let at = 0; chosen.length > 0 && at <= chosen.length; at++)
      yield [...chosen.slice(0, at), previous, ...chosen.slice(at)];
}

/**
 * Selections of members in the orders that writers join them in: as written, perhaps the previous hash first or last, and
 * where they are few, in any. Of many, all or all but one or two.
 */
export function* selections(names: readonly string[], previous: string, isAny: boolean): Generator<string[]> {
  const others = names.filter((name) => name !== previous);
  for (const chosen of names.length > membersAtMost ? [[...others], ...withoutFew(others)] : subsets(others)) {
    yield names.filter((name) => name === previous || chosen.includes(name));
    yield [previous, ...chosen];
    yield [...chosen, previous];
  }
  if (isAny && names.length <= 6) yield* permutations(names);
}
/** Of so many members every selection is tried. */
export const membersAtMost = 10;
/** Every selection in the order given, the whole first. */
export function* subsets(names: readonly string[]): Generator<string[]> {
  for (let bits = 2 ** names.length - 1; bits >= 0; bits--) yield names.filter((_, i) => (bits >> i) % 2 === 1);
}
/** All but one, and all but two. */
export function* withoutFew(names: readonly string[]): Generator<string[]> {
  for (const [i, name] of names.entries()) {
    yield names.filter((each) => each !== name);
    for (const other of names.slice(i + 1)) yield names.filter((each) => each !== name && each !== other);
  }
}
