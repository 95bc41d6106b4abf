import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { refusal } from './open-database.ts';

export interface StoreLock {
  wasLeftOpen: boolean;
  /** Gives it back. @param isWell whether the store was closed as it should be */
  release(isWell: boolean): void;
}

/**
 * One Assay to a store: two would each continue the journal from a head of their own, and one would tidy away what the
 * other is importing. The lock is SQLite's on a file beside the store, so the system takes it back from a process that
 * was killed. A mark beside the store stands while it is open: where it is still there, whoever had it open was ended.
 * @throws Failure locked, unreadable
 */
export function lockStore(file: string): StoreLock {
  const mark = `${file}.open`;
  let wasLeftOpen = false;
  let lock: Database.Database | null = null;
  try {
    lock = new Database(`${file}.lock`, { timeout: 1_000 });
    // No journal beside it: nothing is ever written.
    lock.exec('pragma journal_mode = memory; begin exclusive');
    chmodSync(`${file}.lock`, 0o600);
    wasLeftOpen = existsSync(mark);
    writeFileSync(mark, '', { mode: 0o600 });
  } catch (error) {
    lock?.close();
    const code = error instanceof Database.SqliteError ? error.code : '';
    if (code.startsWith('SQLITE_BUSY'))
      throw refusal(
        'locked',
        'The store is open in another Assay.',
        file,
        'Another process holds its lock.',
        'Close the other window or command, then open it again.',
      );
    throw refusal(
      'unreadable',
      'The store cannot be opened.',
      file,
      `Nothing can be written beside it${code === '' ? '' : `: SQLite says ${code}`}.`,
      'Put the store where you may write.',
    );
  }
  const held = lock;
  return {
    wasLeftOpen,
    release(isWell) {
      if (isWell) rmSync(mark, { force: true });
      held.close();
    },
  };
}
