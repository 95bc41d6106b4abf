import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examine } from '../electron/operations/examine.ts';
import { type Dropped, tarOf } from '../renderer/screens/cases/folder-as-tar.ts';
import { readDropped } from '../renderer/screens/cases/read-dropped.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-dropped-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Tree = { [name: string]: string | Tree | null };
/** A folder as a browser hands it over; null is a file that it may not read. */
function entryOf(name: string, held: string | Tree | null): FileSystemEntry {
  if (held === null || typeof held === 'string') {
    const file = new File([held ?? ''], name, { lastModified: 1_700_000_000_000 });
    if (held === null) Object.assign(file, { slice: () => ({ arrayBuffer: () => Promise.reject(new Error('no')) }) });
    return { name, isFile: true, isDirectory: false, file: (found: (file: File) => void) => found(file) } as never;
  }
  const entries = Object.entries(held).map(([inner, value]) => entryOf(inner, value));
  return {
    name,
    isFile: false,
    isDirectory: true,
    createReader: () => {
      const left = [...entries];
      // Two at a time, as browsers give a hundred at a time.
      return { readEntries: (found: (part: FileSystemEntry[]) => void) => found(left.splice(0, 2)) };
    },
  } as never;
}
const never = new AbortController().signal;
let count = 0;
async function look(dropped: readonly Dropped[]) {
  count += 1;
  const path = join(scratch, `dropped-${count}.tar`);
  writeFileSync(path, Buffer.from(await tarOf(dropped).arrayBuffer()));
  return examine(
    { path, trust: { entries: [] }, asOf: '2026-11-01T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
}

describe('a folder that is dropped', () => {
  const names = ['a.txt', 'ü/ö.txt', `${'n'.repeat(60)}/${'m'.repeat(90)}.bin`, 'a b/c&<d>.txt', 'x/y/z/empty'];
  const tree: Tree = {
    'a.txt': 'alpha\n',
    ü: { 'ö.txt': 'umlaut' },
    ['n'.repeat(60)]: { [`${'m'.repeat(90)}.bin`]: 'z'.repeat(1_500) },
    'a b': { 'c&<d>.txt': 'x' },
    x: { y: { z: { empty: '' } }, nothing: {} },
    SHA256SUMS: 'b6a98d9ce9a2d9149288fa3df42d377c3e42737afdcdadb9b8a44cc6a8e0a1d6  a.txt\n',
  };

  it('arrives as it is, byte for byte and name for name', async () => {
    const dropped = await readDropped([entryOf('evidence', tree)], never);
    const { files, checks } = await look(dropped);
    expect(files.map(({ path }) => path).sort()).toEqual([...names, 'SHA256SUMS'].sort());
    expect(files.find(({ path }) => path === 'a.txt')).toMatchObject({ bytes: 6, modifiedAt: 1_700_000_000_000 });
    expect(files.find(({ path }) => path.startsWith('nnn'))?.bytes).toBe(1_500);
    expect(checks.map(({ code }) => code).filter((code) => code.startsWith('archive'))).toEqual([]);
  });

  it('is the same archive however the browser orders it, and several things are one source', async () => {
    const there = await readDropped([entryOf('evidence', tree)], never);
    const bytes = async (dropped: readonly Dropped[]) => Buffer.from(await tarOf(dropped).arrayBuffer());
    expect((await bytes(there)).equals(await bytes([...there].reverse()))).toBe(true);
    const several = await readDropped([entryOf('one', { 'a.txt': 'a' }), entryOf('b.txt', 'b')], never);
    expect((await look(several)).files.map(({ path }) => path).sort()).toEqual(['b.txt', 'one/a.txt']);
  });

  it('is refused as a whole where a part of it would be missing, or past a bound', async () => {
    const limits = { files: 3, bytes: 10, depth: 2 };
    const read = (held: Tree) => readDropped([entryOf('evidence', held)], never, undefined, limits);
    await expect(read({ a: 'x', locked: null })).rejects.toThrow('The browser cannot read locked.');
    await expect(read({ a: '', b: '', c: '', d: '' })).rejects.toThrow('more than 3 files');
    await expect(read({ a: 'eleven bytes' })).rejects.toThrow('Name its path under Import');
    await expect(read({ a: { b: { c: {} } } })).rejects.toThrow('2 folders deep');
    await expect(readDropped([entryOf('evidence', tree)], AbortSignal.abort())).rejects.toThrow();
  });

  it.each(['../out', '/etc/passwd', 'a/../../out', 'a\\..\\out', 'a\0b', 'a\nb', '\u202egpj'])(
    'with a name %j that a browser never gives writes nothing anywhere',
    async (path) => {
      const before = readdirSync(scratch).length;
      await look([{ path, file: new File(['x'], 'x') }]).catch((error: Error) => expect(error.name).toBe('Failure'));
      expect(readdirSync(scratch).length).toBe(before + 1);
    },
  );
});
