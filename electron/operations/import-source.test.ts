import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { call } from '@orpc/server';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import type { ImportRow } from '../../shared/case.ts';
import { Failure } from '../../shared/failure.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';

const host = testHost();
const story = resolve('../shared/evidence/triage/good');
let root = '';
let source = '';
let storeFile = '';
let station: Workstation;
let caseId = 0;
const ask = (signal?: AbortSignal) => ({ context: station.context, ...(signal === undefined ? {} : { signal }) });
const open = () =>
  openWorkstation({ storeFile, anchors: join(root, 'anchors'), resources: resolve('resources'), host });
/** What an import comes to, with what was said on the way. */
async function take(path: string, signal?: AbortSignal): Promise<{ row: ImportRow; same: boolean; doing: string[] }> {
  const doing: string[] = [];
  for await (const event of await call(station.router.sources.import, { caseId, token: path }, ask(signal))) {
    if (event.progress !== undefined) doing.push(event.progress.doing);
    if (event.done !== undefined) return { row: event.done, same: event.same ?? false, doing };
  }
  throw new Error('the stream ended without an outcome');
}
const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'not refused',
    (error: { code?: string }) => error.code ?? String(error),
  );
const acts = () =>
  station.context.store
    .lines()
    .map((line) => JSON.parse(line) as { action: string; subject: string; detail: Record<string, unknown> });
/** Rows of every table that an import writes, read past the application. */
function rows(): Record<string, number> {
  const db = new Database(storeFile, { readonly: true });
  const count = (table: string) => db.prepare(`select count(*) from ${table}`).pluck().get() as number;
  const found = Object.fromEntries(
    [
      'import',
      'folder',
      'file',
      'listing_item',
      'fact',
      'evidence_check',
      'pass_count',
      'more_digest',
      'signature_outcome',
      'kept',
      'kept_by',
      'ledger',
      'ledger_entry',
      'node',
      'edge',
      'searchable',
    ].map((table) => [table, count(table)]),
  );
  const indexed = db
    .prepare("select count(*) from search where search match 'a* OR m* OR s* OR r* OR 1*'")
    .pluck()
    .get() as number;
  db.close();
  return { ...found, indexed };
}
const staging = () => readdirSync(`${storeFile}.staging`);

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'assay-import-'));
  storeFile = join(root, 'store', 'assay.db');
  source = join(root, 'source');
  mkdirSync(join(source, 'docs'), { recursive: true });
  writeFileSync(join(source, 'docs', 'card.json'), '{"name":"m"}');
  writeFileSync(join(source, 'weights.bin'), Buffer.alloc(70_000, 7));
  writeFileSync(join(source, 'log.txt'), 'one\ntwo\n');
  station = open();
  caseId = (
    await call(
      station.router.cases.create,
      { name: 'Case', model: '', purpose: '', riskTier: 'high', playbook: '' },
      ask(),
    )
  ).id;
});
afterEach(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

describe('real evidence', () => {
  it.skipIf(!existsSync(story))(
    'is imported, found again as the same, and read from the store when it is gone (skipped where the story is not here)',
    async () => {
      cpSync(story, join(root, 'triage'), { recursive: true });
      const trust = resolve('../shared/evidence/triage/trust');
      const preview = await call(station.router.trust.preview, { token: trust }, ask());
      await call(
        station.router.trust.add,
        { token: trust, fingerprints: preview.entries.map(({ fingerprint }) => fingerprint) },
        ask(),
      );
      const first = await take(join(root, 'triage'));
      expect([first.same, ['pass', 'warn'].includes(first.row.verdict)]).toEqual([false, true]);
      expect(first.doing.at(-1)).toBe('Storing');
      const before = rows();
      expect(await take(join(root, 'triage'))).toMatchObject({ same: true, row: { id: first.row.id } });
      expect(rows()).toEqual(before);
      expect(acts().at(-1)).toMatchObject({ action: 'source.verified', detail: { same: true } });

      const importId = first.row.id;
      const { rows: files, total } = await call(
        station.router.evidence.files,
        { importId, filter: {}, sort: 'path', descending: false, after: null, limit: 500 },
        ask(),
      );
      expect([files.length, total]).toEqual([first.row.source.files, first.row.source.files]);
      const folders = await call(station.router.evidence.folders, { importId, parent: null }, ask());
      expect(folders).toMatchObject([{ path: '', files: total, hasFolders: true }]);
      const listed = files.find(({ claims }) => claims > 0);
      const detail = await call(station.router.evidence.file, { importId, fileId: listed?.id ?? 0 }, ask());
      expect(detail.stated.length).toBeGreaterThan(0);
      expect(detail.stated.every(({ holds }) => holds)).toBe(true);
      const ledgers = await call(station.router.ledgers.list, { importId }, ask());
      expect(ledgers.map(({ isAnchored, breaks }) => [isAnchored, breaks])).toEqual([[true, []]]);
      const entry = await call(station.router.ledgers.entry, { ledgerId: ledgers[0]?.id ?? 0, entry: 2 }, ask());
      expect([entry.computed, entry.previousClaimed]).toEqual([entry.claimed, entry.previousActual]);

      rmSync(join(root, 'triage'), { recursive: true });
      expect(await call(station.router.sources.isPresent, { importId }, ask())).toMatchObject({ present: false });
      const readme = files.find(({ path }) => path === 'README.md');
      expect(
        await call(
          station.router.evidence.content,
          { importId, fileId: readme?.id ?? 0, view: 'auto', from: 0, limit: 5 },
          ask(),
        ),
      ).toMatchObject({ view: 'text' });
      const found = await call(station.router.search.find, { caseId, text: 'readme' }, ask());
      expect(found.some(({ kind, title }) => kind === 'file' && title.includes('README.md'))).toBe(true);
      expect(await refusal(take(join(root, 'triage')))).toBe('unreadable');
    },
    60_000,
  );
});

describe('an import', () => {
  it('of a source that changed is a second one, which says what is added, removed and changed', async () => {
    const first = await take(source);
    appendFileSync(join(source, 'log.txt'), 'three\n');
    unlinkSync(join(source, 'docs', 'card.json'));
    writeFileSync(join(source, 'new.txt'), 'new');
    const second = await take(source);
    expect(second).toMatchObject({
      same: false,
      row: { number: 2, isLatest: true, changes: { added: 1, removed: 1, changed: 1 } },
    });
    const { rows: changes } = await call(
      station.router.sources.changes,
      { importId: second.row.id, after: null, limit: 10 },
      ask(),
    );
    expect(changes.map(({ path, change }) => [path, change])).toEqual([
      ['docs/card.json', 'removed'],
      ['log.txt', 'changed'],
      ['new.txt', 'added'],
    ]);
    const detail = await call(station.router.cases.get, { caseId }, ask());
    expect(detail.imports.map(({ id, isLatest }) => [id, isLatest])).toEqual([
      [second.row.id, true],
      [first.row.id, false],
    ]);
    expect(detail.files).toBe(3);
  });

  it('verified again says what changed, or that nothing did', async () => {
    const { row } = await take(source);
    const again = async () => {
      for await (const event of await call(station.router.sources.verifyAgain, { caseId, importId: row.id }, ask()))
        if (event.done !== undefined) return event.done;
      return null;
    };
    expect(await again()).toMatchObject({ changed: false, import: { id: row.id } });
    appendFileSync(join(source, 'log.txt'), 'x');
    expect(await again()).toMatchObject({
      changed: true,
      import: { number: 2 },
      message: expect.stringContaining('1 changed'),
    });
  });

  it('that is cancelled leaves the case as it was, within a second, and the next one works', async () => {
    for (let i = 0; i < 250; i++)
      writeFileSync(join(source, `${i}.json`), JSON.stringify({ i, text: 'x'.repeat(2_000) }));
    const before = rows();
    for (const wait of [0, 60, 150, 300]) {
      const stop = new AbortController();
      const work = refusal(take(source, stop.signal));
      await new Promise((resume) => setTimeout(resume, wait));
      const asked = performance.now();
      stop.abort();
      const outcome = await work;
      if (outcome === 'not refused') break;
      expect(outcome).toBe('cancelled');
      expect(performance.now() - asked).toBeLessThan(1_000);
      expect([rows(), staging()]).toEqual([before, []]);
      expect(acts().at(-1)?.action).toBe('source.cancelled');
    }
    expect((await take(source)).row).toMatchObject({ number: 1, source: { files: 253 } });
  });

  it('that the person leaves is cancelled too', async () => {
    for (let i = 0; i < 200; i++) writeFileSync(join(source, `${i}.json`), '{}');
    for await (const _ of await call(station.router.sources.import, { caseId, token: source }, ask())) break;
    expect(acts().at(-1)?.action).toBe('source.cancelled');
    expect(rows()['import']).toBe(0);
  });

  it('of a damaged archive, or of nothing, is refused, journalled, and leaves nothing', async () => {
    const good = resolve('resources/sample/good.tar.gz');
    const cut = join(root, 'cut.tar.gz');
    cpSync(good, cut);
    truncateSync(cut, 2_000);
    const before = rows();
    for (const [path, code] of [
      [cut, 'refused'],
      [join(root, 'nowhere'), 'unreadable'],
    ] as const) {
      expect([path, await refusal(take(path))]).toEqual([path, code]);
      expect([rows(), staging()]).toEqual([before, []]);
      expect(acts().at(-1)).toMatchObject({ action: 'source.refused', subject: path, detail: { code } });
    }
    expect((await take(source)).row.number).toBe(1);
  });

  it('two at once both come whole', async () => {
    const other = join(root, 'other');
    cpSync(source, other, { recursive: true });
    const [a, b] = await Promise.all([take(source), take(other)]);
    expect(new Set([a.row.number, b.row.number])).toEqual(new Set([1, 2]));
    expect(rows()).toMatchObject({ import: 2, file: 6 });
    const text = await call(
      station.router.evidence.files,
      { importId: b.row.id, filter: { path: 'log' }, sort: 'state', descending: true, after: null, limit: 5 },
      ask(),
    );
    expect(text.rows).toMatchObject([{ path: 'log.txt' }]);
  });

  /** A program that imports into the store, in a file of its own: the thread that reads is started from there. */
  function importer(then: string): string {
    const module = (path: string) => JSON.stringify(pathToFileURL(resolve(path)).href);
    const place = join(root, 'import.mjs');
    writeFileSync(
      place,
      `const { openWorkstation } = await import(${module('electron/workstation.ts')});
       const { importSource } = await import(${module('electron/operations/import-source.ts')});
       const station = openWorkstation({ storeFile: ${JSON.stringify(storeFile)}, anchors: ${JSON.stringify(join(root, 'anchors'))}, resources: '', host: {}, log: () => {} });
       await importSource(station.context, ${caseId}, ${JSON.stringify(source)}, ({ doing }) => process.stdout.write(doing + '\\n'), new AbortController().signal)${then};`,
    );
    return place;
  }

  it.each(['Hashing', 'Storing'])('cut short by kill -9 while %s leaves nothing at the next opening', async (stage) => {
    // Enough that storing them outlasts the moment in which this process learns of it, on a busy machine too.
    const many = 5_000;
    for (let i = 0; i < many; i++) writeFileSync(join(source, `${i}.json`), JSON.stringify({ i }));
    const before = rows();
    station.close();
    const child = spawn(process.execPath, [importer('.then(() => process.stdout.write("whole"))')]);
    const gone = new Promise((resume) => child.once('exit', resume));
    let said = '';
    await new Promise<void>((resume) => {
      child.stdout.on('data', (data: Buffer) => {
        said += data.toString();
        if (stage === 'Hashing') setTimeout(resume, 30);
        else if (said.includes('Storing')) resume();
      });
      child.once('exit', () => resume());
    });
    child.kill('SIGKILL');
    await gone;
    expect(said).not.toContain('whole');
    const left = rows();
    if (stage === 'Storing') expect(left['import']).toBe(1);
    station = open();
    expect([rows(), staging(), station.context.store.health.state]).toEqual([before, [], 'sound']);
    expect((await take(source)).row.source.files).toBe(many + 3);
  });

  it('on a full disk is refused in words, and nothing of it stays', async () => {
    station.close();
    for (let i = 0; i < 120; i++) writeFileSync(join(source, `${i}.txt`), `${i} `.repeat(4_000));
    // The limit on the size of a file stands in for the disk: a write beyond it fails as on a full one.
    const program = importer('.catch((error) => console.log(error.code, error.parts?.what))');
    const child = spawn('sh', ['-c', 'ulimit -f 900; exec "$0" "$1"', process.execPath, program]);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        said += data.toString();
      });
    await new Promise((resume) => child.once('exit', resume));
    station = open();
    expect(said).toContain('disk-full The disk of the store is full');
    expect(station.context.store.health.state).toBe('sound');
    expect(rows()).toMatchObject({ import: 0, file: 0, kept: 0, searchable: 0 });
    expect((await take(source)).row.source.files).toBe(123);
  });
});

it('a bug is logged with an id, and the caller sees only that', async () => {
  const logged: string[] = [];
  const context = {
    ...station.context,
    log: (text: string) => logged.push(text),
    host: {
      ...host,
      path: () => {
        throw new TypeError('secret of ours');
      },
    },
  };
  const error = await (async () => {
    for await (const _ of await call(station.router.sources.import, { caseId, token: 'x' }, { context }));
  })().catch((caught: unknown) => caught);
  expect(error).not.toBeInstanceOf(Failure);
  expect(String(error)).not.toContain('secret');
  expect(logged.join()).toContain('secret of ours');
});
