import type { Report } from '../../shared/report.ts';
import { aspects } from '../../shared/verdict.ts';

const count = (value: number, what: string) => `${value.toLocaleString('en')} ${what}${value === 1 ? '' : 's'}`;
const decisions = {
  approve: 'I approve it',
  conditions: 'I approve it with conditions',
  reject: 'I reject it',
} as const;

/** The statement in prose: what the signature says, from the very report that is signed. Pure. */
export function statementProse(report: Report): string[] {
  const { coverage, decision, findings, sources } = report;
  const [source] = sources;
  const model = report.case.model === '' ? report.case.name : report.case.model;
  const imported =
    source === undefined
      ? 'No evidence is imported.'
      : `${count(sources.length, 'source')} of evidence, the last imported at ${source.importedAt}.`;
  const said = aspects.flatMap((aspect) => {
    const { verdict, counts } = report.aspects[aspect];
    if (verdict === null) return [];
    const word = {
      pass: 'passes',
      warn: 'passes with warnings',
      fail: 'fails',
      policy: 'is not accepted by policy',
      undecided: 'cannot be decided',
    }[verdict];
    const bad = counts.fail + counts.policy;
    return [
      `${aspect.replace(/^./, (first) => first.toUpperCase())} ${word}${bad > 0 ? `, in ${count(bad, 'check')}` : ''}.`,
    ];
  });
  const open = findings.filter(({ status }) => status === 'open').length;
  return [
    `I reviewed the evidence for ${model}, case ${report.case.name}: ${imported}`,
    `Of ${count(coverage.total.files, 'file')}, ${coverage.opened.files.toLocaleString('en')} were opened by a person, ${coverage.machineOnly.files.toLocaleString('en')} were verified by machine only and ${coverage.notLookedAt.files.toLocaleString('en')} were not looked at, for the reasons listed in the coverage statement.`,
    said.join(' '),
    `${findings.length === 0 ? 'No findings are' : findings.length === 1 ? 'One finding is' : `${findings.length} findings are`} recorded${open > 0 ? `, ${open} of them open` : ''}. ${count(report.checks.filter(({ answer }) => answer === null).length, 'check')} that did not pass ${report.checks.filter(({ answer }) => answer === null).length === 1 ? 'has' : 'have'} no answer of mine.`,
    decision.proposed === null
      ? 'I have not decided.'
      : `${decisions[decision.proposed]}. ${decision.rationale}`.trim(),
  ].filter((text) => text !== '');
}
