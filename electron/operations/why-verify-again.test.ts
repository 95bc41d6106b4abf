import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { trustEntries } from '../store/people.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';
import { glance } from './glance.ts';
import { importSource } from './import-source.ts';

let root = '';
let station: Workstation;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-again-'));
  station = openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host: testHost(),
  });
});
afterEach(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});
const idle = new AbortController().signal;

it('says why an import is to be verified again, until it is', async () => {
  const ask = { context: station.context };
  const folder = join(root, 'evidence');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.txt'), 'a\n');
  const key = join(root, 'vendor.pem');
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(key, publicKey.export({ type: 'spki', format: 'pem' }));
  const { id: caseId } = await call(station.router.cases.create, { name: 'c', model: '', riskTier: 'high' }, ask);
  const verify = () => importSource(station.context, caseId, folder, () => {}, idle);
  const why = async () => (await call(station.router.cases.get, { caseId }, ask)).verifyAgain?.map((each) => each.why);
  await verify();
  expect(await why()).toEqual([]);
  const { entries } = await call(station.router.trust.preview, { token: key }, ask);
  const fingerprints = entries.map(({ fingerprint }) => fingerprint);
  await call(station.router.trust.add, { token: key, fingerprints }, ask);
  expect(await why()).toEqual([expect.stringContaining('somebody was added')]);
  // It comes to the same, so that no import is made: what was asked for is done all the same.
  expect((await verify()).same).toBe(true);
  expect(await why()).toEqual([]);
  writeFileSync(join(folder, 'a.txt'), 'another\n');
  const { row } = await verify();
  const [entry] = station.context.store.read(trustEntries);
  await call(station.router.trust.remove, { id: entry?.id ?? '' }, ask);
  expect(await why()).toEqual([expect.stringContaining('somebody is trusted no longer')]);
  await verify();
  expect(await why()).toEqual([]);
  writeFileSync(join(folder, 'b.txt'), 'b\n');
  await glance(station.context, row.id + 1, idle);
  expect(await why()).toEqual([expect.stringContaining('was seen to have changed since import 3')]);
});
