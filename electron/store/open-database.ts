import { closeSync, openSync, readSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Failure } from '../../shared/failure.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { migrations } from './migrations/index.ts';

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
export function expectedSchema(): string {
  const db = new Database(':memory:');
  for (const { sql } of migrations) db.exec(sql);
  const found = schemaOf(db);
  db.close();
  return found;
}

export const refusal = (
  code: 'foreign-store' | 'damaged-store' | 'newer-store' | 'locked',
  what: string,
  file: string,
  why: string,
  next: string,
) => new Failure(code, { what, where: file, why, notDone: 'Nothing was changed.', next });

/** SQLite's own header, before SQLite sees the file: what is none is never replaced by an empty store. */
export function checkHeader(file: string): void {
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
}

export function openWriter(file: string, isNew: boolean): Database.Database {
  let db: Database.Database | null = null;
  try {
    db = new Database(file);
    configure(db, false);
    if (isNew) db.pragma(`application_id = ${applicationId}`);
    db.exec('begin immediate; commit');
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof Failure) throw error;
    const code = error instanceof Database.SqliteError ? error.code : '';
    if (code.startsWith('SQLITE_BUSY'))
      throw refusal(
        'locked',
        'The store is locked by another process.',
        file,
        'It did not answer within four seconds.',
        'Close the other Assay, then open it again.',
      );
    if (code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB')
      throw refusal(
        'damaged-store',
        'The store is damaged.',
        file,
        `SQLite says ${code}.`,
        'Restore a copy, and compare its journal with a checkpoint from a report.',
      );
    throw refusal(
      'damaged-store',
      'The store cannot be opened.',
      file,
      code === '' ? 'The system refuses it.' : `SQLite says ${code}.`,
      'Check that its folder may be written.',
    );
  }
}

export function migrate(db: Database.Database, from: number, at: Date): void {
  for (const [index, { name, sql }] of migrations.entries()) {
    if (index < from) continue;
    db.transaction(() => {
      db.exec(sql);
      db.prepare('insert into migration (version, name, at) values (?, ?, ?)').run(index + 1, name, at.toISOString());
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  }
}
