import type { Check } from '../../shared/check.ts';
import type { GraphEdge, GraphNode } from '../../shared/lineage.ts';
import type { Aspect, Verdict } from '../../shared/verdict.ts';
import { type LedgerColumns, sameAsBefore, unpackTexts } from '../integrity/ledger-columns.ts';
import type { FolderEntry } from './folder-tree.ts';
import { type FileColumns, fileNames, fileValues, type ItemColumns } from './import-columns.ts';
import { rankOf } from './rows.ts';
import type { Store, Write } from './store.ts';

/** How long one slice may hold the thread, ms: whoever else waits for it waits no longer than that. */
const sliceTime = 25;

/** Keeps documents' bytes, once for all imports that hold them. */
export const keepDocuments = (
  store: Store,
  importId: number,
  { digests, ends, bytes }: { digests: readonly string[]; ends: readonly number[]; bytes: Uint8Array },
): void =>
  store.load((db) => {
    digests.forEach((digest, i) => {
      const document = bytes.subarray(ends[i - 1] ?? 0, ends[i]);
      db.run('insert or ignore into kept (digest, bytes) values (?, ?)', digest, document);
      db.run('insert or ignore into kept_by (import_id, digest) values (?, ?)', importId, digest);
    });
  });

/**
 * Rows in one statement: fifty are stored in two thirds of the time of fifty alone. What fails of them leaves the others
 * for the import that is dropped then: to take them back SQLite would keep a journal for each statement.
 */
const rowsAtOnce = 50;
function insertInto(table: string, columns: string): { one: string; many: string } {
  const row = `(${columns.replace(/\w+/g, '?')})`;
  const rows = (count: number) =>
    `insert or fail into ${table} (${columns}) values ${new Array(count).fill(row).join(', ')}`;
  return { one: rows(1), many: rows(rowsAtOnce) };
}
const entries = insertInto('ledger_entry', 'ledger_id, entry, at, actor, event, hash, previous, offset, length');
const files = insertInto('file', `import_id, ${fileNames}`);
const items = insertInto('listing_item', 'import_id, file, fact_id, item, place, digests');
/** Stands for the hash of the entry before, which needs no second place. */
const asBefore = Buffer.alloc(0);

/** Rows of a ledger, some thousands at once; words become numbers. */
export function loadLedgerRows(store: Store, importId: number, path: string, columns: LedgerColumns): void {
  store.load((db) => {
    const ledger =
      db.get<{ id: number }>('select id from ledger where import_id = ? and path = ?', importId, path)?.id ??
      db.run('insert into ledger (import_id, path) values (?, ?)', importId, path);
    const words = columns.words.map(
      (text) =>
        db.get<{ id: number }>('select id from word where text = ?', text)?.id ??
        db.run('insert into word (text) values (?)', text),
    );
    const at = unpackTexts(columns.at);
    const hashes = Buffer.from(columns.hash.buffer, columns.hash.byteOffset, columns.hash.length);
    const previous = Buffer.from(columns.previous.buffer, columns.previous.byteOffset, columns.previous.length);
    const blob = (bytes: Buffer, length: number, row: number): Buffer | null =>
      length === sameAsBefore ? asBefore : length === 0 ? null : bytes.subarray(row * 32, row * 32 + length);
    for (let from = 0; from < columns.rows; ) {
      const rows = columns.rows - from >= rowsAtOnce ? rowsAtOnce : 1;
      const values: unknown[] = [];
      for (let row = from; row < from + rows; row++)
        values.push(
          ledger,
          columns.first + row,
          at[row],
          words[columns.actor[row] ?? -1] ?? null,
          words[columns.event[row] ?? -1] ?? null,
          blob(hashes, columns.hashBytes[row] ?? 0, row),
          blob(previous, columns.previousBytes[row] ?? 0, row),
          columns.offset[row],
          columns.length[row],
        );
      db.run(rows === 1 ? entries.one : entries.many, ...values);
      from += rows;
    }
  });
}

/** A part of what an import found, in the order in which it is to be loaded; long texts as they are kept. */
export type ImportPart =
  | { part: 'folders'; from: number; values: FolderEntry[] }
  | { part: 'files'; from: number; values: FileColumns }
  /** `listing` is a number by which the items of a listing name it. */
  | { part: 'facts'; from: number; values: { kind: string; path: string; body: string; listing: number | null }[] }
  | { part: 'items'; from: number; values: ItemColumns }
  | { part: 'checks'; from: number; values: { check: Check; file: number | null; key: string }[] }
  | { part: 'outcomes'; from: number; values: { id: string; verdict: Verdict; by: string }[] }
  | { part: 'moreDigests'; from: number; values: [string, string[]][] }
  | { part: 'nodes'; from: number; values: GraphNode[] }
  | { part: 'edges'; from: number; values: GraphEdge[] };

const pause = () => new Promise<void>((resume) => setImmediate(resume));

/** Loads an import part by part, in slices; nobody sees it before the commit that completes it. */
export class ImportLoader {
  private readonly store: Store;
  private readonly id: number;
  private readonly listings = new Map<number, number>();

  constructor(store: Store, id: number) {
    this.store = store;
    this.id = id;
  }

  /** Loads one part. An abort ends it between two slices. */
  async take(part: ImportPart, signal: AbortSignal): Promise<void> {
    const insert = this.inserter(part);
    const rows = 'rows' in part.values ? part.values.rows : part.values.length;
    for (let at = 0; at < rows && !signal.aborted; ) {
      at = this.store.load((db) => {
        const until = performance.now() + sliceTime;
        let next = at;
        do next = insert(db, next);
        while (next < rows && performance.now() < until);
        return next;
      });
      await pause();
    }
  }

  /** How often each rule was passed. */
  passes(passes: readonly { rule: string; aspect: Aspect; count: number }[]): void {
    this.store.load((db) => {
      for (const { rule, aspect, count } of passes)
        db.run(
          'insert into pass_count (import_id, rule, aspect, count) values (?, ?, ?, ?)',
          this.id,
          rule,
          aspect,
          count,
        );
    });
  }

  /** @returns what inserts the row at a place, or some rows from there, and says where the next is */
  private inserter(part: ImportPart): (db: Write, at: number) => number {
    const one =
      <Value>(values: readonly Value[], insert: (db: Write, value: Value, at: number) => void) =>
      (db: Write, at: number): number => {
        const value = values[at];
        if (value !== undefined) insert(db, value, at);
        return at + 1;
      };
    switch (part.part) {
      case 'folders':
        return one(part.values, (db, row, at) => this.folder(db, part.from + at + 1, row));
      case 'files':
        return (db, at) => this.files(db, part.values, at);
      case 'facts':
        return one(part.values, (db, fact) => this.fact(db, fact));
      case 'items':
        return (db, at) => this.items(db, part.values, at);
      case 'checks':
        return one(part.values, (db, check) => this.check(db, check));
      case 'outcomes':
        return one(part.values, (db, outcome) => this.outcome(db, outcome));
      case 'moreDigests':
        return one(part.values, (db, digests) => this.moreDigests(db, digests));
      case 'nodes':
        return one(part.values, (db, node) => this.node(db, node));
      case 'edges':
        return one(part.values, (db, edge) => this.edge(db, edge));
    }
  }

  private folder(db: Write, number: number, row: FolderEntry): void {
    db.run(
      'insert into folder (import_id, id, parent, last, name, path, files, worst) values (?, ?, ?, ?, ?, ?, ?, ?)',
      this.id,
      number,
      row.parent,
      row.last,
      row.name,
      row.path,
      row.files,
      row.worst,
    );
  }
  private files(db: Write, columns: FileColumns, at: number): number {
    const rows = columns.rows - at >= rowsAtOnce ? rowsAtOnce : 1;
    const bound: unknown[] = [];
    for (let row = at; row < at + rows; row += 1) bound.push(this.id, ...fileValues(columns, row));
    db.run(rows === 1 ? files.one : files.many, ...bound);
    return at + rows;
  }
  private items(db: Write, { rows: all, listing, file, item, place, digests }: ItemColumns, at: number): number {
    const rows = all - at >= rowsAtOnce ? rowsAtOnce : 1;
    const fact = this.listings.get(listing) ?? 0;
    const bound: unknown[] = [];
    for (let row = at; row < at + rows; row += 1)
      bound.push(this.id, file[row], fact, item[row], place[row], digests[row]);
    db.run(rows === 1 ? items.one : items.many, ...bound);
    return at + rows;
  }
  private fact(db: Write, fact: PartValue<'facts'>): void {
    const rowid = db.run(
      'insert into fact (import_id, kind, path, body) values (?, ?, ?, ?)',
      this.id,
      fact.kind,
      fact.path,
      fact.body,
    );
    if (fact.listing !== null) this.listings.set(fact.listing, rowid);
  }
  private check(db: Write, value: PartValue<'checks'>): void {
    const { check, file, key } = value;
    db.run(
      'insert into evidence_check (import_id, rule, aspect, verdict, code, subject, location, message, expected, actual, vouched, settled_by, partial, file_id, answer_key) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      this.id,
      check.rule,
      check.aspect,
      rankOf(check.verdict),
      check.code,
      check.subject,
      check.location === null ? null : JSON.stringify(check.location),
      check.message,
      check.expected,
      check.actual,
      check.vouched,
      check.settledBy,
      check.partial ? 1 : 0,
      file,
      Buffer.from(key, 'hex'),
    );
  }
  private outcome(db: Write, value: PartValue<'outcomes'>): void {
    db.run(
      'insert or replace into signature_outcome (import_id, id, verdict, signer) values (?, ?, ?, ?)',
      this.id,
      value.id,
      value.verdict,
      value.by,
    );
  }
  private moreDigests(db: Write, value: PartValue<'moreDigests'>): void {
    const [key, digests] = value;
    db.run('insert into more_digest (import_id, key, digests) values (?, ?, ?)', this.id, key, JSON.stringify(digests));
  }
  private node(db: Write, node: GraphNode): void {
    db.run(
      'insert into node (import_id, id, body, path) values (?, ?, ?, ?)',
      this.id,
      node.id,
      JSON.stringify(node),
      node.path,
    );
  }
  private edge(db: Write, edge: GraphEdge): void {
    db.run(
      'insert into edge (import_id, source, target, relation, certainty, places) values (?, ?, ?, ?, ?, ?)',
      this.id,
      edge.source,
      edge.target,
      edge.relation,
      edge.certainty,
      JSON.stringify(edge.places),
    );
  }
}

type PartValue<Name extends Exclude<ImportPart['part'], 'files' | 'items'>> = Extract<
  ImportPart,
  { part: Name }
>['values'][number];
