import { type FileState, fileStates } from '../../shared/evidence.ts';
import { rankOf } from './rows.ts';
import type { Read } from './store.ts';

interface Amount {
  files: number;
  bytes: number;
}

/** Those that somebody viewed, or marked reviewed, with the bytes that are here. In this order: from the few marks to their files. */
const openedFiles = `(select path, digest from view_mark where case_id = (select case_id from import where id = ?)
    union select path, digest from review_mark where case_id = (select case_id from import where id = ?)) mark
    cross join file indexed by file_by_path on file.import_id = ? and file.path = mark.path and lower(hex(file.digest)) = mark.digest`;
const silent = ['unclaimed', 'extra'].map((state) => fileStates.indexOf(state as FileState)).join(', ');

/**
 * Files of an import whose bytes were read, and of those, which somebody viewed or marked reviewed with these bytes,
 * and which nobody did and nothing vouches for: no list names them, and no check of them passed.
 */
export function filesLookedAt(db: Read, importId: number): { read: Amount; opened: Amount; unvouched: Amount } {
  const none = { files: 0, bytes: 0 };
  const unclaimed =
    db.get<Amount>(
      `select count(*) as files, coalesce(sum(bytes), 0) as bytes from file where import_id = ? and state in (${silent}) and digest is not null`,
      importId,
    ) ?? none;
  // Of those the few that somebody opened, or that say something of themselves that holds.
  const spokenOf =
    db.get<Amount>(
      `select count(*) as files, coalesce(sum(bytes), 0) as bytes from (
        select file.id, bytes, state from ${openedFiles} union
        select file.id, bytes, state from evidence_check said cross join file indexed by file_by_path on file.import_id = said.import_id and file.path = said.subject
          where said.import_id = ? and said.verdict = ? and file.digest is not null) where state in (${silent})`,
      importId,
      importId,
      importId,
      importId,
      rankOf('pass'),
    ) ?? none;
  return {
    unvouched: { files: unclaimed.files - spokenOf.files, bytes: unclaimed.bytes - spokenOf.bytes },
    read:
      db.get<Amount>(
        'select count(*) as files, coalesce(sum(bytes), 0) as bytes from file where import_id = ? and digest is not null',
        importId,
      ) ?? none,
    opened:
      db.get<Amount>(
        `select count(*) as files, coalesce(sum(bytes), 0) as bytes from ${openedFiles}`,
        importId,
        importId,
        importId,
      ) ?? none,
  };
}

/** Files of an import whose bytes are not here, in order of the first of each kind: listed and missing, or unread. */
export const filesNotRead = (db: Read, importId: number): (Amount & { isMissing: boolean; example: string })[] =>
  db
    .all<Amount & { missing: number; example: string }>(
      `select missing, files, kind.bytes, path as example from (select state = ? as missing, count(*) as files, coalesce(sum(bytes), 0) as bytes, min(id) as first
        from file where import_id = ? and digest is null group by missing) kind join file on file.import_id = ? and file.id = first order by first`,
      fileStates.indexOf('missing'),
      importId,
      importId,
    )
    .map(({ missing, files, bytes, example }) => ({ files, bytes, isMissing: missing === 1, example }));
