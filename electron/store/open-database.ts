import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Failure } from '../../shared/failure.ts';
import { sha256Hex } from '../integrity/digest.ts';
import type { Migration } from './migrations/index.ts';

/** "Assy", so that a store is known from any other database. */
const applicationId = 0x41737379;
const settings = {
  journal_mode: 'wal',
  synchronous: 2,
  foreign_keys: 1,
  recursive_triggers: 1,
  trusted_schema: 0,
  cell_size_check: 1,
  mmap_size: 0,
  secure_delete: 1,
  temp_store: 2,
  // An import writes the same pages of its indexes again and again: they go into the file a few times, not each time.
  wal_autocheckpoint: 8_192,
  cache_size: -32_768,
  fullfsync: 1,
  checkpoint_fullfsync: 1,
} as const;

export function configure(db: Database.Database, isReader: boolean): void {
  db.pragma('busy_timeout = 4000');
  for (const [name, value] of Object.entries(settings))
    if (!(isReader && name === 'journal_mode')) db.pragma(`${name} = ${value}`);
  // Set is not held: each is read back, for a build or a file system may answer otherwise (reliability.md, 8).
  for (const [name, value] of Object.entries(settings)) {
    const found = db.pragma(name, { simple: true }) ?? 0;
    if (found !== value)
      throw new Failure('damaged-store', {
        what: 'The store cannot be opened safely.',
        why: `SQLite answers ${name} = ${String(found)} where ${value} is asked for.`,
        notDone: 'Nothing was changed.',
        next: 'Put the store on a local disk.',
      });
  }
}

/** Digest of the schema as SQLite holds it: a dropped, neutered or planted trigger, table or index shows. */
export const schemaOf = (db: Database.Database): string =>
  sha256Hex(
    JSON.stringify(
      db
        .prepare(
          "select type, name, tbl_name, sql from sqlite_schema where name not like 'sqlite_%' order by type, name",
        )
        .all(),
    ),
  );
export function expectedSchema(migrations: readonly Migration[]): string {
  const db = new Database(':memory:');
  for (const { sql } of migrations) db.exec(sql);
  const found = schemaOf(db);
  db.close();
  return found;
}

export const refusal = (
  code: 'not-found' | 'foreign-store' | 'damaged-store' | 'newer-store' | 'locked' | 'unreadable',
  what: string,
  file: string,
  why: string,
  next: string,
) => new Failure(code, { what, where: file, why, notDone: 'Nothing was changed.', next });
const damaged = (file: string, why: string) =>
  refusal(
    'damaged-store',
    'The store is damaged.',
    file,
    why,
    'Restore a copy, and compare its journal with a checkpoint from a report.',
  );
const newer = (file: string, version: number, known: number) =>
  refusal(
    'newer-store',
    'The store was written by a newer Assay.',
    file,
    `It has version ${version}; this one knows ${known}.`,
    'Open it with the newer version.',
  );

/** For who asks what a store holds: a path that was mistyped is no wish for an empty one. */
export const noStore = (file: string) =>
  refusal(
    'not-found',
    'There is no store here.',
    file,
    'Nothing, or an empty file, is at this path.',
    'Name another with --store FILE, or make this one with the first import: assay import PATH --case NAME',
  );

/**
 * Whether a store has still to be made at this path. What is there is asked before SQLite sees it: what is no store, or
 * one that this version does not know, is never written to; and a store that is gone is never replaced by an empty one.
 * @throws Failure damaged-store, foreign-store, newer-store, unreadable
 */
export function isNewStore(file: string, anchor: string, known: number): boolean {
  try {
    if (!existsSync(file) || statSync(file).size === 0) {
      const size = existsSync(anchor) ? (readFileSync(anchor, 'utf8').split('\n')[1] ?? '') : '0';
      if (size !== '0')
        throw refusal(
          'damaged-store',
          'The store that was here is gone, or empty.',
          file,
          `Its anchor says that its journal had ${size} entries: ${anchor}`,
          'Restore a copy. To begin anew, move the anchor away first.',
        );
      return true;
    }
    checkHeader(file, known);
    return false;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw refusal(
      'unreadable',
      'The store cannot be read.',
      file,
      `The system says ${(error as NodeJS.ErrnoException).code ?? String(error)}.`,
      'Check the path, and that you may read it.',
    );
  }
}

function checkHeader(file: string, known: number): void {
  const head = Buffer.alloc(100);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, head, 0, 100, 0);
  } finally {
    closeSync(fd);
  }
  if (head.subarray(0, 16).toString('latin1') !== 'SQLite format 3\0')
    throw refusal(
      'damaged-store',
      'This is no store, or a damaged one.',
      file,
      'It does not begin as a SQLite database does.',
      'Name another file, or restore a copy.',
    );
  if (head.readUInt32BE(68) !== applicationId)
    throw refusal(
      'foreign-store',
      'This database belongs to another program.',
      file,
      'It does not carry the mark of an Assay store.',
      'Name another file.',
    );
  if (head.readUInt32BE(60) > known) throw newer(file, head.readUInt32BE(60), known);
}

/** What SQLite's own errors are to a person; anything else is handed back as it is. */
export function refusalOf(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const { code } = error;
  if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR'))
    return new Failure('disk-full', {
      what: 'The disk of the store is full, or gave an error.',
      where: file,
      why: `SQLite says ${code}.`,
      notDone: 'Nothing was written.',
      next: 'Free space on the disk of the store, then do it again.',
    });
  if (code.startsWith('SQLITE_BUSY'))
    return refusal(
      'locked',
      'The store is locked by another process.',
      file,
      'It did not answer within four seconds.',
      'Close the other program, then do it again.',
    );
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return damaged(file, `SQLite says ${code}.`);
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY'))
    return refusal(
      'unreadable',
      'The store cannot be opened.',
      file,
      `The system refuses it: SQLite says ${code}.`,
      'Put the store where you may write.',
    );
  return error;
}

/**
 * The one connection that writes, with its settings asserted, and the version of its tables.
 * @param isLookedThrough whether all its pages are looked at now, which takes a second for half a gigabyte
 * @throws Failure
 */
export function openWriter(
  file: string,
  isNew: boolean,
  known: number,
  isLookedThrough: boolean,
): { db: Database.Database; version: number } {
  let db: Database.Database | null = null;
  try {
    // Made by us first, so that its modes are ours from the first byte; -wal and -shm take them over.
    if (isNew && !existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
    db = new Database(file);
    // Before WAL: the mark must stand in the file itself, not in a log that a crash may leave beside it.
    if (isNew) db.pragma(`application_id = ${applicationId}`);
    configure(db, false);
    db.exec('begin immediate; commit');
    const version = db.pragma('user_version', { simple: true }) as number;
    if (version > known) throw newer(file, version, known);
    const found = isNew || !isLookedThrough ? 'ok' : (db.pragma('quick_check(1)', { simple: true }) as string);
    if (found !== 'ok') throw damaged(file, 'SQLite finds that its pages do not fit together.');
    return { db, version };
  } catch (error) {
    db?.close();
    throw refusalOf(error, file);
  }
}

/**
 * Brings a store to the newest version, each step in the transaction that records it; an older store is copied first.
 * @returns where the copy is; null of a store that is new
 */
export function migrate(
  db: Database.Database,
  from: number,
  migrations: readonly Migration[],
  at: Date,
): string | null {
  const copy = from > 0 ? `${db.name}.version-${from}.${at.getTime()}` : null;
  if (copy !== null) db.prepare('vacuum into ?').run(copy);
  for (const [index, { name, sql }] of migrations.entries()) {
    if (index < from) continue;
    db.transaction(() => {
      db.exec(sql);
      db.prepare('insert into migration (version, name, at) values (?, ?, ?)').run(index + 1, name, at.toISOString());
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  }
  return copy;
}
