import type { FileFilter, FileRow, FolderRow } from '../../shared/contract/evidence.ts';
import { type FileState, fileStates, type Place } from '../../shared/evidence.ts';
import type { Fact, FactOf } from '../../shared/fact.ts';
import type { GraphEdge, GraphNode } from '../../shared/lineage.ts';
import type { Vouched } from '../../shared/verdict.ts';
import { digestOf, held, verdictOf } from './rows.ts';
import { isSampled } from './sampling.ts';
import type { Read } from './store.ts';

export const foldersOf = (db: Read, importId: number, parent: number | null): FolderRow[] =>
  db
    .all<{ id: number; name: string; path: string; files: number; worst: number | null; last: number }>(
      'select id, name, path, files, worst, last from folder where import_id = ? and parent is ? order by name',
      importId,
      parent,
    )
    .map(({ worst, last, ...row }) => ({ ...row, worst: verdictOf(worst), hasFolders: last > row.id }));

interface Row {
  id: number;
  path: string;
  bytes: number;
  digest: Uint8Array | null;
  format: string;
  state: number;
  claims: number;
  vouched: Vouched;
  verdict: number | null;
  unread: string | null;
  modified_at: number | null;
  reviewed: number;
}
const reviewed =
  'exists (select 1 from review_mark where case_id = (select case_id from import where import.id = file.import_id) and review_mark.path = file.path and review_mark.digest = lower(hex(file.digest)))';
const columns = `id, path, bytes, digest, format, state, claims, vouched, verdict, unread, modified_at, ${reviewed} as reviewed`;
/** States are kept by their place in the list, worst first, so that a sort by state is a walk along an index. */
const stateOf = (state: number): FileState => fileStates[state] ?? 'unread';
const rowOf = ({
  id,
  path,
  bytes,
  digest,
  format,
  state,
  claims,
  vouched,
  verdict,
  reviewed: isReviewed,
}: Row): FileRow => ({
  id,
  path,
  bytes,
  digest: digestOf(digest),
  format: format === '' ? null : format,
  state: stateOf(state),
  claims,
  vouched,
  verdict: verdictOf(verdict),
  isReviewed: isReviewed === 1,
});

/** Column by which a page is keyed; files are numbered in the order of their paths. */
const sorts = { path: 'id', bytes: 'bytes', format: 'format', state: 'state' } as const;

/** A key page of files: `cursor` holds the sort value and the number of the last row of the page before. */
export function filesOf(
  db: Read,
  importId: number,
  filter: FileFilter,
  sort: keyof typeof sorts,
  descending: boolean,
  cursor: string | null,
  limit: number,
): { rows: FileRow[]; cursor: string | null; total: number } {
  const where: string[] = ['import_id = ?'];
  const values: unknown[] = [importId];
  if (filter.folder !== null && filter.folder !== 1) {
    where.push('folder between ? and (select last from folder where folder.import_id = ? and folder.id = ?)');
    values.push(filter.folder, importId, filter.folder);
  }
  if (filter.path !== '') {
    where.push("path like ? escape '\\'");
    values.push(`%${filter.path.replace(/[\\%_]/g, '\\$&')}%`);
  }
  if (filter.state !== null) {
    where.push('state = ?');
    values.push(fileStates.indexOf(filter.state));
  }
  if (filter.format !== null) {
    where.push('format = ?');
    values.push(filter.format);
  }
  if (filter.unreviewed) where.push(`not ${reviewed}`);
  if (filter.sampled) {
    where.push(isSampled);
    values.push(importId, importId);
  }
  const total =
    where.length === 1
      ? filesIn(db, importId)
      : (db.get<{ n: number }>(`select count(*) as n from file where ${where.join(' and ')}`, ...values)?.n ?? 0);
  const by = sorts[sort];
  const direction = descending ? '<' : '>';
  if (cursor !== null) {
    const [value, id] = held<[string | number, number]>(cursor);
    where.push(sort === 'path' ? `id ${direction} ?` : `(${by}, id) ${direction} (?, ?)`);
    values.push(...(sort === 'path' ? [id] : [value, id]));
  }
  const order = descending ? 'desc' : 'asc';
  const rows = db.all<Row & { sort_value: string | number }>(
    `select ${columns}, ${by} as sort_value from file where ${where.join(' and ')} order by ${sort === 'path' ? `id ${order}` : `${by} ${order}, id ${order}`} limit ?`,
    ...values,
    limit,
  );
  const last = rows.at(-1);
  return {
    rows: rows.map(rowOf),
    cursor: rows.length < limit || last === undefined ? null : JSON.stringify([last.sort_value, last.id]),
    total,
  };
}

const filesIn = (db: Read, importId: number): number =>
  db.get<{ files: number }>('select files from folder where import_id = ? and id = 1', importId)?.files ?? 0;

export const fileById = (
  db: Read,
  importId: number,
  fileId: number,
): (FileRow & { unread: string | null; modifiedAt: number | null }) | undefined => {
  const row = db.get<Row>(`select ${columns} from file where import_id = ? and id = ?`, importId, fileId);
  return row === undefined ? undefined : { ...rowOf(row), unread: row.unread, modifiedAt: row.modified_at };
};
export const fileByPath = (db: Read, importId: number, path: string): FileRow | undefined => {
  const row = db.get<Row>(`select ${columns} from file where import_id = ? and path = ?`, importId, path);
  return row === undefined ? undefined : rowOf(row);
};
export const statesOf = (db: Read, importId: number): { state: FileState; count: number }[] =>
  db
    .all<{ state: number; count: number }>(
      'select state, count(*) as count from file where import_id = ? group by state order by state',
      importId,
    )
    .map(({ state, count }) => ({ state: stateOf(state), count }));
export const formatsOf = (db: Read, importId: number): { format: string; count: number }[] =>
  db.all(
    'select format, count(*) as count from file where import_id = ? group by format order by count desc',
    importId,
  );
export const factsOf = (db: Read, importId: number, path: string): Fact[] =>
  db
    .all<{ body: string }>('select body from fact where import_id = ? and path = ?', importId, path)
    .map(({ body }) => held<Fact>(body));
/** What listings state for one path: the listing, without its other items, and the digests it gives. */
export const statedFor = (
  db: Read,
  importId: number,
  path: string,
): { listing: FactOf<'listing'>; place: Place; digests: string[] }[] =>
  db
    .all<{ body: string; place: string; digests: string; digest: Uint8Array | null }>(
      'select body, place, digests, file.digest from file join listing_item on listing_item.import_id = file.import_id and listing_item.file = file.id join fact on fact.id = fact_id where file.import_id = ? and file.path = ? order by fact_id, item',
      importId,
      path,
    )
    .map(({ body, place, digests, digest }) => {
      const listing = held<FactOf<'listing'>>(body);
      const line = Number(place);
      return {
        listing,
        // What most items are is not written out (`ItemColumns`).
        place: Number.isNaN(line) ? held<Place>(place) : { path: listing.place.path, line },
        digests: digests === '' ? [digestOf(digest) ?? ''] : held<string[]>(digests),
      };
    });
export const isKept = (db: Read, digest: string): boolean =>
  db.get('select 1 as one from kept where digest = ?', digest) !== undefined;
export const keptBytes = (db: Read, digest: string): Uint8Array | undefined =>
  db.get<{ bytes: Uint8Array }>('select bytes from kept where digest = ?', digest)?.bytes;
export const outcomesOf = (db: Read, importId: number): Map<string, { verdict: string; signer: string }> =>
  new Map(
    db
      .all<{ id: string; verdict: string; signer: string }>(
        'select id, verdict, signer from signature_outcome where import_id = ?',
        importId,
      )
      .map((row) => [row.id, row]),
  );
export const moreDigestsOf = (db: Read, importId: number, path: string): string[] =>
  held<string[]>(
    db.get<{ digests: string }>('select digests from more_digest where import_id = ? and key = ?', importId, path)
      ?.digests ?? '[]',
  );
export const historyOf = (
  db: Read,
  caseId: number,
  path: string,
): { importId: number; number: number; importedAt: string; digest: string | null }[] =>
  db
    .all<{ id: number; number: number; imported_at: string; digest: Uint8Array | null }>(
      "select import.id, import.number, import.imported_at, file.digest from import join file on file.import_id = import.id and file.path = ? where import.case_id = ? and import.status = 'complete' order by import.number",
      path,
      caseId,
    )
    .map((row) => ({
      importId: row.id,
      number: row.number,
      importedAt: row.imported_at,
      digest: digestOf(row.digest),
    }));
export const allFiles = (db: Read, importId: number): FileRow[] =>
  db.all<Row>(`select ${columns} from file where import_id = ? order by path`, importId).map(rowOf);
/**
 * Next file without a review mark: what a sampling plan picked first, then the most critical, by verdict, those that
 * nothing is said of last, then by path.
 */
export const nextUnreviewed = (
  db: Read,
  importId: number,
  after: number | null,
): { id: number; path: string } | undefined =>
  db.get(
    `select id, path from file where import_id = ? and ${isSampled} and not ${reviewed} and id <> ? order by verdict is null, verdict, id limit 1`,
    importId,
    importId,
    importId,
    after ?? 0,
  ) ??
  db.get(
    `select id, path from file where import_id = ? and verdict is not null and digest is not null and not ${reviewed} and id <> ? order by verdict, id limit 1`,
    importId,
    after ?? 0,
  ) ??
  db.get(
    `select id, path from file where import_id = ? and verdict is null and digest is not null and not ${reviewed} and id <> ? order by id limit 1`,
    importId,
    after ?? 0,
  );
/** Of the files whose bytes are here; counted from the marks, which are few, and never file by file. */
export const progressOf = (db: Read, importId: number): { reviewed: number; total: number } => ({
  reviewed:
    db.get<{ n: number }>(
      // In this order: from the few marks to their files.
      'select count(*) as n from import cross join review_mark on review_mark.case_id = import.case_id cross join file on file.import_id = import.id and file.path = review_mark.path and lower(hex(file.digest)) = review_mark.digest where import.id = ?',
      importId,
    )?.n ?? 0,
  total:
    filesIn(db, importId) -
    (db.get<{ n: number }>(
      "select (summary ->> '$.counts.states.missing') + (summary ->> '$.counts.states.unread') as n from import where id = ?",
      importId,
    )?.n ?? 0),
});

export function graphOf(db: Read, importId: number): { nodes: GraphNode[]; edges: GraphEdge[] } {
  return {
    nodes: db
      .all<{ body: string }>('select body from node where import_id = ? order by id', importId)
      .map(({ body }) => held<GraphNode>(body)),
    edges: db
      .all<Omit<GraphEdge, 'places'> & { places: string }>(
        'select source, target, relation, certainty, places from edge where import_id = ? order by source, target, relation',
        importId,
      )
      .map((row) => ({ ...row, places: held<GraphEdge['places']>(row.places) })),
  };
}
export const nodesAt = (db: Read, importId: number, path: string): GraphNode[] =>
  db
    .all<{ body: string }>('select body from node where import_id = ? and path = ?', importId, path)
    .map(({ body }) => held<GraphNode>(body));

export interface LedgerRowData {
  id: number;
  path: string;
}
export const ledgersOf = (db: Read, importId: number): LedgerRowData[] =>
  db.all('select id, path from ledger where import_id = ? order by path', importId);
export const ledgerById = (db: Read, id: number): (LedgerRowData & { importId: number }) | undefined =>
  db.get('select id, path, import_id as importId from ledger where id = ?', id);
export interface LedgerEntryData {
  entry: number;
  at: string | null;
  actor: string | null;
  event: string | null;
  hash: string | null;
  previous: string | null;
  offset: number;
  length: number;
}
export const ledgerEntries = (db: Read, ledgerId: number, from: number, limit: number): LedgerEntryData[] =>
  db.all(
    // Without bytes, the hash before is that of the entry before.
    'select entry, at, a.text as actor, e.text as event, lower(hex(hash)) as hash, lower(hex(case when length(previous) = 0 then (select before.hash from ledger_entry before where before.ledger_id = ledger_entry.ledger_id and before.entry = ledger_entry.entry - 1) else previous end)) as previous, offset, length from ledger_entry left join word a on a.id = actor left join word e on e.id = event where ledger_id = ? and entry >= ? order by entry limit ?',
    ledgerId,
    from,
    limit,
  );
export const ledgerSize = (db: Read, ledgerId: number): number =>
  db.get<{ n: number }>('select coalesce(max(entry), 0) as n from ledger_entry where ledger_id = ?', ledgerId)?.n ?? 0;
