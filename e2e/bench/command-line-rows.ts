import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportRow } from '../../shared/case.ts';
import type { Verification } from '../../shared/verification.ts';
import type { Row, Turn } from './row.ts';
import { baseline, made, peakOf, root } from './scratch.ts';

/** The built command line as users run it: a fresh process, a fresh home. Its answer is what it printed as JSON. */
export async function assay<Answer>(
  args: readonly string[],
): Promise<Omit<Turn, 'baseline' | 'wrong'> & { answer: Answer }> {
  const home = mkdtempSync(join(tmpdir(), 'assay-bench-home-'));
  try {
    const out = join(home, 'out.json');
    const into = openSync(out, 'w');
    const from = performance.now();
    const child = spawn(process.execPath, [join(root, 'dist', 'cli.js'), ...args, '--json'], {
      stdio: ['ignore', into, 'ignore'],
      env: { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home },
    });
    let peakMiB = 0;
    const look = setInterval(() => {
      peakMiB = Math.max(peakMiB, peakOf(child.pid));
    }, 50);
    await new Promise((done) => child.on('exit', done));
    clearInterval(look);
    closeSync(into);
    const product = (performance.now() - from) / 1000;
    return { product, peakMiB, answer: JSON.parse(readFileSync(out, 'utf8')) as Answer };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const failing = (found: Verification, code: string) =>
  found.checks.filter((check) => check.code === code && check.verdict === 'fail').length;

interface Kind extends Omit<Row, 'prepare' | 'turn'> {
  generator: string;
  args: string[];
  /** What the baseline program is given, and which of its figures count: the faster of several. */
  given: (folder: string) => string[];
  keys: string[];
  run: (folder: string) => Promise<Omit<Turn, 'baseline'>>;
}
function rowOf({ generator, args, given, keys, run, ...row }: Kind): Row {
  return {
    ...row,
    prepare: () => void made(generator, args),
    // The baseline comes first in each turn: it reads the input, so that both find it in memory.
    async turn() {
      const folder = made(generator, args);
      const base = baseline(given(folder), keys);
      return { baseline: base, ...(await run(folder)) };
    },
  };
}

const verified = async (folder: string, wrong: (found: Verification) => string | null) => {
  const { answer, ...measured } = await assay<Verification>(['verify', folder]);
  return { ...measured, wrong: wrong(answer) };
};

/** Verified and stored for browsing, in a store of its own. */
async function imported(folder: string, wrong: (found: ImportRow) => string | null) {
  const store = mkdtempSync(join(tmpdir(), 'assay-bench-store-'));
  try {
    const given = ['import', folder, '--case', 'bench', '--store', join(store, 'in', 'store.db')];
    const { answer, ...measured } = await assay<{ imports: ImportRow[] }>(given);
    const [row] = answer.imports;
    return { ...measured, wrong: row === undefined ? 'nothing was imported' : wrong(row) };
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

const treeOf = (files: number) => ['--files', String(files), '--mismatch', '30', '--missing', '10', '--extra', '10'];
const treeKeys = ['tree.walk_and_hash_one_thread', 'tree.walk_and_hash_two_workers'];
const importedTree = (folder: string) =>
  imported(folder, ({ counts: { states } }) => {
    const found = `${states.mismatch} differ, ${states.missing} missing, ${states.extra} extra`;
    const due = '30 differ, 10 missing, 10 extra';
    return found === due ? null : `${found}, where it should be ${due}`;
  });

/** How the time grows with the files: ten times as many, against what walking and hashing them grows by. */
function grown(files: number): Row {
  const few = () => made('make-files.mjs', treeOf(files));
  const many = () => made('make-files.mjs', treeOf(10 * files));
  const row: Row = {
    name: 'files-grown',
    size: `${10 * files} files`,
    against: `${files} files`,
    better: 'less',
    goal: 10.5,
    prepare() {
      const growth = baseline(['--tree', many()], treeKeys) / baseline(['--tree', few()], treeKeys);
      row.goal = Math.max(row.goal, Number((1.1 * growth).toPrecision(3)));
    },
    async turn() {
      const base = await importedTree(few());
      const turn = await importedTree(many());
      return { ...turn, baseline: base.product, wrong: base.wrong ?? turn.wrong };
    },
  };
  return row;
}

/** Rows that the command line answers. */
export const commandLineRows = (size: { mib: number; files: number; entries: number; isFull: boolean }): Row[] => [
  rowOf({
    name: 'hash-big',
    size: `4 × ${size.mib} MiB`,
    against: 'openssl, one core',
    generator: 'make-model-dir.mjs',
    args: ['--shards', '4', '--mib', String(size.mib), '--flip', '3'],
    given: (folder) => ['--big', folder],
    keys: ['big.openssl_one_core'],
    better: 'more',
    goal: 1.8,
    run: (folder) =>
      verified(folder, (found) =>
        failing(found, 'digest-mismatch') === 1 ? null : 'the flipped shard was not the one found',
      ),
  }),
  rowOf({
    name: 'files',
    size: `${size.files} files`,
    against: 'walk and hash them',
    generator: 'make-files.mjs',
    args: treeOf(size.files),
    given: (folder) => ['--tree', folder],
    keys: treeKeys,
    better: 'less',
    goal: 5,
    run: importedTree,
  }),
  ...(size.isFull ? [grown(size.files)] : []),
  rowOf({
    name: 'ledger',
    size: `${size.entries} entries`,
    against: 'parse, canonicalise, hash',
    generator: 'make-ledger.mjs',
    args: ['--entries', String(size.entries), '--break', 'edit', '--at', String(size.entries / 2)],
    given: (folder) => ['--ledger', join(folder, 'ledger.jsonl')],
    keys: ['ledger.parse_canonical_hash'],
    better: 'less',
    goal: 0.5,
    run: (folder) =>
      verified(folder, (found) => (failing(found, 'ledger-edited') === 1 ? null : 'the edited entry was not found')),
  }),
  rowOf({
    name: 'ledger-stored',
    size: `${size.entries} entries`,
    against: 'parse, canonicalise, hash',
    generator: 'make-ledger.mjs',
    args: ['--entries', String(size.entries), '--break', 'edit', '--at', String(size.entries / 2)],
    given: (folder) => ['--ledger', join(folder, 'ledger.jsonl')],
    keys: ['ledger.parse_canonical_hash'],
    better: 'less',
    goal: 1,
    run: (folder) =>
      imported(folder, ({ verdict, counts }) => {
        const found = `${counts.ledgerEntries} entries, ${verdict}`;
        return found === `${size.entries} entries, fail` ? null : `${found}, where one was edited`;
      }),
  }),
];
