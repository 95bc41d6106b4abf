import type { Report } from '../../shared/report.ts';
import { type SampledCoverage, strataWords, stratumWord } from '../../shared/sampling.ts';
import { ink, type PageLayout } from './page-layout.ts';

const count = (value: number) => value.toLocaleString('en');
const partsShown = 40;
const filesShown = 200;
const small = { face: 'ui', size: 8.5, colour: ink.second } as const;

/** One sentence about a plan, for the cover. */
export const sampleSentence = ({ number, sampled, population, strata, lookedAt, isStale }: SampledCoverage): string =>
  `Sampling plan ${number}: ${count(sampled)} of ${count(population)} files drawn ${strataWords[strata]}, ${count(lookedAt)} of them looked at.${isStale ? ' It is about other bytes than those that are here.' : ''}`;

/** Each sampling plan: rule, seed, population, strata, how many were looked at, and which were not, and why. */
export function writeSampling(layout: PageLayout, report: Report): void {
  const plans = report.coverage.sampling ?? [];
  layout.heading(2, `Sampling plans (${plans.length})`);
  if (plans.length === 0) {
    layout.paragraph('No sample was drawn for review by hand.', { face: 'ui', size: 9 });
    return;
  }
  layout.paragraph(
    'The rank of a file is SHA-256 over the digits of the seed followed by its path. Each stratum gets its share of the sample in proportion to its files, and at least one; its files with the lowest ranks are picked. Whoever has the seed and the evidence draws the same files again.',
    small,
  );
  for (const plan of plans) writePlan(layout, plan);
}

function writePlan(layout: PageLayout, plan: SampledCoverage): void {
  const { number, strata, seed, population, outside, size, sampled, lookedAt, parts, files } = plan;
  layout.heading(3, `Plan ${number}, ${strataWords[strata]}`);
  layout.paragraph(
    `${count(lookedAt)} of ${count(sampled)} sampled files were looked at. ${sampled < size ? `${count(size)} were asked for` : 'They were drawn'}, from ${count(population)} files of import ${plan.source}${outside === 0 ? '' : `; ${count(outside)} more are listed and not here, or could not be read, and are outside`}. Made by ${plan.madeBy} at ${plan.madeAt}.${plan.isStale ? ' It is about other bytes than those that are here now.' : ''}`,
    { face: 'ui', size: 9 },
  );
  layout.table(
    ['Seed', 'Digest of the list of picked files'],
    [3, 6],
    [
      [
        { text: seed, face: 'bytes' },
        { text: plan.list, face: 'bytes' },
      ],
    ],
  );
  layout.table(
    ['Stratum', 'Files', 'Sampled', 'Looked at'],
    [6, 2, 2, 2],
    parts
      .slice(0, partsShown)
      .map((part) => [
        { text: stratumWord(strata, part.name) },
        { text: count(part.files), face: 'bytes' },
        { text: count(part.sampled), face: 'bytes' },
        { text: count(part.lookedAt), face: 'bytes' },
      ]),
  );
  if (parts.length > partsShown)
    layout.paragraph(`${count(parts.length - partsShown)} more strata stand in report.json.`, small);
  const left = files.filter(({ isLookedAt }) => !isLookedAt);
  if (left.length === 0) return;
  layout.paragraph(
    plan.explanation === null
      ? 'Why these were not looked at is not said.'
      : `Why these were not looked at: ${plan.explanation}`,
    { face: 'ui', size: 9, isText: true },
  );
  layout.table(
    ['Sampled and not looked at', 'Stratum', 'SHA-256'],
    [6, 3, 8],
    left
      .slice(0, filesShown)
      .map(({ path, stratum, digest }) => [
        { text: path },
        { text: stratumWord(strata, stratum) },
        { text: digest.slice(7), face: 'bytes' },
      ]),
  );
  if (left.length > filesShown)
    layout.paragraph(`${count(left.length - filesShown)} more stand in report.json.`, small);
}
