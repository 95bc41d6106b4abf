import type { CaseRow } from '../../shared/case.ts';
import { counted } from '../../shared/counted.ts';
import { caseDetail } from '../operations/cases.ts';
import { allCases } from '../store/cases.ts';
import { type Command, exit } from './command.ts';
import { commandLine } from './next.ts';
import { nothingBeside, optionsOf } from './options.ts';
import { paint, visibleText } from './print.ts';
import { withStore } from './with-store.ts';

/** `assay cases`: what the store holds. */
export const cases: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, { store: { type: 'string' }, json: { type: 'boolean' } });
  nothingBeside(positionals);
  return await withStore(values.store, io, (context) => {
    const rows = context.store.read(allCases).map((data): CaseRow => {
      const { imports: _imports, ...row } = caseDetail(context, data);
      return row;
    });
    if (values.json === true) io.out(`${JSON.stringify({ cases: rows })}\n`);
    else
      io.out(
        rows.length === 0
          ? `No case is in the store ${visibleText(context.store.file)}. Make one with: ${commandLine(values.store, 'import PATH --case NAME')}\n`
          : rows
              .map(
                (row) =>
                  `${row.id}  ${visibleText(row.name)}: ${row.verdict === null ? 'nothing imported' : paint(row.verdict, io)}, ${counted(row.files, 'file')}, sign-off ${row.signOff}\n`,
              )
              .join(''),
      );
    return exit.passed;
  });
};
