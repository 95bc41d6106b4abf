import type { Place } from '../../shared/evidence.ts';
import type { GraphEdge, GraphNode, NodeKind } from '../../shared/lineage.ts';

/** Attributes of ours; the address names the words and leads nowhere. */
const namespace = 'https://assay.invalid/lineage/v1#';

type Sort = 'entity' | 'activity' | 'agent';
const sortOf = (kind: NodeKind): Sort => (kind === 'run' ? 'activity' : kind === 'person' ? 'agent' : 'entity');

/**
 * The relation of PROV-DM between a thing and what came of it, by what the two are, with the names of its two formal
 * arguments (PROV-JSON, 3.3): only those are valid between them. What our word for it was stands beside it.
 */
const relations: Record<`${Sort} ${Sort}`, readonly [name: string, source: string, target: string]> = {
  'entity entity': ['wasDerivedFrom', 'prov:usedEntity', 'prov:generatedEntity'],
  'entity activity': ['used', 'prov:entity', 'prov:activity'],
  'entity agent': ['wasInfluencedBy', 'prov:influencer', 'prov:influencee'],
  'activity entity': ['wasGeneratedBy', 'prov:activity', 'prov:entity'],
  'activity activity': ['wasInformedBy', 'prov:informant', 'prov:informed'],
  'activity agent': ['wasInfluencedBy', 'prov:influencer', 'prov:influencee'],
  'agent entity': ['wasAttributedTo', 'prov:agent', 'prov:entity'],
  'agent activity': ['wasAssociatedWith', 'prov:agent', 'prov:activity'],
  'agent agent': ['actedOnBehalfOf', 'prov:responsible', 'prov:delegate'],
};

const plain = (text: string): string => text.toWellFormed();
const said = ({ path, pointer, line, entry, offset }: Place): string =>
  plain(
    [
      pointer === undefined ? path : `${path}#${pointer}`,
      line === undefined ? '' : `line ${line}`,
      entry === undefined ? '' : `entry ${entry}`,
      offset === undefined ? '' : `byte ${offset}`,
    ]
      .filter((part) => part !== '')
      .join(', '),
  );
/** A time as xsd:dateTime demands it; what evidence writes otherwise is no time of PROV, and stays a text. */
const isDateTime = (at: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(at) && !Number.isNaN(Date.parse(at));

/**
 * Nodes and edges as PROV-JSON (W3C Member Submission, 24 April 2013). Each thing carries its kind, digest and where it
 * is spoken of, each relation how well it is known (`assay:certainty`) and which documents say it. Identifiers are
 * numbers of ours: a name of evidence is a label. Edges whose ends are not among the nodes are left out.
 */
export function provJson(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): string {
  const document: Record<string, Record<string, unknown>> = {
    prefix: { assay: namespace, xsd: 'http://www.w3.org/2001/XMLSchema#' },
  };
  const put = (group: string, id: string, record: Record<string, unknown>) => {
    document[group] ??= {};
    document[group][id] = record;
  };
  const sorts = new Map(nodes.map(({ id, kind }) => [id, sortOf(kind)]));
  for (const { id, kind, name, digest, path, joinedByName, verdict, at, places } of nodes) {
    const sort = sortOf(kind);
    put(sort, `assay:thing-${id}`, {
      'prov:label': plain(name),
      'prov:type': { $: `assay:${kind}`, type: 'xsd:QName' },
      ...(digest === null ? {} : { 'assay:digest': digest }),
      ...(path === null ? {} : { 'assay:path': plain(path) }),
      ...(joinedByName ? { 'assay:joinedByName': true } : {}),
      ...(verdict === null ? {} : { 'assay:verdict': verdict }),
      ...(at === null ? {} : { [sort === 'activity' && isDateTime(at) ? 'prov:startTime' : 'assay:at']: plain(at) }),
      'assay:saidIn': [...new Set(places.map(said))],
    });
  }
  edges.forEach(({ source, target, relation, certainty, places }, index) => {
    const [from, to] = [sorts.get(source), sorts.get(target)];
    if (from === undefined || to === undefined) return;
    const [name, before, after] =
      relation === 'contains' && from === 'entity' && to === 'entity'
        ? (['hadMember', 'prov:entity', 'prov:collection'] as const)
        : relations[`${from} ${to}`];
    put(name, `_:link-${index + 1}`, {
      [before]: `assay:thing-${source}`,
      [after]: `assay:thing-${target}`,
      'assay:relation': plain(relation),
      'assay:certainty': certainty,
      'assay:saidIn': [...new Set(places.map(said))],
    });
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}
