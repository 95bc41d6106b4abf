import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Answer, Asked } from './ask-cases.ts';
import { agrees } from './outcome.ts';
import { type Case, stageCase } from './stage-case.ts';

/**
 * Runs labelled cases through the operations of `assay verify`, and compares only afterwards.
 * `npm run -s corpora -- [FOLDER…] [--json] [--verbose]`: folders with a `GIVE/cases.json`, or folders of such.
 */
const root = resolve(import.meta.dirname, '../..');
const args = process.argv.slice(2);
const asJson = args.includes('--json');
const given = args.filter((arg) => !arg.startsWith('--'));
const list = 'GIVE/cases.json';
const corpora = (
  given.length > 0
    ? given.map((path) => resolve(process.env['INIT_CWD'] ?? process.cwd(), path))
    : [resolve(root, '../shared/corpora')]
).flatMap((folder) =>
  existsSync(join(folder, list))
    ? [folder]
    : existsSync(folder)
      ? readdirSync(folder)
          .sort()
          .map((name) => join(folder, name))
          .filter((each) => existsSync(join(each, list)))
      : [],
);
if (corpora.length === 0) {
  if (asJson) console.log(JSON.stringify({ cases: [] }));
  else console.log('skipped: corpora not found\n0 passed, 0 failed, 1 skipped');
  process.exit(given.length === 0 ? 0 : 3);
}

interface Row {
  corpus: string;
  id: string;
  verdict: Answer['verdict'];
  codes: string[];
  seconds: number;
  peakMiB: number;
  expected: string | null;
  agrees: boolean | null;
  said: string[];
}

const asked = new Asked(2);
async function row(folder: string, each: Record<string, unknown>): Promise<Row> {
  const place = mkdtempSync(join(tmpdir(), 'assay-case-'));
  const path = String(each['path'] ?? each['file']);
  const known = {
    corpus: basename(folder),
    id: String(each['id'] ?? each['file'] ?? path),
    expected: typeof each['expected'] === 'string' ? each['expected'] : null,
  };
  try {
    const { artifact, params } = each as { artifact?: string; params?: Case['params'] };
    const { evidence, trust, policy } = stageCase(
      folder,
      { path, ...(typeof artifact === 'string' ? { artifact } : {}), ...(params === undefined ? {} : { params }) },
      place,
    );
    const answer = await asked.ask({ path: evidence, trust, policy, asOf: null, isBare: true });
    return {
      ...known,
      verdict: answer.verdict,
      codes: [...new Set(answer.checks.map(({ code }) => code))].concat(answer.refusal?.code ?? []),
      seconds: Number(answer.seconds.toFixed(3)),
      peakMiB: answer.peakMiB,
      agrees: known.expected === null ? null : agrees(known.expected, answer),
      said: [
        ...answer.checks.map((check) => `${check.verdict} ${check.code} ${check.subject}: ${check.message}`),
        ...(answer.refusal === null ? [] : [`refused: ${answer.refusal.what ?? ''} ${answer.refusal.why ?? ''}`]),
        ...(answer.checks.length === 0 ? [`passes: ${[...new Set(answer.passes)].join(', ')}`] : []),
      ],
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ...known,
      verdict: 'refused',
      codes: ['bug'],
      seconds: 0,
      peakMiB: 0,
      agrees: false,
      said: [`BUG ${why}`],
    };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const rows: Row[] = [];
let failed = 0;
for (const folder of corpora) {
  const { cases } = JSON.parse(readFileSync(join(folder, list), 'utf8')) as { cases: Record<string, unknown>[] };
  const answered: Row[] = [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < cases.length; at = next++) answered[at] = await row(folder, cases[at] ?? {});
  };
  await Promise.all([work(), work()]);
  rows.push(...answered);
  const differing = answered.filter((each) => each.agrees === false);
  failed += differing.length;
  if (asJson) continue;
  const labelled = answered.filter((each) => each.agrees !== null).length;
  console.log(
    `${basename(folder)}: ${labelled - differing.length} of ${labelled} agree, ${answered.length - labelled} without a label that is compared`,
  );
  for (const each of args.includes('--verbose') ? answered : differing) {
    console.log(
      `  ${each.agrees === false ? 'DIFFERS' : 'agrees '} ${each.id}: expected ${each.expected ?? 'nothing'}, said ${each.verdict}`,
    );
    for (const line of each.said.slice(0, 6)) console.log(`      ${line.slice(0, 220)}`);
  }
}
asked.close();
if (asJson) console.log(JSON.stringify({ cases: rows.map(({ said: _said, ...row }) => row) }));
else {
  const passed = rows.filter((each) => each.agrees === true).length;
  console.log(
    `${passed} passed, ${failed} failed, ${rows.length - passed - failed} skipped (without a label that is compared)`,
  );
}
process.exitCode = failed > 0 ? 1 : 0;
