import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { allocateSample, SampleDraw, sampleRank } from './sample.ts';

const seed = '000102030405060708090a0b0c0d0e0f';
const files = (count: number, folder = 'data') => Array.from({ length: count }, (_, i) => `${folder}/file-${i}.txt`);
const folderOf = (path: string) => path.slice(0, path.indexOf('/'));
function draw(paths: readonly string[], size: number, by = seed): Map<string, string[]> {
  const sample = new SampleDraw<string>(by, size);
  for (const path of paths) sample.offer(folderOf(path), path, path);
  return new Map(sample.drawn().map(({ name, picked }) => [name, picked]));
}
const shares = (strata: Record<string, number>, size: number) =>
  Object.fromEntries(allocateSample(new Map(Object.entries(strata)), size));

describe('how many of each stratum', () => {
  it.each([
    [{ a: 900, b: 100 }, 100, { a: 90, b: 10 }],
    [{ a: 999, b: 1 }, 10, { a: 9, b: 1 }],
    [{ a: 1, b: 1, c: 998 }, 5, { a: 1, b: 1, c: 3 }],
    // 3.33 each: what is left goes to the first name.
    [{ c: 10, a: 10, b: 10 }, 10, { a: 4, b: 3, c: 3 }],
    [{ a: 5, b: 5 }, 100, { a: 5, b: 5 }],
    [{ a: 7, b: 3, c: 1 }, 3, { a: 1, b: 1, c: 1 }],
  ])('%j by %i', (strata, size, expected) => expect(shares(strata, size)).toEqual(expected));

  it('adds up, is at least one, is never more than there are, and never a whole file off its share that it need not be', () => {
    let state = 7;
    const next = (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    for (let round = 0; round < 300; round++) {
      const strata = new Map(
        Array.from({ length: 1 + next(30) }, (_, i) => [`s${i}`, 1 + next(next(2) === 0 ? 3 : 500)]),
      );
      const size = strata.size + next(400);
      const population = [...strata.values()].reduce((sum, each) => sum + each, 0);
      const given = allocateSample(strata, size);
      expect([...given.values()].reduce((sum, each) => sum + each, 0)).toBe(Math.min(size, population));
      const isRaised = [...strata].some(([, count]) => (size * count) / population < 1);
      for (const [name, count] of strata) {
        const got = given.get(name) ?? 0;
        expect(got).toBeGreaterThanOrEqual(1);
        expect(got).toBeLessThanOrEqual(count);
        if (!isRaised) expect(Math.abs(got - (Math.min(size, population) * count) / population)).toBeLessThan(1);
      }
    }
  });

  it('cannot be fewer than there are strata', () => expect(() => shares({ a: 9, b: 9, c: 9 }, 2)).toThrow(RangeError));
});

describe('a draw', () => {
  it('ranks by SHA-256 of the digits of the seed and the path, as anybody can', () => {
    const path = 'data/Ω.txt';
    expect(sampleRank(seed, path)).toBe(
      createHash('sha256')
        .update(Buffer.from(`${seed}${path}`, 'utf8'))
        .digest('hex'),
    );
  });

  it('picks the lowest ranks of each stratum, whatever the order in which they come', () => {
    const paths = [...files(400, 'a'), ...files(90, 'b'), ...files(10, 'c')];
    const first = draw(paths, 50);
    expect([...first].map(([name, picked]) => [name, picked.length])).toEqual([
      ['a', 40],
      ['b', 9],
      ['c', 1],
    ]);
    for (const [name, picked] of first)
      expect(picked).toEqual(
        paths
          .filter((path) => folderOf(path) === name)
          .sort((x, y) => (sampleRank(seed, x) < sampleRank(seed, y) ? -1 : 1))
          .slice(0, picked.length),
      );
    expect(draw([...paths].reverse(), 50)).toEqual(first);
    expect(
      draw(
        [...paths].sort((x, y) => (sampleRank('x', x) < sampleRank('x', y) ? -1 : 1)),
        50,
      ),
    ).toEqual(first);
  });

  it('is another with another seed', () => {
    const paths = files(1_000);
    const other = draw(paths, 30, 'f'.repeat(32)).get('data') ?? [];
    expect(
      draw(paths, 30)
        .get('data')
        ?.filter((path) => other.includes(path)).length,
    ).toBeLessThan(10);
  });

  it('favours no place in the order: over many seeds each tenth of the files is picked as often', () => {
    const paths = files(1_000);
    const tenths = new Array<number>(10).fill(0);
    const place = new Map(paths.map((path, i) => [path, Math.floor(i / 100)]));
    for (let i = 0; i < 100; i++)
      for (const path of draw(paths, 50, i.toString(16).padStart(32, '0')).get('data') ?? [])
        tenths[place.get(path) ?? 0] = (tenths[place.get(path) ?? 0] ?? 0) + 1;
    // 500 of 5,000 are expected in each, with a standard deviation of about 21.
    for (const count of tenths) expect(Math.abs(count - 500)).toBeLessThan(90);
  });

  it('takes all where fewer are there than were asked for', () =>
    expect(draw(files(7), 20).get('data')).toHaveLength(7));
});
