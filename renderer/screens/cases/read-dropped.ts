import { visibleName } from '../../../shared/visible-text.ts';
import type { Dropped } from './folder-as-tar.ts';

export interface DropLimits {
  files: number;
  bytes: number;
  depth: number;
}
/** What the shells take in by a drop; a path that is named has no such bounds. */
export const dropLimits: DropLimits = { files: 50_000, bytes: 2_000_000_000, depth: 128 };
const instead = 'Nothing was imported. Name its path under Import instead, and it is read where it lies.';

const fileOf = (entry: FileSystemEntry): Promise<File> =>
  new Promise((found, failed) => (entry as FileSystemFileEntry).file(found, failed));
/** A browser gives the names in a folder in parts, until a part is empty. */
async function namesIn(entry: FileSystemEntry): Promise<FileSystemEntry[]> {
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((found, failed) => reader.readEntries(found, failed));
    if (part.length === 0) return all;
    all.push(...part);
  }
}

/**
 * Everything below what was dropped. One folder alone is the source itself: paths begin below it. A file that the
 * browser may not read refuses the whole, for it would be missing without a word.
 * @throws Error in words for the person: past a bound, unreadable, cancelled
 */
export async function readDropped(
  entries: readonly FileSystemEntry[],
  signal: AbortSignal,
  onCount: (files: number) => void = () => undefined,
  limits: DropLimits = dropLimits,
): Promise<Dropped[]> {
  const [first] = entries;
  const isFolder = entries.length === 1 && first?.isDirectory === true;
  const waiting = entries.map((entry) => ({ entry, path: isFolder ? '' : entry.name, depth: 0 }));
  const all: Dropped[] = [];
  let bytes = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    signal.throwIfAborted();
    const { entry, path, depth } = next;
    const name = visibleName(path === '' ? entry.name : path);
    if (depth > limits.depth) throw new Error(`${name} lies more than ${limits.depth} folders deep. ${instead}`);
    try {
      if (entry.isDirectory) {
        if (path !== '') all.push({ path, file: null });
        for (const inner of await namesIn(entry))
          waiting.push({ entry: inner, path: path === '' ? inner.name : `${path}/${inner.name}`, depth: depth + 1 });
      } else {
        const file = await fileOf(entry);
        // A file that may not be read says so at its first byte, not when it is chosen.
        await file.slice(0, 1).arrayBuffer();
        bytes += file.size;
        all.push({ path, file });
      }
    } catch {
      throw new Error(`The browser cannot read ${name}. ${instead}`);
    }
    if (all.length > limits.files)
      throw new Error(`There are more than ${limits.files.toLocaleString('en')} files. ${instead}`);
    if (bytes > limits.bytes) throw new Error(`This is more than ${limits.bytes / 1e9} GB. ${instead}`);
    if (all.length % 100 === 0) onCount(all.length);
  }
  return all;
}
