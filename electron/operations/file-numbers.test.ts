import { describe, expect, it } from 'vitest';
import { fileFact, listFact } from '../../e2e/testkit/facts.ts';
import { FileNumbers } from './file-numbers.ts';

const file = (path: string) => fileFact(path, 0, `sha256:${path}`);
const list = (...paths: (string | null)[]) =>
  listFact(
    'list',
    paths.map((path) => ({ name: path ?? '../out', path, digests: [], place: { path: 'list' } })),
  );

describe('numbers of files', () => {
  it('are those of their paths in order, what is only listed among them', () => {
    const numbers = new FileNumbers(['b', 'd', 'e'].map(file), [list('f', 'c', 'a', 'd', null), list('c', 'g')]);
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((path) => numbers.of(path))).toEqual([
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      undefined,
    ]);

    expect([numbers.digestOf('d'), numbers.digestOf('c')]).toEqual(['sha256:d', undefined]);
  });
  it('begin at one where nothing is listed', () => {
    const numbers = new FileNumbers([file('x'), file('y')], []);
    expect([numbers.of('x'), numbers.of('y')]).toEqual([1, 2]);
  });
});
