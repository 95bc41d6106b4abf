import { describe, expect, it } from 'vitest';
import { claim, ReadBatches } from './read-batches.ts';

const MiB = 2 ** 20;

describe('batches of files', () => {
  it('hold each file once: large ones alone, the largest first', () => {
    const sizes = [10, 5 * MiB, 9 * MiB, ...Array.from({ length: 600 }, () => 100)];
    const { batches, large } = new ReadBatches(sizes);
    expect([large, batches[0], batches[1], batches.length]).toEqual([2, [2], [1], 5]);
    expect(batches.flat().sort((a, b) => a - b)).toEqual(sizes.map((_, index) => index));
  });

  it('are claimed by one thread each, those that were offered to others last', () => {
    const batches = new ReadBatches([5 * MiB, 6 * MiB, ...Array.from({ length: 1_250 }, () => 1)]);
    expect(batches.batches).toHaveLength(7);
    // Another thread took the largest, and was offered three batches, of which it began the first.
    expect(claim(batches.claims, 0)).toBe(true);
    expect([batches.offer(), batches.offer(), batches.offer()]).toEqual([2, 3, 4]);
    expect(claim(batches.claims, 2)).toBe(true);
    const mine: (number | null)[] = [];
    for (let next = batches.claimNext(); next !== null; next = batches.claimNext()) mine.push(next);
    expect(mine).toEqual([1, 5, 6, 4, 3]);
    expect([batches.offer(), batches.isAllOffered, claim(batches.claims, 3)]).toEqual([null, true, false]);
  });

  it('are none for a source without files', () => {
    const batches = new ReadBatches([]);
    expect([batches.threads(), batches.claimNext(), batches.offer()]).toEqual([1, null, null]);
  });
});
