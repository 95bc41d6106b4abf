import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Asked } from '../corpora/ask-cases.ts';
import { mutate, randomFrom } from './mutate.ts';
import { neighboursOf, type Seed, seedsIn } from './seeds.ts';

/**
 * Spoils real and hostile files at random, seeded, and asks the product about each, as `assay verify` would:
 * `npm run fuzz -- [--minutes N] [--seed N] [FOLDER…]`. A crash, a hang, a file outside staging or a source that was
 * changed is kept under test-results/fuzz with the seed that makes it again.
 */
const root = resolve(import.meta.dirname, '../..');
const args = process.argv.slice(2);
const option = (name: string, otherwise: number): number => {
  const at = args.indexOf(`--${name}`);
  const value = at < 0 ? Number.NaN : Number(args.splice(at, 2)[1]);
  return Number.isFinite(value) ? value : otherwise;
};
const minutes = option('minutes', 1);
const seed = option('seed', Math.floor(Date.now() / 1_000));
const folders =
  args.length > 0
    ? args.map((path) => resolve(process.env['INIT_CWD'] ?? process.cwd(), path))
    : ['corpora', 'hostile'].map((name) => resolve(root, '../shared', name));
const seeds = seedsIn(folders);
if (seeds.length === 0) {
  console.log('skipped: no files to begin from');
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}

/** An archive is a source; any other file lies in a folder with its neighbours, several to an examination. */
const isArchive = ({ path }: Seed) => /\.(zip|tar|gz|tgz)$/i.test(path);
const together = 12;
const slow = 20;
const keptAt = join(root, 'test-results', 'fuzz');
const random = randomFrom(seed);
// A folder of temporary files of its own: whatever is left in it was left by the product.
const own = mkdtempSync(join(tmpdir(), 'assay-fuzz-'));
process.env['TMPDIR'] = own;
const asked = new Asked(2);

let examined = 0;
let slowest = 0;
const troubles: string[] = [];

function lay(place: string, given: Seed, at: number, name: string): string {
  const folder = join(place, 'evidence', String(at));
  mkdirSync(folder, { recursive: true });
  for (const each of neighboursOf(given)) {
    mkdirSync(dirname(join(folder, each.name)), { recursive: true });
    writeFileSync(join(folder, each.name), each.bytes);
  }
  const path = join(folder, given.folder === null ? name : relative(given.folder, given.path));
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

async function turn(number: number): Promise<void> {
  const draw = randomFrom(Math.floor(random() * 2 ** 32));
  const pick = (): Seed | undefined => seeds[Math.floor(draw() * seeds.length)];
  const first = pick();
  if (first === undefined) return;
  const place = mkdtempSync(join(tmpdir(), 'assay-fuzz-'));
  const alone = isArchive(first);
  const made: string[] = [];
  const names: string[] = [];
  for (let at = 0; at < (alone ? 1 : together); at += 1) {
    const given = at === 0 ? first : pick();
    const other = pick();
    if (given === undefined || other === undefined || (at > 0 && isArchive(given))) continue;
    const bytes = mutate(readFileSync(given.path), readFileSync(other.path), draw);
    const path = alone ? join(place, basename(given.path)) : lay(place, given, at, basename(given.path));
    writeFileSync(path, bytes);
    made.push(path);
    names.push(given.from);
  }
  const source = alone ? (made[0] ?? place) : join(place, 'evidence');
  const before = made.map((path) => readFileSync(path));
  const faults: string[] = [];
  try {
    const { seconds } = await asked.ask({ path: source, trust: null, asOf: null, isBare: true });
    slowest = Math.max(slowest, seconds);
    if (seconds > slow) faults.push(`took ${seconds.toFixed(1)} s`);
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  made.forEach((path, index) => {
    if (!readFileSync(path).equals(before[index] ?? Buffer.alloc(0))) faults.push(`${path} was changed`);
  });
  examined += made.length;
  if (faults.length > 0) {
    const kept = join(keptAt, `${seed}-${number}`);
    cpSync(place, kept, { recursive: true });
    troubles.push(`${relative(root, kept)} (from ${names.join(', ')}): ${faults.join('; ')}`);
    console.log(`TROUBLE ${troubles.at(-1)}`);
  }
  rmSync(place, { recursive: true, force: true });
}

console.log(`Seed ${seed}; ${seeds.length} files to begin from; ${minutes} minutes.`);
const until = Date.now() + minutes * 60_000;
let turns = 0;
const work = async () => {
  while (Date.now() < until) await turn(turns++);
};
await Promise.all([work(), work()]);
asked.close();
const left = readdirSync(own);
if (left.length > 0) troubles.push(`left outside staging: ${left.join(', ')}`);
rmSync(own, { recursive: true, force: true });
console.log(`${examined} spoiled files in ${turns} examinations, the slowest ${slowest.toFixed(1)} s.`);
console.log(`${turns - troubles.length} passed, ${troubles.length} failed, 0 skipped`);
process.exitCode = troubles.length > 0 ? 1 : 0;
