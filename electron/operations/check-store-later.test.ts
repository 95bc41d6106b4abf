import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { openWorkstation } from '../workstation.ts';

const host = testHost();
let root = '';
let storeFile = '';
const said: string[] = [];
const open = (hasWindow: boolean) =>
  openWorkstation({
    storeFile,
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host,
    hasWindow,
    log: (text) => void said.push(text),
  });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-large-'));
  storeFile = join(root, 'store', 'store.db');
  const station = open(false);
  station.context.store.load((db) =>
    db.run('insert into kept (digest, bytes) values (?, ?)', 'sha256:00', Buffer.alloc(70 * 2 ** 20, 1)),
  );
  station.close();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The links between the pages of the large document, overwritten as a failing disk does. */
function damage(): void {
  const fd = openSync(storeFile, 'r+');
  writeSync(fd, Buffer.alloc(65_536, 0xff), 0, 65_536, Math.floor(statSync(storeFile).size / 2 / 65_536) * 65_536);
  closeSync(fd);
}

it('a large store that was closed well opens at once, and is looked through while it is open', async () => {
  damage();
  const station = open(true);
  expect(station.context.store.health.state).toBe('checking');
  await expect.poll(() => station.context.store.health.state, { timeout: 20_000 }).toBe('damaged');
  expect(said.join('\n')).toContain('its pages do not fit together');
  await expect(call(station.router.cases.create, { name: 'Case' }, { context: station.context })).rejects.toThrow();
  station.close();
});

it('without a window it is looked through before anything is done', () => {
  damage();
  expect(() => open(false)).toThrow(/damaged/);
});

it('after an end that was none of its own it is looked through first, window or not', () => {
  writeFileSync(`${storeFile}.open`, '');
  damage();
  expect(() => open(true)).toThrow(/damaged/);
});

it('sound, it stays writable', async () => {
  const station = open(true);
  expect(station.context.store.health).toMatchObject({ state: 'checking', mayWrite: true });
  await call(station.router.cases.create, { name: 'Case' }, { context: station.context });
  await station.context.store.checks.whenDone();
  expect(station.context.store.health.state).toBe('sound');
  station.close();
});
