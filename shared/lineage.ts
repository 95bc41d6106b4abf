import { z } from 'zod';
import { Place } from './evidence.ts';
import { thingTypes } from './fact.ts';
import { Verdict } from './verdict.ts';

export const NodeKind = z.enum(thingTypes);
export type NodeKind = z.infer<typeof NodeKind>;

/** How well an edge is known, best first. */
export const certainties = ['signed', 'asserted', 'inferred', 'contradicted'] as const;
export const Certainty = z.enum(certainties);
export type Certainty = z.infer<typeof Certainty>;

/** `id` is a whole number from 1, the order of the node in the case's graph. */
export const GraphNode = z.object({
  id: z.number().int(),
  kind: NodeKind,
  name: z.string(),
  digest: z.string().nullable(),
  path: z.string().nullable(),
  /** True where facts were joined by name alone, for want of a digest. */
  joinedByName: z.boolean(),
  verdict: Verdict.nullable(),
  at: z.string().nullable(),
  places: z.array(Place),
});
export type GraphNode = z.infer<typeof GraphNode>;

/** From what came before (`source`) to what came of it (`target`). */
export const GraphEdge = z.object({
  source: z.number().int(),
  target: z.number().int(),
  relation: z.string(),
  certainty: Certainty,
  /** The facts that say it. */
  places: z.array(Place),
});
export type GraphEdge = z.infer<typeof GraphEdge>;

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** A part of a graph for a page: the middle of each node that is drawn, px by the layout of the screen, and its edges. */
export interface LineagePicture {
  places: ReadonlyMap<number, { x: number; y: number }>;
  edges: readonly GraphEdge[];
}

/** A bounded part of a graph around a focus, laid out: positions are the middle of a 156 × 44 node, px. */
export const Neighbourhood = z.object({
  focus: z.number().int(),
  nodes: z.array(
    GraphNode.extend({
      x: z.number(),
      y: z.number(),
      /** Neighbours that are not drawn. */
      hiddenUp: z.number().int(),
      hiddenDown: z.number().int(),
    }),
  ),
  edges: z.array(GraphEdge),
  truncated: z.boolean(),
});
export type Neighbourhood = z.infer<typeof Neighbourhood>;
