import type { GraphEdge, Neighbourhood } from '../../shared/lineage.ts';
import { type Direction, edgesOf, far, type GraphIndex, nodeOf } from './graph-index.ts';
import { layout } from './layout.ts';

export interface NeighbourhoodRequest {
  focus: number;
  /** Hops upstream and downstream. */
  up: number;
  down: number;
  /** Nodes whose hidden neighbours are to be drawn, too. */
  expand: readonly number[];
  /** Nodes at most. */
  limit: number;
}

/** Neighbours of one node that are drawn before the rest become a count. */
const perNode = 12;

/** The part of a graph around a focus that may be drawn, bounded and laid out, with counts of what is not drawn. */
export function neighbourhood(
  index: GraphIndex,
  { focus, up, down, expand, limit }: NeighbourhoodRequest,
): Neighbourhood {
  const drawn = new Set<number>([focus]);
  const expanded = new Set(expand);
  let truncated = false;
  const grow = (direction: Direction, hops: number) => {
    let edge = [focus];
    for (let hop = 0; edge.length > 0; hop++) {
      const next: number[] = [];
      for (const id of edge) {
        const open = expanded.has(id);
        if (hop >= hops && !open) continue;
        let shown = 0;
        for (const each of edgesOf(index, id, direction)) {
          const other = far(each, direction);
          if (drawn.has(other)) continue;
          if (drawn.size >= limit || (shown >= perNode && !open)) {
            truncated = true;
            break;
          }
          drawn.add(other);
          next.push(other);
          shown += 1;
        }
      }
      edge = next;
    }
  };
  grow('upstream', up);
  grow('downstream', down);
  // What was reached may itself have been opened in the other direction.
  for (const id of expanded) {
    if (!drawn.has(id)) continue;
    for (const direction of ['upstream', 'downstream'] as const) {
      for (const edge of edgesOf(index, id, direction)) {
        if (drawn.size >= limit) truncated = true;
        else drawn.add(far(edge, direction));
      }
    }
  }
  const edges: GraphEdge[] = [];
  for (const id of drawn)
    for (const edge of edgesOf(index, id, 'downstream')) if (drawn.has(edge.target)) edges.push(edge);
  const positions = layout([...drawn], edges);
  const hidden = (id: number, direction: Direction) =>
    new Set([...edgesOf(index, id, direction)].map((edge) => far(edge, direction)).filter((other) => !drawn.has(other)))
      .size;
  return {
    focus,
    nodes: [...drawn].flatMap((id) => {
      const node = nodeOf(index, id);
      const { x = 0, y = 0 } = positions.get(id) ?? {};
      return node === undefined
        ? []
        : [{ ...node, x, y, hiddenUp: hidden(id, 'upstream'), hiddenDown: hidden(id, 'downstream') }];
    }),
    edges,
    truncated,
  };
}
