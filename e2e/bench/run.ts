import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { commandLineRows } from './command-line-rows.ts';
import { isNoisy, isReached, type Measured, measure } from './row.ts';
import { scale, scratch } from './scratch.ts';
import { servedRows } from './served-rows.ts';
import { sourceRows } from './source-rows.ts';

/**
 * Measures product and baseline in turns, in one run, and prints ratios: `npm run bench -- [NAME…] [--full | --quick]
 * [--json] [--clean]`. The product runs as users run it: its built command line or its own server. A wrong answer is a
 * failed row, however fast.
 */
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean' },
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    clean: { type: 'boolean' },
  },
});
const say = (text: string) => process.stderr.write(`${text}\n`);
const sizes = values.full
  ? { mib: 1024, files: 100_000, entries: 1_000_000, opened: 1_000_000, gib: 47 }
  : values.quick
    ? { mib: 64, files: 2_000, entries: 20_000, opened: 2_000, gib: 4 }
    : { mib: 1024, files: 100_000, entries: 1_000_000, opened: 100_000, gib: 47 };

function table(rows: readonly Measured[]): string {
  const head = ['work', 'size', 'product', 'baseline', 'ratio', 'goal', 'spread', 'peak', ''];
  const cells = rows.map((row) => [
    row.work,
    row.size,
    `${row.product} s`,
    `${row.baseline} s (${row.against})`,
    String(row.ratio),
    `${row.better === 'more' ? '≥' : '≤'} ${row.goal}`,
    `${row.spread}${isNoisy(row) ? ' noisy' : ''}`,
    `${row.peakMiB} MiB`,
    row.wrong === null ? (isReached(row) ? 'reached' : 'not reached') : `WRONG: ${row.wrong}`,
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  return [head, ...cells].map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')).join('\n');
}

async function main(): Promise<number> {
  if (!existsSync(scale)) {
    say('The generators of big inputs are not at ../shared/scale: nothing is measured.');
    return 69;
  }
  const rows = [
    ...commandLineRows({ ...sizes, isFull: values.full === true }),
    ...sourceRows(sizes),
    ...servedRows(sizes.opened),
  ];
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0) {
    say(`There is no row named ${unknown.join(', ')}: ${rows.map((row) => row.name).join(', ')}.`);
    return 64;
  }
  mkdirSync(scratch, { recursive: true });
  const measured: Measured[] = [];
  for (const row of rows.filter((each) => names.length === 0 || names.includes(each.name))) {
    const from = performance.now();
    say(`${row.name}, ${row.size} …`);
    measured.push(await measure(row));
    say(`${row.name}: ${((performance.now() - from) / 1000).toFixed(0)} s, its input included`);
  }
  if (values.clean) rmSync(scratch, { recursive: true, force: true });
  process.stdout.write(values.json ? `${JSON.stringify(measured)}\n` : `${table(measured)}\n`);
  return measured.some((row) => row.wrong !== null) ? 1 : 0;
}

process.exitCode = await main();
