import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { agrees } from './outcome.ts';
import { type Asking, runCases } from './run-cases.ts';
import { type Case, stageCase } from './stage-case.ts';

/**
 * Runs labelled cases through the operations of `assay verify`, and compares only afterwards.
 * `npm run -s corpora -- [FOLDER…] [--json] [--verbose]`: folders with a `GIVE/cases.json`, or folders of such.
 */
const list = 'GIVE/cases.json';

function askingOf(folder: string, each: Record<string, unknown>): Asking {
  const path = String(each['path'] ?? each['file']);
  const expected = typeof each['expected'] === 'string' ? each['expected'] : null;
  const { artifact, params } = each as { artifact?: string; params?: Case['params'] };
  return {
    corpus: basename(folder),
    id: String(each['id'] ?? each['file'] ?? path),
    expected,
    stage(place) {
      const given = {
        path,
        ...(typeof artifact === 'string' ? { artifact } : {}),
        ...(params === undefined ? {} : { params }),
      };
      const { evidence, trust, policy } = stageCase(folder, given, place);
      return { path: evidence, trust, policy, asOf: null, isBare: true };
    },
    judge: (answer) => ({ agrees: expected === null ? null : agrees(expected, answer), over: '' }),
  };
}

process.exitCode = await runCases({
  name: 'corpora',
  list,
  usual: '../shared/corpora',
  casesOf(folder) {
    const { cases } = JSON.parse(readFileSync(join(folder, list), 'utf8')) as { cases: Record<string, unknown>[] };
    return cases.map((each) => askingOf(folder, each));
  },
  more: (_rows, unlabelled) => `${unlabelled} without a label that is compared`,
  whySkipped: 'without a label that is compared',
});
