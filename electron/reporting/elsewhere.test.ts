import { describe, expect, it } from 'vitest';
import { ElsewhereSearch } from './elsewhere.ts';

const list = Array.from({ length: 20 }, (_, i) => `v1/models/${i}/weights.bin`);
/** What is said where these names are there, of which so many are in the list and hold. */
const found = (names: readonly string[], held = 0, isArchive = false) => {
  const search = new ElsewhereSearch(new Set(list));
  for (const name of names) search.add(name);
  return search.found(held, isArchive);
};

describe('evidence that is elsewhere', () => {
  it('lies below a folder of what was named', () => {
    const names = [...list.map((name) => `work/evidence/${name}`), 'work/notes.txt', 'other/v1/models/1/weights.bin'];
    expect(found(names)).toEqual({ folder: 'work/evidence', lies: 'in a folder', files: 20 });
    expect(found(names, 0, true)).toMatchObject({ lies: 'in an archive' });
  });

  it('is around what was named', () => {
    const inside = list.map((name) => name.replace('v1/models/', ''));
    expect(found([...inside, 'notes.txt'])).toEqual({ folder: 'v1/models', lies: 'around', files: 20 });
  });

  it.each([
    ['nothing is there', []],
    ['what is there has other names', ['a.txt', 'v2/models/1/config.json']],
    ['a few names are in common', ['copy/v1/models/1/weights.bin', 'weights.bin', 'a.txt', 'b.txt']],
  ])('is nowhere where %s', (_, names) => {
    expect(found(names)).toBeNull();
  });

  it('is not looked for where much of it is where it should be', () => {
    const copies = list.map((name) => `copy/${name}`);
    expect(found(copies, 10)).toBeNull();
    expect(found(copies, 20)).toBeNull();
  });
});
