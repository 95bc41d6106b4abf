import Database from 'better-sqlite3';

/** Whether the pages of a store fit together: `ok`, or what SQLite says of the first that does not. Reads all of it. */
export function quickCheck(file: string): string {
  try {
    const db = new Database(file, { readonly: true });
    try {
      return db.pragma('quick_check(1)', { simple: true }) as string;
    } finally {
      db.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
