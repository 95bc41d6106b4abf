import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Answer, Asked } from './ask-cases.ts';

/** What was said of a case, and what should have been; both null where nobody says what is right. */
export interface Row {
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
/** A case, ready to be asked: its bytes are put into a place of its own, and the label is looked at afterwards. */
export interface Asking {
  corpus: string;
  id: string;
  expected: string | null;
  stage(place: string): Parameters<Asked['ask']>[0];
  /** Whether the answer is right, null where nobody says; and what went past its budget, '' for nothing. */
  judge(answer: Answer): { agrees: boolean | null; over: string };
}

/** What a runner is of: which file lists the cases of a folder, where the folders are, and what it prints of one. */
export interface Kind {
  name: string;
  list: string;
  usual: string;
  casesOf(folder: string): Asking[];
  /** Said after how many agree. */
  more(rows: readonly Row[], unlabelled: number): string;
  whySkipped: string;
}

const root = resolve(import.meta.dirname, '../..');
const fromHere = (path: string) => resolve(process.env['INIT_CWD'] ?? process.cwd(), path);

/** Folders that hold such a list themselves, or in the folders directly in them. */
function foldersWith(list: string, given: readonly string[]): string[] {
  const has = (folder: string) => existsSync(join(folder, list));
  return given.flatMap((folder) => {
    if (has(folder)) return [folder];
    const inner = existsSync(folder) ? readdirSync(folder).sort() : [];
    return inner.map((name) => join(folder, name)).filter(has);
  });
}

async function rowOf(asked: Asked, { corpus, id, expected, stage, judge }: Asking): Promise<Row> {
  const place = mkdtempSync(join(tmpdir(), 'assay-case-'));
  const known = { corpus, id, expected };
  try {
    const answer = await asked.ask(stage(place));
    const { agrees, over } = judge(answer);
    return {
      ...known,
      verdict: answer.verdict,
      codes: [...new Set(answer.checks.map(({ code }) => code))].concat(answer.refusal?.code ?? []),
      seconds: Number(answer.seconds.toFixed(3)),
      peakMiB: answer.peakMiB,
      growthMiB: answer.growthMiB,
      writtenBytes: answer.writtenBytes,
      agrees: over === '' ? agrees : false,
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
    const nothing = { seconds: 0, peakMiB: 0, growthMiB: 0, writtenBytes: 0 };
    return { ...known, ...nothing, verdict: 'refused', codes: ['bug'], agrees: false, said: [`BUG ${why}`] };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/**
 * Runs the cases of folders that the command line names, `[FOLDER…] [--json] [--verbose]`, two at a time, and prints
 * what came of them. @returns the exit status: 1 where any differs, 3 where what was named holds none
 */
export async function runCases({ name, list, usual, casesOf, more, whySkipped }: Kind): Promise<number> {
  const args = process.argv.slice(2);
  const asJson = args.includes('--json');
  const given = args.filter((arg) => !arg.startsWith('--'));
  const folders = foldersWith(list, given.length > 0 ? given.map(fromHere) : [resolve(root, usual)]);
  if (folders.length === 0) {
    console.log(asJson ? JSON.stringify({ cases: [] }) : `skipped: ${name} not found\n0 passed, 0 failed, 1 skipped`);
    return given.length === 0 ? 0 : 3;
  }
  const asked = new Asked(2);
  const rows: Row[] = [];
  for (const folder of folders) {
    const cases = casesOf(folder);
    const answered: Row[] = [];
    let next = 0;
    const work = async () => {
      for (let at = next++; at < cases.length; at = next++) {
        const each = cases[at];
        if (each !== undefined) answered[at] = await rowOf(asked, each);
      }
    };
    await Promise.all([work(), work()]);
    rows.push(...answered);
    if (!asJson) print(answered, args.includes('--verbose'), more);
  }
  asked.close();
  const failed = rows.filter((each) => each.agrees === false).length;
  if (asJson) console.log(JSON.stringify({ cases: rows.map(({ said: _said, ...row }) => row) }));
  else {
    const passed = rows.filter((each) => each.agrees === true).length;
    console.log(`${passed} passed, ${failed} failed, ${rows.length - passed - failed} skipped (${whySkipped})`);
  }
  return failed > 0 ? 1 : 0;
}

function print(answered: readonly Row[], isVerbose: boolean, more: Kind['more']): void {
  const differing = answered.filter((each) => each.agrees === false);
  const labelled = answered.filter((each) => each.agrees !== null).length;
  const rest = more(answered, answered.length - labelled);
  console.log(`${answered[0]?.corpus}: ${labelled - differing.length} of ${labelled} agree, ${rest}`);
  for (const each of isVerbose ? answered : differing) {
    const word = each.agrees === false ? 'DIFFERS' : 'agrees ';
    console.log(`  ${word} ${each.id}: expected ${each.expected ?? 'nothing'}, said ${each.verdict}`);
    for (const line of each.said.slice(0, 6)) console.log(`      ${line.slice(0, 220)}`);
  }
}
