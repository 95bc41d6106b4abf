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
  const worse = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
  const own = new Map<string, { files: number; worst: number | null }>([['', { files: 0, worst: null }]]);
  const add = (folder: string, count: number, worst: number | null) => {
    const sum = own.get(folder);
    if (sum === undefined) own.set(folder, { files: count, worst });
    else {
      sum.files += count;
      sum.worst = worse(sum.worst, worst);
    }
  };
  // Files of one folder mostly follow each other.
  let last = '';
  for (const { path, verdict } of files) {
    const end = Math.max(0, path.lastIndexOf('/'));
    if (end !== last.length || !path.startsWith(last)) last = path.slice(0, end);
    add(last, 1, rankOf(verdict));
  }
  for (const folder of [...own.keys()])
    for (let at = folder; at !== ''; at = folderOf(at)) if (!own.has(at)) add(at, 0, null);
  const children = new Map<string, string[]>();
  for (const folder of own.keys()) {
    if (folder === '') continue;
    const siblings = children.get(folderOf(folder));
    if (siblings === undefined) children.set(folderOf(folder), [folder]);
    else siblings.push(folder);
  }
  // What is deeper has the longer name: each folder is whole before it is added to the one around it.
  for (const folder of [...own.keys()].sort((a, b) => b.length - a.length)) {
    const sum = own.get(folder);
    if (folder !== '' && sum !== undefined) add(folderOf(folder), sum.files, sum.worst);
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
