import type { NewCase } from '../../shared/case.ts';
import type { Annotation, Finding, HistoryEntry } from '../../shared/finding.ts';
import { held } from './rows.ts';
import type { Read, Store, Write } from './store.ts';

export interface CaseData extends NewCase {
  id: number;
  createdAt: string;
  touchedAt: string;
}
interface Row {
  id: number;
  name: string;
  model: string;
  purpose: string;
  risk_tier: NewCase['riskTier'];
  playbook: string;
  created_at: string;
  touched_at: string;
}
const caseOf = (row: Row): CaseData => ({
  id: row.id,
  name: row.name,
  model: row.model,
  purpose: row.purpose,
  riskTier: row.risk_tier,
  playbook: row.playbook,
  createdAt: row.created_at,
  touchedAt: row.touched_at,
});
export const allCases = (db: Read): CaseData[] =>
  db.all<Row>("select * from review_case where created_at <> '' order by touched_at desc, id desc").map(caseOf);
export const caseById = (db: Read, id: number): CaseData | undefined => {
  const row = db.get<Row>("select * from review_case where id = ? and created_at <> ''", id);
  return row === undefined ? undefined : caseOf(row);
};
/** Number that the next case gets: known beforehand, so that the entry of its making is of the case itself. */
export const nextCaseId = (db: Read): number =>
  (db.get<{ last: number | null }>('select max(id) as last from review_case')?.last ?? 0) + 1;
export const insertCase = (db: Write, id: number, given: NewCase, at: string): number =>
  db.run(
    'insert into review_case (id, name, model, purpose, risk_tier, playbook, created_at, touched_at) values (?, ?, ?, ?, ?, ?, ?, ?)',
    id,
    given.name,
    given.model,
    given.purpose,
    given.riskTier,
    given.playbook,
    at,
    at,
  );
/** A case that nobody sees until a commit makes it: there is one only when its first import is. Returns its number. */
export function beginCase(store: Store, given: NewCase): number {
  const id = store.read(nextCaseId);
  store.load((db) => insertCase(db, id, given, ''));
  return id;
}
/** The commit's part: the case is seen from now on. */
export const completeCase = (db: Write, id: number, at: string): void =>
  void db.run("update review_case set created_at = ?, touched_at = ? where id = ? and created_at = ''", at, at, id);
/** Takes back the cases whose first import never came to its end. One that is seen, or is being imported, is not touched. */
export const dropCases = (store: Store): void => {
  const left =
    "from review_case where created_at = '' and not exists (select 1 from import where case_id = review_case.id)";
  if (store.read((db) => db.get(`select 1 as one ${left}`)) !== undefined) store.load((db) => db.run(`delete ${left}`));
};
export const touchCase = (db: Write, id: number, at: string): void =>
  void db.run('update review_case set touched_at = ? where id = ?', at, id);

type FindingBody = Pick<Finding, 'title' | 'owner' | 'rationale' | 'recommendation' | 'anchors'>;
interface FindingRow {
  id: number;
  number: number;
  case_id: number;
  body: string;
  status: Finding['status'];
  severity: Finding['severity'];
  raised_at: string;
  raised_by: string;
}
const historyOf = (db: Read, id: number): HistoryEntry[] =>
  db.all('select at, by, what, before, after, journal from finding_history where finding_id = ? order by id', id);
const findingOf = (db: Read, row: FindingRow): Omit<Finding, 'isStale'> => ({
  id: row.id,
  number: row.number,
  ...held<FindingBody>(row.body),
  status: row.status,
  severity: row.severity,
  raisedAt: row.raised_at,
  raisedBy: row.raised_by,
  history: historyOf(db, row.id),
});
export const findingsOf = (db: Read, caseId: number): Omit<Finding, 'isStale'>[] =>
  db
    .all<FindingRow>('select * from finding where case_id = ? order by number', caseId)
    .map((row) => findingOf(db, row));
export const findingById = (db: Read, id: number): (Omit<Finding, 'isStale'> & { caseId: number }) | undefined => {
  const row = db.get<FindingRow>('select * from finding where id = ?', id);
  return row === undefined ? undefined : { ...findingOf(db, row), caseId: row.case_id };
};
export const bodyOf = ({ title, owner, rationale, recommendation, anchors }: FindingBody): string =>
  JSON.stringify({ title, owner, rationale, recommendation, anchors });
export function insertFinding(
  db: Write,
  caseId: number,
  finding: FindingBody & { severity: Finding['severity'] },
  at: string,
  by: string,
  journal: number,
): number {
  const number =
    db.get<{ n: number }>('select coalesce(max(number), 0) + 1 as n from finding where case_id = ?', caseId)?.n ?? 1;
  const id = db.run(
    "insert into finding (case_id, number, body, status, severity, raised_at, raised_by) values (?, ?, ?, 'open', ?, ?, ?)",
    caseId,
    number,
    bodyOf(finding),
    finding.severity,
    at,
    by,
  );
  addHistory(db, id, { at, by, what: 'raised', before: null, after: finding.severity, journal });
  return id;
}
export const updateFinding = (
  db: Write,
  id: number,
  finding: FindingBody & Pick<Finding, 'severity' | 'status'>,
): void =>
  void db.run(
    'update finding set body = ?, severity = ?, status = ? where id = ?',
    bodyOf(finding),
    finding.severity,
    finding.status,
    id,
  );
/** The finding that an entry of the journal raised or changed, and what it changed. */
export const changedBy = (
  db: Read,
  caseId: number,
  journal: number,
): { findingId: number; what: string; before: string | null; after: string | null }[] =>
  db.all(
    'select finding_id as findingId, what, before, after from finding_history join finding on finding.id = finding_id where case_id = ? and journal = ? order by finding_history.id',
    caseId,
    journal,
  );
export const addHistory = (
  db: Write,
  findingId: number,
  { at, by, what, before, after, journal }: HistoryEntry,
): void =>
  void db.run(
    'insert into finding_history (finding_id, at, by, what, before, after, journal) values (?, ?, ?, ?, ?, ?, ?)',
    findingId,
    at,
    by,
    what,
    before,
    after,
    journal,
  );

interface AnnotationRow {
  id: number;
  case_id: number;
  anchor: string;
  text: string;
  at: string;
  by: string;
  withdrawn: number;
}
const annotationOf = (row: AnnotationRow): Omit<Annotation, 'isStale'> => ({
  id: row.id,
  anchor: held<Annotation['anchor']>(row.anchor),
  text: row.text,
  at: row.at,
  by: row.by,
  isWithdrawn: row.withdrawn === 1,
});
export const annotationsOf = (db: Read, caseId: number, path: string | null): Omit<Annotation, 'isStale'>[] =>
  db
    .all<AnnotationRow>(
      'select * from annotation where case_id = ? and (? is null or path = ?) order by id',
      caseId,
      path,
      path,
    )
    .map(annotationOf);
export const annotationById = (
  db: Read,
  id: number,
): (Omit<Annotation, 'isStale'> & { caseId: number }) | undefined => {
  const row = db.get<AnnotationRow>('select * from annotation where id = ?', id);
  return row === undefined ? undefined : { ...annotationOf(row), caseId: row.case_id };
};
export const insertAnnotation = (
  db: Write,
  caseId: number,
  anchor: Annotation['anchor'],
  text: string,
  at: string,
  by: string,
  journal: number,
): number =>
  db.run(
    'insert into annotation (case_id, anchor, path, text, at, by, journal, latest) values (?, ?, ?, ?, ?, ?, ?, ?)',
    caseId,
    JSON.stringify(anchor),
    anchor.place.path,
    text,
    at,
    by,
    journal,
    journal,
  );
export const annotationMadeBy = (db: Read, journal: number): number | undefined =>
  db.get<{ id: number }>('select id from annotation where journal = ?', journal)?.id;
export const setWithdrawn = (db: Write, id: number, withdrawn: boolean, journal: number): void =>
  void db.run('update annotation set withdrawn = ?, latest = ? where id = ?', withdrawn ? 1 : 0, journal, id);

export const markReviewed = (db: Write, caseId: number, path: string, digest: string, at: string, by: string): void =>
  void db.run(
    'insert or replace into review_mark (case_id, path, digest, at, by) values (?, ?, ?, ?, ?)',
    caseId,
    path,
    digest,
    at,
    by,
  );
export const unmark = (db: Write, caseId: number, path: string, digest: string): void =>
  void db.run('delete from review_mark where case_id = ? and path = ? and digest = ?', caseId, path, digest);
export const wasViewed = (db: Read, caseId: number, path: string, digest: string, by: string): boolean =>
  db.get(
    'select 1 as one from view_mark where case_id = ? and path = ? and digest = ? and by = ?',
    caseId,
    path,
    digest,
    by,
  ) !== undefined;
export const markViewed = (db: Write, caseId: number, path: string, digest: string, by: string, at: string): void =>
  void db.run(
    'insert or ignore into view_mark (case_id, path, digest, by, at) values (?, ?, ?, ?, ?)',
    caseId,
    path,
    digest,
    by,
    at,
  );
/**
 * Digest of a path now: in the latest import of the source that an import is of, hex; null where it is gone. Another
 * source of the case may hold other bytes under the same path, and says nothing about this one.
 */
export const currentDigest = (db: Read, importId: number, path: string): string | null =>
  db.get<{ digest: string | null }>(
    "select lower(hex(file.digest)) as digest from import of join import now on now.case_id = of.case_id and now.source_path = of.source_path and now.status = 'complete' join file on file.import_id = now.id and file.path = ? where of.id = ? and now.number = (select max(number) from import last where last.case_id = of.case_id and last.source_path = of.source_path and last.status = 'complete')",
    path,
    importId,
  )?.digest ?? null;
