import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';
import { adoptKeyFile, newKeyFile } from './key-files.ts';

let root = '';
let station: Workstation;
let now = 0;
const ask = () => ({ context: station.context });
const open = () =>
  openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    clock: () => new Date(now),
    host: testHost(),
  });
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-identity-'));
  now = Date.parse('2026-11-21T10:00:00Z');
  station = open();
});
afterEach(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});
const passphrase = 'correct horse battery';
const acts = () => station.context.store.lines().map((line) => (JSON.parse(line) as { action: string }).action);
const create = (name = 'Ada') => call(station.router.identity.create, { name, role: 'auditor', passphrase }, ask());

it('a key is made, kept encrypted for its owner alone, and locks when nothing is done', async () => {
  const made = await create();
  expect(made).toMatchObject({ name: 'Ada', isUnlocked: true, isCurrent: true, locksAt: '2026-11-21T10:15:00.000Z' });
  const folder = join(root, 'store', 'keys');
  const [file = ''] = readdirSync(folder);
  expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, file), 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
  now += 15 * 60_000;
  expect(await call(station.router.identity.list, undefined, ask())).toMatchObject([
    { isUnlocked: false, locksAt: null },
  ]);
});

it('a passphrase unlocks, a wrong one is refused and recorded, and neither stands anywhere', async () => {
  const { id: identityId } = await create();
  await call(station.router.identity.lock, { identityId }, ask());
  await expect(
    call(station.router.identity.unlock, { identityId, passphrase: 'wrong horse battery' }, ask()),
  ).rejects.toMatchObject({
    code: 'wrong-passphrase',
    message: expect.stringContaining('The passphrase does not open this key.'),
  });
  expect((await call(station.router.identity.unlock, { identityId, passphrase }, ask())).isUnlocked).toBe(true);
  expect(acts().filter((action) => action.startsWith('identity.'))).toEqual([
    'identity.created',
    'identity.locked',
    'identity.refused',
    'identity.unlocked',
  ]);
  const lines = station.context.store.lines().join('\n');
  station.close();
  for (const name of readdirSync(join(root, 'store'), { recursive: true, withFileTypes: true })) {
    const bytes = name.isFile() ? readFileSync(join(name.parentPath, name.name), 'latin1') : '';
    for (const secret of [passphrase, 'wrong horse']) expect(`${lines}${bytes}`).not.toContain(secret);
  }
  station = open();
});

it('a passphrase is changed: the new one opens, the old one no longer', async () => {
  const { id: identityId } = await create();
  await call(station.router.identity.changePassphrase, { identityId, passphrase, next: 'another passphrase' }, ask());
  await call(station.router.identity.lock, { identityId }, ask());
  await expect(call(station.router.identity.unlock, { identityId, passphrase }, ask())).rejects.toMatchObject({
    code: 'wrong-passphrase',
  });
  expect(
    (await call(station.router.identity.unlock, { identityId, passphrase: 'another passphrase' }, ask())).isUnlocked,
  ).toBe(true);
});

it('a key whose file is gone, or is none, is refused in words', async () => {
  const { id: identityId } = await create();
  const folder = join(root, 'store', 'keys');
  const file = join(folder, readdirSync(folder)[0] ?? '');
  await call(station.router.identity.lock, { identityId }, ask());
  writeFileSync(file, 'nothing');
  await expect(call(station.router.identity.unlock, { identityId, passphrase }, ask())).rejects.toMatchObject({
    code: 'unreadable',
  });
  unlinkSync(file);
  await expect(call(station.router.identity.unlock, { identityId, passphrase }, ask())).rejects.toMatchObject({
    code: 'unreadable',
    message: expect.stringContaining('cannot be read'),
  });
  await expect(call(station.router.identity.unlock, { identityId: 99, passphrase }, ask())).rejects.toMatchObject({
    code: 'not-found',
  });
});

it('a key in a file of her own is found again where it was moved, and by another store', async () => {
  const file = join(root, 'ada.pem');
  const made = await newKeyFile(station.context, 'Ada', 'auditor', file, passphrase);
  await expect(newKeyFile(station.context, 'Ada', 'auditor', file, passphrase)).rejects.toThrow(
    'Something of that name is there.',
  );
  await expect(adoptKeyFile(station.context, file, 'wrong wrong', '')).rejects.toThrow(
    'The passphrase does not open this key.',
  );
  const moved = join(root, 'moved.pem');
  renameSync(file, moved);
  expect(await adoptKeyFile(station.context, moved, passphrase, '')).toMatchObject({ id: made.id, keyFile: moved });
  const other = openWorkstation({
    storeFile: join(root, 'other', 'assay.db'),
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host: station.context.host,
  });
  expect(await adoptKeyFile(other.context, moved, passphrase, 'auditor')).toMatchObject({
    name: 'Ada',
    fingerprint: made.fingerprint,
  });
  other.close();
});
