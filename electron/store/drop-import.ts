import type { Store, Write } from './store.ts';

const atOnce = 5_000;
/** What an import put into each table, a slice at a time; in an order in which nothing is left that points to nothing. */
const slices = [
  `delete from ledger_entry where (ledger_id, entry) in (select ledger_entry.ledger_id, ledger_entry.entry from ledger
    join ledger_entry on ledger_entry.ledger_id = ledger.id where ledger.import_id = ? limit ${atOnce})`,
  'delete from ledger where import_id = ?',
  `delete from folder where import_id = ? and id in (select id from folder where import_id = ? limit ${atOnce})`,
  `delete from file where import_id = ? and id in (select id from file where import_id = ? limit ${atOnce})`,
  `delete from listing_item where import_id = ? and (file, fact_id, item) in (select file, fact_id, item from listing_item where import_id = ? limit ${atOnce})`,
  `delete from fact where id in (select id from fact where import_id = ? limit ${atOnce})`,
  `delete from evidence_check where id in (select id from evidence_check where import_id = ? limit ${atOnce})`,
  'delete from pass_count where import_id = ?',
  `delete from more_digest where import_id = ? and key in (select key from more_digest where import_id = ? limit ${atOnce})`,
  'delete from signature_outcome where import_id = ?',
  `delete from edge where import_id = ? and (source, target, relation) in (select source, target, relation from edge where import_id = ? limit ${atOnce})`,
  `delete from node where import_id = ? and id in (select id from node where import_id = ? limit ${atOnce})`,
  // Documents that no other import has kept go with the mark that this one kept them.
  `delete from kept where digest in (select digest from kept_by where import_id = ? order by digest limit 200)
    and not exists (select 1 from kept_by other where other.digest = kept.digest and other.import_id <> ?)`,
  'delete from kept_by where import_id = ? and digest in (select digest from kept_by where import_id = ? order by digest limit 200)',
] as const;

/** The id, as often as the statement asks for it. */
const bound = (sql: string, id: number): number[] => Array<number>(sql.split('?').length - 1).fill(id);

function dropSearchable(db: Write, id: number): number {
  // An external-content index is told what it held before the content goes (SQLite FTS5, 4.4.3).
  db.run(
    `insert into search (search, rowid, text) select 'delete', id, text from searchable where import_id = ? order by id limit ${atOnce}`,
    id,
  );
  return db.count(
    `delete from searchable where id in (select id from searchable where import_id = ? order by id limit ${atOnce})`,
    id,
  );
}

/** Takes back a part of what was loaded of an import that begins again; false when nothing is left of it. */
export const emptyImport = (store: Store, id: number): boolean => store.load((db) => dropSome(db, id));

/**
 * Takes back a part of what was loaded of an import that was cancelled, refused or cut short; false when nothing is
 * left of it. An import that is complete is never touched.
 */
export const dropImport = (store: Store, id: number): boolean =>
  store.load((db) => {
    if (!isLoading(db, id)) return false;
    if (!dropSome(db, id)) db.run('delete from import where id = ?', id);
    return true;
  });

const isLoading = (db: Write, id: number): boolean =>
  db.get("select 1 as one from import where id = ? and status = 'loading'", id) !== undefined;

function dropSome(db: Write, id: number): boolean {
  if (!isLoading(db, id)) return false;
  if (dropSearchable(db, id) > 0) return true;
  let gone = 0;
  for (const sql of slices) {
    // The last two belong together: the mark goes only after what it marks.
    gone += db.count(sql, ...bound(sql, id));
    if (gone >= atOnce) return true;
  }
  return gone > 0;
}
