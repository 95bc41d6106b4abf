import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { sha256Hex } from '../integrity/digest.ts';

/** The machine is in the name: a number of a process means nothing in another container that shares the folder. */
const ofThisMachine = (name: string): string => `${name}${sha256Hex(hostname()).slice(0, 8)}-`;

/** Takes away folders of this user whose process is no more: it was killed before it could. */
function tidy(within: string, name: string): void {
  const begins = ofThisMachine(name);
  for (const each of readdirSync(within)) {
    const owner = each.startsWith(begins)
      ? /^(\d{1,10})-[A-Za-z0-9]{6}$/.exec(each.slice(begins.length))?.[1]
      : undefined;
    if (owner === undefined || isRunning(Number(owner))) continue;
    const left = join(within, each);
    const stat = lstatSync(left, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true && stat.uid === (process.getuid?.() ?? stat.uid))
      rmSync(left, { recursive: true, force: true });
  }
}

/** Whether a process is there; one that may not be asked is. */
function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Makes a folder that only this user may enter, and takes away those that killed processes left. @throws Failure disk-full, unreadable where none can be made there */
export function privateFolder(within: string, name: string): string {
  try {
    tidy(within, name);
  } catch {
    // What another left is no reason not to work.
  }
  try {
    return mkdtempSync(join(within, `${ofThisMachine(name)}${process.pid}-`));
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
