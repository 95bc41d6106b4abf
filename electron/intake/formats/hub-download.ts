import type { Defect, ListingItem } from '../../../shared/fact.ts';
import { resolveName } from '../shape.ts';
import { digestOfEtag } from './hub-cache.ts';
import type { TreeFindings, TreeFormat } from './tree-format.ts';

const title = 'Downloaded files (Hugging Face)';
const place = /^(?:(.*?)\/)?\.(?:cache\/)?huggingface\/download\/(.+)$/;
const largest = 4_096;
const mostDefects = 100;
/** Of so many downloads in one source, files without a record are named. */
const closedAtMost = 50;

interface Download {
  base: string;
  items: ListingItem[];
  commits: Set<string>;
  defects: Defect[];
}

/**
 * A folder that huggingface_hub downloaded into: `.cache/huggingface/download` keeps for each file three lines, commit,
 * ETag and time (huggingface_hub, `_local_folder.py`, `LocalDownloadFileMetadata`).
 */
export const hubDownload: TreeFormat = {
  id: 'hub-download',
  title,
  async read(tree) {
    const downloads = new Map<string, Download>();
    const into: TreeFindings = { facts: [], standIns: new Map(), own: new Map() };
    for (const { path } of tree.files) {
      if (!path.includes('huggingface/download/')) continue;
      const [, base = '', name = ''] = place.exec(path) ?? [];
      if (!/\.(?:metadata|incomplete)$/.test(name)) continue;
      const known = downloads.get(base) ?? { base, items: [], commits: new Set<string>(), defects: [] };
      downloads.set(base, known);
      const say = (code: string, detail: string) => {
        if (known.defects.length < mostDefects) known.defects.push({ code, detail, place: { path } });
      };
      if (name.endsWith('.incomplete')) {
        say('store-incomplete', 'A download that did not end: part of a file.');
        continue;
      }
      const bytes = await tree.peek(path, largest);
      if (bytes !== null) into.own.set(path, 'hub-download');
      const [commit = '', etag = ''] = (bytes === null ? '' : Buffer.from(bytes).toString('utf8')).split(/\r?\n/);
      const digest = digestOfEtag(etag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1'));
      const file = name.slice(0, -'.metadata'.length);
      if (commit !== '') known.commits.add(commit.trim().slice(0, 100));
      if (digest === null) say('store-no-digest', `The record of ${file} keeps no digest of it.`);
      known.items.push({
        name: file,
        path: resolveName(base, file),
        digests: digest === null ? [] : [digest],
        place: { path, line: 2 },
      });
    }
    for (const { base, items, commits, defects } of downloads.values()) {
      const at = { path: base === '' ? '.cache/huggingface' : `${base}/.cache/huggingface` };
      into.facts.push({
        kind: 'document',
        format: 'hub-download',
        title,
        place: at,
        properties: [
          { name: 'Files', value: String(items.length) },
          ...[...commits].slice(0, 20).map((value) => ({ name: 'Commit', value })),
        ],
        defects,
      });
      if (items.length > 0)
        into.facts.push({
          kind: 'listing',
          id: `${at.path}#download`,
          role: 'store',
          title,
          place: at,
          base,
          closed: downloads.size <= closedAtMost,
          ignored: ['.cache', '.huggingface', '.git'],
          items,
          signature: null,
          root: null,
        });
    }
    return downloads.size === 0 ? null : into;
  },
};
