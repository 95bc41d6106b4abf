import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { NewCase } from '../../shared/case.ts';
import { counted } from '../../shared/counted.ts';
import { Failure } from '../../shared/failure.ts';
import { worst } from '../../shared/verdict.ts';
import { type Context, commit } from '../operations/context.ts';
import { importSource } from '../operations/import-source.ts';
import { addTrust } from '../operations/trust.ts';
import { type Command, type Io, Usage } from './command.ts';
import { findOrMake } from './find-case.ts';
import { nextCommand } from './next.ts';
import { optionsOf } from './options.ts';
import { madeNow, paint, visibleText } from './print.ts';
import { status, trustFrom } from './verify.ts';
import { withStoreOrNew } from './with-store.ts';

/** Records that nothing was there to import, and says so. */
function missing(context: Context, caseId: number | undefined, path: string, io: Io): Failure {
  const [where, why] = [resolve(io.cwd, path), 'Nothing is at this path.'];
  commit(
    context,
    { action: 'source.refused', caseId: caseId ?? null, subject: where, detail: { code: 'unreadable', why } },
    () => undefined,
  );
  return new Failure('unreadable', {
    what: 'Nothing was imported.',
    where,
    why,
    notDone: 'No case was made or changed.',
    next: 'Check the path.',
  });
}

/** `assay import`: into the case of a name, which is made where there is none; trust that is named stays in the store. */
export const importPaths: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, {
    case: { type: 'string' },
    number: { type: 'boolean' },
    playbook: { type: 'string' },
    trust: { type: 'string', multiple: true },
    store: { type: 'string' },
    json: { type: 'boolean' },
  });
  if (positionals.length === 0) throw new Usage('import needs the path of some evidence');
  const given = NewCase.safeParse({ name: values.case ?? '', playbook: values.playbook ?? '' });
  if (!given.success) throw new Usage('--case takes the name of a case, up to 200 characters');
  const trust = trustFrom(values.trust ?? [], io);
  return await withStoreOrNew(values.store, io, async (context) => {
    const known = findOrMake(context, given.data.name, values);
    // Before a case is made: a path that was mistyped leaves nothing behind but that it was tried.
    for (const path of positionals) if (!existsSync(resolve(io.cwd, path))) throw missing(context, known?.id, path, io);
    addTrust(context, trust);
    let caseId = known?.id ?? 0;
    const rows = [];
    for (const path of positionals) {
      const progress = ({ doing, filesDone }: { doing: string; filesDone: number }) =>
        io.isErrTerminal ? io.err(`\r\u001b[K${doing}: ${counted(filesDone, 'file')}`) : undefined;
      const made = await importSource(
        context,
        caseId === 0 ? given.data : caseId,
        resolve(io.cwd, path),
        progress,
        io.signal,
      );
      caseId = made.caseId;
      rows.push(made);
      if (io.isErrTerminal) io.err('\r\u001b[K');
    }
    const verdict = worst(rows.map(({ row }) => row.verdict)) ?? 'undecided';
    if (values.json === true)
      io.out(
        `${JSON.stringify({ case: { id: caseId, name: known?.name ?? given.data.name }, verdict, imports: rows.map(({ row, same }) => ({ ...row, same })) })}\n`,
      );
    else
      io.out(
        rows
          .map(
            ({ row, same }) =>
              `${visibleText(row.source.path)}: ${paint(row.verdict, io)}${same ? `, the same as import ${row.number}` : `, import ${row.number}`}, ${counted(row.source.files, 'file')}, ${row.source.digest}\n`,
          )
          .join('')
          .concat(context.store.isNew ? madeNow(context.store.file) : '')
          .concat(
            `Next: ${nextCommand(context, 'show', caseId, '', values.store)} says which checks do not pass, and what comes then.\n`,
          ),
      );
    return status(verdict);
  });
};
