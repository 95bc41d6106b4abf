import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';

const host = testHost();
let root = '';
let source = '';
let station: Workstation;
const ask = () => ({ context: station.context });

async function imported(): Promise<number> {
  const { id: caseId } = await call(station.router.cases.create, { name: 'Case' }, ask());
  for await (const event of await call(station.router.sources.import, { caseId, token: source }, ask()))
    if (event.done !== undefined) return event.done.id;
  throw new Error('the stream ended without an outcome');
}
const look = (importId: number) => call(station.router.sources.glance, { importId }, ask());

describe('a look whether a source changed', () => {
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'assay-glance-'));
    source = join(root, 'source');
    mkdirSync(join(source, 'sub'), { recursive: true });
    writeFileSync(join(source, 'a.txt'), 'one');
    writeFileSync(join(source, 'sub', 'b.txt'), 'two');
    station = openWorkstation({
      storeFile: join(root, 'store', 'store.db'),
      anchors: join(root, 'anchors'),
      resources: resolve('resources'),
      host,
    });
  });
  afterEach(() => {
    station.close();
    rmSync(root, { recursive: true, force: true });
  });

  it('finds nothing where nothing happened, says that nothing was read, and is journalled as such', async () => {
    const id = await imported();
    const found = await look(id);
    expect(found).toMatchObject({ state: 'unchanged' });
    expect(found.message).toMatch(/were not read again/);
    const last = JSON.parse(station.context.store.lines().at(-1) ?? '{}');
    expect(last).toMatchObject({ action: 'source.glanced', detail: { state: 'unchanged', read: false } });
  });

  it.each([
    ['tar', ['-cf']],
    ['tar.gz', ['-czf']],
  ])('knows an archive again by its own signs: %s', async (ending, [how = '']) => {
    const archive = `${source}.${ending}`;
    execFileSync('tar', [how, archive, '-C', source, '.']);
    source = archive;
    const id = await imported();
    expect(await look(id)).toMatchObject({ state: 'unchanged' });
    utimesSync(archive, 1, 1);
    expect(await look(id)).toMatchObject({ state: 'changed' });
  });

  it.each([
    ['a file that grew', () => appendFileSync(join(source, 'a.txt'), '!')],
    ['a new file', () => writeFileSync(join(source, 'sub', 'c.txt'), '')],
    ['a file that is gone', () => rmSync(join(source, 'sub', 'b.txt'))],
    [
      'other bytes of the same length, with the times set back',
      () => {
        const { atime, mtime } = statSync(join(source, 'a.txt'));
        writeFileSync(join(source, 'a.txt'), 'eno');
        utimesSync(join(source, 'a.txt'), atime, mtime);
      },
    ],
    [
      'the same bytes in another file',
      () => {
        const bytes = readFileSync(join(source, 'a.txt'));
        rmSync(join(source, 'a.txt'));
        writeFileSync(join(source, 'other'), '');
        writeFileSync(join(source, 'a.txt'), bytes);
        rmSync(join(source, 'other'));
      },
    ],
  ])('sees %s', async (_what, change) => {
    const id = await imported();
    change();
    expect(await look(id)).toMatchObject({ state: 'changed', message: expect.stringContaining('Verify again') });
  });

  it('sees that the source is gone', async () => {
    const id = await imported();
    rmSync(source, { recursive: true });
    expect(await look(id)).toMatchObject({ state: 'gone', message: expect.stringContaining('nothing is there') });
  });
});
