import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { Store } from './store.ts';

/** kill -9 at any moment: what was acknowledged is there, what was not is there whole or not at all. */
const root = mkdtempSync(join(tmpdir(), 'assay-kill-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const storeModule = pathToFileURL(join(process.cwd(), 'electron/store/store.ts')).href;
const program = (folder: string, round: number) => `
  const { Store } = await import(${JSON.stringify(storeModule)});
  const store = new Store(${JSON.stringify(join(folder, 'assay.db'))}, { anchors: ${JSON.stringify(join(folder, 'anchors'))}, clock: () => new Date(), actor: () => 'Ada' });
  globalThis.kept = store;
  for (let i = 0; ; i++) {
    const name = 'act ${round}.' + i;
    store.commit({ action: 'settings.changed', caseId: null, subject: name }, (db) => db.run('insert into setting (name, value) values (?, ?)', name, 'x'));
    process.stdout.write(name + '\\n');
  }`;

/** Runs a writer and kills it after `wait` ms, counted from its first act or, for `atOnce`, from its start. */
async function killed(folder: string, round: number, wait: number, atOnce: boolean): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(folder, round)]);
  let said = '';
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const first = new Promise((resume) => {
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      resume(null);
    });
  });
  const gone = new Promise((resume) => child.once('exit', resume));
  if (!atOnce) await Promise.race([first, gone]);
  await new Promise((resume) => setTimeout(resume, wait));
  child.kill('SIGKILL');
  await gone;
  expect(errors).toBe('');
  // A last line that was cut short was not yet acknowledged.
  return said.split('\n').slice(0, -1);
}

const opened = (folder: string) =>
  new Store(join(folder, 'assay.db'), {
    anchors: join(folder, 'anchors'),
    clock: () => new Date(),
    actor: () => 'Bob',
  });

it('loses nothing that was acknowledged, in eight kills one after another', async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 8; round++) {
    acknowledged.push(...(await killed(root, round, Math.random() * 120, false)));
    const store = opened(root);
    expect(store.health).toMatchObject({ state: 'sound' });
    expect(store.verifyJournal().holds).toBe(true);
    const rows = store.read((db) => db.all<{ name: string }>('select name from setting')).map(({ name }) => name);
    const entries = store.lines().map((line) => JSON.parse(line) as { action: string; subject: string });
    const acts = entries.filter(({ action }) => action === 'settings.changed').map(({ subject }) => subject);
    expect([...rows].sort()).toEqual([...acts].sort());
    expect(acknowledged.filter((name) => !rows.includes(name))).toEqual([]);
    store.close();
  }
  expect(acknowledged.length).toBeGreaterThan(8);
});

it('killed in its first moments, a store is made at the next opening all the same', async () => {
  for (const wait of [150, 200, 250, 300, 350, 450]) {
    const folder = mkdtempSync(join(root, 'new-'));
    await killed(folder, 0, wait, true);
    const store = opened(folder);
    expect([wait, readdirSync(folder).length > 0, store.health.state]).toEqual([wait, true, 'sound']);
    expect(store.lines()[0]).toContain('"store.created"');
    store.close();
  }
});
