import type { JudgedFile } from '../../shared/evidence.ts';
import { rankOf } from './rows.ts';

/** Folder of a path; '' for the root. */
export const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export interface FolderEntry {
  parent: number | null;
  /** Number of the last folder below it. */
  last: number;
  name: string;
  path: string;
  /** Files below, at any depth. */
  files: number;
  /** Rank of the worst verdict below. */
  worst: number | null;
}
/** The tree of folders in pre-order: everything below row n has a number up to `last`. */
export function folderTree(files: readonly JudgedFile[]): {
  rows: FolderEntry[];
  idOf: Map<string, number>;
} {
  const children = new Map<string, Set<string>>([['', new Set()]]);
  for (const { path } of files) {
    for (let at = folderOf(path); at !== '' && !children.has(at); at = folderOf(at)) children.set(at, new Set());
    for (let at = folderOf(path); at !== ''; at = folderOf(at)) children.get(folderOf(at))?.add(at);
  }
  const own = new Map<string, { files: number; worst: number | null }>();
  const worse = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
  for (const { path, verdict } of files) {
    for (let at = folderOf(path); ; at = folderOf(at)) {
      const sum = own.get(at) ?? { files: 0, worst: null };
      own.set(at, { files: sum.files + 1, worst: worse(sum.worst, rankOf(verdict)) });
      if (at === '') break;
    }
  }
  const rows: FolderEntry[] = [];
  const idOf = new Map<string, number>();
  const stack: { path: string; parent: number | null; isEnd: boolean }[] = [{ path: '', parent: null, isEnd: false }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const known = idOf.get(next.path);
    if (next.isEnd) {
      const row = rows[(known ?? 1) - 1];
      if (row !== undefined) row.last = rows.length;
      continue;
    }
    const { files: count, worst } = own.get(next.path) ?? { files: 0, worst: null };
    rows.push({
      parent: next.parent,
      last: 0,
      name: next.path.slice(next.path.lastIndexOf('/') + 1),
      path: next.path,
      files: count,
      worst,
    });
    idOf.set(next.path, rows.length);
    stack.push({ ...next, isEnd: true });
    for (const inner of [...(children.get(next.path) ?? [])].sort().reverse())
      stack.push({ path: inner, parent: rows.length, isEnd: false });
  }
  return { rows, idOf };
}
