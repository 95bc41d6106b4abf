import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';

/** Makes a folder that only this user may enter. @throws Failure disk-full, unreadable where none can be made there */
export function privateFolder(within: string, name: string): string {
  try {
    return mkdtempSync(join(within, name));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    throw new Failure(isFull ? 'disk-full' : 'unreadable', {
      what: isFull ? 'The disk is full.' : 'There is no place to work in.',
      where: within,
      why: isFull
        ? 'Not even a folder can be made on the disk of the temporary folder.'
        : `No folder can be made in the temporary folder (the system says ${code}).`,
      notDone: 'Nothing was read.',
      next: 'Free some space, or set TMPDIR to a folder that you may write to.',
    });
  }
}
