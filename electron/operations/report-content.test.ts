import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-content-'));
const evidence = join(root, 'evidence');
let station: Workstation;
const ask = () => ({ context: station.context });
let caseId = 0;

beforeAll(async () => {
  for (const folder of ['data', 'model']) mkdirSync(join(evidence, folder), { recursive: true });
  const files = { 'model/weights.bin': 'weights', 'data/train.csv': 'a,b\n1,2\n', 'data/odd\nna\tme.txt': 'odd' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(evidence, name), text);
  writeFileSync(
    join(evidence, 'SHA256SUMS'),
    `${sha256Hex('a,b\n1,2\n')}  data/train.csv\n${sha256Hex('other weights')}  model/weights.bin\n`,
  );
  station = openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    host: testHost(),
    resources: resolve('resources'),
  });
  const { router } = station;
  const made = {
    name: 'Case of\ntwo\tlines',
    model: '',
    purpose: 'First line.\nSecond line.',
    riskTier: 'high' as const,
  };
  caseId = (await call(router.cases.create, { ...made, playbook: '' }, ask())).id;
  for await (const _ of await call(router.sources.import, { caseId, token: evidence }, ask()));
  await call(router.signOff.export, { caseId, signOffId: null, into: root, name: 'draft' }, ask());
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

const toText = 'pdftotext';
const hasText = spawnSync(toText, ['-v']).error === undefined;
/** The words of a PDF, in the order of its content, without the places where a line was broken. */
const words = (name: string): string =>
  spawnSync(toText, ['-raw', join(root, name, 'report.pdf'), '-'], { encoding: 'utf8' }).stdout;
const solid = (text: string): string => text.replace(/\s+/g, '');

it.skipIf(!hasText)('a name is on one line of the PDF, whatever stands in it (needs pdftotext)', async () => {
  const text = words('draft');
  expect(solid(text)).toContain('data/odd\\u000ana\\u0009me.txt');
  expect(text).toContain('Review of Case of\\u000atwo\\u0009lines');
  expect(text).toMatch(/First line\.\nSecond line\./);
  const given = { caseId, role: 'reviewer' as const, decision: 'reject' as const, rationale: 'No.' };
  const { prose } = await call(station.router.signOff.statement, given, ask());
  expect(prose[0]).toContain('Case of\\u000atwo\\u0009lines');
});

it.skipIf(!hasText)(
  'the PDF names the line of the list that a check is about, not of the file (needs pdftotext)',
  () => {
    expect(solid(words('draft'))).toContain('model/weights.bin(SHA256SUMS,line2)');
  },
);

it.skipIf(!hasText)('the PDF of a draft speaks of no signatures (needs pdftotext)', () => {
  const text = words('draft').replace(/\s+/g, ' ');
  expect(text).toContain('Nobody has signed this draft.');
  expect(text).not.toMatch(/before the first signature|in the envelopes|signatures of this file/);
});
