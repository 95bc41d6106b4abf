import type { LineagePicture } from '../../shared/lineage.ts';
import type { Report } from '../../shared/report.ts';
import { faces, ink, margin, type PageLayout, verdictInk } from './page-layout.ts';

/** Of a box, and between a box and the next column, points. */
const boxHeight = 25;
const widestBox = 112;
const gap = 22;
/** A row and a column of the layout on the screen, px; a row and the tallest picture here, points. */
const [screenColumn, screenRow] = [220, 62];
const row = 33;
const tallest = 560;
const linksInTable = 80;

/** A picture of what leads to the models, bounded, and the same as a table. */
export function writeLineage(layout: PageLayout, { lineage: { nodes, edges } }: Report, picture: LineagePicture): void {
  if (nodes.length === 0) return;
  layout.heading(2, 'Where the model came from');
  const ys = [...picture.places.values()].map(({ y }) => y);
  const columns = Math.max(...[...picture.places.values()].map(({ x }) => x)) / screenColumn + 1;
  const width = Math.min(widestBox, layout.width / columns - gap);
  const step = columns > 1 ? (layout.width - width) / (columns - 1) : 0;
  const rows = (Math.max(...ys) - Math.min(...ys)) / screenRow;
  const scale = (row * Math.min(1, (tallest - boxHeight) / (row * Math.max(1, rows)))) / screenRow;
  const place = (id: number, top: number) => {
    const { x, y } = picture.places.get(id) ?? { x: 0, y: 0 };
    return { x: margin + (x / screenColumn) * step, y: top + (y - Math.min(...ys)) * scale };
  };
  const shown = nodes.filter(({ id }) => picture.places.has(id));
  layout.figure(
    `Lineage of ${shown.length} things with ${picture.edges.length} links. Things and links stand in the tables below.`,
    rows * screenRow * scale + boxHeight,
    (top) => {
      const { doc } = layout;
      for (const { source, target, certainty } of picture.edges) {
        const [from, to] = [place(source, top), place(target, top)];
        // What closes a circle goes back, from left to left.
        const isForward = to.x > from.x;
        const start = { x: from.x + (isForward ? width : 0), y: from.y + boxHeight / 2 };
        const end = { x: to.x, y: to.y + boxHeight / 2 };
        const bend = isForward ? (end.x - start.x) / 2 : -gap;
        doc
          .moveTo(start.x, start.y)
          .bezierCurveTo(start.x + bend, start.y, end.x - Math.abs(bend), end.y, end.x, end.y)
          .lineWidth(certainty === 'signed' ? 0.9 : 0.7);
        if (certainty === 'asserted') doc.dash(3, { space: 2 });
        else if (certainty === 'inferred') doc.dash(1, { space: 2 });
        const colour = certainty === 'contradicted' ? verdictInk.fail : ink.second;
        doc.strokeColor(colour).stroke().undash();
        doc
          .moveTo(end.x, end.y)
          .lineTo(end.x - 4, end.y - 2)
          .lineTo(end.x - 4, end.y + 2)
          .fill(colour);
      }
      for (const [index, { id, name }] of shown.entries()) {
        const { x, y } = place(id, top);
        doc.rect(x, y, width, boxHeight).lineWidth(0.6).fillAndStroke('#ffffff', ink.third);
        const inside = { width: width - 6, lineBreak: false, ellipsis: true };
        doc
          .font(faces.strong)
          .fontSize(8)
          .fillColor(ink.text)
          .text(String(index + 1), x + 3, y + 3, inside);
        doc
          .font(faces.ui)
          .fontSize(6)
          .fillColor(ink.second)
          .text(layout.safe(name.slice(name.lastIndexOf('/') + 1), 'ui'), x + 3, y + 14, { ...inside, height: 8 });
      }
    },
  );
  layout.paragraph(
    'Unbroken lines are signed by somebody trusted here, dashed ones asserted, dotted ones inferred from a name alone, red ones contradicted.',
    { face: 'ui', size: 7.5, colour: ink.third },
  );
  layout.table(
    ['No.', 'Thing', 'Kind'],
    [1, 11, 3],
    shown.map(({ name, kind }, index) => [{ text: String(index + 1) }, { text: name }, { text: kind }]),
  );
  const nameOf = (id: number) => nodes.find((node) => node.id === id)?.name ?? '';
  const links = [...picture.edges, ...edges.filter((edge) => !picture.edges.includes(edge))];
  if (links.length > linksInTable)
    layout.paragraph(`The first ${linksInTable} of ${links.length} links; all stand in report.json.`, {
      face: 'ui',
      size: 8.5,
    });
  layout.table(
    ['From', 'Relation', 'To', 'How well known'],
    [6, 3, 6, 3],
    links
      .slice(0, linksInTable)
      .map(({ source, relation, target, certainty }) => [
        { text: nameOf(source) },
        { text: relation },
        { text: nameOf(target) },
        { text: certainty, colour: certainty === 'contradicted' ? verdictInk.fail : ink.text },
      ]),
  );
}
