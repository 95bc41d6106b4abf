import { Failure } from '../../../shared/failure.ts';
import { visible } from './names.ts';

/** The sentence for an archive that breaks a rule: which entry, what of it, what was not done, what to do. */
export function archiveRefused(path: string, why: string, entry?: { number: number; name: string }): Failure {
  return new Failure('refused', {
    what: 'This archive was refused.',
    where: path,
    why: entry === undefined ? `It ${why}.` : `Entry ${entry.number}, ${visible(entry.name).slice(0, 300)}, ${why}.`,
    notDone: 'Nothing was unpacked.',
    next: 'Ask the producer for a clean one.',
  });
}

/** A source that cannot be read at all. */
export function sourceUnreadable(path: string, why: string): Failure {
  return new Failure('unreadable', {
    what: 'The source cannot be read.',
    where: path,
    why,
    notDone: 'Nothing was read.',
    next: 'Check the path and the right to read it.',
  });
}

/** A system error in words: its code says what, its text may hold a path of ours. */
export function systemWords(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const words: Record<string, string> = {
    ENOENT: 'nothing is there',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'part of the path is no folder',
    ELOOP: 'it is a link',
    ENAMETOOLONG: 'the path is too long for this system',
    EIO: 'the medium gave a read error',
    EMFILE: 'too many files are open',
    ESTALE: 'the medium is gone',
    ENXIO: 'it is no ordinary file',
    ENOSPC: 'the disk is full',
  };
  return words[code] ?? (code === '' ? 'it cannot be read' : `the system says ${code}`);
}
