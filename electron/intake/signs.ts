import { lstatSync } from 'node:fs';
import { hasher } from '../integrity/digest.ts';
import type { Container, Entry } from './containers/container.ts';
import { openFile, openFolder } from './containers/folder.ts';

/**
 * By what a source is known to be as it was without reading it: of each of its files the name, size, times and inode;
 * of an archive or a single file those of itself. Whoever can set the clock of a machine can keep them: they say that
 * nothing changed by itself, and prove nothing. @returns `sha256:hex` over them
 */
export function signsOf({
  kind,
  entries,
  unread,
  stamp,
  links,
}: Pick<Container, 'kind' | 'entries' | 'unread' | 'stamp' | 'links'>): string {
  const state = hasher('sha256');
  state.update(Buffer.from(`${kind}\n${stamp ?? ''}\n`));
  if (kind === 'folder') {
    const all = sorted(entries);
    for (let at = 0; at < all.length; at += linesAtOnce) {
      const some = all.slice(at, at + linesAtOnce);
      state.update(Buffer.from(some.map(({ path, stamp }) => `${path}\0${stamp ?? ''}\n`).join('')));
    }
    for (const [path, target] of [...(links ?? [])].sort()) state.update(Buffer.from(`${path}\0${target ?? ''}\n`));
    for (const { path, why } of sorted(unread)) state.update(Buffer.from(`${path}\0${why}\n`));
  }
  return `sha256:${state.hex()}`;
}

/** Each call of the digest costs as much as a few lines of it. */
const linesAtOnce = 1_000;
const sorted = <T extends Pick<Entry, 'path'>>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));

/**
 * The signs of a source of that kind as it is now. Nothing of a file is read.
 * @throws Failure unreadable, or the system's error
 */
export function signsAt(path: string, kind: Container['kind']): string {
  if (lstatSync(path).isDirectory()) return signsOf(openFolder(path));
  const file = openFile(path);
  try {
    return signsOf({ kind, entries: [], unread: [], stamp: file.identity() });
  } finally {
    file.close();
  }
}
