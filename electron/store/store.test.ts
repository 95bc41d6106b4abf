import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../shared/failure.ts';
import { leafHash, rootOf } from '../integrity/merkle.ts';
import { insertCase } from './cases.ts';
import { lookThrough } from './look-through.ts';
import { type Migration, migrations } from './migrations/index.ts';
import { Store } from './store.ts';

let root = '';
let file = '';
const open = (more: { migrations?: readonly Migration[]; mayCheckLater?: boolean; manyActs?: number } = {}) =>
  new Store(file, {
    anchors: join(root, 'anchors'),
    clock: () => new Date('2026-11-21T10:00:00Z'),
    actor: () => 'Ada',
    ...more,
  });
const record = (store: Store, subject: string) =>
  store.commit({ action: 'settings.changed', caseId: null, subject }, (db) =>
    db.run('insert or replace into setting (name, value) values (?, ?)', subject, subject),
  );
/** A store with some acts in it, closed. */
function filled(acts = 12): void {
  const store = open();
  for (let i = 0; i < acts; i++) record(store, `act ${i}`);
  store.close();
}
/** Changes the file as somebody with any SQLite at hand would. */
function edit(sql: string, file_ = file): void {
  const db = new Database(file_);
  db.exec(sql);
  db.close();
}
const anchorOf = () => join(root, 'anchors', readdirSync(join(root, 'anchors'))[0] ?? '');
const refused = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) {
      expect(Object.values(error.parts).every((part) => part !== '')).toBe(true);
      return error.code;
    }
    throw error;
  }
  return 'not refused';
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-store-'));
  file = join(root, 'store', 'assay.db');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a store', () => {
  it('is made for its owner alone, whatever the umask, and is opened again', () => {
    const before = process.umask(0);
    try {
      const store = open();
      record(store, 'one');
      const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
      expect(mode(join(root, 'store'))).toBe('700');
      expect(mode(join(root, 'anchors'))).toBe('700');
      for (const name of readdirSync(join(root, 'store')))
        expect([name, mode(join(root, 'store', name))]).toEqual([name, '600']);
      expect(mode(anchorOf())).toBe('600');
      store.close();
    } finally {
      process.umask(before);
    }
    const again = open();
    expect(again.health.state).toBe('sound');
    expect(again.lines().map((line) => (JSON.parse(line) as { action: string }).action)).toEqual([
      'store.created',
      'store.opened',
      'settings.changed',
      'store.opened',
    ]);
    expect(again.verifyJournal()).toMatchObject({ holds: true, entries: 4, anchors: [{ holds: true, size: 4 }] });
    again.close();
  });

  it('reads on a connection that cannot write', () => {
    const store = open();
    expect(() => store.read((db) => db.all('delete from setting returning name'))).toThrow(/readonly/);
    expect(store.read((db) => Object.keys(db))).toEqual(['all', 'get', 'run', 'count']);
    expect(store.read((db) => db.get('pragma query_only'))).toBeDefined();
    store.close();
  });

  it('holds the change and its entry, or neither', () => {
    const store = open();
    const size = store.size;
    expect(() =>
      store.commit({ action: 'case.created', caseId: null, subject: 'x' }, (db) => {
        insertCase(db, 1, { name: 'x', model: '', purpose: '', riskTier: 'high', playbook: '' }, '');
        throw new Error('half way');
      }),
    ).toThrow('half way');
    expect([store.size, store.lines().length, store.read((db) => db.all('select 1 from review_case')).length]).toEqual([
      size,
      size,
      0,
    ]);
    record(store, 'after');
    expect(store.verifyJournal().holds).toBe(true);
    store.close();
  });

  it('writes lines that are canonical, each with the hash of the one before, and a checkpoint over them', () => {
    filled(3);
    const store = open();
    const lines = store.lines();
    expect(store.verifyJournal()).toMatchObject({ entries: lines.length, firstBad: null, head: store.headHash });
    expect(store.verifiedAt(lines.length)).toEqual({ entries: lines.length, root: rootOf(lines.map(leafHash)) });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      v: 1,
      seq: 1,
      actor: 'Ada',
      prev: '0'.repeat(64),
      time: '2026-11-21T10:00:00.000Z',
    });
    const read = store.key.read(store.checkpoint());
    expect(read).toMatchObject({ size: store.size, head: store.headHash });
    expect(read?.root.equals(store.root())).toBe(true);
    store.close();
  });

  it.each([
    "update journal set line = '{}' where seq = 1",
    'delete from journal where seq = 1',
    'insert or replace into journal (seq, line, hash, prev, action) select seq, line, hash, prev, action from journal where seq = 1',
    'insert into journal (seq, line, hash, prev, action) select 99, line, hash, prev, action from journal where seq = 1',
    'insert into journal (seq, line, hash, prev, action) select max(seq) + 1, line, hash, zeroblob(32), action from journal',
  ])('refuses of its journal: %s', (sql) => {
    const store = open();
    expect(() => store.load((db) => db.run(sql))).toThrow(/append-only/);
    store.close();
  });

  it('is migrated in steps that are recorded, and copied before', () => {
    filled(2);
    const next: Migration = { name: 'next', sql: 'create table later (id integer primary key) strict;' };
    const store = open({ migrations: [...migrations, next] });
    expect(store.read((db) => db.all('select version, name from migration'))).toEqual(
      [...migrations, next].map(({ name }, index) => ({ version: index + 1, name })),
    );
    expect(store.health.state).toBe('sound');
    expect(store.lines().some((line) => line.includes('"store.migrated"'))).toBe(true);
    store.close();
    const [copy] = readdirSync(join(root, 'store')).filter((name) => name.includes(`.version-${migrations.length}.`));
    expect(copy).toBeDefined();
    const old = readFileSync(file);
    expect(refused(open)).toBe('newer-store');
    expect(readFileSync(file).equals(old)).toBe(true);
    const broken: Migration = {
      name: 'broken',
      sql: 'create table half (id integer primary key) strict; create table half (id);',
    };
    expect(() => open({ migrations: [...migrations, next, broken] })).toThrow();
    const after = open({ migrations: [...migrations, next] });
    expect(after.read((db) => db.get("select 1 from sqlite_schema where name = 'half'"))).toBeUndefined();
    after.close();
  });
});

describe('a store of the first version', () => {
  it('keeps what it holds when files are numbered by their paths', () => {
    const first = open({ migrations: migrations.slice(0, 1) });
    first.load((db) => {
      db.run("insert into review_case values (1, 'Case', '', '', '', '', '', '')");
      for (const id of [1, 2])
        db.run("insert into import values (?, 1, ?, 'complete', '/source', '{}', '', '', null)", id, id);
      // In the order in which they came, which is not that of their paths.
      for (const [id, importId, path] of [
        [7, 1, 'b/late'],
        [8, 1, 'a'],
        [9, 2, 'a'],
      ] as const) {
        db.run(
          "insert into file values (?, ?, 1, ?, 5, null, '', 3, 1, 'producer', 4, null, null)",
          id,
          importId,
          path,
        );
        db.run("insert into searchable (import_id, kind, ref, text) values (?, 'file', ?, ?)", importId, id, path);
      }
      db.run("insert into fact values (3, 1, 'listing', 'SUMS', '{}')");
      db.run("insert into listing_item values (1, 'b/late', 3, 0, '{}', '[]')");
      db.run(
        "insert into evidence_check values (5, 1, 'listings', 'content', 4, 'x', 'b/late', null, '', null, null, '', '', 0, 7, x'00')",
      );
    });
    first.close();
    const store = open();
    const all = (sql: string) => store.read((db) => db.all(sql));
    expect(all('select import_id, id, path from file order by import_id, id')).toEqual([
      { import_id: 1, id: 1, path: 'a' },
      { import_id: 1, id: 2, path: 'b/late' },
      { import_id: 2, id: 1, path: 'a' },
    ]);
    expect(all('select file_id from evidence_check')).toEqual([{ file_id: 2 }]);
    expect(all('select file, fact_id from listing_item')).toEqual([{ file: 2, fact_id: 3 }]);
    expect(all('select import_id, ref from searchable order by id')).toEqual([
      { import_id: 1, ref: 2 },
      { import_id: 1, ref: 1 },
      { import_id: 2, ref: 1 },
    ]);
    expect(store.health.state).toBe('sound');
    store.close();
  });
});

describe('changed outside', () => {
  /** Acts of somebody who has the file, and knows SQLite and this code, but not the key and not the second place. */
  const unguarded = 'drop trigger journal_no_update; drop trigger journal_no_delete; drop trigger journal_in_order;';
  const guards = () => {
    const db = new Database(file, { readonly: true });
    const found = db.prepare("select sql from sqlite_schema where type = 'trigger'").pluck().all() as string[];
    db.close();
    return `${found.join(';\n')};`;
  };
  const health = () => {
    const store = open();
    const { health: found } = store;
    expect(() => record(store, 'more')).toThrow(found.mayWrite ? undefined : /read-only/);
    store.close();
    return found.state;
  };
  const cases: [string, () => void, string][] = [
    ['a cut tail', () => edit(`${unguarded} delete from journal where seq > 10; ${guards()}`), 'rolled-back'],
    [
      'an edited row',
      () => edit(`${unguarded} update journal set line = replace(line, 'act 3', 'act 4') where seq = 6; ${guards()}`),
      'changed-outside',
    ],
    [
      'a row that is no entry',
      () => edit(`${unguarded} update journal set line = 'null' where seq = 6; ${guards()}`),
      'changed-outside',
    ],
    [
      'a row taken out of the middle',
      () => edit(`${unguarded} delete from journal where seq = 6; ${guards()}`),
      'changed-outside',
    ],
    ['a trigger dropped', () => edit('drop trigger journal_no_delete'), 'changed-outside'],
    [
      'a trigger planted',
      () => edit('create trigger t after insert on finding begin delete from finding; end'),
      'changed-outside',
    ],
    [
      'a trigger neutered',
      () =>
        edit(
          'drop trigger journal_no_delete; create trigger journal_no_delete before delete on journal begin select 1; end',
        ),
      'changed-outside',
    ],
    ['a column more', () => edit('alter table finding add column hidden text'), 'changed-outside'],
    ['a view planted', () => edit('create view v as select 1'), 'changed-outside'],
    ['the key gone', () => rmSync(`${file}.key`), 'changed-outside'],
    ['the key another', () => writeFileSync(`${file}.key`, 'no key'), 'changed-outside'],
    ['the anchor gone', () => rmSync(anchorOf()), 'changed-outside'],
    [
      'the anchor written by hand',
      () => writeFileSync(anchorOf(), readFileSync(anchorOf(), 'utf8').replace(/\n\d+\n/, '\n3\n')),
      'changed-outside',
    ],
  ];
  it.each(cases)('%s', (_what, change, state) => {
    filled();
    change();
    expect(health()).toBe(state);
    expect(health()).toBe(state);
  });

  const filedElsewhere: [string, string][] = [
    ['filed under another case', 'update journal set case_id = 7 where seq = 6'],
    ['filed as another act', "update journal set action = 'file.viewed' where seq = 6"],
    ['with another hash beside it', 'update journal set hash = zeroblob(32) where seq = 6'],
    ['with another hash before it beside it', 'update journal set prev = zeroblob(32) where seq = 6'],
    ['with another number', 'update journal set seq = 600 where seq = 14'],
  ];
  it.each(filedElsewhere)('an entry %s', (_what, sql) => {
    filled();
    edit(`${unguarded} ${sql}; ${guards()}`);
    expect(health()).toBe('changed-outside');
    const store = open();
    expect(store.health.message).toMatch(/entry (6|14) of the journal is filed as another than it is/);
    store.close();
  });

  describe('where the journal is long, and whoever opens it looks through it later', () => {
    const later = { mayCheckLater: true, manyActs: 5 };
    const looked = (store: Store) => {
      const { toDo } = store.checks;
      if (toDo !== null) lookThrough(store.file, toDo, (finding) => store.checks.tell(finding));
      return store.health.state;
    };

    it('it is open at once, is said to be unverified, goes on, and is sound when it was looked through', async () => {
      filled();
      const store = open(later);
      expect(store.health).toMatchObject({ state: 'checking', mayWrite: true });
      expect(store.health.message).toContain('Not verified yet since it was opened: the 14 acts of the journal.');
      record(store, 'while it is looked through');
      expect([looked(store), store.checks.toDo]).toEqual(['sound', null]);
      await store.checks.whenDone();
      expect(store.verifyJournal()).toMatchObject({ holds: true, entries: store.size });
      expect(store.verifiedAt(store.size).root).toEqual(store.root());
      store.close();
    });

    it.each([
      ...cases,
      ...filedElsewhere.map(
        ([what, sql]) => [what, () => edit(`${unguarded} ${sql}; ${guards()}`), 'changed-outside'] as const,
      ),
    ])('%s is found all the same, and at once whenever it is opened after that', (_what, change, state) => {
      filled();
      change();
      const store = open(later);
      const early = store.health.state;
      expect(['checking', state]).toContain(early);
      expect(looked(store)).toBe(state);
      expect(store.health.message).toContain(early === 'checking' ? 'Read-only from now on' : 'Opened read-only');
      expect(() => record(store, 'more')).toThrow(/read-only/);
      store.close();
      for (let i = 0; i < 2; i++) {
        const again = open(later);
        expect(again.health.state).toBe(state);
        again.close();
      }
    });

    it.each([
      ['a cut tail', 'delete from journal where seq > 10', 'rolled-back'],
      ['a gap', 'delete from journal where seq = 6', 'changed-outside'],
      ['another last entry', "update journal set line = replace(line, 'Ada', 'Eve') where seq = 14", 'changed-outside'],
    ])('%s is found before it is open', (_what, sql, state) => {
      filled();
      edit(`${unguarded} ${sql}; ${guards()}`);
      const store = open(later);
      expect(store.health.state).toBe(state);
      store.close();
    });

    it.each([
      "update journal set line = replace(line, 'act 3', 'act 4') where seq = 6",
      'update journal set case_id = 1 where seq = 6',
    ])('no checkpoint is signed over what was not verified: %s', (sql) => {
      filled();
      edit(`${unguarded} ${sql}; ${guards()}`);
      const store = open(later);
      expect(store.health.state).toBe('checking');
      expect(() => store.checkpoint()).toThrow(/read-only/);
      expect(store.health.state).toBe('changed-outside');
      store.close();
    });

    it('one that was closed before it was looked through is verified first the next time, and so is one that was left open', () => {
      filled();
      open(later).close();
      const second = open(later);
      expect(second.health.state).toBe('sound');
      second.close();
      const third = open(later);
      expect(third.health.state).toBe('checking');
      expect(looked(third)).toBe('sound');
      third.close();
      writeFileSync(`${file}.open`, '');
      const fourth = open(later);
      expect(fourth.health.state).toBe('sound');
      fourth.close();
    });

    it('an anchor of the right root with other subtrees is no place to go on from', () => {
      filled();
      const store = open();
      const { key } = store;
      const [tree, head] = [store.root(), store.headHash];
      store.close();
      const forged = key.sign(15, tree, head, '2026-11-21T10:00:00.000Z', Array(4).fill(Buffer.alloc(32)));
      expect(key.read(forged)).toMatchObject({ size: 15, tree: null });
    });

    it('a check that came to nothing leaves it read-only, and says so', () => {
      filled();
      const store = open(later);
      store.checks.tell({ part: 'none', why: 'its thread ended' });
      expect(store.health).toMatchObject({ state: 'read-only', mayWrite: false });
      store.close();
      const again = open(later);
      expect(again.health.state).toBe('sound');
      again.close();
    });
  });

  it('the anchor gone: says where it was looked for, and what to do', () => {
    filled();
    const place = anchorOf();
    rmSync(place);
    const store = open();
    expect(store.health.message).toContain(`looked for at ${place}`);
    expect(store.health.message).toContain('Put it back there');
    store.close();
  });

  it('a journal rewritten whole, with hashes that fit', () => {
    filled();
    const other = join(root, 'other.db');
    const forged = new Store(other, { anchors: join(root, 'elsewhere'), clock: () => new Date(0), actor: () => 'Eve' });
    for (let i = 0; i < 30; i++) record(forged, 'forged');
    forged.close();
    copyFileSync(other, file);
    expect(health()).toBe('changed-outside');
  });

  it('yesterday’s copy put back', () => {
    filled();
    copyFileSync(file, join(root, 'yesterday.db'));
    filled();
    copyFileSync(join(root, 'yesterday.db'), file);
    expect(health()).toBe('rolled-back');
    const store = open();
    expect(store.verifyJournal()).toMatchObject({ holds: false, firstBad: null, anchors: [{ holds: false }] });
    store.close();
  });
});

describe('refused by name, and left as it is', () => {
  const untouched = (act: () => string) => {
    const before = readFileSync(file);
    const found = act();
    expect(readFileSync(file).equals(before)).toBe(true);
    return found;
  };
  it('a newer store', () => {
    filled(1);
    edit('pragma user_version = 99');
    expect(untouched(() => refused(open))).toBe('newer-store');
  });
  it('the database of another program', () => {
    filled(1);
    rmSync(join(root, 'store'), { recursive: true });
    rmSync(join(root, 'anchors'), { recursive: true });
    open().close();
    rmSync(file);
    edit('create table t (x); pragma application_id = 7');
    expect(untouched(() => refused(open))).toBe('foreign-store');
  });
  it('a file that is no database', () => {
    filled(1);
    writeFileSync(file, 'not a database, but of some length'.repeat(100));
    expect(untouched(() => refused(open))).toBe('damaged-store');
  });
  it('a truncated store', () => {
    filled(60);
    truncateSync(file, statSync(file).size - 3 * 4_096);
    expect(refused(open)).toBe('damaged-store');
  });
  it('a store whose pages are overwritten', () => {
    filled(60);
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4_096, 4_096 * 12);
    writeFileSync(file, bytes);
    expect(refused(open)).toBe('damaged-store');
  });
  it('a store that is gone, or emptied, where its anchor knows better', () => {
    filled();
    truncateSync(file, 0);
    expect(refused(open)).toBe('damaged-store');
    rmSync(file);
    expect(refused(open)).toBe('damaged-store');
    expect(existsSync(file)).toBe(false);
  });
  it('a folder in the place of a store', () => {
    filled(1);
    rmSync(file);
    const other = join(root, 'anchors');
    expect(
      refused(() => new Store(other, { anchors: join(root, 'a'), clock: () => new Date(), actor: () => '' })),
    ).toBe('unreadable');
  });
  it('a store that is open already, here or in another process', async () => {
    const store = open();
    expect(refused(open)).toBe('locked');
    store.close();
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `const { Store } = await import(${JSON.stringify(pathToFileURL(join(process.cwd(), 'electron/store/store.ts')).href)});
       globalThis.store = new Store(${JSON.stringify(file)}, { anchors: ${JSON.stringify(join(root, 'anchors'))}, clock: () => new Date(), actor: () => 'Bob' });
       console.log('open'); setInterval(() => {}, 1000);`,
    ]);
    await new Promise((resume) => child.stdout.once('data', resume));
    expect(refused(open)).toBe('locked');
    child.kill('SIGKILL');
    await new Promise((resume) => child.once('exit', resume));
    const again = open();
    expect(again.health.state).toBe('sound');
    again.close();
  });
  it('a store on which another program holds a write lock', () => {
    const store = open();
    const other = new Database(file);
    other.exec('begin immediate');
    expect(refused(() => record(store, 'x'))).toBe('locked');
    other.exec('rollback');
    other.close();
    record(store, 'y');
    expect(store.verifyJournal().holds).toBe(true);
    store.close();
  });
});
