import type { Defect, ListingItem } from '../../../shared/fact.ts';
import { folderOf, resolveName } from '../shape.ts';
import type { SourceTree, TreeFindings, TreeFormat } from './tree-format.ts';

const format = 'hub-cache';
const title = 'Model cache (Hugging Face)';
const parts = ['blobs', 'snapshots', 'refs', '.no_exist'] as const;
type Part = (typeof parts)[number];
const mayBeOne = /(?:^|\/)(?:blobs|snapshots|refs|\.no_exist)\//;
const repositoryName = /^(?:models|datasets|spaces)--[^/]+$/;
const linkLength = 1_024;
const mostDefects = 100;
/** Folders of such names, one in the other, of one path that are looked at. */
const mostTries = 8;

interface Repository {
  root: string;
  /** Paths by what lies where, and below `snapshots` the links too. */
  blobs: string[];
  snapshots: string[];
  refs: string[];
  '.no_exist': string[];
}

/** The digest that a blob's name states: SHA-256 of a large file, git's name of the blob of a small one. */
export const digestOfEtag = (name: string): string | null =>
  /^[0-9a-f]{64}$/.test(name) ? `sha256:${name}` : /^[0-9a-f]{40}$/.test(name) ? `git-sha1:${name}` : null;

/** Where a path lies in a repository: its root, the part, and the rest; null where it lies in none. */
function placeOf(path: string, isRoot: (root: string, part: Part, rest: string) => boolean) {
  let tries = 0;
  for (let at = 0; tries < mostTries; ) {
    const end = path.indexOf('/', at);
    if (end < 0) return null;
    const part = parts.find((each) => each === path.slice(at, end));
    if (part !== undefined) {
      const root = path.slice(0, Math.max(0, at - 1));
      const rest = path.slice(end + 1);
      if (isRoot(root, part, rest)) return { root, part, rest };
      tries += 1;
    }
    at = end + 1;
  }
  return null;
}

/** Repositories by their names, and, where only their inside was handed over, by snapshots of commits beside refs or blobs. */
function repositories(tree: SourceTree): Repository[] {
  const paths: string[] = [];
  for (const { path } of tree.files) if (mayBeOne.test(path)) paths.push(path);
  for (const path of tree.links.keys()) if (mayBeOne.test(path)) paths.push(path);
  const roots = new Set<string>();
  const withSnapshots = new Set<string>();
  const withOthers = new Set<string>();
  for (const path of paths)
    placeOf(path, (root, part, rest) => {
      if (repositoryName.test(root.slice(root.lastIndexOf('/') + 1))) {
        roots.add(root);
        return true;
      }
      if (part === 'snapshots' && /^[0-9a-f]{40}\/./.test(rest)) withSnapshots.add(root);
      if (part === 'refs' || (part === 'blobs' && digestOfEtag(rest.replace(/\..*$/, '')) !== null))
        withOthers.add(root);
      return false;
    });
  for (const root of withSnapshots) if (withOthers.has(root)) roots.add(root);
  const found = new Map<string, Repository>();
  for (const path of roots.size === 0 ? [] : paths) {
    const place = placeOf(path, (root) => roots.has(root));
    if (place === null) continue;
    const { root, part } = place;
    const known = found.get(root) ?? { root, blobs: [], snapshots: [], refs: [], '.no_exist': [] };
    known[part].push(path);
    found.set(root, known);
  }
  return [...found.values()];
}

const textOf = async (tree: SourceTree, path: string): Promise<string | null> => {
  const bytes = await tree.peek(path, linkLength);
  return bytes === null ? null : Buffer.from(bytes).toString('utf8');
};
const leadsSomewhere = /^(?:\.{0,2}\/|~|[A-Za-z]:[\\/]|\\\\)[^\n\r\0]*$/;

/**
 * Links of the snapshots: path → what stands in it. Where links were written as files that hold their target, as git
 * and archives do on systems without links, they are read as links all the same.
 */
async function linksOf(tree: SourceTree, { root, snapshots }: Repository): Promise<Map<string, string | null>> {
  const links = new Map<string, string | null>();
  for (const path of snapshots) if (tree.links.has(path)) links.set(path, tree.links.get(path) ?? null);
  const written = new Map<string, string>();
  let areWritten = false;
  for (const path of snapshots) {
    const file = tree.file(path);
    if (file === null || file.bytes === 0 || file.bytes > linkLength) continue;
    const text = await textOf(tree, path);
    if (text === null || !leadsSomewhere.test(text)) continue;
    written.set(path, text);
    areWritten ||= blobOf(root, path, text) !== null;
  }
  // One such file among copies is a file that happens to hold a path.
  return areWritten ? new Map([...links, ...written]) : links;
}

/** The blob that a link leads to; null where it leads elsewhere. */
function blobOf(root: string, link: string, target: string | null): string | null {
  const path = target === null ? null : resolveName(folderOf(link), target);
  const blobs = root === '' ? 'blobs' : `${root}/blobs`;
  return path !== null && folderOf(path) === blobs ? path : null;
}

async function readRepository(tree: SourceTree, repository: Repository, into: TreeFindings): Promise<void> {
  const { root, blobs, snapshots, refs } = repository;
  const below = root === '' ? 0 : root.length + 1;
  const items: ListingItem[] = [];
  const defects: Defect[] = [];
  const say = (code: string, detail: string, path: string) => {
    if (defects.length < mostDefects) defects.push({ code, detail, place: { path } });
  };
  const item = (path: string, digest: string, place = path) =>
    items.push({ name: place.slice(below), path, digests: [digest], place: { path: place } });
  const byDigest = new Map<string, string>();
  const undigested: string[] = [];
  for (const path of blobs) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const digest = digestOfEtag(name);
    if (/\.incomplete$/.test(name)) say('store-incomplete', 'A download that did not end: part of a file.', path);
    else if (digest === null) undigested.push(path);
    else {
      item(path, digest);
      byDigest.set(tree.file(path)?.digest ?? '', digest);
    }
  }
  const links = await linksOf(tree, repository);
  const absent = new Set<string>();
  const commits = new Set<string>();
  const start = root === '' ? 'snapshots/'.length : root.length + '/snapshots/'.length;
  for (const path of snapshots) {
    commits.add(path.slice(start, path.indexOf('/', start)));
    const target = links.get(path);
    if (target === undefined) {
      const digest = byDigest.get(tree.file(path)?.digest ?? '?');
      if (digest === undefined) undigested.push(path);
      else item(path, digest);
      continue;
    }
    const blob = blobOf(root, path, target);
    const isFile = tree.file(path) !== null;
    if (isFile) into.own.set(path, format);
    if (blob === null) {
      say(
        'store-link-leaves',
        'This link of a snapshot leads out of the blobs of its repository. It was not followed.',
        path,
      );
      continue;
    }
    const digest = digestOfEtag(blob.slice(blob.lastIndexOf('/') + 1));
    if (tree.file(blob) !== null) {
      into.standIns.set(path, blob);
      if (isFile) into.facts.push({ kind: 'written-link', place: { path }, target: blob });
      else if (digest !== null) item(path, digest);
    } else if (digest !== null && !absent.has(blob)) {
      absent.add(blob);
      item(blob, digest, path);
    } else if (digest === null) say('store-link-leaves', 'This link of a snapshot leads to nothing.', path);
  }
  for (const path of repository['.no_exist']) {
    // A mark that a file was asked for and is none. Whatever holds bytes is read as what it is.
    if (tree.file(path)?.bytes === 0) into.own.set(path, format);
    const [commit = ''] = path.slice(start - 'snapshots/'.length + '.no_exist/'.length).split('/');
    commits.add(commit);
  }
  const stated: { name: string; value: string }[] = [];
  for (const path of refs) {
    const text = await textOf(tree, path);
    if (text !== null) into.own.set(path, format);
    const commit = text?.trim() ?? '';
    stated.push({ name: `Reference ${path.slice(below + 'refs/'.length)}`, value: commit.slice(0, 100) });
    if (!/^[0-9a-f]{40}$/.test(commit)) say('store-reference', 'A reference that names no commit.', path);
    else if (!commits.has(commit))
      say('store-reference', `This reference names the commit ${commit}, of which nothing is here.`, path);
  }
  if (undigested.length > 0)
    say(
      'store-no-digest',
      `${undigested.length} files of this cache keep no digest, ${undigested[0]?.slice(below) ?? ''} first: they are copies, or named otherwise than by what they hold. Nothing here says what their bytes must be.`,
      undigested[0] ?? root,
    );
  const place = { path: root };
  into.facts.push({
    kind: 'document',
    format,
    title,
    place,
    properties: [
      { name: 'Repository', value: root.slice(root.lastIndexOf('/') + 1).replaceAll('--', '/') },
      { name: 'Blobs', value: String(blobs.length) },
      { name: 'Snapshots', value: String(commits.size) },
      ...stated.slice(0, 50),
    ],
    defects,
  });
  if (items.length > 0)
    into.facts.push({
      kind: 'listing',
      id: `${root}#cache`,
      role: 'store',
      title,
      place,
      base: root,
      closed: false,
      ignored: [],
      items,
      signature: null,
      root: null,
    });
}

/**
 * The cache of huggingface_hub: `models--org--name` with `blobs` named by their ETag, `snapshots` of links to them by
 * commit, and `refs` (huggingface_hub, "Understand caching"). A name of 64 digits is the SHA-256 of the bytes, one of
 * 40 git's name of them as a blob; copies, as written where links are not to be had, keep no digest.
 */
export const hubCache: TreeFormat = {
  id: format,
  title,
  async read(tree) {
    const found = repositories(tree);
    if (found.length === 0) return null;
    const into: TreeFindings = { facts: [], standIns: new Map(), own: new Map() };
    for (const repository of found) await readRepository(tree, repository, into);
    return into;
  },
};
