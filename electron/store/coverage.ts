import { fileStates } from '../../shared/evidence.ts';
import type { Read } from './store.ts';

interface Amount {
  files: number;
  bytes: number;
}

/** Files of an import whose bytes were read, and of those, which somebody viewed or marked reviewed with these bytes. */
export function filesLookedAt(db: Read, importId: number): { read: Amount; opened: Amount } {
  const none = { files: 0, bytes: 0 };
  return {
    read:
      db.get<Amount>(
        'select count(*) as files, coalesce(sum(bytes), 0) as bytes from file where import_id = ? and digest is not null',
        importId,
      ) ?? none,
    opened:
      // In this order: from the few marks to their files.
      db.get<Amount>(
        `select count(*) as files, coalesce(sum(bytes), 0) as bytes from (select path, digest from view_mark where case_id = (select case_id from import where id = ?)
          union select path, digest from review_mark where case_id = (select case_id from import where id = ?)) mark
          cross join file indexed by file_by_path on file.import_id = ? and file.path = mark.path and lower(hex(file.digest)) = mark.digest`,
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
