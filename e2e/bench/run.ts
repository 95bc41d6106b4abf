import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Verification } from '../../shared/verification.ts';

/**
 * Measures product and baseline in turns, in one run, and prints ratios: `npm run bench [-- NAME… --full --json --clean]`.
 * The product runs as users run it: its built command line, a fresh process each time. Each answer is held against what
 * is true of the input: a wrong answer is a failed row, however fast. Ratios are of medians of three turns.
 */
interface Measured {
  min: number;
  median: number;
  all: number[];
}
interface Work {
  name: string;
  size: string;
  generator: string;
  args: string[];
  /** What the baseline program is given, and which of its figures the product is held against (the faster of several). */
  baseline: (folder: string) => string[];
  keys: string[];
  better: 'more' | 'less';
  goal: number;
  /** Null when the answer is right, else what is wrong with it. */
  wrong: (found: Verification) => string | null;
}

const root = resolve(import.meta.dirname, '../..');
const scale = resolve(root, '../shared/scale');
const args = process.argv.slice(2);
const asJson = args.includes('--json');
const full = args.includes('--full');
const names = args.filter((arg) => !arg.startsWith('--'));
const scratch = join(tmpdir(), 'assay-bench');
const turns = 3;

const failing = (found: Verification, code: string) =>
  found.checks.filter((check) => check.code === code && check.verdict === 'fail').length;

const files = full ? 100_000 : 10_000;
const entries = full ? 1_000_000 : 100_000;
const mib = full ? 1024 : 256;
const works: Work[] = [
  {
    name: 'hash',
    size: `4 × ${mib} MiB`,
    generator: 'make-model-dir.mjs',
    args: ['--shards', '4', '--mib', String(mib), '--flip', '3'],
    baseline: (folder) => ['--big', folder],
    keys: ['big.openssl_one_core'],
    better: 'more',
    goal: 1.5,
    wrong: (found) => (failing(found, 'digest-mismatch') === 1 ? null : 'the flipped shard was not the one found'),
  },
  {
    name: 'tree',
    size: `${files} files`,
    generator: 'make-files.mjs',
    args: ['--files', String(files), '--mismatch', '30', '--missing', '10', '--extra', '10'],
    baseline: (folder) => ['--tree', folder],
    keys: ['tree.walk_and_hash_one_thread', 'tree.walk_and_hash_two_workers'],
    better: 'less',
    goal: 5,
    wrong: (found) => {
      const got = [failing(found, 'digest-mismatch'), failing(found, 'file-missing')].join(' and ');
      return got === '30 and 10' ? null : `${got} found, where 30 differ and 10 are missing`;
    },
  },
  {
    name: 'ledger',
    size: `${entries} entries`,
    generator: 'make-ledger.mjs',
    args: ['--entries', String(entries), '--break', 'edit', '--at', String(entries / 2)],
    baseline: (folder) => ['--ledger', join(folder, 'ledger.jsonl')],
    keys: ['ledger.parse_canonical_hash'],
    better: 'less',
    goal: 0.5,
    wrong: (found) => (failing(found, 'ledger-edited') === 1 ? null : 'the edited entry was not found'),
  },
];

const make = (work: Work): string => {
  mkdirSync(scratch, { recursive: true });
  const folder = join(scratch, work.name);
  const marker = `${folder}.made`;
  const asked = work.args.join(' ');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === asked) return folder;
  rmSync(folder, { recursive: true, force: true });
  execFileSync(process.execPath, [join(scale, work.generator), folder, ...work.args], { stdio: 'ignore' });
  writeFileSync(marker, asked);
  return folder;
};

/** One baseline round after its own unmeasured one: it warms the cache for both. Seconds. */
const baseline = (work: Work, folder: string): number => {
  const text = execFileSync(process.execPath, [join(scale, 'baseline.mjs'), ...work.baseline(folder), '--runs', '1'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { measured } = JSON.parse(text) as { measured: Record<string, Measured> };
  return Math.min(...work.keys.map((key) => measured[key]?.median ?? Number.POSITIVE_INFINITY));
};

/** Peak resident memory of a process in MiB; 0 where the system does not say. */
const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
};

const product = async (folder: string): Promise<{ seconds: number; peakMiB: number; found: Verification }> => {
  const home = mkdtempSync(join(tmpdir(), 'assay-bench-home-'));
  try {
    const out = join(home, 'out.json');
    const from = performance.now();
    const child = spawn(process.execPath, [join(root, 'dist', 'cli.js'), 'verify', folder, '--json'], {
      stdio: ['ignore', openSync(out, 'w'), 'ignore'],
      env: { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home },
    });
    let peakMiB = 0;
    const look = setInterval(() => {
      peakMiB = Math.max(peakMiB, peakOf(child.pid ?? 0));
    }, 50);
    await new Promise((done) => child.on('exit', done));
    clearInterval(look);
    const seconds = (performance.now() - from) / 1000;
    return { seconds, peakMiB, found: JSON.parse(readFileSync(out, 'utf8')) as Verification };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};

const median = (all: number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
const round = (value: number) => Number(value.toPrecision(3));

const measure = async (work: Work) => {
  const folder = make(work);
  const base: number[] = [];
  const own: number[] = [];
  let peakMiB = 0;
  let wrong: string | null = null;
  for (let turn = 0; turn < turns; turn++) {
    base.push(baseline(work, folder));
    const pass = await product(folder);
    own.push(pass.seconds);
    peakMiB = Math.max(peakMiB, pass.peakMiB);
    wrong ??= work.wrong(pass.found);
  }
  const ratio = work.better === 'more' ? median(base) / median(own) : median(own) / median(base);
  return {
    work: work.name,
    size: work.size,
    product: round(median(own)),
    baseline: round(median(base)),
    ratio: round(ratio),
    better: work.better,
    goal: work.goal,
    spread: round(Math.max(...base) / Math.min(...base)),
    peakMiB: Math.round(peakMiB),
    ...(wrong === null ? {} : { wrong }),
  };
};

if (!existsSync(scale)) {
  process.stderr.write('The generators of big inputs are not at ../shared/scale: nothing is measured.\n');
  process.exit(69);
}
const unknown = names.filter((name) => !works.some((work) => work.name === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no row named ${unknown.join(', ')}: ${works.map((work) => work.name).join(', ')}.\n`);
  process.exit(64);
}
const rows = [];
for (const work of works.filter((each) => names.length === 0 || names.includes(each.name))) {
  process.stderr.write(`${work.name}, ${work.size} …\n`);
  let row = await measure(work);
  if (row.spread > 1.5) row = await measure(work);
  rows.push(row);
}
if (args.includes('--clean')) rmSync(scratch, { recursive: true, force: true });
if (asJson) process.stdout.write(`${JSON.stringify(rows)}\n`);
else {
  process.stdout.write('work    size              product  baseline  ratio  goal   spread  peak\n');
  for (const row of rows)
    process.stdout.write(
      `${row.work.padEnd(8)}${row.size.padEnd(18)}${`${row.product} s`.padEnd(9)}${`${row.baseline} s`.padEnd(10)}${String(row.ratio).padEnd(7)}${`${row.better === 'more' ? '≥' : '≤'} ${row.goal}`.padEnd(7)}${`${row.spread}${row.spread > 1.5 ? ' noisy' : ''}`.padEnd(8)}${row.peakMiB} MiB${'wrong' in row ? `  WRONG: ${row.wrong}` : ''}\n`,
    );
}
process.exitCode = rows.some((row) => 'wrong' in row) ? 1 : 0;
