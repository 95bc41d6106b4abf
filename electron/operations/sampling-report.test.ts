import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { Report, type ReportVerification } from '../../shared/report.ts';
import type { SampledCoverage } from '../../shared/sampling.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { digestOfPicked } from '../integrity/sample.ts';
import { checkReport } from '../reporting/check-package.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';
import { judgeReport } from './judge-report.ts';
import { newKeyFile } from './key-files.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-sampled-'));
const evidence = join(root, 'evidence');
const passphrase = 'correct horse';
const seed = '5eed'.repeat(8);
let station: Workstation;
let whole = '';
let trust: TrustEntry[] = [];
const ask = () => ({ context: station.context });

beforeAll(async () => {
  for (const folder of ['data', 'docs']) mkdirSync(join(evidence, folder), { recursive: true });
  for (let i = 0; i < 40; i++) writeFileSync(join(evidence, i < 30 ? 'data' : 'docs', `${i}.txt`), `text ${i}\n`);
  writeFileSync(join(evidence, 'card.json'), '{"a":1}\n');
  station = openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    host: testHost(),
    resources: resolve('resources'),
  });
  const { router } = station;
  const { id: caseId } = await call(
    router.cases.create,
    { name: 'sampled', model: 'm', purpose: 'p', riskTier: 'high', playbook: '' },
    ask(),
  );
  for await (const _ of await call(router.sources.import, { caseId, token: evidence }, ask()));
  const [{ id: importId } = { id: 0 }] = (await call(router.cases.get, { caseId }, ask())).imports;
  const byFolder = await call(router.sampling.make, { importId, size: 8, strata: 'folder', seed }, ask());
  const byState = await call(router.sampling.make, { importId, size: 3, strata: 'state' }, ask());
  const [one] = await call(router.sampling.files, { planId: byFolder.id }, ask());
  await call(router.evidence.file, { importId, fileId: one?.fileId ?? 0 }, ask());
  for (const { id } of [byFolder, byState])
    await call(router.sampling.explain, { planId: id, explanation: 'The others are of the same making.' }, ask());
  const identityId = (await newKeyFile(station.context, 'Ada', '', join(root, 'Ada.pem'), passphrase)).id;
  await call(router.identity.choose, { identityId }, ask());
  const draft = { caseId, signOffId: null, into: root };
  await call(router.signOff.export, { ...draft, name: 'draft' }, ask());
  const given = {
    caseId,
    role: 'reviewer' as const,
    decision: 'approve' as const,
    rationale: 'Read.',
    secondSigner: null,
  };
  const { digest } = await call(router.signOff.statement, given, ask());
  await call(router.signOff.sign, { ...given, digest, identityId, passphrase }, ask());
  await call(router.signOff.export, { ...draft, name: 'whole' }, ask());
  whole = join(root, 'whole');
  trust = readTrust(join(whole, 'signers', '1-reviewer.cert.pem')).entries;
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

const named = () => ({ entries: trust });
const codes = ({ checks }: ReportVerification, verdict = 'fail') =>
  checks.filter((check) => check.verdict === verdict).map(({ code }) => code);
const reportIn = (folder: string) => Report.parse(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')));
/** With the evidence beside it. */
const judged = (path: string): Promise<ReportVerification> =>
  judgeReport(
    { path, trust: named(), evidence },
    { staging: mkdtempSync(join(root, 'staging-')), signal: new AbortController().signal },
  );
let copies = 0;
/** A draft whose report says something else of its plans, in canonical form and with sums that fit. */
function altered(change: (plans: SampledCoverage[], report: Report) => void): ReportVerification {
  const copy = join(root, `copy-${copies++}`);
  cpSync(join(root, 'draft'), copy, { recursive: true });
  const report = reportIn(copy);
  change(report.coverage.sampling ?? [], report);
  writeFileSync(join(copy, 'report.json'), canonicalJson(report));
  const sums = readFileSync(join(copy, 'SHA256SUMS'), 'utf8').replace(
    /^[0-9a-f]{64}( {2}report\.json)$/m,
    `${sha256Hex(readFileSync(join(copy, 'report.json')))}$1`,
  );
  writeFileSync(join(copy, 'SHA256SUMS'), sums);
  return checkReport(copy, named(), null);
}

it('a report states each plan: seed, rule, population, size, what was looked at and what was not, and why', () => {
  const [byFolder, byState] = reportIn(whole).coverage.sampling ?? [];
  expect(byFolder).toMatchObject({
    ...{ number: 1, source: 1, seed, strata: 'folder', size: 8, population: 41, sampled: 8, lookedAt: 1 },
    explanation: 'The others are of the same making.',
    isStale: false,
  });
  expect(byFolder?.files.filter(({ isLookedAt }) => !isLookedAt)).toHaveLength(7);
  expect(byState).toMatchObject({ number: 2, strata: 'state', population: 41, sampled: 3 });
});

it('a report with plans holds; what a folder says is drawn again from evidence.sha256', async () => {
  const result = await judged(whole);
  expect(codes(result)).toEqual([]);
  expect(result.checks.filter(({ about }) => about === 'sampling').map(({ code }) => code)).toEqual([
    'sample-drawn-again',
    'sample-holds',
  ]);
});

it('a draft with the same plans has no fault', async () =>
  expect(codes(await judged(join(root, 'draft')))).toEqual([]));

const toText = 'pdftotext';
const hasText = spawnSync(toText, ['-v']).error === undefined;
it.skipIf(!hasText)('the PDF names each plan and the files that were not looked at (needs pdftotext)', () => {
  const run = spawnSync(toText, ['-layout', join(whole, 'report.pdf'), '-'], { encoding: 'utf8' });
  for (const said of [
    'Sampling plans (2)',
    'Plan 1, by top folder',
    seed,
    '1 of 8 sampled files',
    'Sampled and not looked at',
  ])
    expect(run.stdout).toContain(said);
});

it.each<[string, (plans: SampledCoverage[]) => void]>([
  ['that more was looked at', ([plan]) => plan && Object.assign(plan, { lookedAt: 8 })],
  [
    'that one more file was looked at, though its stratum does not',
    ([plan]) => {
      const file = plan?.files.find(({ isLookedAt }) => !isLookedAt);
      if (plan && file) {
        file.isLookedAt = true;
        plan.lookedAt += 1;
      }
    },
  ],
  ['a smaller population', ([plan]) => plan && Object.assign(plan, { population: 20 })],
  ['another seed', ([plan]) => plan && Object.assign(plan, { seed: 'f'.repeat(32) })],
  [
    'another file, digest of the list and all',
    ([plan]) => {
      const at = plan?.files.findIndex(({ stratum }) => stratum === 'data') ?? 0;
      const picked = new Set(plan?.files.map(({ path }) => path));
      const path = Array.from({ length: 30 }, (_, i) => `data/${i}.txt`).find((each) => !picked.has(each)) ?? '';
      const file = plan?.files[at];
      if (plan && file) {
        file.path = path;
        file.digest = `sha256:${sha256Hex(readFileSync(join(evidence, path)))}`;
        plan.list = digestOfPicked(plan.files);
      }
    },
  ],
  [
    'other shares',
    ([plan]) => {
      const [, one, two] = plan?.parts ?? [];
      if (one && two) {
        one.files += 10;
        two.files -= 5;
      }
    },
  ],
])('a report that says %s fails', (_, change) => {
  expect(codes(altered(change))).toEqual(expect.arrayContaining(['pdf-other-json', 'sample-differs']));
});

it('a report that leaves a plan out fails, for the journal has it', () => {
  expect(codes(altered((plans) => void plans.pop()))).toContain('sample-left-out');
  expect(codes(altered((_, report) => delete report.coverage.sampling))).toContain('sample-left-out');
});

it('what was signed cannot say another coverage', () => {
  const copy = join(root, 'signed-copy');
  cpSync(whole, copy, { recursive: true });
  const text = readFileSync(join(copy, 'report.json'), 'utf8');
  writeFileSync(join(copy, 'report.json'), text.replace('"isLookedAt":false', '"isLookedAt":true'));
  expect(codes(checkReport(copy, named(), null))).toEqual(
    expect.arrayContaining(['envelope-other-report', 'pdf-other-json', 'sample-differs']),
  );
});
