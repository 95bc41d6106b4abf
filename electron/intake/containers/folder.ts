import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { basename } from 'node:path';
import type { Unread } from '../../../shared/evidence.ts';
import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import type { Access, Container, Entry } from './container.ts';
import { sourceUnreadable, systemWords } from './refusal.ts';

/**
 * Opens an ordinary file for reading, never through a link, never waiting on a pipe. Throws the system's error. Of the
 * same `identity` it is the same file with the same bytes.
 */
export function openFile(
  path: string | Uint8Array,
): Access & { fd: number; identity(): string; isUnchanged(): boolean } {
  const fd = openSync(
    typeof path === 'string' ? path : Buffer.from(path),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  );
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw Object.assign(new Error('not an ordinary file'), { code: 'ENXIO' });
  }
  return {
    fd,
    bytes: stat.size,
    identity: () => identityOf(stat),
    isUnchanged() {
      const { size, mtimeMs, ctimeMs } = fstatSync(fd);
      return size === stat.size && mtimeMs === stat.mtimeMs && ctimeMs === stat.ctimeMs;
    },
    read(offset, length, into) {
      const wanted = Math.max(0, Math.min(length, stat.size - offset));
      const buffer = into ?? Buffer.allocUnsafe(wanted);
      let got = 0;
      while (got < wanted) {
        const now = readSync(fd, buffer, got, wanted - got, offset + got);
        if (now === 0) break;
        got += now;
      }
      return buffer.subarray(0, got);
    },
    close: () => closeSync(fd),
  };
}

/** Times are to a quarter of a microsecond: as much as a double holds of them. */
const identityOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string =>
  `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;

/** Names that are not UTF-8 are shown with their bytes as escapes, backslashes doubled: two such names stay two. */
function nameOf(raw: Buffer): { name: string; isText: boolean } {
  const name = raw.toString('utf8');
  if (Buffer.compare(Buffer.from(name), raw) === 0) return { name, isText: true };
  return {
    name: raw
      .toString('latin1')
      .replaceAll('\\', '\\\\')
      .replace(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`),
    isText: false,
  };
}

/** What stands in a link, as data; null where it is no UTF-8, or gone. */
function targetOf(raw: string | Buffer): string | null {
  try {
    const target = readlinkSync(raw, { encoding: 'buffer' });
    const text = target.toString('utf8');
    return Buffer.compare(Buffer.from(text), target) === 0 ? text : null;
  } catch {
    return null;
  }
}

type Kind = 'folder' | 'file' | 'link' | 'other';
interface Named {
  name: string;
  /** Whether the name is the text that it is shown as. */
  isText: boolean;
  /** Real path. */
  place: string | Buffer;
  kind: Kind;
}
interface Typed {
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}
const kindOf = (each: Typed): Kind =>
  each.isDirectory() ? 'folder' : each.isFile() ? 'file' : each.isSymbolicLink() ? 'link' : 'other';

/** What a folder holds. Names come as text; where one of them may be none, all are read again as bytes. */
function listed(place: string | Buffer): Named[] {
  if (typeof place === 'string') {
    const names = readdirSync(place, { withFileTypes: true });
    if (names.every(({ name }) => !name.includes('\ufffd')))
      return names.map((each) => ({
        name: each.name,
        isText: true,
        place: `${place}/${each.name}`,
        kind: kindOf(each),
      }));
  }
  return readdirSync(place, { withFileTypes: true, encoding: 'buffer' }).map((each) => ({
    ...nameOf(each.name),
    place: Buffer.concat([Buffer.from(place), Buffer.from('/'), each.name]),
    kind: kindOf(each),
  }));
}

/** A folder, read in place: links are not followed, devices and pipes not opened, each named as unread. */
export function openFolder(root: string): Container {
  const entries: Entry[] = [];
  const unread: Unread[] = [];
  const defects: Defect[] = [];
  const links = new Map<string, string | null>();
  /** Where a path is not what stands on disk: a name in it is not UTF-8. */
  const real = new Map<string, Buffer>();
  const escaped = new Set<string>();
  const stack: { place: string | Buffer; path: string; depth: number }[] = [{ place: root, path: '', depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    let names: Named[];
    try {
      names = listed(next.place);
    } catch (error) {
      if (next.path === '') throw sourceUnreadable(root, `Its folder cannot be listed: ${systemWords(error)}.`);
      unread.push({ path: next.path, why: `This folder cannot be listed: ${systemWords(error)}` });
      continue;
    }
    for (const { name, isText, place, kind } of names) {
      const path = next.path === '' ? name : `${next.path}/${name}`;
      if (!isText)
        defects.push({
          code: 'name-encoding',
          detail: 'This name is not UTF-8. It is shown with its bytes as escapes and was read by its bytes.',
          place: { path },
        });
      if (kind === 'folder') {
        if (next.depth + 1 > limits.depth)
          unread.push({ path, why: `Deeper than ${limits.depth} folders: what lies below was not read` });
        else stack.push({ place, path, depth: next.depth + 1 });
      } else if (kind === 'file') {
        if (entries.length >= limits.folderEntries)
          throw sourceUnreadable(root, `It holds more than ${limits.folderEntries} files.`);
        // A name may spell out the escapes of another: whichever comes second is named, not mistaken for it.
        if (path.includes('\\x') && escaped.size === escaped.add(path).size) {
          unread.push({ path, why: 'Its name is shown like that of another file, whose name is not UTF-8' });
          continue;
        }
        try {
          const stat = lstatSync(place);
          entries.push({ path, bytes: stat.size, modifiedAt: Math.floor(stat.mtimeMs), stamp: identityOf(stat) });
          if (typeof place !== 'string') real.set(path, place);
        } catch (error) {
          unread.push({ path, why: systemWords(error) });
        }
      } else {
        if (kind === 'link') links.set(path, targetOf(place));
        unread.push({
          path,
          why: kind === 'link' ? 'A link; links are not followed' : 'A device, pipe or socket; it was not opened',
        });
      }
    }
  }
  const place = (entry: Entry): string | Uint8Array => real.get(entry.path) ?? `${root}/${entry.path}`;
  return {
    kind: 'folder',
    entries,
    unread,
    links,
    defects,
    locate: (entry) => ({ file: place(entry) }),
    open: async (entry) => openFile(place(entry)),
    close: async () => {},
  };
}

/** A single file as a source of one. */
export function openSingleFile(path: string): Container {
  const file = openFile(path);
  const stat = fstatSync(file.fd);
  file.close();
  const name = basename(path);
  return {
    kind: 'file',
    entries: [{ path: name, bytes: stat.size, modifiedAt: Math.floor(stat.mtimeMs) }],
    stamp: file.identity(),
    unread: [],
    defects: [],
    locate: () => ({ file: path }),
    open: async () => openFile(path),
    close: async () => {},
  };
}
