import type { Fact, RelationFact, ThingFact, ThingType } from '../../shared/fact.ts';
import type { Certainty, Graph, GraphEdge, GraphNode } from '../../shared/lineage.ts';
import { certainties } from '../../shared/lineage.ts';
import type { Verdict } from '../../shared/verdict.ts';

/** What the graph needs to know of a file: its digests (`algorithm:hex`, SHA-256 first) and what checks came to. */
export interface LineageFile {
  path: string;
  digests: readonly string[];
  verdict: Verdict | null;
}

const placesAtMost = 20;
/** Of files with the same bytes so many are looked at for the one that is spoken of. */
const copiesAtMost = 100;
/** Where things of several types are one, the more telling type wins. */
const rank: Record<ThingType, number> = {
  model: 0,
  dataset: 1,
  evaluation: 2,
  run: 3,
  decision: 4,
  person: 5,
  code: 6,
  document: 7,
  component: 8,
};

/** Things that are one: a node before it has a number. */
interface Group {
  things: ThingFact[];
  digest: string | null;
  path: string | null;
  joinedByName: boolean;
}

const lastPart = (name: string) => name.slice(name.lastIndexOf('/') + 1);

/**
 * Joins things into nodes, by digest first and by name only where no digest exists (and then marked so), and
 * relations into edges that say how well they are known. A thing whose stated digest is not that of the file it
 * names stays apart, and its edges are contradicted.
 * @param outcome what a signature came to, by id: `pass` is signed, `fail` is contradicted, all else asserted
 */
export function buildGraph(
  facts: readonly Fact[],
  outcome: (signature: string) => Verdict | null,
  files: Iterable<LineageFile>,
): Graph {
  const things = facts.filter((fact): fact is ThingFact => fact.kind === 'thing');
  // Of a million files few are spoken of: only those are looked up.
  const spokenOf = new Set(things.flatMap(({ path, digests }) => (path === null ? digests : [path, ...digests])));
  const byPath = new Map<string, LineageFile>();
  const copies = new Map<string, LineageFile[]>();
  for (const file of spokenOf.size === 0 ? [] : files) {
    if (!spokenOf.has(file.path) && !file.digests.some((digest) => spokenOf.has(digest))) continue;
    byPath.set(file.path, file);
    for (const digest of file.digests) {
      const known = copies.get(digest);
      if (known === undefined) copies.set(digest, [file]);
      else if (known.length < copiesAtMost || spokenOf.has(file.path)) known.push(file);
    }
  }
  const contradicted = new Set<string>();
  const groups = new Map<string, Group>();
  const groupOfKey = new Map<string, Group>();
  const nameless: ThingFact[] = [];
  const join = (id: string, thing: ThingFact, digest: string | null, path: string | null, byName = false) => {
    let group = groups.get(id);
    if (group === undefined) {
      group = { things: [], digest, path, joinedByName: false };
      groups.set(id, group);
    }
    group.things.push(thing);
    group.path ??= path;
    group.joinedByName ||= byName;
    groupOfKey.set(thing.key, group);
  };
  for (const thing of things) {
    const file = thing.path === null ? undefined : byPath.get(thing.path);
    const same = file !== undefined && thing.digests.some((digest) => file.digests.includes(digest));
    if (file !== undefined && (same || thing.digests.length === 0)) {
      const digest = file.digests[0] ?? null;
      join(digest ?? `path ${file.path}`, thing, digest, file.path);
    } else if (thing.digests.length > 0) {
      if (file?.digests.some((digest) => thing.digests.some((stated) => algorithm(stated) === algorithm(digest))))
        contradicted.add(thing.key);
      const known = thing.digests.map((digest) => copies.get(digest)?.[0]).find((found) => found !== undefined);
      const digest = known?.digests[0] ?? thing.digests[0] ?? null;
      join(digest ?? thing.key, thing, digest, known?.path ?? null);
    } else if (groupOfKey.has(thing.key)) groupOfKey.get(thing.key)?.things.push(thing);
    else if (!thing.key.includes('#')) join(thing.key, thing, null, null);
    else nameless.push(thing);
  }
  joinByName(nameless, groups, join);
  for (const group of groups.values()) group.path = pathOf(group, copies.get(group.digest ?? '') ?? []);
  return number([...groups.values()], facts, groupOfKey, contradicted, outcome, byPath);
}

const algorithm = (digest: string) => digest.slice(0, digest.indexOf(':'));

/** Of several files with the same bytes one that is spoken of, by its path or else by its name: the one least deep. */
function pathOf({ things, path }: Group, copies: readonly LineageFile[]): string | null {
  const paths = new Set(things.map((thing) => thing.path));
  const names = new Set(things.map(({ name }) => lastPart(name)));
  const depth = ({ path }: LineageFile) => path.split('/').length;
  const byDepth = copies.toSorted((a, b) => depth(a) - depth(b));
  const spokenOf =
    byDepth.find((file) => paths.has(file.path)) ?? byDepth.find((file) => names.has(lastPart(file.path)));
  return spokenOf?.path ?? path;
}

/** Things without a digest join by type and name, where that name leads to one group only. */
function joinByName(
  nameless: ThingFact[],
  groups: Map<string, Group>,
  join: (id: string, thing: ThingFact, digest: string | null, path: string | null, byName?: boolean) => void,
): void {
  const named = new Map<string, Set<string>>();
  const note = (type: ThingType, name: string, id: string) => {
    const key = `${type} ${name}`;
    const ids = named.get(key);
    if (ids === undefined) named.set(key, new Set([id]));
    else ids.add(id);
  };
  for (const [id, group] of groups) for (const thing of group.things) note(thing.type, thing.name, id);
  // Two of one name in one document are two: a job that ran twice is not joined to either by its name.
  const inDocument = new Map<string, Set<string>>();
  for (const thing of nameless) {
    const key = `${thing.place.path}\0${thing.type} ${thing.name}`;
    const keys = inDocument.get(key) ?? new Set();
    inDocument.set(key, keys.add(thing.key));
  }
  const key = (type: ThingType, name: string) => named.get(`${type} ${name}`);
  for (const thing of nameless) {
    const isAmbiguous = (inDocument.get(`${thing.place.path}\0${thing.type} ${thing.name}`)?.size ?? 0) > 1;
    const found = key(thing.type, thing.name) ?? key(thing.type, lastPart(thing.name));
    const [only] = found ?? [];
    if (!isAmbiguous && found?.size === 1 && only !== undefined) join(only, thing, null, null, true);
    else {
      const id = isAmbiguous ? thing.key : `${thing.type} ${thing.name}`;
      join(id, thing, null, null);
      note(thing.type, thing.name, id);
    }
  }
}

function number(
  groups: Group[],
  facts: readonly Fact[],
  groupOfKey: Map<string, Group>,
  contradicted: Set<string>,
  outcome: (signature: string) => Verdict | null,
  byPath: Map<string, LineageFile>,
): Graph {
  const nodes = groups.map((group): { group: Group; node: GraphNode } => {
    const kind = group.things.reduce(
      (best, { type }) => (rank[type] < rank[best] ? type : best),
      group.things[0]?.type ?? 'document',
    );
    const telling = group.things.find(({ type }) => type === kind);
    return {
      group,
      node: {
        id: 0,
        kind,
        name: group.path ?? telling?.name ?? '',
        digest: group.digest,
        path: group.path,
        joinedByName: group.joinedByName,
        verdict: (group.path === null ? null : byPath.get(group.path)?.verdict) ?? null,
        at: group.things.map(({ at }) => at).find((at) => at !== null) ?? null,
        places: group.things.slice(0, placesAtMost).map(({ place }) => place),
      },
    };
  });
  const order = (a: GraphNode, b: GraphNode) =>
    rank[a.kind] - rank[b.kind] || compare(a.name, b.name) || compare(a.digest ?? '', b.digest ?? '');
  nodes.sort((a, b) => order(a.node, b.node));
  const idOf = new Map<Group, number>();
  nodes.forEach(({ group, node }, index) => {
    node.id = index + 1;
    idOf.set(group, node.id);
  });
  const edges = new Map<string, GraphEdge>();
  for (const fact of facts) {
    if (fact.kind !== 'relation') continue;
    const [from, to] = [groupOfKey.get(fact.from), groupOfKey.get(fact.to)];
    const source = from && idOf.get(from);
    const target = to && idOf.get(to);
    if (from === undefined || to === undefined || source === undefined || target === undefined || source === target)
      continue;
    const certainty = certaintyOf(fact, from, to, contradicted, outcome);
    const key = `${source} ${target} ${fact.relation}`;
    const known = edges.get(key);
    if (known === undefined)
      edges.set(key, { source, target, relation: fact.relation, certainty, places: [fact.place] });
    else {
      if (known.places.length < placesAtMost) known.places.push(fact.place);
      known.certainty = stronger(known.certainty, certainty);
    }
  }
  return {
    nodes: nodes.map(({ node }) => node),
    edges: [...edges.values()].sort(
      (a, b) => a.source - b.source || a.target - b.target || compare(a.relation, b.relation),
    ),
  };
}

/** One contradiction is not outweighed by those who agree; otherwise the best known counts. */
function stronger(a: Certainty, b: Certainty): Certainty {
  if (a === 'contradicted' || b === 'contradicted') return 'contradicted';
  return certainties.indexOf(a) <= certainties.indexOf(b) ? a : b;
}

function certaintyOf(
  fact: RelationFact,
  from: Group,
  to: Group,
  contradicted: Set<string>,
  outcome: (signature: string) => Verdict | null,
): Certainty {
  if (contradicted.has(fact.from) || contradicted.has(fact.to)) return 'contradicted';
  const signed = fact.signature === null ? null : outcome(fact.signature);
  if (signed === 'fail') return 'contradicted';
  if (signed === 'pass') return 'signed';
  const byName = [
    [from, fact.from],
    [to, fact.to],
  ] as const;
  return byName.some(
    ([group, key]) =>
      group.joinedByName &&
      group.things.some((thing) => thing.key === key && thing.digests.length === 0 && thing.path === null),
  )
    ? 'inferred'
    : 'asserted';
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
