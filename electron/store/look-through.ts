import Database from 'better-sqlite3';
import { whyNotAsDecided } from './decisions.ts';
import { handle } from './handle.ts';
import { configure } from './open-database.ts';
import { whyNotAsOpened } from './store-health.ts';
import { journalRows, verifyJournal } from './verify-journal.ts';

/** What is still to be looked at of a store that was opened. */
export interface StoreCheck {
  /** The journal, with where it ended and its root there; null where it was verified. */
  journal: { size: number; root: Uint8Array } | null;
  pages: boolean;
}
/** What was found of a part. */
export type StoreFinding =
  | { part: 'journal'; why: string }
  | { part: 'pages'; found: string }
  /** Nobody looked, and why. */
  | { part: 'none'; why: string };

/**
 * Looks through a store that others have open, on a connection of its own: its journal against the end that it was
 * opened with, and what people decided against the journal, all as it stands at one moment; then whether its pages fit.
 * @param tell is told of each part as it is done
 */
export function lookThrough(file: string, { journal, pages }: StoreCheck, tell: (finding: StoreFinding) => void): void {
  const db = new Database(file, { readonly: true });
  try {
    configure(db, true);
    if (journal !== null) tell({ part: 'journal', why: whyNotHeld(db, journal) });
    if (pages) tell({ part: 'pages', found: db.pragma('quick_check(1)', { simple: true }) as string });
  } catch (error) {
    // Pages that cannot be read do not fit together either.
    if (!(error instanceof Database.SqliteError)) throw error;
    tell({ part: 'pages', found: error.message });
  } finally {
    db.close();
  }
}

function whyNotHeld(db: Database.Database, journal: NonNullable<StoreCheck['journal']>): string {
  // One moment for both, whatever is done meanwhile; a connection that is closed ends it.
  db.exec('begin');
  const why = whyNotAsOpened(verifyJournal(journalRows(db), [journal.size]), journal) || whyNotAsDecided(handle(db));
  db.exec('commit');
  return why;
}
