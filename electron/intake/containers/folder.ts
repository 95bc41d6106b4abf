import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Unread } from '../../../shared/evidence.ts';
import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import type { Access, Container, Entry } from './container.ts';
import { sourceUnreadable, systemWords } from './refusal.ts';

/**
 * Opens an ordinary file for reading, never through a link, never waiting on a pipe. Throws the system's error. While
 * its `identity` stays the same it is the same file with the same bytes.
 */
export function openFile(path: string | Uint8Array): Access & { fd: number; identity(): string } {
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
    identity() {
      const { dev, ino, size, mtimeNs, ctimeNs } = fstatSync(fd, { bigint: true });
      return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    },
    read(offset, length) {
      const wanted = Math.max(0, Math.min(length, stat.size - offset));
      const buffer = Buffer.allocUnsafe(wanted);
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

/** A folder, read in place: links are not followed, devices and pipes not opened, each named as unread. */
export function openFolder(root: string): Container {
  const entries: Entry[] = [];
  const unread: Unread[] = [];
  const defects: Defect[] = [];
  /** Where a path is not what stands on disk: a name in it is not UTF-8. */
  const real = new Map<string, Buffer>();
  const escaped = new Set<string>();
  const stack: { raw: Buffer; path: string; depth: number; isText: boolean }[] = [
    { raw: Buffer.from(root), path: '', depth: 0, isText: true },
  ];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    let names: { name: Buffer; isDirectory(): boolean; isFile(): boolean; isSymbolicLink(): boolean }[];
    try {
      names = readdirSync(next.raw, { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      if (next.path === '') throw sourceUnreadable(root, `Its folder cannot be listed: ${systemWords(error)}.`);
      unread.push({ path: next.path, why: `This folder cannot be listed: ${systemWords(error)}` });
      continue;
    }
    for (const each of names) {
      const { name, isText: isOwnText } = nameOf(each.name);
      const isText = next.isText && isOwnText;
      const path = next.path === '' ? name : `${next.path}/${name}`;
      const raw = Buffer.concat([next.raw, Buffer.from('/'), each.name]);
      if (!isOwnText)
        defects.push({
          code: 'name-encoding',
          detail: 'This name is not UTF-8. It is shown with its bytes as escapes and was read by its bytes.',
          place: { path },
        });
      if (each.isDirectory()) {
        if (next.depth + 1 > limits.depth)
          unread.push({ path, why: `Deeper than ${limits.depth} folders: what lies below was not read` });
        else stack.push({ raw, path, depth: next.depth + 1, isText });
      } else if (each.isFile()) {
        if (entries.length >= limits.folderEntries)
          throw sourceUnreadable(root, `It holds more than ${limits.folderEntries} files.`);
        // A name may spell out the escapes of another: whichever comes second is named, not mistaken for it.
        if (path.includes('\\x') && escaped.size === escaped.add(path).size) {
          unread.push({ path, why: 'Its name is shown like that of another file, whose name is not UTF-8' });
          continue;
        }
        try {
          const stat = lstatSync(raw);
          entries.push({ path, bytes: stat.size, modifiedAt: Math.floor(stat.mtimeMs), inode: stat.ino });
          if (!isText) real.set(path, raw);
        } catch (error) {
          unread.push({ path, why: systemWords(error) });
        }
      } else
        unread.push({
          path,
          why: each.isSymbolicLink() ? 'A link; links are not followed' : 'A device, pipe or socket; it was not opened',
        });
    }
  }
  const place = (entry: Entry): string | Uint8Array => real.get(entry.path) ?? `${root}/${entry.path}`;
  return {
    kind: 'folder',
    entries,
    unread,
    defects,
    locate: (entry) => ({ file: place(entry) }),
    open: async (entry) => openFile(place(entry)),
    close: async () => {},
  };
}

/** A single file as a source of one. */
export function openSingleFile(path: string): Container {
  const stat = statSync(path);
  const name = basename(path);
  return {
    kind: 'file',
    entries: [{ path: name, bytes: stat.size, modifiedAt: Math.floor(stat.mtimeMs), inode: stat.ino }],
    unread: [],
    defects: [],
    locate: () => ({ file: path }),
    open: async () => openFile(path),
    close: async () => {},
  };
}
