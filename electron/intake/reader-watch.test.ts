import { describe, expect, it } from 'vitest';
import { goesOn, inHand, Lookout, watchedBy, watchThisThread } from './reader-watch.ts';

describe('a reader that is watched', () => {
  const asked = (times: number, workedEach: number, alive: () => void = () => {}): (string | null)[] => {
    const watched = watchedBy([]);
    watchThisThread(watched, 0);
    let worked = 0;
    const lookout = new Lookout(watched, 120, 1_000, () => worked);
    return inHand('a.jsonl', () =>
      Array.from({ length: times }, () => {
        worked += workedEach;
        alive();
        return lookout.stalled();
      }),
    );
  };

  it('is found once the processor worked for it for so long, and not before', () => {
    expect(asked(120, 1_000).every((path) => path === null)).toBe(true);
    expect(asked(125, 1_000)).toContain('a.jsonl');
    // Eight threads at once do not make its time run faster.
    expect(asked(120, 8_000).every((path) => path === null)).toBe(true);
  });

  it('waits for its turn on a busy machine, and not for ever', () => {
    expect(asked(1_000, 50).every((path) => path === null)).toBe(true);
    expect(asked(1_300, 0)).toContain('a.jsonl');
  });

  it('that goes on is left alone', () => {
    expect(asked(3_000, 1_000, goesOn).every((path) => path === null)).toBe(true);
  });
});
