import type { GraphEdge, GraphNode } from '../../shared/lineage.ts';
import { type Direction, edgesOf, far, type GraphIndex, nodeOf } from './graph-index.ts';

/** Breadth-first: everything up or down from a node with its distance, nearest first, without the node itself. */
export function reach(
  index: GraphIndex,
  from: number,
  direction: Direction,
  limit: number,
): { nodes: (GraphNode & { distance: number })[]; truncated: boolean } {
  const distance = new Map<number, number>([[from, 0]]);
  const queue = [from];
  const nodes: (GraphNode & { distance: number })[] = [];
  for (let head = 0; head < queue.length; head++) {
    const id = queue[head] ?? 0;
    const next = (distance.get(id) ?? 0) + 1;
    for (const edge of edgesOf(index, id, direction)) {
      const other = far(edge, direction);
      if (distance.has(other)) continue;
      const node = nodeOf(index, other);
      if (node === undefined) continue;
      if (nodes.length >= limit) return { nodes, truncated: true };
      distance.set(other, next);
      nodes.push({ ...node, distance: next });
      queue.push(other);
    }
  }
  return { nodes, truncated: false };
}

/**
 * Paths that lead from one node down to another, shortest first, without circles; at most `limit`, and never longer
 * than 64 hops. The search gives up after 200,000 steps: it then returns what it found.
 */
export function paths(
  index: GraphIndex,
  from: number,
  to: number,
  limit: number,
): { nodes: GraphNode[]; edges: GraphEdge[] }[] {
  // Only what can still reach the goal is walked; without this a hub makes the search blow up.
  const useful = new Set<number>([to, ...reach(index, to, 'upstream', index.size).nodes.map(({ id }) => id)]);
  const found: { nodes: GraphNode[]; edges: GraphEdge[] }[] = [];
  let level: { at: number; edges: GraphEdge[] }[] = useful.has(from) ? [{ at: from, edges: [] }] : [];
  let steps = 0;
  for (let depth = 0; depth < 64 && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { at, edges } of level) {
      for (const edge of edgesOf(index, at, 'downstream')) {
        if (++steps > 200_000) return found;
        if (!useful.has(edge.target) || edge.target === from || edges.some(({ source }) => source === edge.target))
          continue;
        const path = [...edges, edge];
        if (edge.target !== to) next.push({ at: edge.target, edges: path });
        else if (
          found.push({
            edges: path,
            nodes: [from, ...path.map(({ target }) => target)].flatMap((id) => nodeOf(index, id) ?? []),
          }) >= limit
        )
          return found;
      }
    }
    level = next;
  }
  return found;
}

/** The nearest hop upstream that nobody signed, with the way from the node to it; `edge` null where all is signed. */
export function firstUnverified(index: GraphIndex, from: number): { path: GraphNode[]; edge: GraphEdge | null } {
  const cameFrom = new Map<number, number | null>([[from, null]]);
  const queue = [from];
  const wayTo = (id: number): GraphNode[] => {
    const way: GraphNode[] = [];
    for (let at: number | null = id; at !== null; at = cameFrom.get(at) ?? null) {
      const node = nodeOf(index, at);
      if (node !== undefined) way.unshift(node);
    }
    return way;
  };
  for (let head = 0; head < queue.length; head++) {
    const id = queue[head] ?? 0;
    for (const edge of edgesOf(index, id, 'upstream')) {
      const other = nodeOf(index, edge.source);
      if (edge.certainty !== 'signed') return { path: [...wayTo(id), ...(other === undefined ? [] : [other])], edge };
      if (!cameFrom.has(edge.source)) {
        cameFrom.set(edge.source, id);
        queue.push(edge.source);
      }
    }
  }
  return { path: wayTo(from), edge: null };
}
