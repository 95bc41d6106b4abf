import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAssay } from '../../e2e/testkit/run-assay.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-journal-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const env = { ASSAY_STORE: join(root, 'store', 'assay.db'), ASSAY_ANCHORS: join(root, 'anchors') };
const assay = (...args: string[]) => runAssay(args, { cwd: root, env });
/** As a stranger, who has no store. */
const verified = async (...args: string[]) => {
  const { status, out } = await runAssay(['journal', 'verify', ...args], { cwd: root, env: {} });
  return { status, out };
};
const checkpoint = ['--checkpoint', 'draft/journal/checkpoint.txt'];
const lines = (): string[] => readFileSync(join(root, 'whole.jsonl'), 'utf8').trimEnd().split('\n');
function written(name: string, changed: readonly string[]): string {
  writeFileSync(join(root, name), `${changed.join('\n')}\n`);
  return name;
}

beforeAll(async () => {
  mkdirSync(join(root, 'evidence'));
  writeFileSync(join(root, 'evidence', 'a.txt'), 'alpha\n');
  // A name that looks like members of the line, and one beyond ASCII.
  for (const name of ['Müller “A”', '","hash":"x","prev":"y","seq":1,"subject":"'])
    expect((await assay('import', 'evidence', '--case', name)).status).toBe(2);
  expect((await assay('export', 'Müller “A”', '--out', 'draft')).status).toBe(0);
  expect((await assay('journal', 'export', '--out', 'whole.jsonl')).status).toBe(0);
});

describe('a journal that was exported', () => {
  it('is verified without a store, by itself and against the checkpoint of a report', async () => {
    const { length } = lines();
    const alone = await verified('--file', 'whole.jsonl');
    expect([alone.status, alone.out]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(`^The journal holds\\. ${length} entries follow from one another\\. Whether entries were cut off`),
      ),
    ]);
    const { status, out } = await verified('--file', 'whole.jsonl', ...checkpoint, '--json');
    expect([status, JSON.parse(out)]).toMatchObject([
      0,
      {
        holds: true,
        entries: length,
        head: (JSON.parse(lines().at(-1) ?? '') as { hash: string }).hash,
        checkpoints: [{ holds: true, message: expect.stringMatching(/signed by the key that lies beside it\.$/) }],
      },
    ]);
  });

  it('that was cut off at the end shows it against a checkpoint alone', async () => {
    const file = written('cut.jsonl', lines().slice(0, 3));
    expect((await verified('--file', file)).status).toBe(0);
    const { status, out } = await verified('--file', file, ...checkpoint);
    expect([status, out]).toEqual([1, expect.stringContaining('The journal ends at 3, the checkpoint says ')]);
  });

  it.each([
    ['an actor is another', () => lines().map((line, i) => (i === 2 ? line.replace(/"actor":"[^"]*"/, '"actor":"Eve"') : line)), 3],
    ['a line is gone', () => lines().filter((_, i) => i !== 1), 2],
    ['two lines changed places', () => lines().map((_, i, all) => all[i === 0 ? 1 : i === 1 ? 0 : i] ?? ''), 1],
    ['a line is no entry', () => lines().map((line, i) => (i === 3 ? 'null' : line)), 4],
    ['the last line is torn', () => lines().map((line, i, all) => (i === all.length - 1 ? line.slice(0, 40) : line)), lines],
  ] as const)('does not hold where %s, by the command and by the shell of the report format', async (_, change, bad) => {
    const file = written('bad.jsonl', change());
    const at = typeof bad === 'number' ? bad : bad().length;
    const { status, out } = await verified('--file', file, '--json');
    expect([status, JSON.parse(out)]).toMatchObject([1, { holds: false, firstBad: at }]);
    expect(byShell(file)).toEqual([1, `entry ${at} does not hold\n`]);
  }); // biome-ignore format: what is changed

  it('holds by the shell of the report format too, with the same head', () => {
    const { hash } = JSON.parse(lines().at(-1) ?? '') as { hash: string };
    expect(byShell('whole.jsonl')).toEqual([0, `${lines().length} entries hold, head ${hash}\n`]);
  });

  it.each([
    [['--file', 'nowhere.jsonl'], 3, 'The journal cannot be read.'],
    [['--file', 'whole.jsonl', '--checkpoint', 'nowhere'], 3, 'The checkpoint cannot be read.'],
    [['--file', 'whole.jsonl', '--store', 'x.db'], 64, 'not both'],
  ] as const)('is refused in words: %j', async (args, status, said) => {
    const refused = await assay('journal', 'verify', ...args);
    expect([refused.status, refused.err]).toEqual([status, expect.stringContaining(said)]);
  });

  it.each([
    ['a report', '{"format":"assay-report","hash":"a"}'],
    ['text', 'alpha\nbeta\n'],
    ['an object over many lines', '{\n  "hash": "a"\n}\n'],
  ])('is none where no line is an entry: %s', async (_, text) => {
    writeFileSync(join(root, 'other.json'), text);
    const { status, out, err } = await assay('journal', 'verify', '--file', 'other.json');
    expect([status, out, err.split('\n')]).toEqual([
      3,
      '',
      [
        'This is no exported journal.',
        join(root, 'other.json'),
        'None of its lines is an entry, with an action, its own hash and that of the entry before.',
        'Nothing was verified.',
        'Name a file that journal export wrote.',
        '',
      ],
    ]);
  });

  it('that has no entry is nothing to verify', async () => {
    writeFileSync(join(root, 'empty.jsonl'), '');
    expect(await verified('--file', 'empty.jsonl')).toEqual({
      status: 2,
      out: expect.stringContaining('Nothing was verified. It has no entry.'),
    });
  });
});

/** What the commands in the report format say of a file: exit status and output. */
function byShell(file: string): [number | null, string] {
  const page = readFileSync(resolve('resources/docs/report-format.md'), 'utf8');
  const script = /```sh\n([\s\S]+?)```/.exec(page)?.[1] ?? '';
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script.replace('< FILE', `< ${file}`)], {
    cwd: root,
    encoding: 'utf8',
  });
  return [status, stdout + stderr];
}
