import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAssay } from '../../e2e/testkit/run-assay.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-importing-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const env = { ASSAY_STORE: join(root, 'store', 'assay.db'), ASSAY_ANCHORS: join(root, 'anchors') };
const assay = (...args: string[]) => runAssay(args, { cwd: root, env });
const listed = async (): Promise<{ id: number; name: string }[]> => {
  const { cases } = JSON.parse((await assay('cases', '--json')).out) as { cases: { id: number; name: string }[] };
  return cases.map(({ id, name }) => ({ id, name }));
};
/** What was done but for opening the store, each with the case that it is of. */
async function acts(): Promise<[action: string, caseId: number | null][]> {
  const out = join(root, 'journal.jsonl');
  rmSync(out, { force: true });
  expect((await assay('journal', 'export', '--out', out)).status).toBe(0);
  return readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { action: string; caseId: number | null })
    .filter(({ action }) => !action.startsWith('store.') && !action.startsWith('journal.'))
    .map(({ action, caseId }) => [action, caseId]);
}
const isImporting = (): boolean => {
  const staging = `${env.ASSAY_STORE}.staging`;
  return existsSync(staging) && readdirSync(staging).some((name) => name.startsWith('import-'));
};
/** The door itself, in a process of its own, stopped while it imports as npm and a terminal stop it: more than once. */
const stopped = (by: 'SIGINT' | 'SIGKILL', wait: number, ...args: string[]) =>
  new Promise<{ status: number | null; signal: string | null; err: string }>((done) => {
    const door = spawn(process.execPath, [resolve('electron/cli.ts'), ...args], {
      cwd: root,
      env: { ...process.env, ...env, INIT_CWD: root },
    });
    let err = '';
    door.stderr.on('data', (data) => {
      err += String(data);
    });
    const looking = setInterval(() => {
      if (!isImporting()) return;
      clearInterval(looking);
      for (const more of [0, 20, 60]) setTimeout(() => door.kill(by), wait + more);
    }, 10);
    door.on('exit', (status, signal) => {
      clearInterval(looking);
      done({ status, signal, err });
    });
  });

beforeAll(() => {
  mkdirSync(join(root, 'evidence'));
  writeFileSync(join(root, 'evidence', 'a.txt'), 'alpha\n');
  mkdirSync(join(root, 'large'));
  for (let i = 0; i < 4_000; i++) writeFileSync(join(root, 'large', `${i}.json`), JSON.stringify({ i, text: 'x' }));
  writeFileSync(join(root, 'cut.tar.gz'), readFileSync(resolve('resources/sample/good.tar.gz')));
  truncateSync(join(root, 'cut.tar.gz'), 2_000);
});

describe('an import that would make its case', () => {
  it('makes none where it is refused, and the journal has the refusal, of no case', async () => {
    const { status, err } = await assay('import', 'cut.tar.gz', '--case', 'New');
    expect([status, err]).toEqual([3, expect.stringContaining('cut.tar.gz')]);
    expect(await listed()).toEqual([]);
    expect(await acts()).toEqual([['source.refused', null]]);
  });

  it('makes none where it is stopped, and says so in five parts', async () => {
    const from = performance.now();
    expect((await assay('import', 'large', '--case', 'Whole')).status).toBe(2);
    const took = performance.now() - from;
    for (const part of [0, 0.4]) {
      const { status, signal, err } = await stopped('SIGINT', took * part, 'import', 'large', '--case', 'New');
      expect([status, signal, err]).toEqual([
        3,
        null,
        `The import was cancelled.\n${join(root, 'large')}\nWhoever began it stopped it, such as with Ctrl+C.\nNothing was imported, and no case was made.\nImport it again.\n`,
      ]);
    }
    expect((await stopped('SIGKILL', took * 0.4, 'import', 'large', '--case', 'New')).signal).toBe('SIGKILL');
    expect(await listed()).toEqual([{ id: 1, name: 'Whole' }]);
    expect((await acts()).slice(1)).toEqual([
      ['case.created', 1],
      ['source.imported', 1],
      ['source.cancelled', null],
      ['source.cancelled', null],
    ]);
  });

  it('makes it with the first of several that is taken in, and of the next number', async () => {
    expect((await assay('import', 'evidence', 'cut.tar.gz', '--case', 'Both')).status).toBe(3);
    expect(await listed()).toEqual([
      { id: 2, name: 'Both' },
      { id: 1, name: 'Whole' },
    ]);
    expect((await acts()).slice(-3)).toEqual([
      ['case.created', 2],
      ['source.imported', 2],
      ['source.refused', 2],
    ]);
    expect((await assay('journal', 'verify')).out).toContain('The journal holds.');
  });
});
