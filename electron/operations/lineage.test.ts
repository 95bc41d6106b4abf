import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-lineage-starts-'));
let station: Workstation;
let caseId = 0;
const ask = () => ({ context: station.context });

beforeAll(async () => {
  station = openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host: testHost({ path: (path: string) => path }),
  });
  caseId = (await call(station.router.cases.create, { name: 'A case' }, ask())).id;
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

async function imported(name: string, files: Record<string, string | Buffer>): Promise<number> {
  const source = join(root, name);
  mkdirSync(source);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(source, file), content);
  for await (const event of await call(station.router.sources.import, { caseId, token: source }, ask()))
    if (event.done !== undefined) return event.done.id;
  throw new Error('It was not imported.');
}
const starts = async (importId: number, text = '') =>
  (await call(station.router.lineage.starts, { importId, text }, ask())).map(({ name }) => name);

const header = Buffer.from('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}');
const model = (value: number) =>
  Buffer.concat([Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]), header, Buffer.from([value])]);

it('begins with what leads somewhere, and finds the rest by its name', async () => {
  const importId = await imported('linked', {
    'alone.safetensors': model(1),
    'run.prov.json': JSON.stringify({
      prefix: { ex: 'http://example.test/' },
      entity: { 'ex:data': { 'prov:label': 'train.csv' } },
      activity: { 'ex:fit': {} },
      used: { '_:1': { 'prov:entity': 'ex:data', 'prov:activity': 'ex:fit' } },
    }),
  });
  expect(await starts(importId)).toEqual(['train.csv', 'fit']);
  expect(await starts(importId, 'alone')).toEqual(['alone.safetensors']);
});

it('begins with anything where nothing leads anywhere', async () => {
  const importId = await imported('alone', { 'a.safetensors': model(1), 'b.safetensors': model(2) });
  expect(await starts(importId)).toEqual(['a.safetensors', 'b.safetensors']);
});
