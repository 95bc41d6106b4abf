import type { Check } from '../../shared/check.ts';
import type { CheckFilter, CheckRow } from '../../shared/contract/check.ts';
import type { Place } from '../../shared/evidence.ts';
import type { Answer } from '../../shared/finding.ts';
import { type Aspect, noVerdicts, type VerdictCounts, verdicts } from '../../shared/verdict.ts';
import { checkKey } from './imports.ts';
import { held, rankOf, verdictOf } from './rows.ts';
import type { Read, Write } from './store.ts';

interface Row {
  id: number;
  import_id: number;
  rule: string;
  aspect: Aspect;
  verdict: number;
  code: string;
  subject: string;
  location: string | null;
  message: string;
  expected: string | null;
  actual: string | null;
  vouched: Check['vouched'];
  settled_by: string;
  partial: number;
  file_id: number | null;
}
const columns =
  'id, import_id, rule, aspect, verdict, code, subject, location, message, expected, actual, vouched, settled_by, partial, file_id';
const checkOf = (row: Row): Check => ({
  rule: row.rule,
  aspect: row.aspect,
  verdict: verdictOf(row.verdict) ?? 'undecided',
  code: row.code,
  subject: row.subject,
  location: row.location === null ? null : held<Place>(row.location),
  message: row.message,
  expected: row.expected,
  actual: row.actual,
  vouched: row.vouched,
  settledBy: row.settled_by,
  partial: row.partial === 1,
});

const caseOf = (db: Read, importId: number): number =>
  db.get<{ id: number }>('select case_id as id from import where id = ?', importId)?.id ?? 0;
function answerOf(db: Read, caseId: number, row: Row): Answer | null {
  const found = db.get<{ finding_id: number | null; explanation: string | null; at: string; by: string }>(
    'select finding_id, explanation, at, by from answer where case_id = ? and check_key = ?',
    caseId,
    checkKey(checkOf(row)),
  );
  return found === undefined
    ? null
    : { checkId: row.id, findingId: found.finding_id, explanation: found.explanation, at: found.at, by: found.by };
}
const rowOf = (db: Read, caseId: number, row: Row): CheckRow => ({
  ...checkOf(row),
  id: row.id,
  fileId: row.file_id,
  answer: answerOf(db, caseId, row),
});

function where(importId: number, filter: CheckFilter): { sql: string; values: unknown[] } {
  const parts = ['import_id = ?'];
  const values: unknown[] = [importId];
  const add = (sql: string, ...more: unknown[]) => {
    parts.push(sql);
    values.push(...more);
  };
  if (filter.verdict !== null) add('verdict = ?', rankOf(filter.verdict));
  if (filter.aspect !== null) add('aspect = ?', filter.aspect);
  if (filter.rule !== null) add('rule = ?', filter.rule);
  if (filter.folder !== null && filter.folder !== '')
    add('substr(subject, 1, ?) = ?', filter.folder.length + 1, `${filter.folder}/`);
  if (filter.path !== null) add('subject = ?', filter.path);
  return { sql: parts.join(' and '), values };
}

/** A key page by id; checks are numbered in the order of their fixed sort. Worst first within the page's query. */
export function checksPage(
  db: Read,
  importId: number,
  filter: CheckFilter,
  after: number | null,
  limit: number,
): { rows: CheckRow[]; more: boolean; total: number } {
  const { sql, values } = where(importId, filter);
  const caseId = caseOf(db, importId);
  const total = db.get<{ n: number }>(`select count(*) as n from evidence_check where ${sql}`, ...values)?.n ?? 0;
  const from =
    after === null ? undefined : db.get<{ verdict: number }>('select verdict from evidence_check where id = ?', after);
  const key = from === undefined ? '' : ' and (verdict, id) > (?, ?)';
  const rows = db.all<Row>(
    `select ${columns} from evidence_check where ${sql}${key} order by verdict, id limit ?`,
    ...values,
    ...(from === undefined ? [] : [from.verdict, after]),
    limit + 1,
  );
  const all = rows.slice(0, limit).map((row) => rowOf(db, caseId, row));
  return {
    rows: filter.unanswered ? all.filter(({ answer, verdict }) => answer === null && verdict !== 'pass') : all,
    more: rows.length > limit,
    total,
  };
}
export function checkById(db: Read, id: number): (CheckRow & { importId: number }) | undefined {
  const row = db.get<Row>(`select ${columns} from evidence_check where id = ?`, id);
  return row === undefined ? undefined : { ...rowOf(db, caseOf(db, row.import_id), row), importId: row.import_id };
}
export const checksAbout = (db: Read, importId: number, path: string): CheckRow[] =>
  db
    .all<Row>(
      `select ${columns} from evidence_check where import_id = ? and subject = ? order by verdict, id`,
      importId,
      path,
    )
    .map((row) => rowOf(db, caseOf(db, importId), row));
/** Every check that is not a pass, with its answer. */
export const openChecks = (db: Read, importId: number): CheckRow[] =>
  db
    .all<Row>(
      `select ${columns} from evidence_check where import_id = ? and verdict < 4 order by verdict, id`,
      importId,
    )
    .map((row) => rowOf(db, caseOf(db, importId), row));
export const passesOf = (db: Read, importId: number): { rule: string; aspect: Aspect; count: number }[] =>
  db.all('select rule, aspect, count from pass_count where import_id = ? order by rule, aspect', importId);

export function groupsOf(db: Read, importId: number, filter: CheckFilter): { rule: string; counts: VerdictCounts }[] {
  const { sql, values } = where(importId, filter);
  const groups = new Map<string, VerdictCounts>();
  for (const { rule, verdict, n } of db.all<{ rule: string; verdict: number; n: number }>(
    `select rule, verdict, count(*) as n from evidence_check where ${sql} group by rule, verdict`,
    ...values,
  )) {
    const counts = groups.get(rule) ?? noVerdicts();
    counts[verdictOf(verdict) ?? 'undecided'] += n;
    groups.set(rule, counts);
  }
  if (filter.path === null && filter.folder === null && (filter.verdict === null || filter.verdict === 'pass'))
    for (const { rule, aspect, count } of passesOf(db, importId)) {
      if ((filter.rule !== null && filter.rule !== rule) || (filter.aspect !== null && filter.aspect !== aspect))
        continue;
      const counts = groups.get(rule) ?? noVerdicts();
      counts.pass += count;
      groups.set(rule, counts);
    }
  const worst = (counts: VerdictCounts) => verdicts.findIndex((verdict) => counts[verdict] > 0);
  return [...groups]
    .map(([rule, counts]) => ({ rule, counts }))
    .sort((a, b) => worst(a.counts) - worst(b.counts) || (a.rule < b.rule ? -1 : 1));
}

export function facetsOf(
  db: Read,
  importId: number,
): {
  verdicts: VerdictCounts;
  aspects: { aspect: Aspect; count: number }[];
  folders: { folder: string; count: number }[];
} {
  const counts = noVerdicts();
  for (const { verdict, n } of db.all<{ verdict: number; n: number }>(
    'select verdict, count(*) as n from evidence_check where import_id = ? group by verdict',
    importId,
  ))
    counts[verdictOf(verdict) ?? 'undecided'] = n;
  const passes = passesOf(db, importId);
  counts.pass += passes.reduce((sum, { count }) => sum + count, 0);
  const aspects = new Map<Aspect, number>();
  for (const { aspect, n } of db.all<{ aspect: Aspect; n: number }>(
    'select aspect, count(*) as n from evidence_check where import_id = ? group by aspect',
    importId,
  ))
    aspects.set(aspect, n);
  for (const { aspect, count } of passes) aspects.set(aspect, (aspects.get(aspect) ?? 0) + count);
  const folders = db.all<{ folder: string; count: number }>(
    "select substr(subject, 1, instr(subject, '/') - 1) as folder, count(*) as count from evidence_check where import_id = ? and instr(subject, '/') > 0 group by 1 order by count desc limit 30",
    importId,
  );
  return { verdicts: counts, aspects: [...aspects].map(([aspect, count]) => ({ aspect, count })), folders };
}

export const answerCheck = (
  db: Write,
  caseId: number,
  check: Check,
  findingId: number | null,
  explanation: string | null,
  at: string,
  by: string,
): void =>
  void db.run(
    'insert or replace into answer (check_key, case_id, finding_id, explanation, at, by) values (?, ?, ?, ?, ?, ?)',
    checkKey(check),
    caseId,
    findingId,
    explanation,
    at,
    by,
  );
