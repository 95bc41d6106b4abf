import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { replaceFile } from '../store/journal.ts';
import { entries } from '../store/journal-rows.ts';
import { type Context, commit } from './context.ts';
import { os } from './implementer.ts';

/** Compares the journal with a checkpoint from elsewhere, such as an old report. */
export function compareWith(context: Context, path: string): { holds: boolean; message: string } {
  const checkpoint = statSync(path).size > 65_536 ? null : context.store.key.read(readFileSync(path, 'utf8'));
  if (checkpoint === null) return { holds: false, message: 'This is no checkpoint by the key of this store.' };
  const found = context.store.verifiedAt(checkpoint.size);
  if (found.entries < checkpoint.size)
    return {
      holds: false,
      message: `The journal ends at ${found.entries}, the checkpoint says ${checkpoint.size}: entries were cut off.`,
    };
  if (found.root?.equals(checkpoint.root) !== true)
    return { holds: false, message: `The first ${checkpoint.size} entries are not those of the checkpoint.` };
  return {
    holds: true,
    message: `The first ${checkpoint.size} of ${found.entries} entries are those of the checkpoint.`,
  };
}

export function exportJournal(context: Context, path: string): void {
  if (existsSync(path))
    throw new Failure('conflict', {
      what: 'The journal was not exported.',
      where: path,
      why: 'Something of that name is there.',
      notDone: 'Nothing was written.',
      next: 'Choose another name.',
    });
  const refused = (error: unknown) =>
    new Failure('unreadable', {
      what: 'The journal was not exported.',
      where: path,
      why: `The file cannot be written: the system says ${(error as NodeJS.ErrnoException).code ?? String(error)}.`,
      notDone: 'Nothing was written.',
      next: 'Choose another folder.',
    });
  // Made before it is put on record, so that none is recorded where none can be.
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    throw refused(error);
  }
  try {
    commit(context, { action: 'journal.exported', caseId: null, subject: path }, () => undefined);
    replaceFile(path, `${context.store.lines().join('\n')}\n`);
  } catch (error) {
    rmSync(path, { force: true });
    throw error instanceof Failure ? error : refused(error);
  }
}

/** Of the file and of its log, in which a commit stands until it is folded into the file. */
const storeBytes = (file: string): number =>
  [file, `${file}-wal`].reduce((sum, each) => sum + (statSync(each, { throwIfNoEntry: false })?.size ?? 0), 0);

export const journal = {
  page: os.journal.page.handler(({ input, context }) => {
    const rows = context.store.read((db) => entries(db, { ...input, limit: input.limit + 1 }));
    return { rows: rows.slice(0, input.limit), more: rows.length > input.limit };
  }),
  state: os.journal.state.handler(({ context }) => ({
    entries: context.store.size,
    head: context.store.headHash,
    checkpointSize: context.store.anchored,
    checkpointAt: context.store.anchoredAt,
    store: context.store.file,
    bytes: storeBytes(context.store.file),
    health: context.store.health,
  })),
  verify: os.journal.verify.handler(({ context }) => {
    const result = context.store.verifyJournal();
    if (context.store.health.mayWrite)
      commit(
        context,
        {
          action: 'journal.verified',
          caseId: null,
          subject: '',
          detail: { holds: result.holds, entries: result.entries },
        },
        () => undefined,
      );
    return result;
  }),
  compare: os.journal.compare.handler(({ input, context }) => compareWith(context, context.host.path(input.token))),
  export: os.journal.export.handler(async ({ input, context }) => {
    await context.store.checks.whenDone();
    const path = join(context.host.path(input.into), input.name.replaceAll(/[/\\]/g, '-'));
    exportJournal(context, path);
    return { path };
  }),
};
