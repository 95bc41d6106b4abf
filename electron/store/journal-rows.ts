import type { JournalEntry } from '../../shared/journal.ts';
import { held } from './rows.ts';
import type { Read, Write } from './store.ts';

export const insertEntry = (db: Write, { seq, hash, prev, caseId, action }: JournalEntry, line: string): void =>
  void db.run(
    'insert into journal (seq, line, hash, prev, case_id, action) values (?, ?, ?, ?, ?, ?)',
    seq,
    line,
    Buffer.from(hash, 'hex'),
    Buffer.from(prev, 'hex'),
    caseId,
    action,
  );

/** A page of the journal, newest first, keyed by number. */
export const entries = (
  db: Read,
  {
    caseId,
    action,
    before,
    limit,
  }: { caseId: number | null; action: string | null; before: number | null; limit: number },
): JournalEntry[] =>
  db
    .all<{ line: string }>(
      pages[caseId === null ? (action === null ? 'all' : 'action') : action === null ? 'case' : 'both'],
      before ?? Number.MAX_SAFE_INTEGER,
      ...(caseId === null ? [] : [caseId]),
      ...(action === null ? [] : [action]),
      limit,
    )
    .map(({ line }) => held<JournalEntry>(line));
/** One statement for each way of asking, so that each walks its own index. */
const pages = {
  all: 'select line from journal where seq < ? order by seq desc limit ?',
  case: 'select line from journal where seq < ? and case_id = ? order by seq desc limit ?',
  action: 'select line from journal where seq < ? and action = ? order by seq desc limit ?',
  both: 'select line from journal where seq < ? and case_id = ? and action = ? order by seq desc limit ?',
};
/** Whether the last look at a source, unread, since an import of it said that it changed. @param number of the import */
export const wasSeenChanged = (db: Read, caseId: number, path: string, number: number): boolean =>
  db.get<{ changed: number }>(
    `select json_extract(line, '$.action') = 'source.glanced' and json_extract(line, '$.detail.state') = 'changed'
      and json_extract(line, '$.detail.import') = ? as changed from journal
      where case_id = ? and action in ('source.glanced', 'source.verified') and json_extract(line, '$.subject') = ?
      order by seq desc limit 1`,
    number,
    caseId,
    path,
  )?.changed === 1;
/** Lines of the entries of a case, with their numbers, in order. */
export const linesOfCase = (db: Read, caseId: number): { seq: number; line: string }[] =>
  db.all('select seq, line from journal where case_id = ? order by seq', caseId);

/** Place of the last act of a case; 0 where there is none. */
export const lastOfCase = (db: Read, caseId: number): number =>
  db.all<{ seq: number | null }>('select max(seq) as seq from journal where case_id = ?', caseId)[0]?.seq ?? 0;

export const noteReport = (db: Write, at: string, path: string, what: 'exported' | 'checked', verdict: string): void =>
  void db.run('insert into report_event (at, path, what, verdict) values (?, ?, ?, ?)', at, path, what, verdict);
export const recentReports = (
  db: Read,
): { at: string; path: string; what: 'exported' | 'checked'; verdict: string }[] =>
  db.all('select at, path, what, verdict from report_event order by id desc limit 100');
