import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openContainer } from '../electron/intake/containers/open-container.ts';
import { Failure } from '../shared/failure.ts';
import { limits, lowerLimits } from '../shared/limits.ts';
import { type Entry, tar, zip } from './testkit/make-archive.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-archives-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
lowerLimits({ entries: 50, totalBytes: 4_000_000, ratioFromBytes: 100_000, ratio: 20, depth: 6 });

let number = 0;
/** Opens an archive and reads every entry of it. @returns names, and what is odd; or the refusal */
async function opened(bytes: Uint8Array, ending: string): Promise<{ names: string[]; odd: string[] } | Failure> {
  const staging = join(root, `staging-${++number}`);
  const path = join(root, `${number}.${ending}`);
  writeFileSync(path, bytes);
  mkdirSync(staging);
  const before = readdirSync(root);
  try {
    const container = await openContainer(path, { staging, signal: new AbortController().signal });
    try {
      for (const entry of container.entries) {
        const access = await container.open(entry);
        access.read(0, access.bytes);
        access.close();
      }
      return { names: container.entries.map((entry) => entry.path), odd: container.defects.map(({ code }) => code) };
    } finally {
      await container.close();
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error;
  } finally {
    // Staging may hold an unpacked tar, by a name of ours; nothing else is written anywhere.
    expect(readdirSync(staging).filter((name) => !/^(tar|[0-9]+)$/.test(name))).toEqual([]);
    expect(readdirSync(root)).toEqual(before);
    rmSync(path);
    rmSync(staging, { recursive: true });
  }
}

const makers: [string, (entries: Entry[]) => Buffer][] = [
  ['zip', zip],
  ['tar', tar],
  ['tar.gz', (entries) => zlib.gzipSync(tar(entries))],
];
const fine: Entry[] = [
  { name: 'a/one.txt', body: 'one' },
  { name: 'two.txt', body: 'two\n'.repeat(500) },
];

describe.each(makers)('a %s', (ending, make) => {
  it('is read', async () => {
    expect(await opened(make(fine), ending)).toEqual({ names: ['a/one.txt', 'two.txt'], odd: [] });
  });

  const bad: [string, Entry[], RegExp][] = [
    ['a name that leads out of it', [{ name: '../evil.txt' }], /^Entry 1, \.\.\/evil\.txt, points outside it\.$/],
    ['such a name in the middle', [{ name: 'a.txt' }, { name: 'b/../../evil' }], /^Entry 2, .* points outside it\.$/],
    ['an absolute name', [{ name: '/etc/evil' }], /^Entry 1, \/etc\/evil, is an absolute path\.$/],
    ['a drive', [{ name: 'C:/evil' }], /names a drive/],
    ['a backslash', [{ name: 'a\\..\\evil' }], /holds a backslash/],
    ['a control character', [{ name: 'a\nb' }], /a\\u000ab, holds a control character/],
    ['a character that turns text', [{ name: 'a\u202etxt.exe' }], /a\\u202etxt\.exe, holds a character that turns/],
    [
      'a name twice',
      [{ name: 'a' }, { name: 'b' }, { name: './a' }],
      /^Entry 3, \.\/a, has the name of an earlier entry/,
    ],
    [
      'names that differ in case',
      [{ name: 'Model' }, { name: 'model' }],
      /^Entry 2, model, differs from Model only in case/,
    ],
    ['a file that is a folder too', [{ name: 'a' }, { name: 'a/b' }], /holds a both as a file and as a folder/],
    ['a folder too deep', [{ name: '1/2/3/4/5/6/7' }], /is deeper than 6 folders/],
    ['more entries than are read', Array.from({ length: 51 }, (_, i) => ({ name: `${i}` })), /50 (entries|are read)/],
    ['a bomb', [{ name: 'bomb', body: Buffer.alloc(3_000_000) }], ending === 'tar' ? /^$/ : /more than 20 times/],
    [
      'more bytes than are read',
      [{ name: 'big', body: Buffer.alloc(5_000_000, 'ab3kd9') }],
      /more than (4000000 bytes|20 times)/,
    ],
  ];
  it.each(bad)('with %s is refused, with the entry and the reason', async (what, entries, why) => {
    const said = await opened(make(entries), ending);
    if (what === 'a bomb' && ending === 'tar') {
      expect(said).toMatchObject({ names: ['bomb'] });
      return;
    }
    expect(said).toBeInstanceOf(Failure);
    if (!(said instanceof Failure)) return;
    expect([said.code, said.parts.why]).toEqual(['refused', expect.stringMatching(why)]);
    for (const part of ['what', 'where', 'why', 'notDone', 'next'] as const) expect(said.parts[part]).not.toBe('');
  });

  it('cut anywhere is refused in words', async () => {
    const whole = make(fine);
    for (let at = 1; at < whole.length; at += Math.max(1, Math.floor(whole.length / 60))) {
      const said = await opened(whole.subarray(0, at), ending);
      // A tar cut between two entries or in its end mark shows itself by nothing but the mark that is not there.
      if (!(said instanceof Failure)) expect([ending, at, said.odd]).toEqual(['tar', at, ['archive-end']]);
    }
  });

  it('with any byte changed is read or refused, never anything else', async () => {
    const whole = make(fine);
    let seed = 20_261_121;
    const next = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let turn = 0; turn < 120; turn++) {
      const bytes = Buffer.from(whole);
      for (let i = 0; i <= turn % 3; i++) bytes[next(bytes.length)] = next(256);
      await opened(bytes, ending);
    }
  });

  it('without a file says so', async () => {
    expect(await opened(make([{ name: 'folder/', body: '', type: '5', mode: 0o40755 }]), ending)).toEqual({
      names: [],
      odd: ['archive-empty'],
    });
  });

  it('with a body that is not what its header says is refused', async () => {
    const said = await opened(make([{ name: 'a', body: 'x'.repeat(600), told: 30_000 }]), ending);
    expect(said).toMatchObject({ code: 'refused' });
  });
});

describe('kinds that are no files', () => {
  it.each([
    ['1', 'is a link'],
    ['2', 'is a link'],
    ['3', 'is a device or a pipe'],
    ['4', 'is a device or a pipe'],
    ['6', 'is a device or a pipe'],
    ['7', 'is of a type that is not read'],
    ['S', 'is of a type that is not read'],
  ])('of a tar, type %s: refused', async (type, why) => {
    expect(await opened(tar([{ name: 'a' }, { name: 'b', type, body: '' }]), 'tar')).toMatchObject({
      code: 'refused',
      parts: { why: expect.stringContaining(`Entry 2, b, ${why}`) },
    });
  });
  it.each([
    [0o120777, 'is a link'],
    [0o020644, 'is a device, pipe or socket'],
    [0o060644, 'is a device, pipe or socket'],
    [0o010644, 'is a device, pipe or socket'],
  ])('of a zip, mode %o: refused', async (mode, why) => {
    expect(await opened(zip([{ name: 'a' }, { name: 'b', mode }]), 'zip')).toMatchObject({
      code: 'refused',
      parts: { why: `Entry 2, b, ${why}.` },
    });
  });
  it('rights to run as another are named and not applied', async () => {
    expect(await opened(zip([{ name: 'a', mode: 0o104755 }]), 'zip')).toMatchObject({ odd: ['archive-rights'] });
    expect(await opened(tar([{ name: 'a', mode: 0o4755 }]), 'tar')).toMatchObject({ odd: ['archive-rights'] });
  });
});

describe('what an archive hides', () => {
  const why = async (bytes: Uint8Array, ending: string) => {
    const said = await opened(bytes, ending);
    return said instanceof Failure ? said.parts.why : said.odd.join();
  };
  const body = 'a body of some length';
  const packed = zlib.deflateRawSync(Buffer.from(body)).length;
  const hidden = Buffer.from('hidden');
  /** A data descriptor (APPNOTE 4.3.9): its mark or none, checksum, sizes of 32 or 64 bits. */
  const descriptor = (marked: boolean, wide: boolean, crc = zlib.crc32(Buffer.from(body)), size = body.length) => {
    const sizes = Buffer.alloc(wide ? 16 : 8);
    if (wide) {
      sizes.writeBigUInt64LE(BigInt(packed), 0);
      sizes.writeBigUInt64LE(BigInt(size), 8);
    } else {
      sizes.writeUInt32LE(packed, 0);
      sizes.writeUInt32LE(size, 4);
    }
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc);
    return Buffer.concat([Buffer.from(marked ? 'PK\u0007\u0008' : '', 'latin1'), sum, sizes]);
  };
  it('behind the end of what is packed in a zip is refused', async () => {
    expect(await why(zip([{ name: 'a', body, behind: hidden }]), 'zip')).toMatch(
      /bytes behind the end of what is packed/,
    );
  });
  it('with an end of directory of its own is an archive within an entry, and refused anywhere else', async () => {
    const inner = zip([{ name: 'x', body: Buffer.from('inside') }]);
    expect(await why(zip([{ name: 'a' }, { name: 'inner.zip', body: inner }]), 'zip')).toBe('');
    const end = inner.subarray(-22);
    expect(await why(zip([{ name: 'a', body, gap: end }, { name: 'b' }]), 'zip')).toMatch(/more than one end/);
    expect(await why(zip([{ name: 'a', body, behind: end }]), 'zip')).not.toBe('');
    expect(await why(Buffer.concat([inner, inner]), 'zip')).not.toBe('');
    // An end within an entry whose comment would be all that follows: a reader from the front would believe it.
    const whole = zip([{ name: 'inner.zip', body: inner }]);
    const at = whole.indexOf(end);
    whole.writeUInt16LE(whole.length - at - 22, at + 20);
    expect(await why(whole, 'zip')).not.toBe('');
  });
  it('between the entries of a zip is said', async () => {
    expect(await why(zip([{ name: 'a', body, gap: hidden }, { name: 'b' }]), 'zip')).toBe('archive-hidden-bytes');
    expect(await why(zip([{ name: 'a', body, gap: hidden }]), 'zip')).toBe('archive-hidden-bytes');
  });
  it('in a data descriptor is none where it says what the directory says, in each of its forms', async () => {
    for (const marked of [true, false])
      for (const wide of [true, false])
        expect(await why(zip([{ name: 'a', body, descriptor: descriptor(marked, wide) }, { name: 'b' }]), 'zip')).toBe(
          '',
        );
    // Info-ZIP and bsdtar write the size into the header when they know it, and what it packs into when it is packed.
    const known = { name: 'a', body, descriptor: descriptor(true, false), knowsSize: true };
    expect(await why(zip([known, { name: 'b' }]), 'zip')).toBe('');
    expect(await why(zip([{ ...known, told: 5 }]), 'zip')).not.toBe('');
    for (const other of [descriptor(true, false, 7), descriptor(true, true, undefined, 9), hidden, Buffer.alloc(0)])
      expect(await why(zip([{ name: 'a', body, descriptor: other }, { name: 'b' }]), 'zip')).toMatch(
        /another checksum or size than the directory/,
      );
    const more = Buffer.concat([descriptor(true, false), hidden]);
    expect(await why(zip([{ name: 'a', body, descriptor: more }, { name: 'b' }]), 'zip')).toBe('archive-hidden-bytes');
  });
  it('in a second name of a zip is refused, and one that is the same is read', async () => {
    const field = (name: string) => {
      const head = Buffer.alloc(9);
      head.writeUInt16LE(0x7075, 0);
      head.writeUInt16LE(5 + name.length, 2);
      head.writeUInt8(1, 4);
      head.writeUInt32LE(zlib.crc32(Buffer.from('a')), 5);
      return Buffer.concat([head, Buffer.from(name)]);
    };
    expect(await why(zip([{ name: 'a', extra: field('a') }]), 'zip')).toBe('');
    expect(await why(zip([{ name: 'a', extra: field('b') }]), 'zip')).toMatch(/second name/);
  });
  it('in a name that header and directory encode otherwise is refused', async () => {
    expect(await why(zip([{ name: 'é', headerFlags: 0x0800 }]), 'zip')).toMatch(/differs from the directory/);
    expect(await why(zip([{ name: 'e', headerFlags: 0x0800 }]), 'zip')).toBe('');
  });
  it('in another volume, or behind a 64-bit size that is not there or there twice, is refused', async () => {
    expect(await why(zip([{ name: 'a', disk: 1 }]), 'zip')).toMatch(/another volume/);
    const lacking = zip([{ name: 'a' }]);
    lacking.writeUInt32LE(0xffffffff, lacking.indexOf('PK\u0001\u0002') + 42);
    expect(await why(lacking, 'zip')).toMatch(/lacks the 64-bit size/);
    const wide = Buffer.concat([Buffer.from([1, 0, 8, 0]), Buffer.alloc(8)]);
    expect(await why(zip([{ name: 'a', extra: wide }]), 'zip')).toBe('');
    expect(await why(zip([{ name: 'a', extra: Buffer.concat([wide, wide]) }]), 'zip')).toMatch(/twice/);
  });
  it('in a link as macOS and as Windows note it is refused', async () => {
    expect(await why(zip([{ name: 'a', mode: 0o120777, madeBy: 19 }]), 'zip')).toMatch(/is a link/);
    expect(await why(zip([{ name: 'a', mode: 0x400 / 0x10000, madeBy: 10 }]), 'zip')).toMatch(/is a link/);
  });
  it('in a folder with bytes is refused', async () => {
    expect(await why(zip([{ name: 'a', mode: 0o040755 }]), 'zip')).toMatch(
      /a folder by its rights and a file by its bytes/,
    );
  });
  it('in the last block of a file of a tar is said', async () => {
    expect(await why(tar([{ name: 'a', padding: 'hidden' }, { name: 'b' }]), 'tar')).toBe('archive-hidden-bytes');
    expect(await why(tar([{ name: 'a', body: 'x'.repeat(512) }]), 'tar')).toBe('');
  });
  it('behind a NUL in a long name of a tar is refused', async () => {
    const long = (name: string) => tar([{ name: '././@LongLink', type: 'L', body: name }, { name: 'short' }]);
    expect(await opened(long('a/long/name\0'), 'tar')).toMatchObject({ names: ['a/long/name'] });
    expect(await why(long('a/long/name\0other\0'), 'tar')).toMatch(/a long name with a NUL in it/);
  });
});

describe('each limit', () => {
  it('lets the last that is allowed in, and names itself beyond', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `f${i}` }));
    const deep = (count: number) => [{ name: Array.from({ length: count }, (_, i) => i).join('/') }];
    for (const [, make] of makers.slice(0, 2)) {
      const ending = make === tar ? 'tar' : 'zip';
      expect(await opened(make(many(limits.entries)), ending)).toMatchObject({ odd: [] });
      expect(await opened(make(many(limits.entries + 1)), ending)).toBeInstanceOf(Failure);
      expect(await opened(make(deep(limits.depth)), ending)).toMatchObject({ odd: [] });
      expect(await opened(make(deep(limits.depth + 1)), ending)).toBeInstanceOf(Failure);
    }
    const most = limits.totalBytes;
    expect(await opened(tar([{ name: 'a', body: Buffer.alloc(most) }]), 'tar')).toMatchObject({ odd: [] });
    expect(await opened(tar([{ name: 'a', body: Buffer.alloc(most + 1) }]), 'tar')).toMatchObject({
      parts: { why: expect.stringContaining(`${most} bytes`) },
    });
  });
});
