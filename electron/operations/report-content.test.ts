import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { Report } from '../../shared/report.ts';
import { aspects } from '../../shared/verdict.ts';
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
  const [good = 0] = (await call(router.cases.sample, undefined, ask())).caseIds;
  await call(router.signOff.export, { caseId: good, signOffId: null, into: root, name: 'good' }, ask());
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

const reportIn = (name: string): Report =>
  Report.parse(JSON.parse(readFileSync(join(root, name, 'report.json'), 'utf8')));
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

it('files that nothing vouches for are counted apart from those that the machine verified', async () => {
  const amount = (...texts: string[]) => ({ files: texts.length, bytes: texts.join('').length });
  const { coverage } = reportIn('draft');
  // The list itself is no such file: what it says was checked.
  expect(coverage.unvouched).toEqual(amount('odd'));
  expect([coverage.machineOnly.files, coverage.total.files]).toEqual([4, 4]);
  const said = async () => {
    const given = { caseId, role: 'reviewer' as const, decision: 'reject' as const, rationale: 'No.' };
    return (await call(station.router.signOff.statement, given, ask())).prose[1];
  };
  expect(await said()).toBe(
    'Of 4 files, 0 were opened by a person, 3 were verified by machine only, 1 was digested only, for nothing here vouches for it, and none was left unread.',
  );
  if (hasText) expect(words('draft')).toContain('Digested only: nothing here vouches for them');
  const [{ id: importId } = { id: 0 }] = (await call(station.router.cases.get, { caseId }, ask())).imports;
  const file = await call(station.router.evidence.fileAt, { importId, path: 'data/odd\nna\tme.txt' }, ask());
  await call(station.router.evidence.file, { importId, fileId: file?.id ?? 0 }, ask());
  expect(await said()).toBe(
    'Of 4 files, 1 was opened by a person, 3 were verified by machine only and none was left unread.',
  );
});

it.each(['draft', 'good'])('passes by rule are as many as the aspects count: %s', (name) => {
  const report = reportIn(name);
  const byAspect = aspects.reduce((sum, aspect) => sum + report.aspects[aspect].counts.pass, 0);
  expect(byAspect).toBeGreaterThan(0);
  expect(report.passes.reduce((sum, { count }) => sum + count, 0)).toBe(byAspect);
});

it('each signature that holds is listed, with who made it', () => {
  const { held = [], more } = reportIn('good').signatures ?? {};
  expect(more).toBe(0);
  expect(held.filter(({ code }) => code === 'signature-holds')).toHaveLength(13);
  expect(held.find(({ subject }) => subject.endsWith('release-v1.dsse.json'))).toMatchObject({
    ...{ source: 1, rule: 'signatures', signer: 'release-approver@vendor.example', vouched: 'key' },
    message: '“Signed envelope”: the signature holds, by release-approver@vendor.example.',
  });
  expect(held.filter(({ code }) => code === 'timestamp-holds')).toHaveLength(2);
  expect(reportIn('draft').signatures).toEqual({ held: [], more: 0 });
  if (!hasText) return;
  expect(words('good')).toContain(`Signatures that hold (${held.length})`);
  expect(solid(words('good'))).toContain('release-approver@vendor.example');
  expect(words('draft')).toContain('None, by anybody whom this reviewer named.');
});
