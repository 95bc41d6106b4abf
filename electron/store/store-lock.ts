import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';
import { refusal } from './open-database.ts';

/**
 * One Assay to a store: two would each continue the journal from a head of their own, and one would tidy away what the
 * other is importing. The lock is SQLite's on a file beside the store, so the system takes it back from a process that
 * was killed. Returns what gives it back.
 * @throws Failure locked, unreadable
 */
export function lockStore(file: string): () => void {
  let lock: Database.Database | null = null;
  try {
    lock = new Database(`${file}.lock`, { timeout: 1_000 });
    // No journal beside it: nothing is ever written.
    lock.exec('pragma journal_mode = memory; begin exclusive');
    chmodSync(`${file}.lock`, 0o600);
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
  return () => {
    held.close();
  };
}
