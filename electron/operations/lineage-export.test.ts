import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import type { Fact, RelationFact, ThingFact } from '../../shared/fact.ts';
import { thingTypes } from '../../shared/fact.ts';
import { certainties, type GraphEdge, type GraphNode } from '../../shared/lineage.ts';
import { Candidate, type OpenFile } from '../intake/formats/format.ts';
import { prov } from '../intake/formats/prov.ts';
import { drawSvg } from '../lineage/draw-svg.ts';
import { indexGraph } from '../lineage/graph-index.ts';
import { neighbourhood } from '../lineage/neighbourhood.ts';
import { provJson } from '../lineage/prov-json.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-lineage-'));
let station: Workstation;
let importId = 0;
const ask = () => ({ context: station.context });
const token = (path: string) => path;

beforeAll(async () => {
  const source = join(root, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'train.csv'), 'a,b\n1,2\n');
  writeFileSync(
    join(source, 'run.prov.json'),
    JSON.stringify({
      prefix: { ex: 'http://example.test/' },
      entity: {
        'ex:data': { 'prov:label': 'train.csv' },
        'ex:model': { 'prov:label': '<script>alert(1)</script>"&\u202emodel.onnx' },
      },
      activity: { 'ex:fit': { 'prov:startTime': '2026-01-02T03:04:05Z' } },
      used: { '_:1': { 'prov:entity': 'ex:data', 'prov:activity': 'ex:fit' } },
      wasGeneratedBy: { '_:2': { 'prov:activity': 'ex:fit', 'prov:entity': 'ex:model' } },
    }),
  );
  station = openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host: testHost({
      about: () => ({ shell: 'electron', version: '0', hasNativeDialogs: true, platform: 'test' }),
      path: token,
    }),
  });
  const { id } = await call(station.router.cases.create, { name: 'A case & more' }, ask());
  for await (const event of await call(station.router.sources.import, { caseId: id, token: source }, ask()))
    if (event.done !== undefined) importId = event.done.id;
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

/** What our own reader reads in a document. */
function readBack(text: string): { things: ThingFact[]; relations: RelationFact[] } {
  const bytes = Buffer.from(text);
  const file: OpenFile = {
    path: 'lineage.prov.json',
    name: 'lineage.prov.json',
    bytes: bytes.length,
    head: bytes.subarray(0, 4_096),
    digest: '',
    read: (offset, length) => bytes.subarray(offset, offset + length),
    whole: () => bytes,
    text: () => text,
    has: () => false,
    list: () => [],
    folders: () => [],
    peek: () => null,
  };
  expect(prov.recognise(new Candidate(file.path, file.bytes, file.head))).toBe(true);
  const facts: Fact[] = [];
  prov.read(file, { add: (fact) => void facts.push(fact), ledgerRows: () => {}, checkpoint: () => {} });
  return {
    things: facts.filter((fact) => fact.kind === 'thing'),
    relations: facts.filter((fact) => fact.kind === 'relation'),
  };
}

const node = (id: number, more: Partial<GraphNode>): GraphNode => ({
  id,
  kind: 'dataset',
  name: `thing ${id}`,
  digest: null,
  path: null,
  joinedByName: false,
  verdict: null,
  at: null,
  places: [{ path: 'a.json', pointer: '/b' }],
  ...more,
});
/** Every kind leads to every kind, with every certainty. */
const nodes = thingTypes.map((kind, index) =>
  node(index + 1, { kind, digest: kind === 'model' ? `sha256:${'ab'.repeat(32)}` : null, name: `${kind}\ud800 "é"` }),
);
const edges: GraphEdge[] = nodes.flatMap(({ id: source }) =>
  nodes.flatMap(({ id: target }, index) =>
    source === target
      ? []
      : [
          {
            source,
            target,
            relation: index % 2 === 0 ? 'contains' : 'used',
            certainty: certainties[(source + target) % 4] ?? 'signed',
            places: [{ path: 'a.json' }],
          },
        ],
  ),
);

describe('PROV-JSON that is written', () => {
  it('is read by our own reader: the same things, kinds, digests and links', () => {
    const { things, relations } = readBack(provJson(nodes, edges));
    expect(things.map(({ key, type }) => [key.split('thing-')[1], type]).sort()).toEqual(
      nodes.map(({ id, kind }) => [String(id), kind]).sort(),
    );
    expect(things.find(({ type }) => type === 'model')).toMatchObject({
      name: 'model\ufffd "é"',
      digests: [`sha256:${'ab'.repeat(32)}`],
    });
    const pair = (from: string, to: string) => `${from.split('thing-')[1]} ${to.split('thing-')[1]}`;
    expect(relations.map(({ from, to }) => pair(from, to)).sort()).toEqual(
      edges.map(({ source, target }) => `${source} ${target}`).sort(),
    );
  });

  it('says of each link how well it is known, and of each thing where it is spoken of', () => {
    const written = JSON.parse(provJson(nodes, edges)) as Record<string, Record<string, Record<string, unknown>>>;
    const links = Object.entries(written).flatMap(([name, records]) =>
      ['prefix', 'entity', 'activity', 'agent'].includes(name) ? [] : Object.values(records),
    );
    expect(links).toHaveLength(edges.length);
    for (const certainty of certainties)
      expect(links.filter((link) => link['assay:certainty'] === certainty)).toHaveLength(
        edges.filter((edge) => edge.certainty === certainty).length,
      );
    expect(written['entity']?.['assay:thing-1']?.['assay:saidIn']).toEqual(['a.json#/b']);
  });

  it('writes no time that is none', () => {
    const text = provJson(
      [node(1, { kind: 'run', at: 'yesterday' }), node(2, { kind: 'run', at: '2026-01-02T03:04:05Z' })],
      [],
    );
    const { activity } = JSON.parse(text) as { activity: Record<string, Record<string, unknown>> };
    expect(Object.keys(activity['assay:thing-1'] ?? {})).not.toContain('prov:startTime');
    expect(activity['assay:thing-2']?.['prov:startTime']).toBe('2026-01-02T03:04:05Z');
  });
});

describe('the picture', () => {
  it('holds every node and link, and nothing that is live', () => {
    const hostile = nodes.map((each) => ({ ...each, name: '"><script>x</script>&\u0000\u202e\ufffe' }));
    const data = neighbourhood(indexGraph({ nodes: hostile, edges }), {
      focus: 1,
      up: 2,
      down: 2,
      expand: [],
      limit: 120,
    });
    const { svg, width, height } = drawSvg(data, { title: 'A & B', about: '<b>' });
    expect(svg).not.toMatch(/<script|href|style=|on\w+=|[\u0000\u202e\ufffe]/);
    expect(svg.match(/<rect x="[^"]+" y="[^"]+" width="156"/g)).toHaveLength(nodes.length);
    expect(svg.match(/marker-end/g)).toHaveLength(data.edges.length);
    expect(width).toBeGreaterThan(500);
    expect(height).toBeGreaterThan(100);
    // Well-formed as far as a stack of tags can say.
    const open: string[] = [];
    for (const [, end, name = '', , self] of svg
      .replace(/<\?.*\?>/, '')
      .matchAll(/<(\/?)(\w+)((?:\s[\w-]+="[^"<>]*")*)\s*(\/?)>/g))
      if (end === '/') expect(open.pop()).toBe(name);
      else if (self !== '/') open.push(name);
    expect(open).toEqual([]);
    expect(svg.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]/);
  });
});

describe('exporting', () => {
  const run = (more: object) =>
    call(
      station.router.lineage.export,
      { importId, around: { focus: 1 }, format: 'svg', into: null, ...more } as never,
      ask(),
    );
  const png = Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), Buffer.alloc(8)]).toString('base64');
  const folder = join(root, 'out');
  beforeAll(() => mkdirSync(folder));

  it('gives a window what it is to save, and journals it', async () => {
    const made = await run({});
    expect(made).toMatchObject({ name: 'lineage-case-1-import-1-thing-1.svg', path: null, nodes: 3, edges: 2 });
    expect(made.text).toContain('A case &amp; more');
    const last = JSON.parse(station.context.store.lines().at(-1) ?? '') as { action: string; detail: object };
    expect(last).toMatchObject({ action: 'lineage.exported', detail: { format: 'svg', things: 3, links: 2 } });
  });

  it('writes beside what is there, by names of its own', async () => {
    const first = await run({ into: folder, format: 'prov-json', around: null });
    const again = await run({ into: folder, format: 'prov-json', around: null });
    expect(first.text).toBe('');
    await run({ into: folder, format: 'png', png });
    expect(readdirSync(folder).sort()).toEqual([
      'lineage-case-1-import-1-thing-1.png',
      'lineage-case-1-import-1-whole-2.prov.json',
      'lineage-case-1-import-1-whole.prov.json',
    ]);
    const { things, relations } = readBack(readFileSync(again.path ?? '', 'utf8'));
    expect([things.length, relations.length]).toEqual([3, 2]);
    expect(things.find(({ type }) => type === 'run')?.at).toBe('2026-01-02T03:04:05Z');
  });

  it.each([
    [
      'a picture that is none',
      { format: 'png', png: Buffer.from('#!/bin/sh').toString('base64'), into: folder },
      'invalid',
    ],
    ['a picture of everything', { around: null }, 'refused'],
    ['what is not there', { around: { focus: 99 } }, 'not-found'],
    ['into a folder that is not there', { into: join(root, 'nowhere') }, 'unreadable'],
  ])('refuses %s', async (_what, more, code) => {
    const before = readdirSync(folder).length;
    await expect(run(more)).rejects.toMatchObject({ code });
    expect(readdirSync(folder)).toHaveLength(before);
  });
});
