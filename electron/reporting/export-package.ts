import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { sha256Hex } from '../integrity/digest.ts';

/** A name as sha256sum writes it: a backslash before the line where the name holds one or a line end. */
export function sumLine(digestHex: string, name: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === name ? '' : '\\'}${digestHex}  ${escaped}\n`;
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a package all at once: into a hidden folder beside its place, every file and folder synced, SHA256SUMS last,
 * then renamed. Never over something that exists. @throws Failure conflict, disk-full, unreadable
 */
export function writePackage(place: string, files: ReadonlyMap<string, string | Uint8Array>): number {
  const refuse = (code: 'conflict' | 'disk-full' | 'unreadable', why: string, next: string) =>
    new Failure(code, {
      what: 'The report was not exported.',
      where: place,
      why,
      notDone: 'Nothing was written.',
      next,
    });
  if (existsSync(place)) throw refuse('conflict', 'Something of that name is there.', 'Choose another name.');
  let temporary: string | null = null;
  try {
    temporary = mkdtempSync(join(dirname(place), `.${basename(place)}-`));
    const names = [...files.keys()].sort();
    const sums = names.map((name) => sumLine(sha256Hex(files.get(name) ?? ''), name)).join('');
    for (const [name, content] of [
      ...names.map((each) => [each, files.get(each) ?? ''] as const),
      ['SHA256SUMS', sums] as const,
    ]) {
      const path = join(temporary, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      const fd = openSync(path, 'wx', 0o644);
      try {
        const bytes = Buffer.from(content as string);
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    }
    for (const folder of [
      '',
      ...readdirSync(temporary, { withFileTypes: true })
        .filter((each) => each.isDirectory())
        .map(({ name }) => name),
    ])
      syncFolder(join(temporary, folder));
    if (existsSync(place)) throw refuse('conflict', 'Something of that name is there.', 'Choose another name.');
    renameSync(temporary, place);
    syncFolder(dirname(place));
    return names.length + 1;
  } catch (error) {
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
    if (error instanceof Failure) throw error;
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw refuse(
        'disk-full',
        'The disk it was to be written on is full.',
        'Free space there, or choose another folder.',
      );
    throw refuse(
      'unreadable',
      code === 'EACCES' || code === 'EROFS'
        ? 'The folder may not be written.'
        : code === 'ENOENT'
          ? 'The folder is not there.'
          : `The system says ${code}.`,
      'Choose another folder.',
    );
  }
}
