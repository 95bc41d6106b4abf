import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
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

/** Name of the note, in the private staging folder of the store, of the hidden folder that is being written. */
const noteName = 'unfinished-export';

function writeSynced(path: string, content: string | Uint8Array): void {
  const fd = openSync(path, 'wx', 0o644);
  try {
    const bytes = Buffer.from(content as string);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Takes away what a killed export left: the hidden folder that the note in `staging` names, and nothing else. Called
 * under the lock of the store, when no export is under way. Returns its path; null where nothing was left.
 */
export function tidyExport(staging: string): string | null {
  const note = join(staging, noteName);
  if (!existsSync(note)) return null;
  const left = readFileSync(note, 'utf8');
  // A note that was cut short, or written by somebody else, takes nothing away that does not look like ours.
  const isOurs = isAbsolute(left) && /^\..+-[0-9a-f]{12}$/s.test(basename(left));
  const isThere = isOurs && (lstatSync(left, { throwIfNoEntry: false })?.isDirectory() ?? false);
  if (isThere) rmSync(left, { recursive: true, force: true });
  rmSync(note, { force: true });
  return isThere ? left : null;
}

/**
 * Writes a package all at once: into a hidden folder beside its place, every file and folder synced, SHA256SUMS last,
 * then renamed. Never over something that exists. @param staging private folder of the store, where the hidden folder is
 * noted before it is made @throws Failure conflict, disk-full, unreadable
 */
export function writePackage(place: string, files: ReadonlyMap<string, string | Uint8Array>, staging: string): number {
  const refuse = (code: 'conflict' | 'disk-full' | 'unreadable', why: string, next: string) =>
    new Failure(code, {
      what: 'The report was not exported.',
      where: place,
      why,
      notDone: 'Nothing was written.',
      next,
    });
  if (existsSync(place)) throw refuse('conflict', 'Something of that name is there.', 'Choose another name.');
  const temporary = join(dirname(place), `.${basename(place)}-${randomBytes(6).toString('hex')}`);
  let isMade = false;
  try {
    tidyExport(staging);
    writeSynced(join(staging, noteName), temporary);
    mkdirSync(temporary, { mode: 0o700 });
    isMade = true;
    const names = [...files.keys()].sort();
    const sums = names.map((name) => sumLine(sha256Hex(files.get(name) ?? ''), name)).join('');
    for (const [name, content] of [
      ...names.map((each) => [each, files.get(each) ?? ''] as const),
      ['SHA256SUMS', sums] as const,
    ]) {
      const path = join(temporary, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      writeSynced(path, content);
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
    rmSync(join(staging, noteName), { force: true });
    return names.length + 1;
  } catch (error) {
    if (isMade) rmSync(temporary, { recursive: true, force: true });
    rmSync(join(staging, noteName), { force: true });
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
