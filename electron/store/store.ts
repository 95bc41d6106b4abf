import { chmodSync, existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure } from '../../shared/failure.ts';
import type { JournalEntry, JournalVerification, StoreHealth } from '../../shared/journal.ts';
import { leafHash, type TreeBuilder } from '../integrity/merkle.ts';
import { dropCases } from './cases.ts';
import { whyNotAsDecided } from './decisions.ts';
import { dropImport } from './drop-import.ts';
import { handle, type Read, type Write } from './handle.ts';
import { anchorPlace, JournalKey, makeEntry, type NewEntry, replaceFile } from './journal.ts';
import { insertEntry } from './journal-rows.ts';
import { LaterChecks } from './later-checks.ts';
import { migrations as allMigrations, type Migration } from './migrations/index.ts';
import {
  configure,
  expectedSchema,
  isNewStore,
  migrate,
  noStore,
  openWriter,
  refusalOf,
  schemaOf,
} from './open-database.ts';
import { prepareFolders } from './prepare-folders.ts';
import { judge, readAnchor, sound, verificationOf, whyNotAsOpened } from './store-health.ts';
import { lockStore, type StoreLock } from './store-lock.ts';
import { journalRows, type VerifiedJournal, verifyEnd, verifyJournal } from './verify-journal.ts';

const anchorEvery = 50;
/** How long what is loaded may be one transaction, ms: a page that is written often is then logged once. */
const loadTime = 250;

export type { Read, Write };
export interface StoreOptions {
  /** Folder outside the store's own in which the head is anchored. */
  anchors: string;
  clock(): Date;
  actor(): string;
  /** Those of this version where nothing else is said. */
  migrations?: readonly Migration[];
  /** Whether somebody looks through a large store after it was opened, and says what was found (`checks.toDo`). */
  mayCheckLater?: boolean;
  /** From how many acts on the journal is verified later, then; that of this version where nothing else is said. */
  manyActs?: number;
  /** False for who asks what a store holds: where there is none, none is made. */
  mayMake?: boolean;
}

/**
 * One store, open. What is wrong with it as a file is refused by name at open; what was changed in it outside Assay is
 * found, said, and opened read-only.
 * @throws Failure locked, unreadable, damaged-store, foreign-store, newer-store, disk-full
 */
export class Store {
  readonly file: string;
  /** What it was found to be, and what is found of it later. */
  readonly checks: LaterChecks;
  readonly key: JournalKey;
  /** Whether it was made now, and was not there before. */
  readonly isNew: boolean;
  /** Where the copy of the store lies as it was before it was brought to this version; null where it was of this one. */
  readonly copyBefore: string | null;
  private readonly place: string;
  private readonly writer: Database.Database;
  private readonly reader: Database.Database;
  private readonly write: Write;
  private readonly begins: Database.Statement;
  private readonly commits: Database.Statement;
  private readonly reading: Read;
  private readonly savepoints: Database.Statement;
  private readonly releases: Database.Statement;
  private loadingSince: number | null = null;
  private losses = 0;
  private readonly options: StoreOptions;
  private readonly tree: TreeBuilder;
  private readonly lock: StoreLock;
  private head: string;
  private anchoredSize = 0;
  private anchoredTime: string | null = null;

  constructor(file: string, options: StoreOptions) {
    const migrations = options.migrations ?? allMigrations;
    this.file = file;
    this.options = options;
    this.place = anchorPlace(file, options.anchors);
    const isNew = isNewStore(file, this.place, migrations.length);
    if (isNew && options.mayMake === false) throw noStore(file);
    this.isNew = isNew;
    prepareFolders(file, options.anchors, isNew);
    this.lock = lockStore(file);
    // Where the last one who had it open did not close it, everything is looked at before anything is done.
    const isLater = options.mayCheckLater === true && !isNew && !this.lock.wasLeftOpen;
    const pages = isLater && isLarge(file);
    const opened: Database.Database[] = [];
    try {
      this.key = new JournalKey(file, isNew);
      const { db, version } = openWriter(file, isNew, migrations.length, !pages);
      opened.push(db);
      this.writer = db;
      this.write = handle(db);
      this.begins = db.prepare('begin immediate');
      this.commits = db.prepare('commit');
      this.savepoints = db.prepare('savepoint slice');
      this.releases = db.prepare('release slice');
      const schemaHolds = schemaOf(db) === expectedSchema(migrations.slice(0, version));
      const mayMigrate = schemaHolds && version < migrations.length;
      this.copyBefore = mayMigrate ? migrate(db, version, migrations, options.clock()) : null;
      for (const each of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(each)) chmodSync(each, 0o600);
      this.reader = new Database(file, { readonly: true });
      opened.push(this.reader);
      configure(this.reader, true);
      this.reading = handle(this.reader);
      const anchor = readAnchor(this.key, this.place);
      const size = anchor.checkpoint?.size ?? 0;
      const mayEnd = isLater && schemaHolds && !mayMigrate && this.key.isFound;
      const end = mayEnd ? verifyEnd(this.reader, anchor.checkpoint, options.manyActs) : null;
      const found = end ?? this.verified(size);
      this.tree = found.tree;
      this.head = found.head;
      const journal = end === null ? null : { size: end.entries, root: end.tree.root() };
      const health =
        end === null ? judge(schemaHolds, () => this.read(whyNotAsDecided), found, this.key, anchor) : sound;
      this.checks = new LaterChecks(health, journal !== null || pages ? { journal, pages } : null);
      this.anchoredSize = size;
      this.anchoredTime = anchor.checkpoint?.time ?? null;
      if (health.mayWrite) this.begin(mayMigrate ? version : null);
    } catch (error) {
      for (const each of opened) each.close();
      this.lock.release(false);
      throw refusalOf(error, file);
    }
  }

  private begin(migratedFrom: number | null): void {
    // Anchored before the first entry, so that a store that was killed in its first moments has an anchor too.
    if (this.size === 0) this.anchor();
    for (const { id } of this.reading.all<{ id: number }>("select id from import where status = 'loading'"))
      while (dropImport(this, id));
    dropCases(this);
    if (this.size === 0) this.commit({ action: 'store.created', caseId: null, subject: '' }, () => undefined);
    else if (migratedFrom !== null)
      this.commit(
        { action: 'store.migrated', caseId: null, subject: '', detail: { from: migratedFrom } },
        () => undefined,
      );
    this.commit({ action: 'store.opened', caseId: null, subject: '' }, () => undefined);
    this.anchor();
  }

  get health(): StoreHealth {
    return this.checks.health;
  }
  /** Nothing is signed over a journal that was not verified: where that is still to be done, it is done now. */
  private verifyNow(): void {
    const journal = this.checks.toDo?.journal;
    if (journal == null) return;
    const why = whyNotAsOpened(this.verified(journal.size), journal) || this.read(whyNotAsDecided);
    this.checks.tell({ part: 'journal', why });
    this.assertWritable();
  }
  private verified(...sizes: number[]): VerifiedJournal {
    return verifyJournal(journalRows(this.reader), sizes);
  }

  /** Reads on a connection that SQLite opened read-only. */
  read<T>(ask: (db: Read) => T): T {
    this.endLoad();
    return ask(this.reading);
  }

  /**
   * A change and its journal entry in one transaction: both or neither.
   * @param first acts that are part of the same change, each an entry before
   */
  commit<T>(act: NewEntry, change: (db: Write, entry: JournalEntry) => T, first: readonly NewEntry[] = []): T {
    this.assertWritable();
    const time = this.options.clock().toISOString();
    let [seq, head] = [this.tree.size, this.head];
    const made = [...first, act].map((each) => {
      const { entry, line } = makeEntry(each, ++seq, head, time, each.actor ?? this.options.actor());
      head = entry.hash;
      return { entry, line };
    });
    this.endLoad();
    let result: T;
    try {
      this.begins.run();
      for (const { entry, line } of made) insertEntry(this.write, entry, line);
      result = change(this.write, (made.at(-1) as { entry: JournalEntry }).entry);
      this.commits.run();
    } catch (error) {
      // What failed may have ended the transaction itself, as a full disk does.
      if (this.writer.inTransaction) this.writer.exec('rollback');
      throw refusalOf(error, this.file);
    }
    for (const { line } of made) this.tree.append(leafHash(line));
    this.head = head;
    if (seq - this.anchoredSize >= anchorEvery)
      try {
        this.anchor();
      } catch (error) {
        // The act is in the store: it is not taken back for want of an anchor, which the next act tries again.
        if (!(error instanceof Failure)) throw error;
      }
    return result;
  }

  /**
   * Rows of an import that nobody sees until a commit makes it complete: without a journal entry, and without a sync of
   * their own. What is loaded within a quarter of a second is one transaction, each call a savepoint in it: a commit,
   * and whoever reads, ends it first. The log is one file: the sync of the next commit makes all of it durable.
   * @throws Failure disk-full: rows of calls before may then be gone as well (`lossesOfLoads`)
   */
  load<T>(rows: (db: Write) => T): T {
    this.assertWritable();
    try {
      if (this.loadingSince === null) {
        this.writer.pragma('synchronous = normal');
        this.begins.run();
        this.loadingSince = performance.now();
      }
      this.savepoints.run();
      const result = rows(this.write);
      this.releases.run();
      if (performance.now() - this.loadingSince > loadTime) this.endLoad();
      return result;
    } catch (error) {
      // What failed may have ended the transaction itself, as a full disk does.
      if (this.writer.inTransaction) this.writer.exec('rollback to slice; release slice');
      else this.loadEnded(false);
      throw refusalOf(error, this.file);
    }
  }
  /** How often rows that had been loaded were lost, as on a full disk: whoever loaded before and after lacks some. */
  get lossesOfLoads(): number {
    return this.losses;
  }

  /** What was loaded can be read by everybody from now on. */
  private endLoad(): void {
    if (this.loadingSince === null) return;
    try {
      this.commits.run();
    } catch (error) {
      if (this.writer.inTransaction) this.writer.exec('rollback');
      this.loadEnded(false);
      throw refusalOf(error, this.file);
    }
    this.loadEnded(true);
  }
  private loadEnded(isKept: boolean): void {
    if (!isKept && this.loadingSince !== null) this.losses += 1;
    this.loadingSince = null;
    this.writer.pragma('synchronous = full');
  }

  /** @throws Failure read-only where it was found changed, damaged or without its key or anchor */
  assertWritable(): void {
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
  /**
   * Signed checkpoint of a journal that was verified whole. @param place where it stands now, or stood since it was
   * opened @throws Failure read-only where it does not hold
   */
  checkpoint(place = { size: this.tree.size, root: this.tree.root(), head: this.head }): string {
    this.verifyNow();
    return this.key.sign(place.size, place.root, place.head, this.options.clock().toISOString());
  }
  lines(): string[] {
    return this.reading.all<{ line: string }>('select line from journal order by seq').map(({ line }) => line);
  }

  /**
   * Writes the head outside the database: store first, anchor second, so the store may be ahead and never behind.
   * @throws Failure disk-full
   */
  anchor(): void {
    const time = this.options.clock().toISOString();
    try {
      // Where not all was verified since the store was opened, the next one who opens it verifies it first.
      const subtrees = this.checks.toDo?.journal == null ? this.tree.subtrees() : [];
      replaceFile(this.place, this.key.sign(this.tree.size, this.tree.root(), this.head, time, subtrees));
    } catch (error) {
      throw new Failure('disk-full', {
        what: 'The head of the journal could not be anchored.',
        where: this.place,
        why: `The system says ${(error as NodeJS.ErrnoException).code ?? String(error)}.`,
        notDone: 'What was recorded is in the store; its anchor is an older one.',
        next: 'Free space there, or make the folder writable.',
      });
    }
    this.anchoredSize = this.tree.size;
    this.anchoredTime = time;
  }
  /** How many entries the anchor outside the store stands for. */
  get anchored(): number {
    return this.anchoredSize;
  }
  get anchoredAt(): string | null {
    return this.anchoredTime;
  }

  verifyJournal(): JournalVerification {
    const anchor = readAnchor(this.key, this.place);
    return verificationOf(this.verified(anchor.checkpoint?.size ?? 0), this.read(whyNotAsDecided), anchor);
  }
  /** The journal verified, with its root at a size, such as that of a checkpoint. */
  verifiedAt(size: number): { entries: number; root: Buffer | undefined } {
    this.endLoad();
    const { entries, roots } = this.verified(size);
    return { entries, root: roots.get(size) };
  }

  /** The log goes into the file. Where the disk has no room for that, what was committed stays in the log, durable. */
  private foldLog(): void {
    try {
      this.writer.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      const refused = refusalOf(error, this.file);
      if (!(refused instanceof Failure) || refused.code !== 'disk-full') throw refused;
    }
  }

  close(): void {
    let isWell = false;
    try {
      if (this.health.mayWrite) {
        this.endLoad();
        this.anchor();
        this.foldLog();
      }
      // Whoever opens it next looks at all of it first where something was wrong.
      isWell = this.health.mayWrite;
    } finally {
      this.checks.leave();
      this.reader.close();
      this.writer.close();
      this.lock.release(isWell);
    }
  }
}

/** From this size on, looking through a store takes longer than a person waits for its window. */
const largeStore = 64 * 2 ** 20;
const isLarge = (file: string): boolean => statSync(file).size >= largeStore;

/** Folder of the encrypted keys of the people who sign on this machine: beside the store. */
export const keysFolder = (storeFile: string): string => join(dirname(storeFile), 'keys');
