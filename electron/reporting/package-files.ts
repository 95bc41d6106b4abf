import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file of a package is read whole up to this size: more than a report of a million findings has. */
export const packageFileAtMost = 256 * 2 ** 20;
/** More than any package holds. */
export const filesAtMost = 10_000;

/**
 * Files below a folder by relative name, sorted, up to a number; what is neither file nor folder is named as what it
 * is, and no link is followed.
 */
export function filesBelow(root: string, atMost = filesAtMost): string[] {
  const found: string[] = [];
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop())
    for (const each of readdirSync(join(root, folder), { withFileTypes: true })) {
      const name = folder === '' ? each.name : `${folder}/${each.name}`;
      if (found.length >= atMost) return found.sort();
      if (each.isDirectory()) waiting.push(name);
      else found.push(each.isFile() ? name : `${name} (neither file nor folder)`);
    }
  return found.sort();
}

/** A file's bytes; null where it is none, or too large. */
export function readBounded(path: string): Buffer | null {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= packageFileAtMost ? readFileSync(path) : null;
  } catch {
    return null;
  }
}

/** SHA-256 of a file of any size, hex; null where it cannot be read. */
export function hashOf(path: string): string | null {
  try {
    if (!statSync(path).isFile()) return null;
    const state = createHash('sha256');
    const buffer = Buffer.alloc(2 ** 20);
    const fd = openSync(path, 'r');
    try {
      for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer))
        state.update(buffer.subarray(0, read));
    } finally {
      closeSync(fd);
    }
    return state.digest('hex');
  } catch {
    return null;
  }
}

/** A list as sha256sum writes it: name → hex. Null where a line is malformed or ends as on Windows, a name stands twice or leaves the folder. */
export function sumsOf(bytes: Uint8Array): Map<string, string> | null {
  const sums = new Map<string, string>();
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.endsWith('\n')) return text === '' ? sums : null;
  for (const line of text.split('\n').slice(0, -1)) {
    const [, mark = '', hex = '', name = ''] = /^(\\?)([0-9a-f]{64}) {2}([^\r]+)$/s.exec(line) ?? [];
    const real =
      mark === '' ? name : name.replace(/\\([\\nr])/g, (_, char: string) => ({ n: '\n', r: '\r' })[char] ?? '\\');
    if (name === '' || sums.has(real) || real.startsWith('/') || real.split('/').includes('..')) return null;
    sums.set(real, hex);
  }
  return sums;
}
