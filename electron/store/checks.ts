import type { Check } from '../../shared/check.ts';
import type { CheckFilter, CheckRow } from '../../shared/contract/check.ts';
import type { Place } from '../../shared/evidence.ts';
import { type Aspect, noVerdicts, type VerdictCounts, verdicts } from '../../shared/verdict.ts';
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
  finding_id: number | null;
  explanation: string | null;
  at: string | null;
  by: string | null;
}
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

/** Checks of an import, each with the latest answer that stands: one of a withdrawn finding does not. */
const from = `evidence_check join import on import.id = evidence_check.import_id
  left join answer on answer.id = (select max(given.id) from answer given left join finding on finding.id = given.finding_id
    where given.case_id = import.case_id and given.answer_key = evidence_check.answer_key and given.withdrawn = 0
    and (finding.status is null or finding.status <> 'withdrawn'))`;
const columns = `evidence_check.id, import_id, rule, aspect, verdict, code, subject, location, message, expected, actual, vouched, settled_by, partial, file_id,
  answer.finding_id, answer.explanation, answer.at, answer.by`;
const rowOf = (row: Row): CheckRow => ({
  ...checkOf(row),
  id: row.id,
  fileId: row.file_id,
  answer:
    row.at === null || row.by === null
      ? null
      : { checkId: row.id, findingId: row.finding_id, explanation: row.explanation, at: row.at, by: row.by },
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
  if (filter.unanswered) add('verdict < 4 and answer.id is null');
  return { sql: parts.join(' and '), values };
}

/** A key page, worst first, then in the order of their fixed sort. */
export function checksPage(
  db: Read,
  importId: number,
  filter: CheckFilter,
  after: number | null,
  limit: number,
): { rows: CheckRow[]; more: boolean; total: number } {
  const { sql, values } = where(importId, filter);
  const total =
    db.get<{ n: number }>(
      `select count(*) as n from ${filter.unanswered ? from : 'evidence_check'} where ${sql}`,
      ...values,
    )?.n ?? 0;
  const last =
    after === null ? undefined : db.get<{ verdict: number }>('select verdict from evidence_check where id = ?', after);
  const rows = db.all<Row>(
    `select ${columns} from ${from} where ${sql}${last === undefined ? '' : ' and (verdict, evidence_check.id) > (?, ?)'} order by verdict, evidence_check.id limit ?`,
    ...values,
    ...(last === undefined ? [] : [last.verdict, after]),
    limit + 1,
  );
  return { rows: rows.slice(0, limit).map(rowOf), more: rows.length > limit, total };
}
export function checkById(db: Read, id: number): (CheckRow & { importId: number; caseId: number }) | undefined {
  const row = db.get<Row & { case_id: number }>(
    `select ${columns}, import.case_id from ${from} where evidence_check.id = ?`,
    id,
  );
  return row === undefined ? undefined : { ...rowOf(row), importId: row.import_id, caseId: row.case_id };
}
export const checksAbout = (db: Read, importId: number, path: string): CheckRow[] =>
  db
    .all<Row>(
      `select ${columns} from ${from} where import_id = ? and subject = ? order by verdict, evidence_check.id`,
      importId,
      path,
    )
    .map(rowOf);
/** Every check that is not a pass, with its answer. */
export const openChecks = (db: Read, importId: number): CheckRow[] =>
  db
    .all<Row>(
      `select ${columns} from ${from} where import_id = ? and verdict < 4 order by verdict, evidence_check.id`,
      importId,
    )
    .map(rowOf);
/** How many checks fail, or are not accepted, and have no answer. */
export const unansweredIn = (db: Read, importId: number): number =>
  db.get<{ n: number }>(
    `select count(*) as n from ${from} where import_id = ? and verdict < 2 and answer.id is null`,
    importId,
  )?.n ?? 0;
/** Keys of the checks that are not a pass, hex. */
export const openKeys = (db: Read, importId: number): Set<string> =>
  new Set(
    db
      .all<{ key: string }>(
        'select lower(hex(answer_key)) as key from evidence_check where import_id = ? and verdict < 4',
        importId,
      )
      .map(({ key }) => key),
  );
export const passesOf = (db: Read, importId: number): { rule: string; aspect: Aspect; count: number }[] =>
  db.all('select rule, aspect, count from pass_count where import_id = ? order by rule, aspect', importId);
/** How often each rule passed: what it only counted, and what it said thing by thing. */
export const passesByRule = (db: Read, importId: number): { rule: string; count: number }[] =>
  db.all(
    `select rule, sum(n) as count from (select rule, count as n from pass_count where import_id = ?
      union all select rule, count(*) from evidence_check where import_id = ? and verdict = ? group by rule) group by rule order by rule`,
    importId,
    importId,
    rankOf('pass'),
  );

const signed = "import_id = ? and verdict = ? and code in ('signature-holds', 'ledger-signed', 'timestamp-holds')";
/** Signatures and timestamps that hold, by somebody whom the reviewer named: the first so many, and how many there are. */
export function signaturesHeld(db: Read, importId: number, limit: number): { rows: Check[]; total: number } {
  const pass = rankOf('pass');
  return {
    rows: db
      .all<Row>(`select * from evidence_check where ${signed} order by id limit ?`, importId, pass, limit)
      .map(checkOf),
    total: db.get<{ n: number }>(`select count(*) as n from evidence_check where ${signed}`, importId, pass)?.n ?? 0,
  };
}

export function groupsOf(db: Read, importId: number, filter: CheckFilter): { rule: string; counts: VerdictCounts }[] {
  const { sql, values } = where(importId, filter);
  const groups = new Map<string, VerdictCounts>();
  for (const { rule, verdict, n } of db.all<{ rule: string; verdict: number; n: number }>(
    `select rule, verdict, count(*) as n from ${filter.unanswered ? from : 'evidence_check'} where ${sql} group by rule, verdict`,
    ...values,
  )) {
    const counts = groups.get(rule) ?? noVerdicts();
    counts[verdictOf(verdict) ?? 'undecided'] += n;
    groups.set(rule, counts);
  }
  if (
    !filter.unanswered &&
    filter.path === null &&
    filter.folder === null &&
    (filter.verdict === null || filter.verdict === 'pass')
  )
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

/** Answers a check: by a finding, or by an explanation. An earlier answer stays, below this one. */
export const answerCheck = (
  db: Write,
  checkId: number,
  answer: { findingId: number | null; explanation: string | null; at: string; by: string; journal: number },
): void =>
  void db.run(
    'insert into answer (case_id, answer_key, finding_id, explanation, at, by, journal) select import.case_id, answer_key, ?, ?, ?, ?, ? from evidence_check join import on import.id = import_id where evidence_check.id = ?',
    answer.findingId,
    answer.explanation,
    answer.at,
    answer.by,
    answer.journal,
    checkId,
  );
/** Takes back the answer that an entry of the journal gave; how many stood. */
export const withdrawAnswer = (db: Write, journal: number): number =>
  db.count('update answer set withdrawn = 1 where journal = ? and withdrawn = 0 and finding_id is null', journal);
