import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Candidate } from './format.ts';
import { formats } from './index.ts';
import { askedAbout } from './sieve.ts';

const shared = join(import.meta.dirname, '../../../../shared');

/** Every small file below a folder, each with at most as much of it as readers are shown first. */
function* filesBelow(folder: string): Generator<{ path: string; head: Buffer; bytes: number }> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile() && statSync(path).size < 65_536) {
      const content = readFileSync(path);
      yield { path, head: content.subarray(0, 4_096), bytes: content.length };
    }
  }
}
const chosenBy = (asked: typeof formats | ReturnType<typeof askedAbout>, candidate: Candidate) =>
  asked.find((format) => format.recognise(candidate))?.id ?? null;

describe('the sieve', () => {
  it.skipIf(!existsSync(shared)).each(['corpora', 'hostile'])(
    'never keeps a file of %s from the reader whose it is (skipped where the folder is not here)',
    (folder) => {
      const differing: string[] = [];
      for (const { path, head, bytes } of filesBelow(join(shared, folder))) {
        const candidate = new Candidate(path, bytes, head);
        if (chosenBy(askedAbout(candidate.name, head), candidate) !== chosenBy(formats, candidate))
          differing.push(path);
      }
      expect(differing).toEqual([]);
    },
  );

  it('asks everybody about a beginning that may be a mark or a blank of another alphabet', () => {
    expect(askedAbout('a.csv', Buffer.from('\ufeff{"payload": ""}'))).toHaveLength(formats.length);
    expect(askedAbout('a.csv', Buffer.from('a,b'))).not.toHaveLength(formats.length);
  });

  it('looks past blanks, and knows no ending where there is no dot', () => {
    const ids = (name: string, head: string) => askedAbout(name, Buffer.from(head)).map(({ id }) => id);
    expect(ids('envelope', ' \r\n\t{ "payload"')).toContain('dsse');
    expect(ids('MLmodel', 'flavors:')).toContain('mlmodel');
    expect(ids('MLmodel', 'flavors:')).not.toContain('json');
  });
});
