import type { ImportRow } from '../../shared/case.ts';
import { held } from './rows.ts';
import type { Read, Store, Write } from './store.ts';

type Summary = Pick<
  ImportRow,
  'source' | 'policy' | 'verdict' | 'aspects' | 'counts' | 'unread' | 'notChecked' | 'changes' | 'signs' | 'trust'
>;
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
  // Imports of a version before policies recorded none.
  policy: held<Partial<Summary>>(summary).policy ?? null,
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
/** The case of an import that is complete, without the rest of it. */
export const caseOfImport = (db: Read, id: number): number | undefined =>
  db.get<{ case_id: number }>("select case_id from import where id = ? and status = 'complete'", id)?.case_id;
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

/** The commit's part: the import is seen from now on. */
export function completeImport(db: Write, id: number, summary: Summary, previousId: number | null): void {
  db.run(
    "update import set status = 'complete', summary = ?, previous_id = ? where id = ? and status = 'loading'",
    JSON.stringify(summary),
    previousId,
    id,
  );
  db.run('insert into words_to_come (import_id) values (?)', id);
}
