import type { PickedFile } from '../../shared/sampling.ts';
import { canonicalJson } from './canonical-json.ts';
import { sha256, sha256Hex } from './digest.ts';

/**
 * The rule by which a sample is drawn (resources/docs/report-format.md): a file's rank is SHA-256 over the 32 hex digits
 * of the seed followed by its path, UTF-8; of each stratum those with the lowest ranks are picked. Whoever has the seed
 * and the paths draws the same files, in whatever order they come.
 */
export const sampleRank = (seed: string, path: string): string => sha256Hex(seed + path);

const byName = ([a]: readonly [string, number], [b]: readonly [string, number]) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * How many files of each stratum: in proportion to its files, rounded down, and at least one. While that is fewer than
 * the size, the stratum furthest below its share gets one more; while it is more, the one furthest above gives one back
 * of two or more. Where two are as far, the one whose name comes first. In whole numbers: a share times the population.
 * @param files of each stratum, none empty @param size at least as many as there are strata
 */
export function allocateSample(files: ReadonlyMap<string, number>, size: number): Map<string, number> {
  const strata = [...files].sort(byName);
  const population = strata.reduce((sum, [, count]) => sum + count, 0);
  const wanted = Math.min(size, population);
  const given = new Map(strata.map(([name, count]) => [name, Math.max(1, Math.floor((wanted * count) / population))]));
  const of = (name: string) => given.get(name) ?? 0;
  let sum = [...given.values()].reduce((total, count) => total + count, 0);
  while (sum !== wanted) {
    const step = sum < wanted ? 1 : -1;
    let chosen: string | undefined;
    let furthest = -Infinity;
    for (const [name, count] of strata) {
      const lacks = step * (wanted * count - of(name) * population);
      if (lacks <= furthest || (step < 0 && of(name) < 2)) continue;
      chosen = name;
      furthest = lacks;
    }
    if (chosen === undefined) throw new RangeError('A sample holds at least one file of each stratum.');
    given.set(chosen, of(chosen) + step);
    sum += step;
  }
  return given;
}

interface Ranked<Item> {
  rank: string;
  item: Item;
}
const byRank = (a: Ranked<unknown>, b: Ranked<unknown>) => (a.rank < b.rank ? -1 : 1);

/** Draws a sample while files come by, in any order: of each stratum only the lowest are kept. */
export class SampleDraw<Item> {
  private readonly seed: string;
  private readonly size: number;
  private readonly strata = new Map<string, { files: number; lowest: Ranked<Item>[]; bound: string }>();

  /** @param size how many files at most, of all strata together */
  constructor(seed: string, size: number) {
    this.seed = seed;
    this.size = size;
  }

  offer(stratum: string, path: string, item: Item): void {
    let known = this.strata.get(stratum);
    if (known === undefined) {
      known = { files: 0, lowest: [], bound: '' };
      this.strata.set(stratum, known);
    }
    known.files += 1;
    const rank = sampleRank(this.seed, path);
    if (known.bound !== '' && rank >= known.bound) return;
    known.lowest.push({ rank, item });
    // Cut back now and then, instead of keeping order with each: what is above the bound is not looked at again.
    if (known.lowest.length < 2 * this.size) return;
    known.lowest.sort(byRank).length = this.size;
    known.bound = known.lowest.at(-1)?.rank ?? '';
  }

  get strataSeen(): number {
    return this.strata.size;
  }
  get population(): number {
    return [...this.strata.values()].reduce((sum, { files }) => sum + files, 0);
  }

  /** What was picked, stratum by stratum in order of their names, each in order of rank. @throws RangeError more strata than files asked for */
  drawn(): { name: string; files: number; picked: Item[] }[] {
    const shares = allocateSample(new Map([...this.strata].map(([name, { files }]) => [name, files])), this.size);
    return [...shares].map(([name, count]) => {
      const { files = 0, lowest = [] } = this.strata.get(name) ?? {};
      return {
        name,
        files,
        picked: [...lowest]
          .sort(byRank)
          .slice(0, count)
          .map(({ item }) => item),
      };
    });
  }
}

/** Digest of a list of picked files, in order of their paths: RFC 8785 bytes of path, digest and stratum of each. */
export const digestOfPicked = (files: readonly PickedFile[]): string =>
  sha256(canonicalJson(files.map(({ path, digest, stratum }) => ({ path, digest, stratum }))));
