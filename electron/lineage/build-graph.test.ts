import { expect, it } from 'vitest';
import type { RelationFact, ThingFact } from '../../shared/fact.ts';
import { buildGraph, type LineageFile } from './build-graph.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const thing = (key: string, more: Partial<ThingFact> = {}): ThingFact => ({
  kind: 'thing',
  key,
  type: 'dataset',
  name: key,
  digests: [],
  path: null,
  place: { path: 'lineage.json' },
  at: null,
  properties: [],
  signature: null,
  ...more,
});
const relation = (from: string, to: string, signature: string | null = null): RelationFact => ({
  kind: 'relation',
  relation: 'used',
  from,
  to,
  place: { path: 'lineage.json' },
  signature,
});
const file = (path: string, letter: string): LineageFile => ({ path, digests: [digest(letter)], verdict: 'pass' });
const unsigned = () => null;

it('joins things of one digest, whatever they are called, and marks what it joins by name alone', () => {
  const facts = [
    thing('a#1', { name: 'train.csv', digests: [digest('a')] }),
    thing('b#1', { name: 'training set', digests: [digest('a')] }),
    thing('c#1', { name: 'train.csv' }),
    thing('d#1', { name: 'other.csv' }),
  ];
  const { nodes } = buildGraph(facts, unsigned, []);
  expect(nodes.map(({ name, joinedByName, places }) => [name, joinedByName, places.length])).toEqual([
    ['other.csv', false, 1],
    ['train.csv', true, 3],
  ]);
});

it('does not join by a name that two different things have', () => {
  const facts = [
    thing('a#1', { name: 'v1/model', digests: [digest('a')] }),
    thing('b#1', { name: 'v1/model', digests: [digest('b')] }),
    thing('c#1', { name: 'v1/model' }),
  ];
  expect(buildGraph(facts, unsigned, []).nodes).toHaveLength(3);
});

it('shows of several files with the same bytes the one that is spoken of', () => {
  const files = [file('.cache/md5/ab/cdef', 'a'), file('data/train.csv', 'a'), file('zz/other.csv', 'a')];
  const named = [thing('a#1', { name: 'train.csv', digests: [digest('a')] })];
  expect(buildGraph(named, unsigned, files).nodes[0]).toMatchObject({ path: 'data/train.csv', verdict: 'pass' });
  const stated = [
    thing('a#1', { name: 'train.csv', digests: [digest('a')] }),
    thing('b#1', { name: 'rows', digests: [digest('a')], path: '.cache/md5/ab/cdef' }),
    thing('c#1', { name: 'rows', digests: [digest('a')], path: 'zz/other.csv' }),
  ];
  expect(buildGraph(stated, unsigned, files).nodes[0]?.path).toBe('zz/other.csv');
  const neither = [thing('a#1', { name: 'rows', digests: [digest('a')] })];
  expect(buildGraph(neither, unsigned, files).nodes[0]?.path).toBe('.cache/md5/ab/cdef');
});

it('keeps a thing apart whose digest is not that of the file it names, and contradicts its edges', () => {
  const facts = [
    thing('a#1', { path: 'train.csv', digests: [digest('b')] }),
    thing('m#1', { type: 'model', name: 'model' }),
    relation('a#1', 'm#1', 'good'),
  ];
  const { nodes, edges } = buildGraph(facts, () => 'pass', [file('train.csv', 'a')]);
  expect(nodes.map(({ path }) => path)).toEqual([null, null]);
  expect(edges.map(({ certainty }) => certainty)).toEqual(['contradicted']);
});

it('says how well an edge is known: the best that is said of it, but for a contradiction', () => {
  const facts = [
    thing('a', { digests: [digest('a')] }),
    thing('b', { digests: [digest('b')] }),
    thing('c', { digests: [digest('c')] }),
    relation('a', 'b'),
    relation('a', 'b', 'good'),
    relation('b', 'c', 'good'),
    relation('b', 'c', 'bad'),
    relation('a', 'c', 'unknown'),
    relation('a', 'nowhere'),
    relation('a', 'a'),
  ];
  const outcome = (id: string) => (id === 'good' ? 'pass' : id === 'bad' ? 'fail' : 'undecided');
  const { edges } = buildGraph(facts, outcome, []);
  expect(edges.map(({ source, target, certainty, places }) => [source, target, certainty, places.length])).toEqual([
    [1, 2, 'signed', 2],
    [1, 3, 'asserted', 1],
    [2, 3, 'contradicted', 2],
  ]);
});

it('gives the same graph whatever the order of the facts', () => {
  const facts = [
    thing('a', { name: 'data', digests: [digest('a')] }),
    thing('b', { type: 'model', name: 'model', digests: [digest('b')] }),
    thing('c', { type: 'run', name: 'fit' }),
    relation('a', 'c'),
    relation('c', 'b'),
  ];
  expect(buildGraph(facts.toReversed(), unsigned, [])).toEqual(buildGraph(facts, unsigned, []));
});
