import { certainties, type GraphEdge, type Neighbourhood } from '../../shared/lineage.ts';
import { nodeLabels, nodeSize } from '../../shared/node-labels.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { visibleText } from '../../shared/visible-text.ts';

/** Ink on white, as in the report: the light theme's colours of nodes (fill, line) and edges. */
const fills: Record<string, readonly [string, string]> = {
  model: ['#ddebfc', '#405c80'],
  dataset: ['#d5f0ef', '#216766'],
  run: ['#e0eedd', '#466440'],
  evaluation: ['#efead5', '#675a2b'],
  code: ['#f8e6d7', '#775132'],
  component: ['#f8e6d7', '#775132'],
  document: ['#e6eaee', '#535c65'],
  person: ['#f7e3ef', '#744c67'],
  decision: ['#ece6fa', '#61527b'],
};
const inks = { signed: '#1e1e1a', asserted: '#686862', inferred: '#82827c', contradicted: '#c71919' };
const dashes = { signed: '', asserted: '5 3', inferred: '1.5 2.5', contradicted: '' };
const ink = '#1e1e1a';
const ink2 = '#50504a';

/** Marks of 14 px around their own middle, as everywhere: shape and colour together. */
const marks: Record<Verdict, string> = {
  pass: '<circle r="5.6" fill="#ffffff" stroke="#108968" stroke-width="1.4"/><path d="M-2.4 .2l1.7 1.7 3.2-3.6" fill="none" stroke="#108968" stroke-width="1.4"/>',
  warn: '<path d="M0-6l6.3 11.4H-6.3z" fill="#bf7405"/><path d="M0-1.8v3.2M0 3.4v.1" stroke="#ffffff" stroke-width="1.5"/>',
  fail: '<rect x="-6" y="-6" width="12" height="12" rx="1.5" fill="#c71919"/><path d="M-2.5-2.5l5 5m0-5l-5 5" stroke="#ffffff" stroke-width="1.5"/>',
  policy:
    '<path d="M0-6.4L6.4 0 0 6.4-6.4 0z" fill="#812f98"/><path d="M-2.5 0h5" stroke="#ffffff" stroke-width="1.5"/>',
  undecided:
    '<circle r="5.6" fill="#ffffff" stroke="#596067" stroke-width="1.3" stroke-dasharray="2.2 1.6"/><path d="M-1.4-1.4a1.5 1.5 0 1 1 2 1.5c-.4.2-.6.4-.6.9M0 2.8v.1" fill="none" stroke="#596067" stroke-width="1.3"/>',
};

/** Text of evidence as characters that XML 1.0 may hold (2.2), with no markup in it. */
const xml = (text: string): string =>
  visibleText(text)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
const at = (value: number): string => String(Math.round(value * 10) / 10);

const margin = 24;
const head = 56;
const foot = 44;

/**
 * A neighbourhood as a picture that stands by itself: nodes where they are on the screen, edges by how well they are
 * known, a mark for each verdict, a legend with counts. Text is text; there is no script, style or address in it.
 * @param words title and what it is of, in sentences of ours around names of evidence
 */
export function drawSvg(
  data: Neighbourhood,
  words: { title: string; about: string },
): { svg: string; width: number; height: number } {
  const left = Math.min(...data.nodes.map(({ x }) => x)) - nodeSize.width / 2 - margin;
  const right = Math.max(...data.nodes.map(({ x }) => x)) + nodeSize.width / 2 + margin;
  const top = Math.min(...data.nodes.map(({ y }) => y)) - nodeSize.height / 2 - margin - head;
  const bottom = Math.max(...data.nodes.map(({ y }) => y)) + nodeSize.height / 2 + margin + foot;
  const width = Math.max(Math.ceil(right - left), 560);
  const height = Math.ceil(bottom - top);
  const places = new Map(data.nodes.map((node) => [node.id, node]));
  const labels = nodeLabels(data);
  const line = ({ source, target, relation, certainty }: GraphEdge): string => {
    const [from, to] = [places.get(source), places.get(target)];
    if (from === undefined || to === undefined) return '';
    // Between the nearest sides: a circle was broken for the layout, so an edge may also lead back.
    const forward = from.x <= to.x ? 1 : -1;
    const [x1, x2] = [from.x + (forward * nodeSize.width) / 2, to.x - (forward * nodeSize.width) / 2];
    const bend = forward * Math.max(24, Math.abs(x2 - x1) / 2);
    const [middleX, middleY] = [(x1 + x2) / 2, (from.y + to.y) / 2];
    const path = `<path d="M${at(x1)} ${at(from.y)}C${at(x1 + bend)} ${at(from.y)} ${at(x2 - bend)} ${at(to.y)} ${at(x2)} ${at(to.y)}" fill="none" stroke="${inks[certainty]}" stroke-width="1.5"${dashes[certainty] === '' ? '' : ` stroke-dasharray="${dashes[certainty]}"`} marker-end="url(#end-${certainty})"/>`;
    const cross =
      certainty === 'contradicted'
        ? `<path d="M${at(middleX - 4)} ${at(middleY - 4)}l8 8m0-8l-8 8" stroke="${inks.contradicted}" stroke-width="1.5"/>`
        : '';
    return `<g><title>${xml(`${from.name} to ${to.name}: ${relation}, ${certainty}`)}</title>${path}${cross}</g>`;
  };
  const box = (node: Neighbourhood['nodes'][number]): string => {
    const { x, y, kind, verdict, id } = node;
    const [fill, stroke] = fills[kind] ?? ['#ffffff', ink];
    const label = labels.get(id) ?? { name: '', detail: '' };
    const round = kind === 'run' ? nodeSize.height / 2 : 0;
    const mark =
      verdict === null
        ? ''
        : `<g transform="translate(${at(x + nodeSize.width / 2)} ${at(y - nodeSize.height / 2)})">${marks[verdict]}</g>`;
    return `<g><title>${xml(`${node.name}, ${kind}${verdict === null ? '' : `, ${verdict}`}${node.digest === null ? '' : `, ${node.digest}`}`)}</title><rect x="${at(x - nodeSize.width / 2)}" y="${at(y - nodeSize.height / 2)}" width="${nodeSize.width}" height="${nodeSize.height}" rx="${round}" fill="${fill}" stroke="${verdict === 'fail' ? inks.contradicted : stroke}" stroke-width="${id === data.focus ? 2.5 : 1}"/><text x="${at(x)}" y="${at(y - 3)}" text-anchor="middle">${xml(label.name)}</text><text x="${at(x)}" y="${at(y + 12)}" text-anchor="middle" fill="${ink2}">${xml(label.detail)}</text>${mark}</g>`;
  };
  const legend = certainties
    .map((certainty, index) => {
      const [x, y] = [left + margin + index * 130, bottom - margin];
      const count = data.edges.filter((edge) => edge.certainty === certainty).length;
      return `<path d="M${at(x)} ${at(y)}h24" stroke="${inks[certainty]}" stroke-width="1.5"${dashes[certainty] === '' ? '' : ` stroke-dasharray="${dashes[certainty]}"`}/>${certainty === 'contradicted' ? `<path d="M${at(x + 8)} ${at(y - 4)}l8 8m0-8l-8 8" stroke="${inks.contradicted}" stroke-width="1.5"/>` : ''}<text x="${at(x + 30)}" y="${at(y + 4)}" fill="${ink2}">${certainty} ${count}</text>`;
    })
    .join('');
  const ends = certainties
    .map(
      (certainty) =>
        `<marker id="end-${certainty}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0l8 4-8 4z" fill="${inks[certainty]}"/></marker>`,
    )
    .join('');
  const svg = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${at(left)} ${at(top)} ${width} ${height}" font-family="Inter Variable, Inter, sans-serif" font-size="11" fill="${ink}" role="img">`,
    `<title>${xml(words.title)}</title>`,
    `<desc>${xml(words.about)}</desc>`,
    `<defs>${ends}</defs>`,
    `<rect x="${at(left)}" y="${at(top)}" width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${at(left + margin)}" y="${at(top + margin + 4)}" font-size="15" font-weight="600">${xml(words.title)}</text>`,
    `<text x="${at(left + margin)}" y="${at(top + margin + 22)}" fill="${ink2}">${xml(words.about)}</text>`,
    ...data.edges.map(line),
    ...data.nodes.map(box),
    legend,
    '</svg>\n',
  ].join('\n');
  return { svg, width, height };
}
