import type { CaseDetail, CaseRow } from '../../shared/case.ts';
import { counted } from '../../shared/counted.ts';
import { aspects } from '../../shared/verdict.ts';
import { caseDetail } from '../operations/cases.ts';
import { allCases } from '../store/cases.ts';
import { type Command, exit, type Io } from './command.ts';
import { findCase } from './find-case.ts';
import { nothingBeside, only, optionsOf } from './options.ts';
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
          ? `No case is in the store ${visibleText(context.store.file)}. Make one with: assay import PATH --case NAME\n`
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

/** `assay show`: where one case stands. */
export const show: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, { store: { type: 'string' }, json: { type: 'boolean' } });
  const name = only(positionals, 'one case');
  return await withStore(values.store, io, (context) => {
    const detail = caseDetail(context, findCase(context, name));
    io.out(values.json === true ? `${JSON.stringify(detail)}\n` : inWords(detail, io));
    return exit.passed;
  });
};

function inWords(detail: CaseDetail, io: Io): string {
  const { id, name, model, verdict, progress, openFindings, blockers, signOff, imports } = detail;
  const lines = [
    `${id}  ${visibleText(name)}${model === '' ? '' : `, ${visibleText(model)}`}`,
    `Verdict: ${verdict === null ? 'nothing imported' : paint(verdict, io)}`,
    `Reviewed: ${progress.reviewed.toLocaleString('en')} of ${counted(progress.total, 'file')}; ${openFindings} open findings; ${blockers} failed checks without an answer; sign-off ${signOff}`,
  ];
  for (const { number, source, verdict: found, aspects: each, importedAt, isLatest } of imports) {
    lines.push(
      '',
      `Import ${number}${isLatest ? '' : ', followed by a later one'}: ${paint(found, io)}, ${importedAt}`,
      `  ${visibleText(source.path)}: ${source.kind}, ${counted(source.files, 'file')}, ${counted(source.bytes, 'byte')}`,
      `  ${source.digest}`,
    );
    for (const aspect of aspects) {
      const judged = each[aspect].verdict;
      if (judged !== null) lines.push(`  ${aspect.padEnd(13)}${paint(judged, io)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
