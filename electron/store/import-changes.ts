import { fileStates } from '../../shared/evidence.ts';
import type { Read } from './store.ts';

const missing = fileStates.indexOf('missing');
const joined =
  'from file now left join file before on before.import_id = ? and before.path = now.path where now.import_id = ?';
/** Counts of what differs between two imports. */
export function countChanges(
  db: Read,
  before: number,
  now: number,
): { added: number; removed: number; changed: number } {
  const one = (sql: string, ...values: unknown[]) => db.get<{ n: number }>(sql, ...values)?.n ?? 0;
  return {
    added: one(`select count(*) as n ${joined} and before.id is null and now.state <> ${missing}`, before, now),
    removed: one(
      `select count(*) as n from file old where old.import_id = ? and old.state <> ${missing} and not exists (select 1 from file now where now.import_id = ? and now.path = old.path and now.state <> ${missing})`,
      before,
      now,
    ),
    changed: one(
      `select count(*) as n ${joined} and before.id is not null and before.digest is not now.digest`,
      before,
      now,
    ),
  };
}

export interface ChangeRow {
  path: string;
  change: 'added' | 'removed' | 'changed';
  before: string | null;
  after: string | null;
}
/** What differs, by path; a key page. */
export const changesOf = (db: Read, before: number, now: number, after: string, limit: number): ChangeRow[] =>
  db.all<ChangeRow>(
    `select path, change, before, after from (
      select now.path as path, case when before.id is null then 'added' else 'changed' end as change, lower(hex(before.digest)) as before, lower(hex(now.digest)) as after ${joined} and now.state <> ${missing} and (before.id is null or before.digest is not now.digest)
      union all select old.path, 'removed', lower(hex(old.digest)), null from file old where old.import_id = ? and old.state <> ${missing} and not exists (select 1 from file now where now.import_id = ? and now.path = old.path and now.state <> ${missing})
    ) where path > ? order by path limit ?`,
    before,
    now,
    before,
    now,
    after,
    limit,
  );
