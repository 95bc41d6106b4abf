import { hexOf } from '../../integrity/chain-rule.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { NoteError, parseCheckpoint, parseNote } from '../../integrity/note.ts';
import { asObject, asText, folderOf } from '../shape.ts';
import type { OpenFile } from './format.ts';

const neighboursAtMost = 1_000;
/** Copies of which the count of entries is taken, so that the root at that count is known. */
const copiesAtMost = 20;

interface Anchors {
  /** Entry counts of which the roots are wanted. */
  sizes: number[];
  heads: { path: string; head: string | null; size?: number }[];
}

const sizeNames = ['size', 'count', 'entries', 'entry_count', 'expected_count', 'tree_size'];
/** Names of files that state a head or a count: the word alone, or set off by a dot or a dash. */
const statingName = /^(.*[._-])?(head|anchor|count|expected-count)([._-].*)?$/i;
const headNames = ['head', 'head_hash', 'chain_head', 'last_hash', 'latest_hash', 'final_hash'];

/** What neighbours say of the ledger: entry counts of checkpoints and copies, heads and counts kept in files of their own (`HEAD`). */
export function anchors(file: OpenFile): Anchors {
  const found: Anchors = { sizes: [], heads: [] };
  let copies = 0;
  for (const path of file.list(folderOf(file.path)).slice(0, neighboursAtMost)) {
    const bytes = path === file.path ? null : file.peek(path, 65_536);
    if (bytes === null || bytes.length === 0) continue;
    const text = Buffer.from(bytes).toString('utf8');
    if (statingName.test(path.slice(path.lastIndexOf('/') + 1))) {
      const stated = statedIn(path, text);
      if (stated !== null) {
        found.heads.push(stated);
        if (stated.size !== undefined) found.sizes.push(stated.size);
      }
    }
    if (/\.(jsonl|ndjson|ledger|chain)$/i.test(path) && text.startsWith('{') && copies < copiesAtMost) {
      copies += 1;
      found.sizes.push(1, text.split('\n').filter((line) => line !== '').length);
    }
    if (!text.includes('\u2014 ')) continue;
    try {
      found.sizes.push(parseCheckpoint(parseNote(bytes).text).size);
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
    }
  }
  return found;
}

/** A head, a count or both, as text or as a JSON object; null where the file states none. */
function statedIn(path: string, text: string): Anchors['heads'][number] | null {
  const bare = text.length <= 100 ? text.trim() : '';
  const head = bare === '' ? null : hexOf(bare);
  if (head !== null) return { path, head };
  if (/^[0-9]{1,15}$/.test(bare) && /count/i.test(path)) return { path, head: null, size: Number(bare) };
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const held = asObject(parseJson(text));
    const size = sizeNames.map((name) => held[name]).find((each) => Number.isSafeInteger(each));
    const hash = headNames.map((name) => hexOf(asText(held[name]) ?? '')).find((each) => each !== null) ?? null;
    // A number alone may count anything: only beside a hash is it known to be of a chain.
    if (hash === null) return null;
    return { path, head: hash, ...(typeof size === 'number' && size >= 0 ? { size } : {}) };
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}
