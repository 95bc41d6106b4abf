import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { openWorkstation } from '../workstation.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-settings-'));
const open = () =>
  openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host: testHost(),
  });
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('a change leaves what it does not name as it was, in this run and the next', async () => {
  let station = open();
  const set = (part: object) => call(station.router.settings.set, part, { context: station.context });
  await set({ lockAfterMinutes: 3 });
  await set({ panes: { 'evidence.tree': 301 } });
  await set({ columns: { 'evidence.files': ['digest'] } });
  await set({ theme: 'dark' });
  const last = JSON.parse(station.context.store.lines().at(-1) ?? '') as { action: string; detail: object };
  expect(last).toMatchObject({ action: 'settings.changed', detail: { theme: 'dark' } });
  expect(Object.keys(last.detail)).toEqual(['theme']);
  station.close();
  station = open();
  expect(await call(station.router.settings.get, undefined, { context: station.context })).toEqual({
    theme: 'dark',
    lockAfterMinutes: 3,
    panes: { 'evidence.tree': 301 },
    columns: { 'evidence.files': ['digest'] },
  });
  for (const part of [
    { panes: { x: 1 } },
    { panes: { x: 1e9 } },
    { panes: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, 100])) },
    { columns: { x: 'y' } },
  ])
    await expect(call(station.router.settings.set, part as never, { context: station.context })).rejects.toThrow();
  station.close();
});

it('help begins with the first steps and leaves out no document', async () => {
  const station = open();
  const help = await call(station.router.settings.help, undefined, { context: station.context });
  station.close();
  expect(help[0]?.title).toBe('First steps');
  expect(help.map(({ name }) => name).sort()).toEqual(
    readdirSync(resolve('resources/docs'))
      .filter((name) => name.endsWith('.md'))
      .sort(),
  );
});

it('the size of the store is that of its file and of the log beside it', async () => {
  const station = open();
  const { store, bytes } = await call(station.router.journal.state, undefined, { context: station.context });
  const log = statSync(`${store}-wal`).size;
  expect(log).toBeGreaterThan(0);
  expect(bytes).toBe(statSync(store).size + log);
  station.close();
});
