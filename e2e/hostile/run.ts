import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Answer, Asked } from '../corpora/ask-cases.ts';
import { agrees, overBudget } from './outcome.ts';
import { type Listed, stageListed } from './stage-listed.ts';

/**
 * Runs files made to hurt through the operations of `assay verify`, with wall time, peak memory and bytes written, and
 * compares only afterwards; waiting for other programs of a busy machine does not count against a case.
 * `npm run -s hostile -- [FOLDER…] [--json] [--verbose]`: folders with a `manifest.jsonl`, or folders of such.
 */
const root = resolve(import.meta.dirname, '../..');
const args = process.argv.slice(2);
const asJson = args.includes('--json');
const given = args.filter((arg) => !arg.startsWith('--'));
const list = 'manifest.jsonl';
const families = (
  given.length > 0
    ? given.map((path) => resolve(process.env['INIT_CWD'] ?? process.cwd(), path))
    : [resolve(root, '../shared/hostile')]
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
if (families.length === 0) {
  if (asJson) console.log(JSON.stringify({ cases: [] }));
  else console.log('skipped: hostile files not found\n0 passed, 0 failed, 1 skipped');
  process.exit(given.length === 0 ? 0 : 3);
}

interface Labelled extends Listed {
  id?: string;
  expect?: string;
}
interface Row {
  corpus: string;
  id: string;
  verdict: Answer['verdict'];
  codes: string[];
  seconds: number;
  peakMiB: number;
  growthMiB: number;
  writtenBytes: number;
  expected: string | null;
  agrees: boolean | null;
  said: string[];
}

const asked = new Asked(2);
async function row(family: string, folder: string, { file, id, expect, head }: Labelled): Promise<Row> {
  const known = { corpus: family, id: id ?? file, expected: expect ?? null };
  const place = mkdtempSync(join(tmpdir(), 'assay-hostile-'));
  try {
    const answer = await asked.ask(stageListed(folder, { file, ...(head === undefined ? {} : { head }) }, place));
    const over = overBudget(family, answer);
    const agreed = expect === undefined ? null : agrees(expect, answer);
    return {
      ...known,
      verdict: answer.verdict,
      codes: [...new Set(answer.checks.map(({ code }) => code))].concat(answer.refusal?.code ?? []),
      seconds: Number(answer.seconds.toFixed(3)),
      peakMiB: answer.peakMiB,
      growthMiB: answer.growthMiB,
      writtenBytes: answer.writtenBytes,
      agrees: over === '' ? agreed : false,
      said: [
        ...(over === '' ? [] : [over]),
        ...answer.checks.map((check) => `${check.verdict} ${check.code} ${check.subject}: ${check.message}`),
        ...answer.unread.map((each) => `unread ${each.path}: ${each.why}`),
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
      growthMiB: 0,
      writtenBytes: 0,
      agrees: false,
      said: [`BUG ${why}`],
    };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const rows: Row[] = [];
let failed = 0;
for (const folder of families) {
  const cases = readFileSync(join(folder, list), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Labelled);
  const answered: Row[] = [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < cases.length; at = next++) {
      const each = cases[at];
      if (each !== undefined) answered[at] = await row(basename(folder), folder, each);
    }
  };
  await Promise.all([work(), work()]);
  rows.push(...answered);
  const differing = answered.filter((each) => each.agrees === false);
  failed += differing.length;
  if (asJson) continue;
  const labelled = answered.filter((each) => each.agrees !== null).length;
  console.log(
    `${basename(folder)}: ${labelled - differing.length} of ${labelled} agree, ${answered.length - labelled} compared elsewhere; at most ${Math.max(...answered.map((each) => each.seconds)).toFixed(1)} s, ${Math.max(...answered.map((each) => each.growthMiB))} MiB more`,
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
    `${passed} passed, ${failed} failed, ${rows.length - passed - failed} skipped (their labels ask for more than one run shows)`,
  );
}
process.exitCode = failed > 0 ? 1 : 0;
