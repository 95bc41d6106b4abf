import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { indexWords } from '../store/search.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-search-'));
let station: Workstation;
let caseId = 0;
const ask = () => ({ context: station.context });

beforeAll(async () => {
  const source = join(root, 'source');
  const put = (path: string, content: string) => {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  };
  // More files in a folder of that name than are ever shown, before the one that is called so.
  for (let i = 0; i < 300; i += 1) put(`model/part-${i}.txt`, `${i}`);
  put('report/model-notes.txt', 'notes');
  put('report/model.json', 'no JSON');
  put('Café/notes.txt', 'notes');
  put('train.prov.json', JSON.stringify({ entity: { 'ex:m': { 'prov:label': 'the model' } } }));
  station = openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host: testHost({ path: (path: string) => path }),
  });
  caseId = (await call(station.router.cases.create, { name: 'A case' }, ask())).id;
  for await (const _ of await call(station.router.sources.import, { caseId, token: source }, ask()));
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

const find = (text: string) => call(station.router.search.find, { caseId, text }, ask());

it('finds the same before and after the words of an import are indexed', async () => {
  const asked = [
    'model',
    'part 29',
    'MODEL notes',
    'model-notes',
    'json',
    'no JSON',
    'xänd',
    'not',
    'café',
    'cafe',
    '"*',
  ];
  const before = await Promise.all(asked.map(find));
  const toCome = () => station.context.store.read((db) => db.all('select import_id from words_to_come'));
  expect(toCome()).toHaveLength(1);
  while (indexWords(station.context.store));
  expect(toCome()).toEqual([]);
  expect(await Promise.all(asked.map(find))).toEqual(before);
  expect(before.map((hits) => hits.length > 0)).toEqual(asked.map((text) => !['no JSON', 'xänd', '"*'].includes(text)));
});

it('shows first the files that are called so, and of checks and things as well', async () => {
  const found = await call(station.router.search.find, { caseId, text: 'model' }, ask());
  const titles = (kind: string) => found.filter((each) => each.kind === kind).map(({ title }) => title);
  expect(titles('file').slice(0, 2)).toEqual(['report/model-notes.txt', 'report/model.json']);
  expect(titles('file')).toHaveLength(30);
  expect(titles('check')).toEqual([expect.stringContaining('report/model.json')]);
  expect(titles('node')).toEqual(['the model']);
});

it('asks for each word, the last of which may be a beginning', async () => {
  const titles = async (text: string) =>
    (await call(station.router.search.find, { caseId, text }, ask())).map(({ title }) => title);
  expect(await titles('model not')).toEqual(['report/model-notes.txt']);
  expect(await titles('mode notes')).toEqual([]);
  expect(await titles('"*')).toEqual([]);
});
