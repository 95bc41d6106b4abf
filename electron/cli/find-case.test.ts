import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAssay } from '../../e2e/testkit/run-assay.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-naming-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const env = { ASSAY_ANCHORS: join(root, 'anchors') };
const assay = (...args: string[]) => runAssay(args, { cwd: root, env });
const on = ['--store', 'assay.db'];

beforeAll(async () => {
  mkdirSync(join(root, 'evidence'));
  writeFileSync(join(root, 'evidence', 'a.txt'), 'alpha\n');
  // The second is made while there is no case of that number yet.
  for (const name of ['3', 'Model', 'Third'])
    expect((await assay('import', 'evidence', '--case', name, ...on)).status).toBe(2);
});

describe('a case whose name is the number of another', () => {
  it.each([['show'], ['export', '--out', 'package']])('is not taken for it: %s', async (command, ...more) => {
    const { status, out, err } = await assay(command, '3', ...more, ...on);
    expect([status, out, err]).toEqual([
      3,
      '',
      'This may mean one case or another.\n3\nIt is the number of case 3, Third, and the name of case 1.\nNothing was done.\nName the one that is meant by its number: 3 --number or 1 --number.\n',
    ]);
  });

  it('is named by its own number, and the other by --number', async () => {
    expect((await assay('show', '1', ...on)).out).toMatch(/^1 {2}3\n/);
    expect((await assay('show', '3', '--number', ...on)).out).toMatch(/^3 {2}Third\n/);
    expect((await assay('show', '4', '--number', ...on)).err).toContain('There is no such case.');
    expect((await assay('show', 'Third', '--number', ...on)).status).toBe(64);
  });

  it('takes no evidence that was meant for it, and none is made of the number of a case', async () => {
    const into = (name: string, ...more: string[]) => assay('import', 'evidence', '--case', name, ...more, ...on);
    expect((await into('3')).err).toContain('It is the number of case 3, Third, and the name of case 1.');
    expect((await into('2')).err).toContain(
      'It is the number of case 2, Model, and no case has it for a name.\nNothing was done.\nAdd --number to import into that case, or give the new one another name.',
    );
    const made = await into('3', '--number', '--json');
    expect([made.status, JSON.parse(made.out)]).toMatchObject([2, { case: { id: 3, name: 'Third' } }]);
    const { cases } = JSON.parse((await assay('cases', '--json', ...on)).out) as { cases: object[] };
    expect(cases).toHaveLength(3);
  });
});

describe('a command that is said to come next', () => {
  /** What a shell hands to the command of a hint. */
  const typed = (line: string): string[] =>
    spawnSync('bash', ['-c', `assay() { printf '%s\\0' "$@"; }; ${line}`], { encoding: 'utf8' }).stdout.split('\0');
  it.each(['-dash', 'a\nb', 'a\tb', "Ada's; model", '$(id)'])('works as it stands for a case %j', async (name) => {
    const { out } = await assay('import', 'evidence', `--case=${name}`, '--store', "it's\n1.db");
    const [, hint = ''] = /^Next: (assay .+) says which/m.exec(out) ?? [];
    const [command = '', ...args] = typed(hint);
    expect([command, args.slice(1, 3)]).toEqual(['show', ['--store', "it's\n1.db"]]);
    const shown = await assay(command, ...args.slice(0, -1), '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ name });
  });

  it('names the store that was named, and says --number where the number is a name too', async () => {
    expect((await assay('show', 'Nobody', ...on)).err).toContain('List them with: assay cases --store assay.db\n');
    expect((await assay('show', 'Third', ...on)).out).toContain('assay sign-off 3 --number --key FILE');
  });
});
