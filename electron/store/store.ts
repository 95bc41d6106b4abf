import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure } from '../../shared/failure.ts';
import type { JournalEntry, JournalVerification, StoreHealth } from '../../shared/journal.ts';
import { leafHash, TreeBuilder } from '../integrity/merkle.ts';
import { anchorPlace, JournalKey, makeEntry, type NewEntry, replaceFile, verifyLines } from './journal.ts';
import { migrations } from './migrations/index.ts';
import { checkHeader, configure, expectedSchema, migrate, openWriter, refusal, schemaOf } from './open-database.ts';

const anchorEvery = 50;

/** A connection that may read. Statements are constants; values are bound. */
export interface Read {
  all<T>(sql: string, ...values: unknown[]): T[];
  get<T>(sql: string, ...values: unknown[]): T | undefined;
}
/** A connection that may write; only `commit` and `load` have one. */
export interface Write extends Read {
  /** Returns the id of the row inserted last. */
  run(sql: string, ...values: unknown[]): number;
}
export interface StoreOptions {
  /** Folder outside the store's own in which the head is anchored. */
  anchors: string;
  clock(): Date;
  actor(): string;
}

function handle(db: Database.Database): Write {
  const statements = new Map<string, Database.Statement>();
  const prepare = (sql: string) => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  return {
    all: <T>(sql: string, ...values: unknown[]) => prepare(sql).all(...values) as T[],
    get: <T>(sql: string, ...values: unknown[]) => prepare(sql).get(...values) as T | undefined,
    run: (sql, ...values) => Number(prepare(sql).run(...values).lastInsertRowid),
  };
}

export class Store {
  readonly file: string;
  readonly health: StoreHealth;
  readonly key: JournalKey;
  private readonly writer: Database.Database;
  private readonly reader: Database.Database;
  private readonly write: Write;
  private readonly reading: Read;
  private readonly options: StoreOptions;
  private readonly tree: TreeBuilder;
  private head: string;
  private anchoredAt = 0;

  constructor(file: string, options: StoreOptions) {
    this.file = file;
    this.options = options;
    const folder = dirname(file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const isNew = !existsSync(file) || statSync(file).size === 0;
    if (!isNew) checkHeader(file);
    this.key = new JournalKey(file);
    this.writer = openWriter(file, isNew);
    try {
      const version = this.writer.pragma('user_version', { simple: true }) as number;
      if (version > migrations.length)
        throw refusal(
          'newer-store',
          'The store was written by a newer Assay.',
          file,
          `It has version ${version}; this one knows ${migrations.length}.`,
          'Open it with the newer version.',
        );
      if (!isNew && (this.writer.pragma('quick_check(1)', { simple: true }) as string) !== 'ok')
        throw refusal(
          'damaged-store',
          'The store is damaged.',
          file,
          'SQLite finds that its pages do not fit together.',
          'Restore a copy, and compare its journal with a checkpoint from a report.',
        );
      this.write = handle(this.writer);
      if (version < migrations.length) migrate(this.writer, version, options.clock());
      for (const each of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(each)) chmodSync(each, 0o600);
      this.reader = new Database(file, { readonly: true });
      configure(this.reader, true);
      this.reading = handle(this.reader);
      const lines = this.reading.all<{ line: string }>('select line from journal order by seq').map(({ line }) => line);
      const verified = verifyLines(lines);
      this.health = this.judge(verified);
      this.tree = new TreeBuilder();
      for (const line of lines) this.tree.append(leafHash(line));
      this.head = verified.head;
      if (this.health.mayWrite) {
        this.writer.exec(
          "delete from folder where import_id in (select id from import where status = 'loading'); delete from file where import_id in (select id from import where status = 'loading'); delete from ledger_entry where ledger_id in (select id from ledger where import_id in (select id from import where status = 'loading')); delete from import where status = 'loading';",
        );
        if (isNew) this.commit({ action: 'store.created', caseId: null, subject: '' }, () => undefined);
        this.commit({ action: 'store.opened', caseId: null, subject: '' }, () => undefined);
        this.anchor();
      }
    } catch (error) {
      this.writer.close();
      throw error;
    }
  }

  /** Reads on a connection that SQLite opened read-only. */
  read<T>(ask: (db: Read) => T): T {
    return ask(this.reading);
  }

  /** A change and its journal entry in one transaction: both or neither. */
  commit<T>(act: NewEntry, change: (db: Write, entry: JournalEntry) => T): T {
    this.mayWrite();
    const seq = this.tree.size + 1;
    const { entry, line } = makeEntry(act, seq, this.head, this.options.clock().toISOString(), this.options.actor());
    const result = this.transaction(() => {
      this.write.run(
        'insert into journal (seq, line, hash, prev, case_id, action) values (?, ?, ?, ?, ?, ?)',
        seq,
        line,
        Buffer.from(entry.hash, 'hex'),
        Buffer.from(entry.prev, 'hex'),
        act.caseId,
        act.action,
      );
      return change(this.write, entry);
    });
    this.tree.append(leafHash(line));
    this.head = entry.hash;
    if (seq - this.anchoredAt >= anchorEvery) this.anchor();
    return result;
  }

  /** Rows of an import that nobody sees until a commit makes it complete: a transaction, without a journal entry. */
  load(rows: (db: Write) => void): void {
    this.mayWrite();
    this.transaction(() => rows(this.write));
  }

  private transaction<T>(change: () => T): T {
    try {
      return this.writer.transaction(change).immediate();
    } catch (error) {
      const code = error instanceof Database.SqliteError ? error.code : '';
      if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR'))
        throw new Failure('disk-full', {
          what: 'The disk of the store is full, or gave an error.',
          where: this.file,
          why: `SQLite says ${code}.`,
          notDone: 'Nothing was written.',
          next: 'Free space on the disk of the store, then do it again.',
        });
      if (code.startsWith('SQLITE_BUSY'))
        throw refusal(
          'locked',
          'The store is locked by another process.',
          this.file,
          'It did not answer within four seconds.',
          'Close the other Assay, then do it again.',
        );
      throw error;
    }
  }

  private mayWrite(): void {
    if (!this.health.mayWrite)
      throw new Failure('read-only', {
        what: 'The store is open read-only.',
        where: this.file,
        why: this.health.message,
        notDone: 'Nothing was written.',
        next: 'Compare it with a checkpoint from a report, or open a copy.',
      });
  }

  get size(): number {
    return this.tree.size;
  }
  get headHash(): string {
    return this.head;
  }
  root(): Buffer {
    return this.tree.root();
  }
  /** Signed checkpoint at the present size. */
  checkpoint(): string {
    return this.key.sign(this.tree.size, this.tree.root(), this.head, this.options.clock().toISOString());
  }
  lines(): string[] {
    return this.reading.all<{ line: string }>('select line from journal order by seq').map(({ line }) => line);
  }

  /** Writes the head outside the database: store first, anchor second, so the store may be ahead and never behind. */
  anchor(): void {
    replaceFile(anchorPlace(this.file, this.options.anchors), this.checkpoint());
    this.anchoredAt = this.tree.size;
  }
  get anchored(): number {
    return this.anchoredAt;
  }

  verifyJournal(): JournalVerification {
    const found = verifyLines(this.lines());
    const place = anchorPlace(this.file, this.options.anchors);
    const anchor = existsSync(place) ? this.key.read(readFileSync(place, 'utf8')) : null;
    const holds = found.firstBad === null;
    const anchorHolds = anchor !== null && found.rootAt(anchor.size)?.equals(anchor.root) === true;
    return {
      holds: holds && anchorHolds,
      entries: found.entries,
      head: found.head,
      root: found.root.toString('base64'),
      firstBad: found.firstBad,
      message: holds ? `${found.entries} entries follow from one another.` : `Entry ${found.firstBad} ${found.why}.`,
      anchors: [
        {
          where: place,
          size: anchor?.size ?? 0,
          holds: anchorHolds,
          message:
            anchor === null
              ? 'No anchor by this store’s key is there.'
              : anchorHolds
                ? `The anchor at ${anchor.size} is of this journal.`
                : `The anchor at ${anchor.size} is not of this journal.`,
        },
      ],
    };
  }

  private judge(found: ReturnType<typeof verifyLines>): StoreHealth {
    const sealed = (message: string, state: StoreHealth['state']): StoreHealth => ({
      state,
      message: `${message} Opened read-only. Compare with a checkpoint from a report.`,
      mayWrite: false,
    });
    if (schemaOf(this.writer) !== expectedSchema())
      return sealed(
        'The store was changed outside Assay: its tables or triggers are not the ones it was made with.',
        'changed-outside',
      );
    if (found.firstBad !== null)
      return sealed(
        `The store was changed outside Assay: entry ${found.firstBad} of the journal ${found.why}.`,
        'changed-outside',
      );
    const place = anchorPlace(this.file, this.options.anchors);
    if (!existsSync(place))
      return found.entries === 0
        ? { state: 'sound', message: '', mayWrite: true }
        : sealed(
            'The anchor of the journal is missing: whether something was cut off cannot be told.',
            'changed-outside',
          );
    const anchor = this.key.read(readFileSync(place, 'utf8'));
    if (anchor === null) return sealed('The anchor of the journal is not by the key of this store.', 'changed-outside');
    this.anchoredAt = anchor.size;
    if (anchor.size > found.entries)
      return sealed(
        `The store was changed outside Assay: the journal ends at ${found.entries}, the anchor says ${anchor.size}.`,
        'rolled-back',
      );
    if (found.rootAt(anchor.size)?.equals(anchor.root) !== true)
      return sealed(
        `The store was changed outside Assay: the first ${anchor.size} entries are not those that were anchored.`,
        'changed-outside',
      );
    return { state: 'sound', message: '', mayWrite: true };
  }

  close(): void {
    if (this.health.mayWrite) {
      this.anchor();
      this.writer.pragma('wal_checkpoint(TRUNCATE)');
    }
    this.reader.close();
    this.writer.close();
  }
}

/** Folder of the encrypted keys of the people who sign on this machine: beside the store. */
export const keysFolder = (storeFile: string): string => join(dirname(storeFile), 'keys');
