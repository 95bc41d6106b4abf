import type { Report } from '../../shared/report.ts';
import { type SampledCoverage, strataWords } from '../../shared/sampling.ts';
import { verifiedOnly } from '../../shared/sign-off.ts';
import { aspects } from '../../shared/verdict.ts';
import { visibleName } from '../../shared/visible-text.ts';

const count = (value: number, what: string) => `${value.toLocaleString('en')} ${what}${value === 1 ? '' : 's'}`;
const decisions = {
  approve: 'I approve it',
  conditions: 'I approve it with conditions',
  reject: 'I reject it',
} as const;

/** What was drawn and how far that got: said too where nothing was. */
function sampleProse(plans: readonly SampledCoverage[]): string {
  if (plans.length === 0) return 'No sample was drawn for review by hand.';
  return plans
    .map(({ number, sampled, population, strata, seed, lookedAt, explanation, isStale }) => {
      const left = sampled - lookedAt;
      const rest =
        left === 0
          ? ''
          : ` ${left.toLocaleString('en')} ${left === 1 ? 'was' : 'were'} not${explanation === null ? ', and I give no reason.' : `: ${explanation}`}`;
      return `By sampling plan ${number}, ${sampled.toLocaleString('en')} of ${count(population, 'file')} were drawn ${strataWords[strata]} with seed ${seed}${isStale ? ', from bytes that are no longer those that are here' : ''}; ${lookedAt === sampled && sampled > 1 ? 'all' : lookedAt.toLocaleString('en')} of them ${lookedAt === 1 ? 'was' : 'were'} looked at.${rest}`;
    })
    .join(' ');
}

const were = (files: number) => `${files.toLocaleString('en')} ${files === 1 ? 'was' : 'were'}`;
function coverageProse(coverage: Report['coverage']): string {
  const { total, opened, unvouched, notLookedAt } = coverage;
  const digested =
    unvouched === undefined || unvouched.files === 0
      ? ''
      : `, ${were(unvouched.files)} digested only, for nothing here vouches for ${unvouched.files === 1 ? 'it' : 'them'},`;
  const left =
    notLookedAt.files === 0
      ? 'none was left unread'
      : `${were(notLookedAt.files)} not looked at, for the reasons listed in the coverage statement`;
  return `Of ${count(total.files, 'file')}, ${were(opened.files)} opened by a person, ${were(verifiedOnly(coverage).files)} verified by machine only${digested} and ${left}.`;
}
function findingProse(findings: Report['findings']): string {
  const open = findings.filter(({ status }) => status === 'open').length;
  if (findings.length === 0) return 'No findings are recorded.';
  if (findings.length === 1) return `One finding is recorded${open === 1 ? ' and open' : ''}.`;
  return `${findings.length.toLocaleString('en')} findings are recorded${open > 0 ? `, ${open.toLocaleString('en')} of them open` : ''}.`;
}
const answerProse = (unanswered: number): string =>
  unanswered === 0
    ? 'Every check that did not pass has an answer of mine.'
    : `${count(unanswered, 'check')} that did not pass ${unanswered === 1 ? 'has' : 'have'} no answer of mine.`;

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
  return [
    `I reviewed the evidence for ${visibleName(model)}, case ${visibleName(report.case.name)}: ${imported}`,
    coverageProse(coverage),
    ...(coverage.sampling === undefined ? [] : [sampleProse(coverage.sampling)]),
    said.join(' '),
    `${findingProse(findings)} ${answerProse(report.checks.filter(({ answer }) => answer === null).length)}`,
    decision.proposed === null
      ? 'I have not decided.'
      : `${decisions[decision.proposed]}. ${decision.rationale}`.trim(),
  ].filter((text) => text !== '');
}
