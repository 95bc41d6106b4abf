import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAssay } from '../../e2e/testkit/run-assay.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-show-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const assay = (...args: string[]) =>
  runAssay(args, {
    cwd: root,
    env: { ASSAY_STORE: join(root, 'store', 'assay.db'), ASSAY_ANCHORS: join(root, 'anchors') },
  });

beforeAll(() => {
  mkdirSync(join(root, 'evidence'));
  writeFileSync(join(root, 'evidence', 'a.txt'), 'alpha\n');
  writeFileSync(
    join(root, 'evidence', 'SHA256SUMS'),
    Array.from({ length: 25 }, (_, i) => `${'d0'.repeat(32)}  gone-${10 + i}.txt\n`).join(''),
  );
});

describe('a case that was imported', () => {
  it('says where to go on, in words that can be typed', async () => {
    const { out } = await assay('import', 'evidence', '--case', "Ada's model");
    expect(out).toContain('\nNext: assay show 1 says which checks do not pass');
    const made = `The store ${join(root, 'other.db')} was not there, and was made.\n`;
    const other = () => assay('import', 'evidence', '--case', 'Model', '--store', 'other.db');
    expect((await other()).out).toContain(`${made}Next: assay show 1 --store other.db says`);
    expect((await other()).out).not.toContain(made);
  });

  it('is shown with the checks that do not pass, the worst first, and how many more there are', async () => {
    const { status, out } = await assay('show', "Ada's model");
    expect(status).toBe(0);
    const [, counts, list = ''] = /\nChecks that do not pass: (.+)\n([\s\S]+?)\n\n/.exec(out) ?? [];
    expect(counts).toMatch(/^25 fail, [1-9]/);
    expect(list.split('\n').filter((line) => /^ {2}fail {2}gone-\d\d\.txt \(listings\)$/.test(line))).toHaveLength(20);
    expect(list).toMatch(/\n {4}“Checksum list” .+\n/);
    const document = JSON.parse((await assay('show', "Ada's model", '--json')).out) as {
      checks: { rule: string; verdict: string; answer: null }[];
    };
    expect(document.checks.slice(0, 25)).toEqual(
      Array(25).fill(expect.objectContaining({ import: 1, rule: 'listings', verdict: 'fail', answer: null })),
    );
    expect(list).toContain(`\n  and ${document.checks.length - 20} more: --json lists all of them`);
    expect(out).toMatch(/\nNext: answer the failed checks in the window, under Checks, .+ assay sign-off 1 --key/);
  });
});
