import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import type { ImportRow } from '../../shared/case.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';

/** Enough that several threads read, and a list of them is read while they do. */
const many = 4_200;
let root = '';
let station: Workstation;
let importId = 0;
const ask = () => ({ context: station.context });
const contentOf = (i: number) => `file ${i}\n`;
const name = (i: number) => `data/${String(i).padStart(5, '0')}.txt`;
const hex = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');

async function take(): Promise<{ row: ImportRow; same: boolean }> {
  const { id: caseId } = (await call(station.router.cases.list, {}, ask()))[0] ?? { id: 0 };
  for await (const event of await call(station.router.sources.import, { caseId, token: join(root, 'source') }, ask()))
    if (event.done !== undefined) return { row: event.done, same: event.same ?? false };
  throw new Error('the stream ended without an outcome');
}
const fileAt = async (path: string) => {
  const row = await call(station.router.evidence.fileAt, { importId, path }, ask());
  return call(station.router.evidence.file, { importId, fileId: row?.id ?? 0 }, ask());
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'assay-lists-'));
  mkdirSync(join(root, 'source', 'data'), { recursive: true });
  for (let i = 0; i < many; i += 1) writeFileSync(join(root, 'source', name(i)), contentOf(i === 7 ? -7 : i));
  // In no order of names, and with one that is not here between others.
  const listed = [many, ...Array.from({ length: many }, (_, i) => many - 1 - i)];
  const list = listed.map((i) => `${hex('sha256', contentOf(i))}  ${name(i)}\n`).join('');
  writeFileSync(join(root, 'source', 'SHA256SUMS'), `# of a release\n${list}`);
  writeFileSync(join(root, 'source', 'MD5SUMS'), `${hex('md5', contentOf(3))}  ${name(3)}\n`);
  station = openWorkstation({
    storeFile: join(root, 'store.db'),
    anchors: join(root, 'anchors'),
    resources: '',
    host: testHost(),
  });
  await call(
    station.router.cases.create,
    { name: 'Case', model: '', purpose: '', riskTier: 'high', playbook: '' },
    ask(),
  );
  importId = (await take()).row.id;
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

describe('lists over many files', () => {
  it('give each file its state, also where it is not here', async () => {
    const { states } = await call(station.router.evidence.facets, { importId }, ask());
    const counts = Object.fromEntries(states.map(({ state, count }) => [state, count]));
    expect(counts).toEqual({ mismatch: 1, missing: 1, match: many - 1, unclaimed: 2 });
    expect(await fileAt(name(many))).toMatchObject({ path: name(many), state: 'missing', stated: [{ holds: false }] });
  });

  it('are shown at each file with the line and the digest that they state', async () => {
    expect((await fileAt(name(3))).stated).toEqual([
      expect.objectContaining({ listing: 'MD5SUMS', expected: `md5:${hex('md5', contentOf(3))}`, holds: true }),
      expect.objectContaining({
        listing: 'SHA256SUMS',
        place: { path: 'SHA256SUMS', line: many + 2 - 3 },
        expected: `sha256:${hex('sha256', contentOf(3))}`,
        actual: `sha256:${hex('sha256', contentOf(3))}`,
        holds: true,
      }),
    ]);
    expect((await fileAt(name(7))).stated).toMatchObject([
      {
        place: { path: 'SHA256SUMS', line: many + 2 - 7 },
        expected: `sha256:${hex('sha256', contentOf(7))}`,
        actual: `sha256:${hex('sha256', contentOf(-7))}`,
        holds: false,
      },
    ]);
  });

  it('are in the order of paths, page by page', async () => {
    const paths: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: { rows: { path: string }[]; cursor: string | null } = await call(
        station.router.evidence.files,
        { importId, filter: {}, sort: 'path', descending: false, after, limit: 500 },
        ask(),
      );
      paths.push(...page.rows.map(({ path }) => path));
      if (page.cursor === null) break;
      after = page.cursor;
    }
    expect(paths).toEqual(['MD5SUMS', 'SHA256SUMS', ...Array.from({ length: many + 1 }, (_, i) => name(i))]);
  });

  it('are found by the search, each file once, missing ones too', async () => {
    const [detail] = await call(station.router.cases.list, {}, ask());
    for (const path of [name(12), name(many)]) {
      const word = path.slice(path.lastIndexOf('/') + 1).replace('.txt', '');
      const found = await call(station.router.search.find, { caseId: detail?.id ?? 0, text: word }, ask());
      expect(found.filter(({ kind }) => kind === 'file').map(({ title }) => title)).toEqual([
        expect.stringContaining(word),
      ]);
    }
  });

  it('are the same when nothing changed', async () => {
    expect(await take()).toMatchObject({ same: true, row: { id: importId } });
  });
});
