import cytoscape, { type Core } from 'cytoscape';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Neighbourhood } from '../../shared/lineage.ts';
import { nodeLabels, nodeSize } from '../../shared/node-labels.ts';
import { visibleName } from '../../shared/visible-text.ts';

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const kinds: Record<string, string> = { component: 'code' };

const edge = 24;
/** How far a drawing from `low` to `high` is to be moved in a window of `size`: to its middle, or to the nearer side. */
const shift = (low: number, high: number, size: number): number =>
  high - low + 2 * edge <= size
    ? (size - low - high) / 2
    : low > edge
      ? edge - low
      : high < size - edge
        ? size - edge - high
        : 0;

/** The neighbourhood of a focus, drawn at positions that were computed elsewhere. Arrow keys walk along its edges. */
export function Graph({ data, onFocus, theme }: { data: Neighbourhood; onFocus(id: number): void; theme: string }) {
  const box = useRef<HTMLDivElement>(null);
  const core = useRef<Core | null>(null);
  const focusOn = useRef(onFocus);
  focusOn.current = onFocus;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme draws it anew
  useEffect(() => {
    if (box.current === null) return;
    const labels = nodeLabels(data);
    const graph = cytoscape({
      container: box.current,
      autoungrabify: true,
      minZoom: 0.2,
      maxZoom: 2.5,
      layout: { name: 'preset' },
      elements: {
        nodes: data.nodes.map((node) => {
          const label = labels.get(node.id);
          const kind = kinds[node.kind] ?? node.kind;
          return {
            data: {
              id: String(node.id),
              label: `${label?.name ?? ''}\n${label?.detail ?? ''}`,
              fill: colour(`node-${kind}`),
              line: node.verdict === 'fail' ? colour('fail-mark') : colour(`node-${kind}-line`),
              form: node.kind === 'run' ? 'round-rectangle' : 'rectangle',
              width: node.id === data.focus ? 2.5 : 1,
            },
            position: { x: node.x, y: node.y },
          };
        }),
        edges: data.edges.map((edge, index) => ({
          data: {
            id: `e${index}`,
            source: String(edge.source),
            target: String(edge.target),
            colour: colour(`edge-${edge.certainty}`),
            style: { signed: 'solid', asserted: 'dashed', inferred: 'dotted', contradicted: 'solid' }[edge.certainty],
            mark: edge.certainty === 'contradicted' ? '×' : '',
          },
        })),
      },
      style: [
        {
          selector: 'node',
          style: {
            ...nodeSize,
            shape: 'data(form)' as 'rectangle',
            'background-color': 'data(fill)',
            'border-color': 'data(line)',
            'border-width': 'data(width)',
            label: 'data(label)',
            color: colour('ink'),
            'font-family': 'Inter Variable',
            'font-size': 11,
            'text-valign': 'center',
            'text-halign': 'center',
            'text-wrap': 'wrap',
            'text-max-width': '148px',
          },
        },
        {
          selector: 'edge',
          style: {
            width: 1.5,
            'line-color': 'data(colour)',
            'line-style': 'data(style)' as 'solid',
            'target-arrow-shape': 'triangle',
            'target-arrow-color': 'data(colour)',
            'arrow-scale': 0.8,
            'curve-style': 'bezier',
            label: 'data(mark)',
            color: colour('edge-contradicted'),
            'font-size': 18,
          },
        },
      ],
    });
    graph.fit(undefined, 24);
    // Names must be readable: what does not fit is reached by panning and by the arrow keys.
    graph.zoom(Math.min(1, Math.max(0.72, graph.zoom())));
    graph.center(graph.getElementById(String(data.focus)));
    // No room is left empty on one side while nodes are cut off on the other.
    const drawn = graph.elements().renderedBoundingBox({});
    graph.panBy({ x: shift(drawn.x1, drawn.x2, graph.width()), y: shift(drawn.y1, drawn.y2, graph.height()) });
    graph.on('tap', 'node', (event) => focusOn.current(Number(event.target.id())));
    core.current = graph;
    return () => graph.destroy();
  }, [data, theme]);
  const onKeyDown = (event: KeyboardEvent) => {
    const here = data.nodes.find(({ id }) => id === data.focus);
    if (here === undefined) return;
    const sideways = {
      ArrowRight: data.edges.filter(({ source }) => source === here.id).map(({ target }) => target),
      ArrowLeft: data.edges.filter(({ target }) => target === here.id).map(({ source }) => source),
    }[event.key];
    const column = data.nodes.filter(({ x }) => x === here.x).sort((a, b) => a.y - b.y);
    const at = column.findIndex(({ id }) => id === here.id);
    const next =
      sideways?.[0] ??
      (event.key === 'ArrowDown' ? column[at + 1]?.id : event.key === 'ArrowUp' ? column[at - 1]?.id : undefined);
    if (next === undefined) return;
    event.preventDefault();
    onFocus(next);
  };
  const focus = data.nodes.find(({ id }) => id === data.focus);
  return (
    <div
      ref={box}
      className="graph"
      tabIndex={0}
      role="application"
      aria-label={`Lineage around ${visibleName(focus?.name ?? '')}. Arrow keys walk; the table beside it holds the same.`}
      onKeyDown={onKeyDown}
    />
  );
}
