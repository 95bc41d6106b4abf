import { algorithmOfName } from './formats/checksum-line.ts';
import { folderOf } from './shape.ts';

/** What lists ask for beside SHA-256 and this machine computes quickly: all others are computed when a list turns out to ask. */
const usual = new Set(['md5', 'sha1', 'sha224', 'sha384', 'sha512']);
const listName = /^(tag)?manifest-[a-z0-9]+\.txt$|^[a-z0-9-]+sums?(\.txt)?$|\.(md5|sha-?[0-9]+)(sums?)?(\.txt)?$/i;
const none: readonly string[] = [];

/**
 * Which digests beside SHA-256 the lists in a source are likely to ask for, told by their names (`manifest-sha512.txt`,
 * `MD5SUMS`, `model.bin.sha1`): a file is digested by all of them while it is read. What a list asks for stands in it alone.
 * @returns the algorithms for a path
 */
export function expectedDigests(paths: readonly string[]): (path: string) => readonly string[] {
  const lists = paths.filter((path) => listName.test(nameOf(path)));
  const below = new Map<string, Set<string>>();
  const ofOne = new Map<string, Set<string>>();
  const here = new Set(lists.length === 0 ? [] : paths);
  for (const list of lists) {
    const algorithm = algorithmOfName(nameOf(list));
    if (algorithm === null || !usual.has(algorithm)) continue;
    const one = list.replace(/\.[^./]+(\.txt)?$/i, '');
    const [asked, key] = here.has(one) && one !== list ? [ofOne, one] : [below, folderOf(list)];
    asked.set(key, (asked.get(key) ?? new Set()).add(algorithm));
  }
  if (below.size === 0 && ofOne.size === 0) return () => none;
  return (path) => {
    const found = new Set(ofOne.get(path));
    for (let folder = folderOf(path); ; folder = folderOf(folder)) {
      for (const algorithm of below.get(folder) ?? none) found.add(algorithm);
      if (folder === '') return [...found];
    }
  };
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
