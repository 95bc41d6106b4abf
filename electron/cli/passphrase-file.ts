import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import type { Io } from './command.ts';

/** The first line of a file, without its line end: a passphrase never stands on a command line. @throws Failure unreadable */
export function passphraseFrom(file: string, io: Io): string {
  const path = resolve(io.cwd, file);
  let bytes: Buffer;
  try {
    const stat = statSync(path);
    bytes = stat.size > 4_096 && !stat.isDirectory() ? Buffer.alloc(0) : readFileSync(path);
  } catch {
    throw new Failure('unreadable', {
      what: 'The passphrase file cannot be read.',
      where: path,
      notDone: 'Nothing was done with the key.',
      next: 'Check the path.',
    });
  }
  let text: string;
  try {
    // A byte order mark is left out: nobody could type it in the window.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure('unreadable', {
      what: 'The passphrase file is no text.',
      where: path,
      why: 'Its bytes are not UTF-8: another program would read another passphrase in them.',
      notDone: 'Nothing was done with the key.',
      next: 'Save it as UTF-8.',
    });
  }
  const [first = ''] = text.split(/\r?\n/);
  if (first === '')
    throw new Failure('unreadable', {
      what: 'The passphrase file holds no passphrase.',
      where: path,
      why: 'Its first line is empty, or it is larger than 4 KiB.',
      notDone: 'Nothing was done with the key.',
      next: 'Write the passphrase into its first line.',
    });
  return first;
}
