import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import type { Io } from './command.ts';

/** The first line of a file, without its line end: a passphrase never stands on a command line. @throws Failure unreadable */
export function passphraseFrom(file: string, io: Io): string {
  const path = resolve(io.cwd, file);
  let text: string;
  try {
    text = statSync(path).size > 4_096 ? '' : readFileSync(path, 'utf8');
  } catch {
    throw new Failure('unreadable', {
      what: 'The passphrase file cannot be read.',
      where: path,
      notDone: 'Nothing was done with the key.',
      next: 'Check the path.',
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
