import fc from 'fast-check';
import { expect, it } from 'vitest';
import { graphNode } from '../../e2e/testkit/graph-node.ts';
import type { Certainty, Graph } from '../../shared/lineage.ts';
import { indexGraph } from './graph-index.ts';
import { layout } from './layout.ts';
import { neighbourhood } from './neighbourhood.ts';
import { firstUnverified, paths, reach } from './walk.ts';

const graphOf = (size: number, edges: readonly (readonly [number, number, Certainty?])[]): Graph => ({
  nodes: Array.from({ length: size }, (_, index) => graphNode(index + 1)),
  edges: edges.map(([source, target, certainty = 'signed']) => ({
    source,
    target,
    relation: 'used',
    certainty,
    places: [],
  })),
});
const someGraph = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: size }), fc.integer({ min: 1, max: size })), {
      maxLength: 30,
      selector: ([a, b]) => `${a} ${b}`,
    })
    .map((edges) => ({ size, edges: edges.filter(([a, b]) => a !== b) })),
);

/** By squaring nothing and hurrying nowhere: what can be come to in one more step until there is no more. */
function reachable(edges: readonly (readonly [number, number])[], from: number): Set<number> {
  const found = new Set([from]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const [a, b] of edges) if (found.has(a)) found.add(b);
  }
  found.delete(from);
  return found;
}

it('reaches downstream what can be reached, and upstream what reaches it, in any graph, circles too', () => {
  fc.assert(
    fc.property(someGraph, ({ size, edges }) => {
      const index = indexGraph(graphOf(size, edges));
      const back = edges.map(([a, b]) => [b, a] as const);
      for (let id = 1; id <= size; id += 1) {
        const ids = (direction: 'upstream' | 'downstream') =>
          new Set(reach(index, id, direction, size + 1).nodes.map((node) => node.id));
        expect(ids('downstream')).toEqual(reachable(edges, id));
        expect(ids('upstream')).toEqual(reachable(back, id));
      }
    }),
  );
});

it('stops at its limit and says so', () => {
  const index = indexGraph(
    graphOf(4, [
      [1, 2],
      [1, 3],
      [1, 4],
    ]),
  );
  expect(reach(index, 1, 'downstream', 2)).toMatchObject({ nodes: [{ id: 2 }, { id: 3 }], truncated: true });
  expect(reach(index, 1, 'downstream', 3).truncated).toBe(false);
});

it('finds paths between two things, the shortest first, each a chain of edges without a circle', () => {
  const index = indexGraph(
    graphOf(5, [
      [1, 2],
      [2, 4],
      [1, 3],
      [3, 2],
      [4, 1],
      [4, 5],
    ]),
  );
  expect(paths(index, 1, 4, 10).map(({ nodes }) => nodes.map(({ id }) => id))).toEqual([
    [1, 2, 4],
    [1, 3, 2, 4],
  ]);
  expect(paths(index, 5, 1, 10)).toEqual([]);
  fc.assert(
    fc.property(someGraph, ({ size, edges }) => {
      const any = indexGraph(graphOf(size, edges));
      const found = paths(any, 1, size, 50);
      expect(found.length > 0).toBe(reachable(edges, 1).has(size));
      for (const { nodes, edges: way } of found) {
        expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
        expect(way.map(({ source }) => source)).toEqual(nodes.slice(0, -1).map(({ id }) => id));
      }
    }),
  );
});

it('names the nearest hop upstream that nobody signed', () => {
  const index = indexGraph(
    graphOf(4, [
      [1, 2, 'asserted'],
      [2, 3],
      [4, 3],
    ]),
  );
  const { path, edge } = firstUnverified(index, 3);
  expect(path.map(({ id }) => id)).toEqual([3, 2, 1]);
  expect(edge).toMatchObject({ source: 1, target: 2 });
  expect(firstUnverified(index, 4).edge).toBeNull();
});

it('lays out any neighbourhood so that no two things lie upon each other', () => {
  fc.assert(
    fc.property(someGraph, ({ size, edges }) => {
      const { nodes } = graphOf(size, edges);
      const places = layout(
        nodes.map(({ id }) => id),
        edges.map(([source, target]) => ({ source, target })),
      );
      expect(places.size).toBe(size);
      const all = [...places.values()];
      for (const [i, a] of all.entries())
        for (const b of all.slice(i + 1)) expect(Math.abs(a.x - b.x) >= 156 || Math.abs(a.y - b.y) >= 44).toBe(true);
    }),
  );
});

it('draws at most what it may of a neighbourhood, counts what it leaves out, and opens what is asked for', () => {
  const hub = graphOf(
    41,
    Array.from({ length: 40 }, (_, index) => [1, index + 2] as const),
  );
  const index = indexGraph(hub);
  const some = { focus: 1, up: 2, down: 2, expand: [], limit: 300 };
  const first = neighbourhood(index, some);
  expect(first).toMatchObject({ truncated: true, focus: 1 });
  expect(first.nodes.length + (first.nodes[0]?.hiddenDown ?? 0)).toBe(41);
  expect(neighbourhood(index, { ...some, expand: [1] }).nodes).toHaveLength(41);
  expect(neighbourhood(index, { ...some, expand: [1], limit: 20 })).toMatchObject({ truncated: true });
  expect(neighbourhood(index, { ...some, expand: [1], limit: 20 }).nodes).toHaveLength(20);
});
