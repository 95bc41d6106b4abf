import type { JournalEntry } from '../../shared/journal.ts';
import { entries } from '../store/journal-rows.ts';
import type { Context } from './context.ts';

/** An entry by its number. */
export const entryAt = (context: Context, seq: number): JournalEntry | undefined =>
  context.store
    .read((db) => entries(db, { caseId: null, action: null, before: seq + 1, limit: 1 }))
    .find((entry) => entry.seq === seq);

/** What a mark was set on, from its own entry. */
export const pathsOfMark = (entry: JournalEntry): { importId: number; fileIds: number[] } => ({
  importId: Number(entry.detail['import']),
  fileIds: String(entry.detail['files'] ?? '')
    .split(' ')
    .filter((id) => id !== '')
    .map(Number),
});

/** What an entry says that takes back an earlier one: its number. */
export const undoing = (seq: number | null): { undoes?: number } => (seq === null ? {} : { undoes: seq });
