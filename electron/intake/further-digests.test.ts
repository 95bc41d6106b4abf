import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fileFact, listFact } from '../../e2e/testkit/facts.ts';
import type { Container } from './containers/container.ts';
import { expectedDigests } from './expected-digests.ts';
import { furtherDigests } from './further-digests.ts';

const digest = (algorithm: string, text: string) => `${algorithm}:${createHash(algorithm).update(text).digest('hex')}`;
const list = listFact('list', [
  { name: 'a', path: 'a', digests: [digest('sha512', 'alpha')], place: { path: 'list', line: 1 } },
]);
const file = fileFact('a', 5, digest('sha256', 'alpha'));
/** A source of one file, whose bytes are those given whenever it is opened; how often it was. */
function sourceOf(text: string) {
  const opened = { times: 0 };
  const bytes = Buffer.from(text);
  const container: Container = {
    kind: 'folder',
    entries: [{ path: 'a', bytes: bytes.length, modifiedAt: null }],
    unread: [],
    defects: [],
    locate: () => null,
    async open() {
      opened.times += 1;
      return { bytes: bytes.length, read: (at, length) => bytes.subarray(at, at + length), close: () => {} };
    },
    close: async () => {},
  };
  return { container, opened };
}
async function asked(text: string, known: Map<string, string[]> = new Map()) {
  const { container, opened } = sourceOf(text);
  const changed: string[] = [];
  const found = await furtherDigests(
    container,
    [list],
    [file],
    known,
    new AbortController().signal,
    (path) => changed.push(path),
    () => {},
  );
  return { found: [...found], changed, times: opened.times };
}

describe('digests beside SHA-256', () => {
  it('are computed where a list asks for them', async () => {
    expect(await asked('alpha')).toEqual({ found: [['a', [digest('sha512', 'alpha')]]], changed: [], times: 1 });
  });

  it('are those that were computed while the file was read: it is not read again', async () => {
    const known = new Map([['a', [digest('sha512', 'alpha')]]]);
    expect(await asked('alpha', known)).toEqual({ found: [['a', known.get('a')]], changed: [], times: 0 });
  });

  it('are none where the bytes are others than those that were read', async () => {
    expect(await asked('omega')).toEqual({ found: [], changed: ['a'], times: 1 });
  });

  it('are expected by the names of lists: below their folders, or of the one file that a list is called after', () => {
    const of = expectedDigests([
      'bag/manifest-sha512.txt',
      'bag/data/a',
      'other/m.bin',
      'other/m.bin.md5',
      'other/n.bin',
      'SHA256SUMS',
      'x/MD5SUMS',
      'x/y/z',
    ]);
    expect(of('bag/data/a')).toEqual(['sha512']);
    expect(of('other/m.bin')).toEqual(['md5']);
    expect(of('other/n.bin')).toEqual([]);
    expect(of('x/y/z')).toEqual(['md5']);
  });
});
