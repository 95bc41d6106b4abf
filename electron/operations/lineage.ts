import type { FactOf } from '../../shared/fact.ts';
import { certainties } from '../../shared/lineage.ts';
import { edgesOf, type GraphIndex, indexGraph, nodeOf } from '../lineage/graph-index.ts';
import { neighbourhood } from '../lineage/neighbourhood.ts';
import { firstUnverified, paths, reach } from '../lineage/walk.ts';
import { factsOf, graphOf } from '../store/evidence.ts';
import { type Context, present, theImport } from './context.ts';
import { os } from './implementer.ts';
import { exportLineage, pictureOf } from './lineage-export.ts';

/** The graph of an import as arrays: loaded when first asked for, the last four kept. */
export function indexOf(context: Context, importId: number): GraphIndex {
  const known = context.graphs.get(importId);
  if (known !== undefined) return known;
  theImport(context, importId);
  const index = indexGraph(context.store.read((db) => graphOf(db, importId)));
  context.graphs.set(importId, index);
  const [oldest] = context.graphs.keys();
  if (context.graphs.size > 4 && oldest !== undefined) context.graphs.delete(oldest);
  return index;
}

export const lineage = {
  starts: os.lineage.starts.handler(({ input, context }) => {
    const { graph } = indexOf(context, input.importId);
    const text = input.text.toLowerCase();
    // What nothing comes from and nothing leads to is a poor place to start from, where there is another.
    const joined = new Set(graph.edges.flatMap(({ source, target }) => [source, target]));
    const isStart = (id: number) => joined.size === 0 || joined.has(id);
    return graph.nodes
      .filter(({ id, name, digest }) =>
        text === '' ? isStart(id) : name.toLowerCase().includes(text) || (digest ?? '').includes(text),
      )
      .slice(0, 200);
  }),
  summary: os.lineage.summary.handler(({ input, context }) => {
    const { graph } = indexOf(context, input.importId);
    return {
      nodes: graph.nodes.length,
      edges: graph.edges.length,
      certainties: certainties.map((certainty) => ({
        certainty,
        count: graph.edges.filter((edge) => edge.certainty === certainty).length,
      })),
    };
  }),
  neighbourhood: os.lineage.neighbourhood.handler(({ input, context }) => {
    const index = indexOf(context, input.importId);
    present(nodeOf(index, input.focus), 'node');
    return neighbourhood(index, input);
  }),
  picture: os.lineage.picture.handler(({ input, context }) => {
    const { importId, ...around } = input;
    return pictureOf(context, importId, indexOf(context, importId), around);
  }),
  export: os.lineage.export.handler(({ input, context }) =>
    exportLineage(context, indexOf(context, input.importId), input),
  ),
  reach: os.lineage.reach.handler(({ input, context }) =>
    reach(indexOf(context, input.importId), input.node, input.direction, input.limit),
  ),
  paths: os.lineage.paths.handler(({ input, context }) =>
    paths(indexOf(context, input.importId), input.from, input.to, input.limit),
  ),
  firstUnverified: os.lineage.firstUnverified.handler(({ input, context }) =>
    firstUnverified(indexOf(context, input.importId), input.node),
  ),
  node: os.lineage.node.handler(({ input, context }) => {
    const index = indexOf(context, input.importId);
    const node = present(nodeOf(index, input.node), 'node');
    const properties = [...new Set(node.places.map(({ path }) => path))]
      .flatMap((path) => context.store.read((db) => factsOf(db, input.importId, path)))
      .filter(
        (fact): fact is FactOf<'thing'> =>
          fact.kind === 'thing' &&
          node.places.some(
            ({ path, pointer, line }) =>
              path === fact.place.path && pointer === fact.place.pointer && line === fact.place.line,
          ),
      )
      .flatMap(({ properties: held }) => held)
      .filter(({ value }) => value !== '')
      .slice(0, 50);
    const sides = (direction: 'upstream' | 'downstream') =>
      [...edgesOf(index, input.node, direction)].slice(0, 200).flatMap((edge) => {
        const other = nodeOf(index, direction === 'upstream' ? edge.source : edge.target);
        return other === undefined ? [] : [{ node: other, edge }];
      });
    return { node, properties, up: sides('upstream'), down: sides('downstream') };
  }),
};
