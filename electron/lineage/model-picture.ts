import type { GraphEdge, GraphNode, LineagePicture } from '../../shared/lineage.ts';
import { layout } from './layout.ts';

/**
 * What leads to the models that no other model comes from, nearest first, then what came of them, at most `limit`
 * things, laid out. Where there is no model it is what leads to the ends of the
 * graph; where all goes in a circle, any of it.
 */
export function modelPicture(nodes: readonly GraphNode[], edges: readonly GraphEdge[], limit: number): LineagePicture {
  const isModel = new Set(nodes.flatMap(({ id, kind }) => (kind === 'model' ? [id] : [])));
  const leads = (from: ReadonlySet<number>, to: ReadonlySet<number> | null) =>
    new Set(edges.flatMap(({ source, target }) => (from.has(source) && (to?.has(target) ?? true) ? [source] : [])));
  const all = new Set(nodes.map(({ id }) => id));
  const before = isModel.size > 0 ? leads(isModel, isModel) : leads(all, null);
  const asked = [...(isModel.size > 0 ? isModel : all)];
  const last = asked.filter((id) => !before.has(id));
  const ends = last.length > 0 ? last : asked;
  const drawn = new Set(ends.slice(0, limit));
  const grow = (next: (edge: GraphEdge) => readonly [near: number, far: number]) => {
    for (let edge = new Set(ends); edge.size > 0; ) {
      const found = new Set<number>();
      for (const each of edges) {
        const [near, far] = next(each);
        if (!edge.has(near) || drawn.has(far) || drawn.size >= limit) continue;
        drawn.add(far);
        found.add(far);
      }
      edge = found;
    }
  };
  grow(({ source, target }) => [target, source]);
  grow(({ source, target }) => [source, target]);
  const between = edges.filter(({ source, target }) => drawn.has(source) && drawn.has(target));
  return { places: layout([...drawn], between), edges: between };
}
