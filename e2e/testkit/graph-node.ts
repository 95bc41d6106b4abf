import type { GraphNode, NodeKind } from '../../shared/lineage.ts';

/** A node of a graph of which nothing but its number and its kind matters. */
export const graphNode = (id: number, kind: NodeKind = 'dataset'): GraphNode => ({
  id,
  kind,
  name: `n${id}`,
  digest: null,
  path: null,
  joinedByName: false,
  verdict: null,
  at: null,
  places: [],
});
