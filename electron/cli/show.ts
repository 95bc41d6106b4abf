import type { CaseDetail } from '../../shared/case.ts';
import type { CheckRow } from '../../shared/contract/check.ts';
import { counted } from '../../shared/counted.ts';
import type { SignOff } from '../../shared/sign-off.ts';
import { aspects, verdicts } from '../../shared/verdict.ts';
import { caseDetail } from '../operations/cases.ts';
import type { Context } from '../operations/context.ts';
import { signOffList } from '../operations/sign-off.ts';
import { findingsOf } from '../store/cases.ts';
import { checksPage, openChecks } from '../store/checks.ts';
import { type Command, exit, type Io } from './command.ts';
import { findCase } from './find-case.ts';
import { nextCommand } from './next.ts';
import { only, optionsOf } from './options.ts';
import { paint, visibleText } from './print.ts';
import { withStore } from './with-store.ts';

/** So many checks are said in words; the document has all of them. */
const checksAtMost = 20;

/** `assay show`: where one case stands. */
export const show: Command['run'] = async (args, io) => {
  const { values, positionals } = optionsOf(args, {
    number: { type: 'boolean' },
    store: { type: 'string' },
    json: { type: 'boolean' },
  });
  const name = only(positionals, 'one case');
  return await withStore(values.store, io, (context) => {
    const detail = caseDetail(context, findCase(context, name, values));
    const signOffs = signOffList(context, detail.id);
    if (values.json === true) io.out(`${JSON.stringify({ ...detail, checks: checksOf(context, detail), signOffs })}\n`);
    else
      io.out(
        [
          ...standing(detail, io),
          ...worstChecks(context, detail, io),
          ...signOffLines(signOffs),
          '',
          `Next: ${next(context, detail, values.store)}`,
          '',
        ].join('\n'),
      );
    return exit.passed;
  });
};

/** Number of a finding as it is shown, by its id. */
const findingNumbers = (context: Context, caseId: number): Map<number, string> =>
  new Map(
    context.store
      .read((db) => findingsOf(db, caseId))
      .map(({ id, number }) => [id, `F-${String(number).padStart(2, '0')}`]),
  );

/** Every check of what counts that is not a pass, the worst of each import first, with the answer that stands. */
function checksOf(context: Context, { id: caseId, imports }: CaseDetail) {
  const numbers = findingNumbers(context, caseId);
  return imports
    .filter(({ isLatest }) => isLatest)
    .flatMap(({ id, number }) =>
      context.store
        .read((db) => openChecks(db, id))
        .map(({ id: _id, fileId: _fileId, answer, ...check }) => ({
          import: number,
          ...check,
          answer:
            answer === null
              ? null
              : {
                  finding: answer.findingId === null ? null : (numbers.get(answer.findingId) ?? null),
                  explanation: answer.explanation,
                  at: answer.at,
                  by: answer.by,
                },
        })),
    );
}

function standing(detail: CaseDetail, io: Io): string[] {
  const { id, name, model, verdict, progress, openFindings, blockers, signOff, imports } = detail;
  const lines = [
    `${id}  ${visibleText(name)}${model === '' ? '' : `, ${visibleText(model)}`}`,
    `Verdict: ${verdict === null ? 'nothing imported' : paint(verdict, io)}`,
    `Reviewed: ${progress.reviewed.toLocaleString('en')} of ${counted(progress.total, 'file')}; ${counted(openFindings, 'open finding')}; ${counted(blockers, 'failed check')} without an answer; sign-off ${signOff}`,
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
  return lines;
}

/** The first checks that are no pass, worst first: what each is about, by which rule, in words, and its answer. */
function worstChecks(context: Context, { id: caseId, imports }: CaseDetail, io: Io): string[] {
  const latest = imports.filter(({ isLatest }) => isLatest);
  const counts = verdicts
    .filter((verdict) => verdict !== 'pass')
    .map((verdict) => ({
      verdict,
      count: latest.reduce(
        (sum, { aspects: each }) => aspects.reduce((all, aspect) => all + each[aspect].counts[verdict], sum),
        0,
      ),
    }))
    .filter(({ count }) => count > 0);
  if (counts.length === 0) return [];
  const all = { verdict: null, aspect: null, rule: null, folder: null, path: null, unanswered: false };
  const first = latest
    .flatMap(({ id, number }) =>
      context.store.read((db) => checksPage(db, id, all, null, checksAtMost)).rows.map((row) => ({ ...row, number })),
    )
    .filter(({ verdict }) => verdict !== 'pass')
    .sort((a, b) => verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict))
    .slice(0, checksAtMost);
  const numbers = findingNumbers(context, caseId);
  const lines = [
    '',
    `Checks that do not pass: ${counts.map(({ verdict, count }) => `${count.toLocaleString('en')} ${paint(verdict, io)}`).join(', ')}`,
  ];
  for (const { verdict, rule, subject, message, answer, number } of first)
    lines.push(
      `  ${paint(verdict, io)}  ${visibleText(subject === '' ? 'The source' : subject)} (${rule}${latest.length > 1 ? `, import ${number}` : ''})`,
      `    ${visibleText(message)}`,
      ...answerLine(answer, numbers),
    );
  const left = counts.reduce((sum, { count }) => sum + count, 0) - first.length;
  if (left > 0) lines.push(`  and ${left.toLocaleString('en')} more: --json lists all of them`);
  return lines;
}

function answerLine(answer: CheckRow['answer'], numbers: Map<number, string>): string[] {
  if (answer === null) return [];
  const said =
    answer.findingId === null ? (answer.explanation ?? '') : `finding ${numbers.get(answer.findingId) ?? ''}`;
  return [`    answered by ${visibleText(answer.by)}: ${visibleText(said)}`];
}

/** Each sign-off with its number, by which `export --sign-off` writes it. */
function signOffLines(signOffs: readonly SignOff[]): string[] {
  if (signOffs.length === 0) return [];
  return [
    '',
    'Sign-offs:',
    ...signOffs.map(
      ({ number, decision, state, signatures }) =>
        `  ${number}  ${decision}, ${state}: ${signatures.map(({ name, role, signedAt }) => `${visibleText(name)} as ${role} at ${signedAt}`).join(', ')}`,
    ),
  ];
}

/** What may be done next, from where the case stands. */
function next(context: Context, { id, blockers, signOff, imports }: CaseDetail, store: string | undefined): string {
  const about = (command: string, more: string) => nextCommand(context, command, id, more, store);
  if (imports.length === 0) return about('import PATH --case', '--number');
  if (signOff === 'signed') return `write the report: ${about('export', '--out FOLDER')}`;
  const sign = about('sign-off', '--key FILE --passphrase-file FILE --role reviewer|approver …');
  if (signOff === 'in-progress') return `a second person signs the same statement with a key of her own: ${sign}`;
  return blockers === 0
    ? `sign: ${sign}`
    : `answer the failed checks in the window, under Checks, by findings or explanations, which approving needs and rejecting does not; then sign: ${sign}`;
}
