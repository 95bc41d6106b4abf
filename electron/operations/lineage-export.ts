import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { visibleName } from '../../shared/visible-text.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { drawSvg } from '../lineage/draw-svg.ts';
import { type GraphIndex, nodeOf } from '../lineage/graph-index.ts';
import { type NeighbourhoodRequest, neighbourhood } from '../lineage/neighbourhood.ts';
import { provJson } from '../lineage/prov-json.ts';
import { type Context, commit, present, theCase, theImport } from './context.ts';

/** Things of a whole graph that one file may hold: some 30 MB, which our own reader still takes in. */
const wholeAtMost = 50_000;
const sameNameAtMost = 1_000;
const pngStart = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** What is drawn around a focus, as a picture. */
export function pictureOf(
  context: Context,
  importId: number,
  index: GraphIndex,
  around: NeighbourhoodRequest,
): { svg: string; width: number; height: number } {
  const focus = present(nodeOf(index, around.focus), 'node');
  const { caseId, number } = theImport(context, importId);
  const data = neighbourhood(index, around);
  const of = (count: number, all: number) => `${count.toLocaleString('en')} of ${all.toLocaleString('en')}`;
  return drawSvg(data, {
    title: `Lineage around ${visibleName(focus.name)}`,
    about: `${theCase(context, caseId).name}, import ${number}. ${of(data.nodes.length, index.size)} things and ${of(data.edges.length, index.graph.edges.length)} links are shown.`,
  });
}

/** Writes a file beside what is there: a name that is taken gets a number. @throws Failure conflict, disk-full, unreadable */
function writeBeside(folder: string, [stem, ending]: readonly [string, string], content: string | Uint8Array): string {
  const refused = (code: 'conflict' | 'disk-full' | 'unreadable', why: string, next: string) =>
    new Failure(code, {
      what: 'The lineage was not exported.',
      where: folder,
      why,
      notDone: 'Nothing was written.',
      next,
    });
  for (let count = 1; count <= sameNameAtMost; count += 1) {
    const path = join(folder, `${stem}${count === 1 ? '' : `-${count}`}${ending}`);
    try {
      writeFileSync(path, content, { flag: 'wx', mode: 0o644, flush: true });
      return path;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === 'ENOSPC' || code === 'EDQUOT')
        throw refused('disk-full', 'The disk is full.', 'Free space there, or choose another folder.');
      if (code !== 'EEXIST')
        throw refused('unreadable', 'This folder cannot be written to.', 'Choose a folder that you may write to.');
    }
  }
  throw refused('conflict', 'Too many exports of this name are there.', 'Choose another folder.');
}

/** A picture that a window drew, and nothing that only calls itself one. @throws Failure invalid */
function pngOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (!bytes.subarray(0, pngStart.length).equals(pngStart))
    throw new Failure('invalid', {
      what: 'The lineage was not exported.',
      why: 'The window gave no PNG picture.',
      notDone: 'Nothing was written.',
      next: 'Export an SVG picture instead.',
    });
  return bytes;
}

/** The graph, or what is shown of it, as a file whose name is made of numbers: no name of evidence becomes a path. */
export function exportLineage(
  context: Context,
  index: GraphIndex,
  input: {
    importId: number;
    around: NeighbourhoodRequest | null;
    format: 'svg' | 'png' | 'prov-json';
    png: string;
    into: string | null;
  },
): { name: string; text: string; path: string | null; nodes: number; edges: number } {
  const { importId, around, format, into } = input;
  if (around === null && (format !== 'prov-json' || index.size > wholeAtMost))
    throw new Failure('refused', {
      what: 'The whole graph was not exported.',
      why:
        format === 'prov-json'
          ? `It has ${index.size.toLocaleString('en')} things; ${wholeAtMost.toLocaleString('en')} fit into one file.`
          : 'A picture is of what is shown around one thing.',
      notDone: 'Nothing was written.',
      next: 'Export what is shown instead.',
    });
  if (around !== null) present(nodeOf(index, around.focus), 'node');
  const { nodes, edges } = around === null ? index.graph : neighbourhood(index, around);
  const text =
    format === 'prov-json'
      ? provJson(nodes, edges)
      : format === 'svg' && around !== null
        ? pictureOf(context, importId, index, around).svg
        : '';
  const content = format === 'png' ? pngOf(input.png) : text;
  const { caseId, number } = theImport(context, importId);
  const stem = `lineage-case-${caseId}-import-${number}-${around === null ? 'whole' : `thing-${around.focus}`}`;
  const ending = format === 'prov-json' ? '.prov.json' : `.${format}`;
  const path = into === null ? null : writeBeside(context.host.path(into), [stem, ending], content);
  if (context.store.health.mayWrite)
    commit(
      context,
      {
        action: 'lineage.exported',
        caseId,
        subject: path ?? `${stem}${ending}`,
        detail: { format, import: number, things: nodes.length, links: edges.length, sha256: sha256Hex(content) },
      },
      () => undefined,
    );
  return { name: `${stem}${ending}`, text: path === null ? text : '', path, nodes: nodes.length, edges: edges.length };
}
