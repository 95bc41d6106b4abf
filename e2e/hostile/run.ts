import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Asking, runCases } from '../corpora/run-cases.ts';
import { agrees, overBudget } from './outcome.ts';
import { type Listed, stageListed } from './stage-listed.ts';

/**
 * Runs files made to hurt through the operations of `assay verify`, with wall time, peak memory and bytes written, and
 * compares only afterwards; waiting for other programs of a busy machine does not count against a case.
 * `npm run -s hostile -- [FOLDER…] [--json] [--verbose]`: folders with a `manifest.jsonl`, or folders of such.
 */
const list = 'manifest.jsonl';

interface Labelled extends Listed {
  id?: string;
  expect?: string;
}
function askingOf(folder: string, { file, id, expect, head }: Labelled): Asking {
  const family = basename(folder);
  return {
    corpus: family,
    id: id ?? file,
    expected: expect ?? null,
    stage: (place) => stageListed(folder, { file, ...(head === undefined ? {} : { head }) }, place),
    judge: (answer) => ({
      agrees: expect === undefined ? null : agrees(expect, answer),
      over: overBudget(family, answer),
    }),
  };
}

process.exitCode = await runCases({
  name: 'hostile files',
  list,
  usual: '../shared/hostile',
  casesOf: (folder) =>
    readFileSync(join(folder, list), 'utf8')
      .trim()
      .split('\n')
      .map((line) => askingOf(folder, JSON.parse(line) as Labelled)),
  more(rows, unlabelled) {
    const slowest = Math.max(...rows.map((each) => each.seconds)).toFixed(1);
    const largest = Math.max(...rows.map((each) => each.growthMiB));
    return `${unlabelled} compared elsewhere; at most ${slowest} s, ${largest} MiB more`;
  },
  whySkipped: 'their labels ask for more than one run shows',
});
