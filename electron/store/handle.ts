import type Database from 'better-sqlite3';

/** A connection that may read. Statements are constants; values are bound. */
export interface Read {
  all<T>(sql: string, ...values: unknown[]): T[];
  get<T>(sql: string, ...values: unknown[]): T | undefined;
}
/** A connection that may write; only `commit` and `load` have one. */
export interface Write extends Read {
  /** Returns the id of the row inserted last. */
  run(sql: string, ...values: unknown[]): number;
  /** Returns how many rows were changed or removed. */
  count(sql: string, ...values: unknown[]): number;
}

/** A connection as whoever asks or changes is given it, each statement prepared once. */
export function handle(db: Database.Database): Write {
  const statements = new Map<string, Database.Statement>();
  const prepare = (sql: string) => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  return {
    all: <T>(sql: string, ...values: unknown[]) => prepare(sql).all(...values) as T[],
    get: <T>(sql: string, ...values: unknown[]) => prepare(sql).get(...values) as T | undefined,
    run: (sql, ...values) => Number(prepare(sql).run(...values).lastInsertRowid),
    count: (sql, ...values) => prepare(sql).run(...values).changes,
  };
}
