import type { ImportRow } from '../../shared/case.ts';
import type { Check } from '../../shared/check.ts';
import type { JudgedFile, SourceSummary } from '../../shared/evidence.ts';
import type { Fact } from '../../shared/fact.ts';
import type { JournalEntry } from '../../shared/journal.ts';
import type { Graph } from '../../shared/lineage.ts';
import type { Aspect, Verdict } from '../../shared/verdict.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { folderOf, folderTree } from './folder-tree.ts';
import { blobOf, held, rankOf } from './rows.ts';
import type { Read, Store, Write } from './store.ts';

/** What is kept of one import. */
export interface ImportContent {
  source: SourceSummary;
  files: readonly JudgedFile[];
  facts: readonly Fact[];
  checks: readonly Check[];
  passes: readonly { rule: string; aspect: Aspect; count: number }[];
  outcomes: readonly { id: string; verdict: Verdict; by: string }[];
  moreDigests: readonly [string, string[]][];
  graph: Graph;
}
type Summary = Pick<ImportRow, 'source' | 'verdict' | 'aspects' | 'counts' | 'unread' | 'notChecked' | 'changes'>;
interface Row {
  id: number;
  case_id: number;
  number: number;
  source_path: string;
  summary: string;
  imported_at: string;
  imported_by: string;
  latest: number;
}
const columns =
  "id, case_id, number, source_path, summary, imported_at, imported_by, not exists (select 1 from import later where later.case_id = import.case_id and later.source_path = import.source_path and later.status = 'complete' and later.number > import.number) as latest";
const rowOf = ({ id, number, summary, imported_at, imported_by, latest }: Row): ImportRow => ({
  id,
  number,
  ...held<Summary>(summary),
  importedAt: imported_at,
  importedBy: imported_by,
  isLatest: latest === 1,
});

export const importsOf = (db: Read, caseId: number): ImportRow[] =>
  db
    .all<Row>(`select ${columns} from import where case_id = ? and status = 'complete' order by number desc`, caseId)
    .map(rowOf);
export const importById = (db: Read, id: number): (ImportRow & { caseId: number }) | undefined => {
  const row = db.get<Row>(`select ${columns} from import where id = ? and status = 'complete'`, id);
  return row === undefined ? undefined : { ...rowOf(row), caseId: row.case_id };
};
/** The import before of the same source in a case. */
export const latestOf = (db: Read, caseId: number, path: string): ImportRow | undefined => {
  const row = db.get<Row>(
    `select ${columns} from import where case_id = ? and source_path = ? and status = 'complete' order by number desc limit 1`,
    caseId,
    path,
  );
  return row === undefined ? undefined : rowOf(row);
};

/** Id of the import that an import was compared with; null for the first of a source. */
export const previousOf = (db: Read, id: number): number | null =>
  db.get<{ previous_id: number | null }>('select previous_id from import where id = ?', id)?.previous_id ?? null;

/** Begins an import that nobody sees yet. */
export function beginImport(store: Store, caseId: number, path: string, at: string, by: string): number {
  let id = 0;
  store.load((db) => {
    const number = (db.get<{ n: number }>(
      'select coalesce(max(number), 0) + 1 as n from import where case_id = ?',
      caseId,
    )?.n ?? 1) as number;
    id = db.run(
      "insert into import (case_id, number, status, source_path, imported_at, imported_by) values (?, ?, 'loading', ?, ?, ?)",
      caseId,
      number,
      path,
      at,
      by,
    );
  });
  return id;
}

/** Takes back what was loaded of an import that was cancelled or refused. */
export function dropImport(store: Store, id: number): void {
  store.load((db) => {
    for (const table of [
      'folder',
      'file',
      'fact',
      'evidence_check',
      'pass_count',
      'more_digest',
      'signature_outcome',
      'node',
      'edge',
    ] as const)
      db.run(drops[table], id);
    db.run('delete from ledger_entry where ledger_id in (select id from ledger where import_id = ?)', id);
    db.run('delete from ledger where import_id = ?', id);
    db.run("delete from import where id = ? and status = 'loading'", id);
  });
}
const drops = {
  folder: 'delete from folder where import_id = ?',
  file: 'delete from file where import_id = ?',
  fact: 'delete from fact where import_id = ?',
  evidence_check: 'delete from evidence_check where import_id = ?',
  pass_count: 'delete from pass_count where import_id = ?',
  more_digest: 'delete from more_digest where import_id = ?',
  signature_outcome: 'delete from signature_outcome where import_id = ?',
  node: 'delete from node where import_id = ?',
  edge: 'delete from edge where import_id = ?',
};

/** Keeps a document's bytes, once for all imports that hold it. */
export const keepDocuments = (store: Store, documents: readonly { digest: string; bytes: Uint8Array }[]): void =>
  store.load((db) =>
    documents.forEach(
      ({ digest, bytes }) => void db.run('insert or ignore into kept (digest, bytes) values (?, ?)', digest, bytes),
    ),
  );

export interface LedgerColumns {
  first: number;
  at: (string | null)[];
  actor: (string | null)[];
  event: (string | null)[];
  hash: (string | null)[];
  previous: (string | null)[];
  offset: number[];
  length: number[];
}
/** Rows of a ledger, some thousands at once; words become numbers. */
export function loadLedgerRows(store: Store, importId: number, path: string, rows: LedgerColumns): void {
  store.load((db) => {
    const ledger =
      db.get<{ id: number }>('select id from ledger where import_id = ? and path = ?', importId, path)?.id ??
      db.run('insert into ledger (import_id, path) values (?, ?)', importId, path);
    const words = new Map<string, number>();
    const word = (text: string | null | undefined): number | null => {
      if (text == null) return null;
      const known =
        words.get(text) ??
        db.get<{ id: number }>('select id from word where text = ?', text)?.id ??
        db.run('insert into word (text) values (?)', text);
      words.set(text, known);
      return known;
    };
    rows.at.forEach(
      (at, i) =>
        void db.run(
          'insert into ledger_entry (ledger_id, entry, at, actor, event, hash, previous, offset, length) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
          ledger,
          rows.first + i,
          at,
          word(rows.actor[i]),
          word(rows.event[i]),
          hexBlob(rows.hash[i]),
          hexBlob(rows.previous[i]),
          rows.offset[i] ?? 0,
          rows.length[i] ?? 0,
        ),
    );
  });
}
const hexBlob = (hex: string | null | undefined): Buffer | null => (hex == null ? null : Buffer.from(hex, 'hex'));

/** One check is the same in two imports where it says the same of the same bytes: its answer then carries over. */
export const checkKey = ({ rule, code, subject, location, expected, actual, message }: Check): string =>
  sha256Hex(
    JSON.stringify([
      rule,
      code,
      subject,
      location?.line ?? location?.entry ?? location?.pointer ?? null,
      expected,
      actual,
      message,
    ]),
  );

/** Loads everything of an import in slices, so that whoever else waits for this thread waits some milliseconds. */
export async function loadImport(store: Store, id: number, content: ImportContent, signal: AbortSignal): Promise<void> {
  const slice = async <T>(
    items: readonly T[],
    size: number,
    insert: (db: Write, item: T, index: number) => void,
  ): Promise<void> => {
    for (let at = 0; at < items.length; at += size) {
      if (signal.aborted) return;
      store.load((db) => items.slice(at, at + size).forEach((item, i) => insert(db, item, at + i)));
      await new Promise((resume) => setImmediate(resume));
    }
  };
  const tree = folderTree(content.files);
  await slice(tree.rows, 2_000, (db, row, index) =>
    db.run(
      'insert into folder (import_id, id, parent, last, name, path, files, worst) values (?, ?, ?, ?, ?, ?, ?, ?)',
      id,
      index + 1,
      row.parent,
      row.last,
      row.name,
      row.path,
      row.files,
      row.worst,
    ),
  );
  const fileIds = new Map<string, number>();
  await slice(content.files, 2_000, (db, file) => {
    fileIds.set(
      file.path,
      db.run(
        'insert into file (import_id, folder, path, bytes, digest, format, state, claims, vouched, verdict, unread, modified_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        id,
        tree.idOf.get(folderOf(file.path)) ?? 1,
        file.path,
        file.bytes,
        blobOf(file.digest),
        file.format,
        file.state,
        file.claims,
        file.vouched,
        rankOf(file.verdict),
        file.unread,
        file.modifiedAt,
      ),
    );
  });
  // Listings of a hundred thousand lines are kept as rows of their items, not as one text of many megabytes.
  await slice(
    content.facts.filter(({ kind }) => kind !== 'relation' && kind !== 'signature'),
    500,
    (db, fact) =>
      db.run(
        'insert into fact (import_id, kind, path, body) values (?, ?, ?, ?)',
        id,
        fact.kind,
        fact.place.path,
        JSON.stringify(fact),
      ),
  );
  await slice(content.checks, 1_000, (db, check) => {
    const rowid = db.run(
      'insert into evidence_check (import_id, rule, aspect, verdict, code, subject, location, message, expected, actual, vouched, settled_by, partial, file_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      id,
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
      fileIds.get(check.subject) ?? null,
    );
    if (check.verdict !== 'pass')
      db.run(
        "insert into searchable (import_id, kind, ref, text) values (?, 'check', ?, ?)",
        id,
        rowid,
        `${check.subject} ${check.message}`,
      );
  });
  store.load((db) => {
    for (const { rule, aspect, count } of content.passes)
      db.run('insert into pass_count (import_id, rule, aspect, count) values (?, ?, ?, ?)', id, rule, aspect, count);
    for (const { id: signature, verdict, by } of content.outcomes)
      db.run(
        'insert or replace into signature_outcome (import_id, id, verdict, signer) values (?, ?, ?, ?)',
        id,
        signature,
        verdict,
        by,
      );
  });
  await slice(content.moreDigests, 2_000, (db, [key, digests]) =>
    db.run('insert into more_digest (import_id, key, digests) values (?, ?, ?)', id, key, JSON.stringify(digests)),
  );
  await slice(content.graph.nodes, 1_000, (db, node) => {
    db.run(
      'insert into node (import_id, id, body, path) values (?, ?, ?, ?)',
      id,
      node.id,
      JSON.stringify(node),
      node.path,
    );
    db.run("insert into searchable (import_id, kind, ref, text) values (?, 'node', ?, ?)", id, node.id, node.name);
  });
  await slice(content.graph.edges, 2_000, (db, edge) =>
    db.run(
      'insert into edge (import_id, source, target, relation, certainty, places) values (?, ?, ?, ?, ?, ?)',
      id,
      edge.source,
      edge.target,
      edge.relation,
      edge.certainty,
      JSON.stringify(edge.places),
    ),
  );
  await slice(content.files, 5_000, (db, file) =>
    db.run(
      "insert into searchable (import_id, kind, ref, text) values (?, 'file', ?, ?)",
      id,
      fileIds.get(file.path) ?? 0,
      file.path.replaceAll('/', ' / '),
    ),
  );
  if (!signal.aborted)
    store.load((db) =>
      db.run('insert into search (rowid, text) select id, text from searchable where import_id = ?', id),
    );
}

/** The commit's part: the import is seen from now on. */
export const completeImport = (
  db: Write,
  id: number,
  summary: Summary,
  previousId: number | null,
  _entry: JournalEntry,
): void =>
  void db.run(
    "update import set status = 'complete', summary = ?, previous_id = ? where id = ?",
    JSON.stringify(summary),
    previousId,
    id,
  );
