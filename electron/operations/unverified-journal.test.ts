import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import type { Failure } from '../../shared/failure.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';
import { newKeyFile } from './key-files.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-unverified-'));
const storeFile = join(root, 'store', 'store.db');
const passphrase = 'correct horse';
const said: string[] = [];
const open = () =>
  openWorkstation({
    storeFile,
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host: testHost(),
    hasWindow: true,
    manyActs: 5,
    log: (text) => void said.push(text),
  });
const given = (identityId: number) => ({
  caseId: 1,
  role: 'reviewer' as const,
  decision: 'reject' as const,
  rationale: 'As said.',
  secondSigner: null,
  identityId,
});
async function sign({ router, context }: Workstation) {
  const [{ id } = { id: 0 }] = await call(router.identity.list, undefined, { context });
  const { digest } = await call(router.signOff.statement, given(id), { context });
  return await call(router.signOff.sign, { ...given(id), digest, passphrase }, { context });
}
const exported = ({ router, context }: Workstation, name: string) =>
  call(router.signOff.export, { caseId: 1, signOffId: null, into: root, name }, { context });
const acts = ({ context }: Workstation) => context.store.size;

beforeAll(async () => {
  mkdirSync(join(root, 'evidence'));
  writeFileSync(join(root, 'evidence', 'a.txt'), 'alpha\n');
  const station = open();
  const { router, context } = station;
  await call(router.cases.create, { name: 'Case' }, { context });
  for await (const _ of await call(router.sources.import, { caseId: 1, token: join(root, 'evidence') }, { context }));
  const { id } = await newKeyFile(context, 'Ada', '', join(root, 'Ada.pem'), passphrase);
  await call(router.identity.choose, { identityId: id }, { context });
  for (const name of ['Two', 'Three', 'Four']) await call(router.cases.create, { name }, { context });
  station.close();
});
beforeEach(() => void said.splice(0));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('signing and exporting wait until the journal is verified, and everything else goes on meanwhile', async () => {
  const station = open();
  const { router, context } = station;
  expect(context.store.health.state).toBe('checking');
  expect((await call(router.journal.state, undefined, { context })).health.message).toContain('Not verified yet');
  const { gates } = await call(router.signOff.readiness, { caseId: 1 }, { context });
  expect(gates.find(({ id }) => id === 'journal-anchored')).toMatchObject({
    holds: false,
    detail: 'it is still being verified since the store was opened',
  });
  const before = acts(station);
  await call(router.cases.create, { name: 'Meanwhile' }, { context });
  expect([acts(station), context.store.health.state]).toEqual([before + 1, 'checking']);
  expect((await sign(station)).state).toBe('in-progress');
  expect(context.store.health.state).toBe('sound');
  await exported(station, 'whole');
  expect(existsSync(join(root, 'whole', 'report.json'))).toBe(true);
  station.close();
});

it('where an entry was changed between closing and opening, nothing is signed or exported, and it is said as had it been found at once', async () => {
  const before = readFileSync(storeFile);
  const db = new Database(storeFile);
  const [guard] = db.prepare("select sql from sqlite_schema where name = 'journal_no_update'").pluck().all();
  db.exec(
    `drop trigger journal_no_update; update journal set line = replace(line, '"Three"', '"Drei"') where line like '%"Three"%'; ${guard}`,
  );
  db.close();
  expect(readFileSync(storeFile).equals(before)).toBe(false);
  const station = open();
  const { router, context } = station;
  expect(context.store.health.state).toBe('checking');
  const refusals = await Promise.allSettled([sign(station), exported(station, 'forged')]);
  expect(refusals.map((each) => each.status === 'rejected' && (each.reason as Failure).code)).toEqual([
    'read-only',
    'read-only',
  ]);
  expect(existsSync(join(root, 'forged'))).toBe(false);
  const { health } = await call(router.journal.state, undefined, { context });
  expect(health).toMatchObject({ state: 'changed-outside', mayWrite: false });
  expect(health.message).toMatch(/entry \d+ of the journal does not have the hash that it claims/);
  expect(said.join('\n')).toContain(health.message);
  const size = acts(station);
  await expect(call(router.cases.create, { name: 'More' }, { context })).rejects.toMatchObject({ code: 'read-only' });
  expect(acts(station)).toBe(size);
  station.close();
  const again = open();
  expect(again.context.store.health).toMatchObject({ state: 'changed-outside', mayWrite: false });
  again.close();
});
