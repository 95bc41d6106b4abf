import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { Report } from '../../shared/report.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { checkReport } from '../reporting/check-package.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';
import { newKeyFile } from './key-files.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-statement-'));
const passphrase = 'correct horse';
let station: Workstation;
let time = Date.parse('2026-01-02T03:04:05.678Z');
const ask = () => ({ context: station.context });
const people = { ada: 0, bob: 0 };

/** Every look at the clock takes a while, as it does for a person who reads. */
const open = () =>
  openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    host: testHost(),
    resources: resolve('resources'),
    clock: () => {
      time += 1_700;
      return new Date(time);
    },
  });

beforeAll(async () => {
  mkdirSync(join(root, 'evidence'));
  writeFileSync(join(root, 'evidence', 'card.md'), '# A model\n');
  writeFileSync(join(root, 'evidence', 'other.md'), 'Other.\n');
  station = open();
  people.ada = (await newKeyFile(station.context, 'Ada', '', join(root, 'Ada.pem'), passphrase)).id;
  people.bob = (await newKeyFile(station.context, 'Bob', '', join(root, 'Bob.pem'), passphrase)).id;
  await call(station.router.identity.choose, { identityId: people.bob }, ask());
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

async function newCase(name: string): Promise<number> {
  const { id: caseId } = await call(station.router.cases.create, { name }, ask());
  for await (const _ of await call(station.router.sources.import, { caseId, token: join(root, 'evidence') }, ask()));
  return caseId;
}
const given = (caseId: number, identityId = people.ada) => ({
  caseId,
  role: 'reviewer' as const,
  decision: 'approve' as const,
  rationale: 'Read.',
  secondSigner: null,
  identityId,
});
const statement = (what: ReturnType<typeof given>) => call(station.router.signOff.statement, what, ask());
const sign = (what: ReturnType<typeof given>, digest: string) =>
  call(station.router.signOff.sign, { ...what, digest, passphrase }, ask());
async function openFile(caseId: number, path: string): Promise<void> {
  const [{ id: importId } = { id: 0 }] = (await call(station.router.cases.get, { caseId }, ask())).imports;
  const file = await call(station.router.evidence.fileAt, { importId, path }, ask());
  await call(station.router.evidence.file, { importId, fileId: file?.id ?? 0 }, ask());
}

it('what is shown is signed byte for byte, by whom it names, whatever else was done meanwhile', async () => {
  const caseId = await newCase('shown');
  const shown = await statement(given(caseId));
  expect(shown.digest).toBe(`sha256:${sha256Hex(shown.json)}`);
  const report = Report.parse(JSON.parse(shown.json));
  expect(report.signers.map(({ name }) => name)).toEqual(['Ada', '']);
  expect(report.journal).toMatchObject({ size: station.context.store.size });
  expect((await statement(given(caseId))).digest).toBe(shown.digest);
  await newCase('another, meanwhile');
  expect((await statement(given(caseId))).digest).toBe(shown.digest);
  const signed = await sign(given(caseId), shown.digest);
  expect([signed.statementDigest, signed.frozenAt]).toEqual([shown.digest, report.frozenAt]);
  await call(station.router.signOff.export, { caseId, signOffId: null, into: root, name: 'package' }, ask());
  expect(readFileSync(join(root, 'package', 'report.json'), 'utf8')).toBe(shown.json);
  const checked = checkReport(join(root, 'package'), { entries: [] }, null);
  expect(checked.checks.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  const second = await call(
    station.router.signOff.statement,
    { ...given(caseId, people.bob), role: 'approver' as const },
    ask(),
  );
  expect(second).toMatchObject({ digest: shown.digest, json: shown.json, frozen: true });
});

it('nothing is signed that was not shown', async () => {
  const caseId = await newCase('not shown');
  const shown = await statement(given(caseId));
  const refused = { code: 'conflict', data: { next: 'Read the statement again.' } };
  for (const [what, digest] of [
    [given(caseId), `sha256:${'0'.repeat(64)}`],
    [given(caseId, people.bob), shown.digest],
    [{ ...given(caseId), rationale: 'Other.' }, shown.digest],
  ] as const)
    await expect(sign(what, digest)).rejects.toMatchObject(refused);
  await openFile(caseId, 'card.md');
  await expect(sign(given(caseId), shown.digest)).rejects.toMatchObject(refused);
  const again = await statement(given(caseId));
  expect(again.digest).not.toBe(shown.digest);
  // A statement of before the program was last started is no longer known.
  station.close();
  station = open();
  await expect(sign(given(caseId), again.digest)).rejects.toMatchObject(refused);
  const last = await statement(given(caseId));
  expect((await sign(given(caseId), last.digest)).statementDigest).toBe(last.digest);
});

it('what was signed by both is not what is signed anew', async () => {
  const caseId = await newCase('twice');
  const shown = await statement(given(caseId));
  await sign(given(caseId), shown.digest);
  await sign({ ...given(caseId, people.bob), role: 'approver' as 'reviewer' }, shown.digest);
  const anew = await statement(given(caseId));
  expect(anew.frozen).toBe(false);
  expect(JSON.parse(anew.json).id).not.toBe(JSON.parse(shown.json).id);
  await expect(sign(given(caseId), shown.digest)).rejects.toMatchObject({ code: 'conflict' });
  expect((await sign(given(caseId), anew.digest)).number).toBe(2);
});
