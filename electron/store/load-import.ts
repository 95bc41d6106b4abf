import type { JudgedFile } from '../../shared/evidence.ts';
import { fileStates } from '../../shared/evidence.ts';
import type { Fact, FactKind } from '../../shared/fact.ts';
import type { ImportContent } from './imports.ts';
import { blobOf, rankOf } from './rows.ts';
import type { Store, Write } from './store.ts';

/** Kept in tables of their own, or read by rules alone. */
const notStored: ReadonlySet<FactKind> = new Set(['relation', 'signature', 'listing', 'tensors', 'shard-index']);

/** How long one slice may hold the thread, ms: whoever else waits for it waits no longer than that and a sync. */
const sliceTime = 10;

/** Keeps documents' bytes, once for all imports that hold them. */
export const keepDocuments = (
  store: Store,
  importId: number,
  documents: readonly { digest: string; bytes: Uint8Array }[],
): void =>
  store.load((db) => {
    for (const { digest, bytes } of documents) {
      db.run('insert or ignore into kept (digest, bytes) values (?, ?)', digest, bytes);
      db.run('insert or ignore into kept_by (import_id, digest) values (?, ?)', importId, digest);
    }
  });

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

/** Loads everything of an import in slices; an abort ends it between two. */
export async function loadImport(
  store: Store,
  id: number,
  content: ImportContent,
  signal: AbortSignal,
  onProgress: (filesDone: number) => void,
): Promise<void> {
  const slices = async <T>(items: readonly T[], insert: (db: Write, item: T, index: number) => void): Promise<void> => {
    for (let at = 0; at < items.length && !signal.aborted; ) {
      at = store.load((db) => {
        const until = performance.now() + sliceTime;
        let next = at;
        for (const item of items.slice(at, at + 5_000)) {
          insert(db, item, next);
          next += 1;
          if (performance.now() > until) break;
        }
        return next;
      });
      await new Promise((resume) => setImmediate(resume));
    }
  };
  const fileIds = new Map<string, number>();
  await slices(content.folders, (db, row, index) =>
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
  await slices(content.files, (db, file, index) => {
    const rowid = insertFile(db, id, content.folderOfFile[index] ?? 1, file);
    fileIds.set(file.path, rowid);
    insertText(db, id, 'file', rowid, file.path.replaceAll('/', ' / '));
    if (index % 1_000 === 0) onProgress(index);
  });
  for (const fact of content.facts)
    if (fact.kind === 'listing') {
      let factId = 0;
      store.load((db) => {
        factId = insertFact(db, id, { ...fact, items: [] });
      });
      await slices(fact.items, (db, { path, digests, place, range }, item) => {
        if (path !== null && range === undefined)
          db.run(
            'insert into listing_item (import_id, path, fact_id, item, place, digests) values (?, ?, ?, ?, ?, ?)',
            id,
            path,
            factId,
            item,
            JSON.stringify(place),
            JSON.stringify(digests),
          );
      });
    }
  await slices(
    content.facts.filter(({ kind }) => !notStored.has(kind)),
    (db, fact) => insertFact(db, id, fact),
  );
  await slices(content.checks, (db, check, index) => {
    const rowid = db.run(
      'insert into evidence_check (import_id, rule, aspect, verdict, code, subject, location, message, expected, actual, vouched, settled_by, partial, file_id, answer_key) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
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
      Buffer.from(content.answerKeys[index] ?? '', 'hex'),
    );
    if (check.verdict !== 'pass') insertText(db, id, 'check', rowid, `${check.subject} ${check.message}`);
  });
  await slices(content.passes, (db, { rule, aspect, count }) =>
    db.run('insert into pass_count (import_id, rule, aspect, count) values (?, ?, ?, ?)', id, rule, aspect, count),
  );
  await slices(content.outcomes, (db, { id: signature, verdict, by }) =>
    db.run(
      'insert or replace into signature_outcome (import_id, id, verdict, signer) values (?, ?, ?, ?)',
      id,
      signature,
      verdict,
      by,
    ),
  );
  await slices(content.moreDigests, (db, [key, digests]) =>
    db.run('insert into more_digest (import_id, key, digests) values (?, ?, ?)', id, key, JSON.stringify(digests)),
  );
  await slices(content.graph.nodes, (db, node) => {
    db.run(
      'insert into node (import_id, id, body, path) values (?, ?, ?, ?)',
      id,
      node.id,
      JSON.stringify(node),
      node.path,
    );
    insertText(db, id, 'node', node.id, node.name);
  });
  await slices(content.graph.edges, (db, edge) =>
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
}

const insertFile = (db: Write, importId: number, folder: number, file: JudgedFile): number =>
  db.run(
    'insert into file (import_id, folder, path, bytes, digest, format, state, claims, vouched, verdict, unread, modified_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    importId,
    folder,
    file.path,
    file.bytes,
    blobOf(file.digest),
    file.format ?? '',
    fileStates.indexOf(file.state),
    file.claims,
    file.vouched,
    rankOf(file.verdict),
    file.unread,
    file.modifiedAt,
  );
const insertFact = (db: Write, importId: number, fact: Fact): number =>
  db.run(
    'insert into fact (import_id, kind, path, body) values (?, ?, ?, ?)',
    importId,
    fact.kind,
    fact.place.path,
    JSON.stringify(fact),
  );
/** What search finds, in the content table and its index at once, so that neither is ever without the other. */
function insertText(db: Write, importId: number, kind: 'file' | 'check' | 'node', ref: number, text: string): void {
  const rowid = db.run(
    'insert into searchable (import_id, kind, ref, text) values (?, ?, ?, ?)',
    importId,
    kind,
    ref,
    text,
  );
  db.run('insert into search (rowid, text) values (?, ?)', rowid, text);
}
