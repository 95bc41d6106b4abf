import { resolve } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import type { JournalVerification } from '../../shared/journal.ts';
import { commit } from '../operations/context.ts';
import { compareWith, exportJournal } from '../operations/journal.ts';
import { verifyJournalFile } from '../operations/journal-file.ts';
import { type Command, exit, type Io, Usage } from './command.ts';
import { nothingBeside, optionsOf } from './options.ts';
import { visibleText } from './print.ts';
import { withStore } from './with-store.ts';

/** `assay journal verify`: the tool's own record, against itself, its anchor and checkpoints of old reports. */
export const journalVerify: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, {
    checkpoint: { type: 'string', multiple: true },
    file: { type: 'string' },
    store: { type: 'string' },
    json: { type: 'boolean' },
  });
  nothingBeside(positionals);
  const checkpoints = values.checkpoint ?? [];
  if (values.file !== undefined) {
    if (values.store !== undefined) throw new Usage('a journal is verified in its --store or as a --file, not both');
    const file = resolve(io.cwd, values.file);
    const { checkpoints: compared, ...result } = verifyJournalFile(
      file,
      checkpoints.map((each) => resolve(io.cwd, each)),
    );
    return said(result, compared, values.json === true, io);
  }
  return await withStore(values.store, io, (context) => {
    const result = context.store.verifyJournal();
    const compared = checkpoints.map((file) => {
      const where = resolve(io.cwd, file);
      try {
        return { where, ...compareWith(context, where) };
      } catch (error) {
        if (error instanceof Failure) throw error;
        throw new Failure('unreadable', {
          what: 'The checkpoint cannot be read.',
          where,
          notDone: 'Nothing was compared.',
          next: 'Check the path.',
        });
      }
    });
    const holds = result.holds && compared.every((each) => each.holds);
    if (context.store.health.mayWrite)
      commit(
        context,
        { action: 'journal.verified', caseId: null, subject: '', detail: { holds, entries: result.entries } },
        () => undefined,
      );
    return said(result, compared, values.json === true, io);
  });
};

type Compared = { where: string; holds: boolean; message: string };
function said(result: JournalVerification, compared: readonly Compared[], isJson: boolean, io: Io): number {
  const holds = result.holds && compared.every((each) => each.holds);
  if (isJson) io.out(`${JSON.stringify({ ...result, holds, checkpoints: compared })}\n`);
  else
    io.out(
      [
        `${result.entries === 0 ? 'Nothing was verified.' : headline(result.holds, holds)} ${result.message}`,
        `  head ${result.head}`,
        `  root ${result.root}`,
        ...[...result.anchors, ...compared].map((each) => `  ${visibleText(each.where)}: ${each.message}`),
        '',
      ].join('\n'),
    );
  // A journal without an entry is nothing to verify.
  return holds ? exit.passed : result.entries === 0 ? exit.undecided : exit.failed;
}

/** A checkpoint that does not fit says nothing against a journal that holds by itself: it may be of another store. */
const headline = (itself: boolean, all: boolean): string =>
  !itself
    ? 'The journal does not hold.'
    : all
      ? 'The journal holds.'
      : 'The journal holds by itself, but not against every checkpoint.';

/** `assay journal export`: its lines, as they are hashed. */
export const journalExport: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, { out: { type: 'string' }, store: { type: 'string' } });
  nothingBeside(positionals);
  const { out } = values;
  if (out === undefined) throw new Usage('journal export needs --out, a file that is not there yet');
  return await withStore(values.store, io, (context) => {
    const place = resolve(io.cwd, out);
    exportJournal(context, place);
    io.out(`${visibleText(place)}: ${context.store.size} entries\n`);
    return exit.passed;
  });
};
