import { hashIn, hexOf, type Row } from './chain-rule.ts';
import type { JsonNode } from './json.ts';

export const isPreviousName = (path: string) => /prev|parent|last_?hash/i.test(path);
export const isSignatureName = (name: string) =>
  /^(sig|signature|signatures|signature_classical|signature_hex|signed|proof|batch)$/i.test(name);
export const isKeyName = (name: string) => /^(key_?id|kid|signer|signer_?id|public_?key|pubkey|key)$/i.test(name);

/** Members that hold hashes, outermost and one level down. */
export function hashFields(node: JsonNode): string[] {
  if (node.kind !== 'object') return [];
  return node.members.flatMap(({ name, value }) => {
    if (value.kind === 'string') return hexOf(value.value) === null || name.includes('.') ? [] : [name];
    if (value.kind !== 'object' || name.includes('.')) return [];
    return value.members.flatMap((inner) =>
      inner.value.kind === 'string' && hexOf(inner.value.value) !== null && !inner.name.includes('.')
        ? [`${name}.${inner.name}`]
        : [],
    );
  });
}

/** Names that records may hold null or "GENESIS" under, where others hold a hash. */
export function previousNames(node: JsonNode): string[] {
  if (node.kind !== 'object') return [];
  const named = (members: { name: string; value: JsonNode }[]) =>
    members.filter(
      ({ name, value }) =>
        isPreviousName(name) && !name.includes('.') && (value.kind === 'string' || value.kind === 'literal'),
    );
  return [
    ...named(node.members).map(({ name }) => name),
    ...node.members.flatMap(({ name, value }) =>
      value.kind === 'object' ? named(value.members).map((inner) => `${name}.${inner.name}`) : [],
    ),
  ];
}

/** Own hash and previous hash, likeliest first: those whose values follow each other, then those named so. */
export function hashPairs(
  rows: readonly Row[],
  fields: string[],
  previous: string[],
): { hashField: string; previousField: string | null; links: number }[] {
  const own = fields.filter(
    (name) =>
      new Set(rows.map(({ node }) => hashIn(node, name))).size === rows.length || /hash|digest|chain|mac/i.test(name),
  );
  const all = own.flatMap((hashField) =>
    [...previous, null].flatMap((previousField) => {
      if (previousField === hashField) return [];
      const links =
        previousField === null
          ? 0
          : rows
              .slice(1)
              .filter(
                ({ node }, i) =>
                  hashIn(node, previousField) !== null &&
                  hashIn(node, previousField) === hashIn(rows[i]?.node ?? node, hashField),
              ).length;
      const named = previousField === null ? 1 : isPreviousName(previousField) ? 2 : 0;
      return links > 0 || named > 0
        ? [{ hashField, previousField, links, named: named + (isPreviousName(hashField) ? -4 : 0) }]
        : [];
    }),
  );
  return all.sort((a, b) => b.links - a.links || b.named - a.named).slice(0, 10);
}

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
  if (hashField.includes('.')) lists.push([hashField.split('.')[0] ?? hashField]);
  return [...new Map(lists.map((list) => [list.join('\0'), list])).values()];
}

/** Every order of every selection. */
export function* permutations(names: readonly string[]): Generator<string[]> {
  yield [];
  for (const [i, name] of names.entries())
    for (const rest of permutations([...names.slice(0, i), ...names.slice(i + 1)])) yield [name, ...rest];
}
/** Every selection in the order given. */
export function* subsets(names: readonly string[]): Generator<string[]> {
  for (let bits = 0; bits < 2 ** names.length; bits++) yield names.filter((_, i) => (bits >> i) % 2 === 1);
}
