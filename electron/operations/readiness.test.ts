import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { trustEntries } from '../store/people.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';
import { glance } from './glance.ts';
import { importSource } from './import-source.ts';
import { basisOf } from './sign-off-state.ts';

let root = '';
let folder = '';
let station: Workstation;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-readiness-'));
  folder = join(root, 'evidence');
  mkdirSync(folder);
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
const ask = () => ({ context: station.context });
const idle = new AbortController().signal;
const gate = async (caseId: number) =>
  (await call(station.router.signOff.readiness, { caseId, role: 'reviewer' }, ask())).gates.find(
    ({ id }) => id === 'verified',
  );

it('what was seen to have changed is verified again before anybody approves of it', async () => {
  writeFileSync(join(folder, 'a.txt'), 'a\n');
  writeFileSync(join(folder, 'SHA256SUMS'), `${sha256Hex('a\n')}  a.txt\n`);
  const { id } = await call(station.router.cases.create, { name: 'c', model: '', riskTier: 'high' }, ask());
  const { row } = await importSource(station.context, id, folder, () => {}, idle);
  expect(await gate(id)).toMatchObject({ holds: true });
  const basis = basisOf(station.context, id);
  writeFileSync(join(folder, 'a.txt'), 'another\n');
  expect(await glance(station.context, row.id, idle)).toMatchObject({ state: 'changed' });
  expect(await gate(id)).toMatchObject({ holds: false, detail: expect.stringContaining(folder) });
  expect(basisOf(station.context, id)).not.toBe(basis);
  await importSource(station.context, id, folder, () => {}, idle);
  expect(await gate(id)).toMatchObject({ holds: true });
  writeFileSync(join(folder, 'a.txt'), 'another\n');
  expect(await glance(station.context, row.id + 1, idle)).toMatchObject({ state: 'changed' });
  expect(await gate(id)).toMatchObject({ holds: false });
  const again = await importSource(station.context, id, folder, () => {}, idle);
  expect([again.same, (await gate(id))?.holds]).toEqual([true, true]);
});

it('verdicts that rest on a key that is trusted no longer are found anew before anybody approves of them', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const list = `${sha256Hex('a\n')}  a.txt\n`;
  writeFileSync(join(folder, 'a.txt'), 'a\n');
  writeFileSync(join(folder, 'SHA256SUMS'), list);
  writeFileSync(join(folder, 'SHA256SUMS.sig'), sign('sha256', Buffer.from(list), privateKey));
  const key = join(root, 'vendor.pem');
  writeFileSync(key, publicKey.export({ type: 'spki', format: 'pem' }));
  const { entries } = await call(station.router.trust.preview, { token: key }, ask());
  await call(station.router.trust.add, { token: key, fingerprints: entries.map((each) => each.fingerprint) }, ask());
  const { id } = await call(station.router.cases.create, { name: 'c', model: '', riskTier: 'high' }, ask());
  const { row } = await importSource(station.context, id, folder, () => {}, idle);
  expect([row.aspects.origin.verdict, (await gate(id))?.holds]).toEqual(['pass', true]);
  const [entry] = station.context.store.read(trustEntries);
  await call(station.router.trust.remove, { id: entry?.id ?? '' }, ask());
  expect(await gate(id)).toMatchObject({ holds: false, detail: expect.stringContaining('whom you trust') });
  const { row: later, same } = await importSource(station.context, id, folder, () => {}, idle);
  expect([same, later.aspects.origin.verdict, (await gate(id))?.holds]).toEqual([false, 'undecided', true]);
});
