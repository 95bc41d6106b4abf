import type { Report } from '../../shared/report.ts';
import { verifiedOnly } from '../../shared/sign-off.ts';
import { aspects, verdicts } from '../../shared/verdict.ts';
import { visibleName } from '../../shared/visible-text.ts';
import { ink, type PageLayout, verdictInk } from './page-layout.ts';
import { sampleSentence } from './report-sampling.ts';

const count = (value: number) => value.toLocaleString('en');
const decisions = { approve: 'Approved', conditions: 'Approved with conditions', reject: 'Rejected' } as const;
const whatOf = {
  content: 'The bytes are the bytes that were meant',
  chain: 'Order and completeness of a record hold',
  origin: 'Who vouches, and whether this reviewer trusts them',
  claim: 'What documents say agrees with other evidence',
  completeness: 'What should be here is here',
} as const;

/** The first page: what was reviewed, the decision in its first sentence, the aspects, coverage, who signs, how to check. */
export function writeCover(layout: PageLayout, report: Report, title: string): void {
  const { decision } = report;
  layout.heading(1, title);
  const verdict =
    decision.proposed === null
      ? 'Not decided: this is a draft that nobody has signed.'
      : `${decisions[decision.proposed]}.`;
  layout.paragraph(`${verdict} ${decision.rationale}`.trim(), { size: 12, isText: true });
  layout.paragraph(`${visibleName(report.case.name)}. ${report.case.purpose}`.trim(), {
    face: 'ui',
    size: 9,
    colour: ink.second,
    isText: true,
  });
  layout.rule();
  layout.heading(2, 'What the evidence comes to');
  layout.table(
    ['Aspect', 'Verdict', 'It speaks of', 'Checks'],
    [2, 2, 5, 4],
    aspects.flatMap((aspect) => {
      const { verdict: found, counts } = report.aspects[aspect];
      if (found === null) return [];
      return [
        [
          { text: aspect.replace(/^./, (first) => first.toUpperCase()), face: 'strong' as const },
          { text: found, face: 'strong' as const, colour: verdictInk[found] },
          { text: whatOf[aspect] },
          {
            text: verdicts
              .filter((each) => counts[each] > 0)
              .map((each) => `${count(counts[each])} ${each}`)
              .join(', '),
            face: 'bytes' as const,
          },
        ],
      ];
    }),
  );
  layout.heading(2, 'Coverage');
  const { coverage } = report;
  const share = (files: number) =>
    coverage.total.files === 0 ? '0 %' : `${((files / coverage.total.files) * 100).toFixed(1)} %`;
  layout.table(
    ['What was looked at', 'Files', 'Share', 'Bytes'],
    [6, 2, 2, 3],
    (
      [
        ['Opened and read by a person', coverage.opened],
        ['Verified by machine only', verifiedOnly(coverage)],
        ...(coverage.unvouched === undefined
          ? []
          : [['Digested only: nothing here vouches for them', coverage.unvouched] as const]),
        ['Not looked at', coverage.notLookedAt],
        ['All files, here or listed', coverage.total],
      ] as const
    ).map(([name, { files, bytes }]) => [
      { text: name },
      { text: count(files), face: 'bytes' as const },
      { text: share(files), face: 'bytes' as const },
      { text: count(bytes), face: 'bytes' as const },
    ]),
  );
  for (const { files, why, example } of coverage.reasons)
    layout.paragraph(`Not looked at: ${count(files)}. ${why}, such as ${example}`, {
      face: 'ui',
      size: 8.5,
      colour: ink.second,
    });
  for (const plan of coverage.sampling ?? [])
    layout.paragraph(sampleSentence(plan), { face: 'ui', size: 8.5, colour: ink.second });
  layout.heading(2, 'Who signs');
  if (report.signers.length === 0) layout.paragraph('Nobody has signed this draft.', { face: 'ui', size: 9 });
  else {
    layout.table(
      ['Role', 'Name', 'Key, SHA-256 of its public part'],
      [2, 4, 7],
      report.signers.map(({ role, name, fingerprint }) => [
        { text: role },
        { text: name === '' ? 'another person, not named beforehand' : name, face: 'strong' as const },
        { text: fingerprint === '' ? 'another key' : fingerprint, face: 'bytes' as const },
      ]),
    );
    layout.paragraph(
      'These pages were frozen before the first signature, and are byte for byte the same for everyone who signs. The times of signing therefore stand in the signatures and in the envelopes beside this file, not on its pages.',
      { face: 'ui', size: 8.5, colour: ink.second },
    );
  }
  layout.heading(2, 'What this says, and what it cannot');
  layout.paragraph(
    'It says which bytes were opened, which digests, chains and signatures were verified against what this reviewer trusts, what was found, and what was decided by whom. It cannot say that a model is safe, that data were lawful, or that nothing was withheld. A signature by a key made on one machine shows integrity and that key; it is not a qualified signature.',
    { face: 'ui', size: 8.5, colour: ink.second },
  );
  layout.heading(2, 'How to check it');
  layout.paragraph(
    `VERIFY.md beside this file names every command: the digests by sha256sum${report.signers.length === 0 ? '' : ', the envelopes and the signatures of this file by openssl'}. The data of this report are embedded as report.json.`,
    { face: 'ui', size: 8.5, colour: ink.second },
  );
}
