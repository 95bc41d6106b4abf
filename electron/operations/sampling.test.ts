import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import type { ImportRow } from '../../shared/case.ts';
import { sampleRank } from '../integrity/sample.ts';
import { whyNotAsDecided } from '../store/decisions.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';
import { signOffState } from './sign-off-state.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-sampling-'));
const source = join(root, 'source');
const seed = 'a'.repeat(32);
let station: Workstation;
let caseId = 0;
let first: ImportRow;
const ask = () => ({ context: station.context });
const open = () =>
  openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host: testHost(),
  });
async function take(): Promise<ImportRow> {
  for await (const event of await call(station.router.sources.import, { caseId, token: source }, ask()))
    if (event.done !== undefined) return event.done;
  throw new Error('the stream ended without an outcome');
}
const make = (more: object = {}) =>
  call(station.router.sampling.make, { importId: first.id, size: 12, strata: 'folder', seed, ...more }, ask());
const picked = (planId: number) => call(station.router.sampling.files, { planId }, ask());
const plans = () => call(station.router.sampling.plans, { caseId }, ask());
const gate = async () =>
  (await call(station.router.signOff.readiness, { caseId }, ask())).gates.find(({ id }) => id === 'sample-looked-at');
const prose = async () =>
  (
    await call(
      station.router.signOff.statement,
      { caseId, decision: 'approve', rationale: 'Read.', secondSigner: null },
      ask(),
    )
  ).prose.join('\n');
const sizeOf = async (file: { path: string } | undefined) =>
  (await call(station.router.evidence.fileAt, { importId: first.id, path: file?.path ?? '' }, ask()))?.bytes ?? 0;
const last = () => JSON.parse(station.context.store.lines().at(-1) ?? '') as { action: string; detail: object };

beforeAll(async () => {
  for (const [folder, count] of [
    ['data', 80],
    ['docs', 18],
    ['code', 1],
  ] as const) {
    mkdirSync(join(source, folder), { recursive: true });
    for (let i = 0; i < count; i++) writeFileSync(join(source, folder, `file-${i}.txt`), `${folder} ${i}\n`);
  }
  writeFileSync(join(source, 'SHA256SUMS'), `${'1'.repeat(64)}  gone.txt\n`);
  station = open();
  caseId = (
    await call(
      station.router.cases.create,
      { name: 'Case', model: '', purpose: '', riskTier: 'high', playbook: '' },
      ask(),
    )
  ).id;
  first = await take();
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

it('says that nothing was drawn where nothing was, and asks for nothing', async () => {
  expect(await prose()).toContain('No sample was drawn');
  expect(await gate()).toBeUndefined();
});

it('draws by strata in proportion, and records seed, size, strata and the digest of what was picked', async () => {
  const plan = await make();
  expect(plan).toMatchObject({ number: 1, source: 1, seed, strata: 'folder', size: 12, sampled: 12, lookedAt: 0 });
  // What is listed and not here has no bytes to be looked at: it is outside.
  expect([plan.population, plan.outside]).toEqual([100, 1]);
  expect(plan.parts.map(({ name, files, sampled }) => [name, files, sampled])).toEqual([
    ['', 1, 1],
    ['code', 1, 1],
    ['data', 80, 9],
    ['docs', 18, 1],
  ]);
  expect(last()).toMatchObject({
    action: 'sampling.planned',
    detail: { seed, size: 12, strata: 'folder', population: 100, picked: 12, list: plan.list, isSeedTyped: true },
  });
  const files = await picked(plan.id);
  expect(files.filter(({ stratum }) => stratum === 'data').map(({ path }) => path)).toEqual(
    Array.from({ length: 80 }, (_, i) => `data/file-${i}.txt`)
      .sort((a, b) => (sampleRank(seed, a) < sampleRank(seed, b) ? -1 : 1))
      .slice(0, 9)
      .sort(),
  );
  const again = await make();
  expect([again.number, again.list]).toEqual([2, plan.list]);
  expect(station.context.store.read(whyNotAsDecided)).toBe('');
});

it('draws a seed of its own where none is given', async () => {
  const plan = await make({ seed: null, strata: 'state', size: 3 });
  expect(plan.seed).toMatch(/^[0-9a-f]{32}$/);
  expect(plan.seed).not.toBe((await make({ seed: null, strata: 'format', size: 3 })).seed);
});

it('refuses a sample that cannot hold one file of each stratum, and a seed that is none', async () => {
  const before = (await plans()).length;
  await expect(make({ size: 3 })).rejects.toMatchObject({
    code: 'invalid',
    data: { why: expect.stringContaining('4 top folders'), next: expect.stringContaining('at least 4 files') },
  });
  await expect(make({ seed: 'abc' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(make({ size: 2_001 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  expect(await plans()).toHaveLength(before);
});

it('counts what was opened or marked, and its gate holds once the rest is looked at or explained', async () => {
  const [plan] = await plans();
  const files = await picked(plan?.id ?? 0);
  const [one, two] = files;
  await call(station.router.evidence.file, { importId: first.id, fileId: one?.fileId ?? 0 }, ask());
  await call(station.router.review.mark, { importId: first.id, fileIds: [two?.fileId ?? 0], reviewed: true }, ask());
  expect((await plans())[0]).toMatchObject({ lookedAt: 2 });
  const { coverage } = await call(station.router.signOff.readiness, { caseId }, ask());
  expect(coverage).toMatchObject({
    opened: { files: 2, bytes: (await sizeOf(one)) + (await sizeOf(two)) },
    machineOnly: { files: 98 },
    notLookedAt: { files: 1, bytes: 0 },
    total: { files: 101 },
    reasons: [{ files: 1, why: 'Listed, and not in the evidence', example: 'gone.txt' }],
  });
  expect((await picked(plan?.id ?? 0)).slice(0, 3).map(({ isOpened, isReviewed }) => [isOpened, isReviewed])).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ]);
  const sampled = await call(
    station.router.evidence.files,
    { importId: first.id, filter: { sampled: true }, limit: 1_000 },
    ask(),
  );
  expect(sampled.rows.map(({ id }) => id)).toEqual(expect.arrayContaining(files.map(({ fileId }) => fileId)));
  expect(sampled.total).toBe((await call(station.router.evidence.facets, { importId: first.id }, ask())).sampled);
  const next = await call(station.router.review.next, { importId: first.id, after: null }, ask());
  expect(sampled.rows.map(({ id }) => id)).toContain(next?.fileId);

  expect(await gate()).toMatchObject({ holds: false, always: false, screen: 'review' });
  expect((await gate())?.detail).toContain('plan 1: 2 of 12 files looked at');
  for (const { id, sampled: all, lookedAt } of await plans())
    if (lookedAt < all)
      await call(station.router.sampling.explain, { planId: id, explanation: 'The day was over.' }, ask());
  expect(last().action).toBe('sampling.explained');
  expect(await gate()).toMatchObject({ holds: true });
  expect(await prose()).toContain(
    `By sampling plan 1, 12 of 100 files were drawn by top folder with seed ${seed}; 2 of them were looked at. 10 were not: The day was over.`,
  );
});

it('is about other bytes once another import has them, and asks for nothing then', async () => {
  const [plan] = await plans();
  const changed = (await picked(plan?.id ?? 0)).find(({ path }) => path.startsWith('data/'))?.path ?? '';
  writeFileSync(join(source, changed), 'other\n');
  const second = await take();
  expect(await plans()).toSatisfy((all: { isStale: boolean; importId: number }[]) =>
    all.every(({ isStale, importId }) => isStale && importId === second.id),
  );
  expect((await picked(plan?.id ?? 0)).filter(({ isChanged }) => isChanged).map(({ path }) => path)).toEqual([changed]);
  expect(await gate()).toBeUndefined();
  expect(await prose()).toContain('from bytes that are no longer those that are here');
  first = second;
  expect(await make()).toMatchObject({ source: 2, isStale: false });
  expect(signOffState(station.context, caseId)).toBe('none');
});

it('is found at open where it was changed past Assay', async () => {
  const file = join(root, 'store', 'assay.db');
  for (const [sql, said] of [
    ['update sampling_plan set size = 99 where number = 1', 'sampling plan 1 is not as the journal has it'],
    [
      'delete from sampled_file where plan_id = 1 and file = (select max(file) from sampled_file where plan_id = 1)',
      'sampling plan 1',
    ],
    ["update sampling_plan set explanation = 'Better.' where number = 1", 'the explanation of sampling plan 1'],
    [
      'delete from sampled_file where plan_id = 5; delete from sampling_plan where id = 5',
      'a sampling plan is missing',
    ],
  ] as const) {
    station.close();
    const db = new Database(file);
    db.exec('create table saved as select * from sampling_plan; create table files as select * from sampled_file');
    db.exec(sql);
    db.close();
    const again = new Database(file);
    const kept = {
      plans: again.prepare('select * from saved').all() as Record<string, unknown>[],
      files: again.prepare('select * from files').all() as Record<string, unknown>[],
    };
    again.exec('drop table saved; drop table files');
    again.close();
    station = open();
    expect(station.context.store.health, sql).toMatchObject({ state: 'changed-outside', mayWrite: false });
    expect(station.context.store.health.message).toContain(said);
    station.close();
    const back = new Database(file);
    back.exec('delete from sampled_file; delete from sampling_plan');
    for (const [table, rows] of [
      ['sampling_plan', kept.plans],
      ['sampled_file', kept.files],
    ] as const)
      for (const row of rows)
        back
          .prepare(`insert into ${table} (${Object.keys(row)}) values (${Object.keys(row).map(() => '?')})`)
          .run(...Object.values(row));
    back.close();
    station = open();
    expect(station.context.store.health.state).toBe('sound');
  }
});
