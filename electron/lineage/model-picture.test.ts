import { expect, it } from 'vitest';
import { graphNode as node } from '../../e2e/testkit/graph-node.ts';
import type { GraphEdge, GraphNode } from '../../shared/lineage.ts';
import { modelPicture } from './model-picture.ts';

const edge = (source: number, target: number): GraphEdge => ({
  source,
  target,
  relation: 'used',
  certainty: 'asserted',
  places: [],
});
const drawn = (nodes: GraphNode[], edges: GraphEdge[], limit: number) =>
  [...modelPicture(nodes, edges, limit).places.keys()].sort((a, b) => a - b);

it('draws what leads to the last model, nearest first, before what came of it', () => {
  const nodes = [
    node(1, 'model'),
    node(2, 'model'),
    node(3, 'dataset'),
    node(4, 'run'),
    node(5, 'decision'),
    node(6, 'dataset'),
  ];
  const edges = [edge(6, 3), edge(3, 4), edge(4, 2), edge(1, 2), edge(2, 5)];
  expect(drawn(nodes, edges, 3)).toEqual([1, 2, 4]);
  expect(drawn(nodes, edges, 5)).toEqual([1, 2, 3, 4, 6]);
  expect(drawn(nodes, edges, 24)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(modelPicture(nodes, edges, 3).edges).toEqual([edge(4, 2), edge(1, 2)]);
});

it('draws what leads to the ends where there is no model, and something where all goes in a circle', () => {
  expect(drawn([node(1, 'dataset'), node(2, 'run'), node(3, 'document')], [edge(1, 2)], 24)).toEqual([1, 2, 3]);
  const circle = [edge(1, 2), edge(2, 1)];
  expect(drawn([node(1, 'model'), node(2, 'model')], circle, 24)).toEqual([1, 2]);
});

it('is empty for an empty graph', () => {
  expect(drawn([], [], 24)).toEqual([]);
});
