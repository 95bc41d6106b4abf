import { z } from 'zod';
import { Certainty, GraphEdge, GraphNode, Neighbourhood } from '../lineage.ts';
import { SourceToken } from './host.ts';
import { operation } from './refusals.ts';

const importId = z.number().int();
const nodeId = z.number().int();
/** What is drawn around a focus. */
const Around = z.object({
  focus: nodeId,
  up: z.number().int().min(0).max(12).default(2),
  down: z.number().int().min(0).max(12).default(2),
  expand: z.array(nodeId).max(200).default([]),
  limit: z.number().int().min(1).max(1_000).default(120),
});
export const lineage = {
  /** Where a walk starts: models first. */
  starts: operation
    .input(z.object({ importId, text: z.string().max(200).default('') }))
    .output(z.array(GraphNode).max(200)),
  summary: operation.input(z.object({ importId })).output(
    z.object({
      nodes: z.number().int(),
      edges: z.number().int(),
      certainties: z.array(z.object({ certainty: Certainty, count: z.number().int() })),
    }),
  ),
  neighbourhood: operation.input(Around.extend({ importId })).output(Neighbourhood),
  /** The same as a picture that stands by itself; px. */
  picture: operation
    .input(Around.extend({ importId }))
    .output(z.object({ svg: z.string(), width: z.number(), height: z.number() })),
  /**
   * What is shown, or the whole graph (`around` null, PROV-JSON alone), as a file: written into a folder that the person
   * chose, never over something that exists, or else given back for the window to save. Journalled either way.
   * `png` is the picture as the window drew it, base64.
   */
  export: operation
    .input(
      z.object({
        importId,
        around: Around.nullable(),
        format: z.enum(['svg', 'png', 'prov-json']),
        png: z.string().max(32_000_000).default(''),
        into: SourceToken.nullable(),
      }),
    )
    .output(
      z.object({
        name: z.string(),
        text: z.string(),
        /** Where it was written; null where the window is to save it. */
        path: z.string().nullable(),
        nodes: z.number().int(),
        edges: z.number().int(),
      }),
    ),
  /** All that went into a node, or all that came out of it, nearest first. */
  reach: operation
    .input(
      z.object({
        importId,
        node: nodeId,
        direction: z.enum(['upstream', 'downstream']),
        limit: z.number().int().max(5_000).default(500),
      }),
    )
    .output(z.object({ nodes: z.array(GraphNode.extend({ distance: z.number().int() })), truncated: z.boolean() })),
  paths: operation
    .input(z.object({ importId, from: nodeId, to: nodeId, limit: z.number().int().max(50).default(10) }))
    .output(z.array(z.object({ nodes: z.array(GraphNode), edges: z.array(GraphEdge) }))),
  /** The nearest hop upstream that nobody signed. */
  firstUnverified: operation
    .input(z.object({ importId, node: nodeId }))
    .output(z.object({ path: z.array(GraphNode), edge: GraphEdge.nullable() })),
  node: operation.input(z.object({ importId, node: nodeId })).output(
    z.object({
      node: GraphNode,
      properties: z.array(z.object({ name: z.string(), value: z.string() })),
      up: z.array(z.object({ node: GraphNode, edge: GraphEdge })),
      down: z.array(z.object({ node: GraphNode, edge: GraphEdge })),
    }),
  ),
};
