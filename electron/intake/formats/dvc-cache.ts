import type { Defect, ListingItem } from '../../../shared/fact.ts';
import type { FolderListFact } from '../../../shared/folder-facts.ts';
import { limits } from '../../../shared/limits.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { asList, asObject, asText } from '../shape.ts';
import type { TreeFindings, TreeFormat } from './tree-format.ts';

const title = 'Pipeline cache (DVC)';
/** `files/md5` since DVC 3; directly below `cache` before, with the digest of the text in place of the bytes'. */
const object = /^((?:.*?\/)?\.dvc\/cache)\/(files\/md5\/)?([0-9a-f]{2})\/([0-9a-f]{30})(\.dir)?$/;

/** Names and digests of a `.dir` object; null where it is none. */
function listOf(bytes: Uint8Array): FolderListFact['items'] | null {
  try {
    const rows = parseJson(bytes);
    if (!Array.isArray(rows)) return null;
    const items = asList(rows).map((row) => {
      const { relpath, md5 } = asObject(row);
      return { name: asText(relpath) ?? '', md5: asText(md5) ?? '' };
    });
    return items.every(({ name, md5 }) => name !== '' && /^[0-9a-f]{32}$/.test(md5)) ? items : null;
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

/** The cache of DVC: each file under the MD5 of its bytes, lists of folders under theirs with `.dir` (dvc.org, "Internal files"). */
export const dvcCache: TreeFormat = {
  id: 'dvc-cache',
  title,
  async read(tree) {
    const caches = new Map<string, { items: ListingItem[]; defects: Defect[] }>();
    const into: TreeFindings = { facts: [], standIns: new Map(), own: new Map() };
    for (const { path } of tree.files) {
      if (!path.includes('.dvc/cache/')) continue;
      const [, root, isRaw, first, rest, folder] = object.exec(path) ?? [];
      if (root === undefined || first === undefined || rest === undefined) continue;
      const cache = caches.get(root) ?? { items: [], defects: [] };
      caches.set(root, cache);
      // A list of a folder is written by DVC itself, and its digest is over its bytes in every version.
      const algorithm = isRaw === undefined && folder === undefined ? 'linefeed-md5' : 'md5';
      const digest = `${algorithm}:${first}${rest}`;
      cache.items.push({ name: path.slice(root.length + 1), path, digests: [digest], place: { path } });
      if (folder === undefined) continue;
      const bytes = await tree.peek(path, limits.jsonBytes);
      const items = bytes === null ? null : listOf(bytes);
      if (items !== null) into.facts.push({ kind: 'folder-list', place: { path }, digest, items });
      else if (cache.defects.length < 100)
        cache.defects.push({
          code: 'document-invalid',
          detail: 'This is kept as a list of a folder and is none: names with an MD5 each.',
          place: { path },
        });
    }
    for (const [path, { items, defects }] of caches) {
      into.facts.push({
        kind: 'document',
        format: 'dvc-cache',
        title,
        place: { path },
        properties: [{ name: 'Objects', value: String(items.length) }],
        defects,
      });
      into.facts.push({
        kind: 'listing',
        id: `${path}#cache`,
        role: 'store',
        title,
        place: { path },
        base: path,
        closed: false,
        ignored: [],
        items,
        signature: null,
        root: null,
      });
    }
    return caches.size === 0 ? null : into;
  },
};
