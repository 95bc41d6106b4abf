import type { KeyObject } from 'node:crypto';
import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { Failure } from '../../shared/failure.ts';
import type { JournalEntry } from '../../shared/journal.ts';
import type { UnlockedKeys } from '../identity/unlocked-keys.ts';
import type { GraphIndex } from '../lineage/graph-index.ts';
import { type CaseData, caseById } from '../store/cases.ts';
import { importById } from '../store/imports.ts';
import type { NewEntry } from '../store/journal.ts';
import { currentIdentity } from '../store/people.ts';
import type { Store, Write } from '../store/store.ts';
import type { Host } from './host.ts';
import type { ShownStatement } from './shown-statement.ts';

/** What every operation works with. One for a workstation. */
export interface Context {
  store: Store;
  host: Host;
  clock(): Date;
  /** Folder in which private staging folders are made. */
  staging: string;
  /** Folder of what ships with the application: docs, sample, fonts. */
  resources: string;
  version: string;
  log(text: string): void;
  keys: UnlockedKeys;
  /** Graphs of imports that were walked, the last few. */
  graphs: Map<number, GraphIndex>;
  /** By case, the statement that was shown last, of the last few cases. */
  statements: Map<number, ShownStatement>;
  /** There are words for the index of the search: they come to it when nothing else is done. */
  indexWords(): void;
}
export type Signing = KeyObject;

/** Who acts where no key is used: the person who is chosen (Who I am), else the account she is logged in as. */
export const actorOf = (store: Store | null): string => {
  const identity = store?.read(currentIdentity);
  if (identity !== undefined) return identity.name;
  account ??= accountName();
  return account;
};
/** Asked of the system once: it is the same as long as the program runs, and each act asks for it. */
let account: string | null = null;
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unnamed';
  }
}

export const now = (context: Context): string => context.clock().toISOString();
/**
 * A change with its journal entry, under the name of who acts: of the one whom the act names, else of who is chosen.
 * @param first acts that are part of the same change, each an entry before
 */
export const commit = <T>(
  context: Context,
  act: NewEntry,
  change: (db: Write, entry: JournalEntry) => T,
  first: readonly NewEntry[] = [],
): T => context.store.commit(act, change, first);

const missing = (what: string) =>
  new Failure('not-found', {
    what: `There is no such ${what}.`,
    why: 'It may have been of another store.',
    next: 'Go back and choose again.',
  });
export function theCase(context: Context, id: number): CaseData {
  const found = context.store.read((db) => caseById(db, id));
  if (found === undefined) throw missing('case');
  return found;
}
export function theImport(context: Context, id: number) {
  const found = context.store.read((db) => importById(db, id));
  if (found === undefined) throw missing('import');
  return found;
}
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw missing(what);
  return value;
}
export const digestHex = (digest: string | null): string =>
  digest === null ? '' : digest.slice(digest.indexOf(':') + 1);
export const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
