import { describe, expect, it } from 'vitest';
import { decompressBzip2 } from '../bzip2.ts';
import { decompressLz4 } from '../lz4.ts';
import { decompressLzma } from '../lzma.ts';
import { hiddenImports, looksLikePickle } from './looks-like-pickle.ts';

const calls = Buffer.from("cos\nsystem\n(S'x'\ntR.");
const marked = Buffer.from('\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.', 'latin1');

describe('pickles of any name', () => {
  it('are told by their opcodes, with and without the mark of a protocol', () => {
    for (const bytes of [calls, marked, marked.subarray(0, -1), Buffer.from('\x80\x02}q\0.', 'latin1')])
      expect(looksLikePickle(bytes)).toBe(true);
    for (const text of [
      'config\nfoo\nbar',
      '(a list)\nin two\nlines',
      'changes\nversion\n.',
      '{"a": 1}',
      '\x80\xff\xfe',
    ])
      expect(looksLikePickle(Buffer.from(text, 'latin1')), text).toBe(false);
  });

  const latin1 = (opcodes: string) => Buffer.from(opcodes, 'latin1');
  const bare = '\x8c\x05posix\x8c\x06system\x93\x8c\x01x\x85R.';
  const frame = (opcodes: string) => `\x95${String.fromCharCode(opcodes.length)}${'\0'.repeat(7)}${opcodes}`;
  it.each([
    ['nothing before it', bare],
    ['a value that is dropped', `N0${bare}`],
    ['a truth', `\x880${bare}`],
    ['a frame', frame(bare)],
    ['bytes', `C\x01a0${bare}`],
    ['a dictionary', `}0${bare}`],
    ['a mark that is taken away', `(1${bare}`],
    ['names by lines', 'Vos\np7\n0g7\nVsystem\n\x93(Vid\ntR.'],
    ['a stream of plain data', `N.${bare}`],
    ['the mark of an old protocol', `\x80\x01${bare}`],
  ])('are told without the mark of a protocol after %s', (_, opcodes) => {
    expect(looksLikePickle(latin1(opcodes))).toBe(true);
    expect(hiddenImports(latin1(opcodes))).toMatchObject([{ name: 'system', called: true }]);
  });

  it('are told where what they call lies behind the first bytes', () => {
    const told = (file: Buffer) =>
      looksLikePickle(file.subarray(0, 4_096), {
        bytes: file.length,
        read: (offset, length) => file.subarray(offset, offset + length),
      });
    expect(told(latin1(`B\0\x20\0\0${'\0'.repeat(8_192)}0${bare}`))).toBe(true);
    expect(told(latin1(`V${'x'.repeat(2_000_000)}\n0${bare}`))).toBe(true);
    expect(told(latin1(`${'N0'.repeat(5_000)}${bare}`))).toBe(true);
    expect(told(latin1('N0'.repeat(200_000)))).toBe(true);
    expect(told(latin1(`B\0\x20\0\0${'\0'.repeat(9_000)}`))).toBe(false);
    expect(told(latin1(`V${'x'.repeat(9_000)}`))).toBe(false);
  });

  it('are found behind the end of others, wherever they begin', () => {
    const harmless = Buffer.from('\x80\x04}\x94.', 'latin1');
    for (const bytes of [calls, marked])
      expect(hiddenImports(Buffer.concat([Buffer.alloc(70_000, 'z'), bytes]))).toMatchObject([
        { module: 'os', name: 'system', called: true },
      ]);
    expect(hiddenImports(Buffer.concat([harmless, Buffer.alloc(64)]))).toEqual([]);
    let state = 7;
    const noise = Uint8Array.from({ length: 65_536 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return state & 0xff;
    });
    expect(hiddenImports(noise)).toEqual([]);
    // Whatever looks like a beginning over and over costs a step for each, and no more.
    for (const piece of ['c', '\x80\x04', 'ca\na\n'])
      expect(hiddenImports(Buffer.from(piece.repeat(300_000), 'latin1'))).toEqual([]);
  });
});

describe('LZMA', () => {
  const text = Buffer.from('a string of characters, a string of characters, '.repeat(9));
  const xz = Buffer.from(
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AGvACFdADCICmeED4r2QY8n/9+9Cx083/6B5XX19ROf2KJTa22AAAAAAACxPe6E6G6bdgABPbADAAAAVGfDebHEZ/sCAAAAAARZWg==',
    'base64',
  );
  const alone = Buffer.from('XQAAgAD//////////wAwiApnhA+K9kGPJ//fvQsdPN/+geV19fUTn9iiU3JlrP///LkwAA==', 'base64');

  it('is undone, and refuses what is cut, damaged or grows too large', () => {
    for (const packed of [xz, alone, Buffer.concat([xz, xz])])
      expect(Buffer.from(decompressLzma(packed, 1_000).data).subarray(0, text.length)).toEqual(text);
    expect(() => decompressLzma(xz, 20)).toThrow(/past 20 bytes/);
    for (let cut = 0; cut < xz.length - 13; cut += 1)
      expect(() => decompressLzma(xz.subarray(0, cut), 1_000)).toThrow(Error);
  });

  it('ends in bytes or in words on spoiled streams', () => {
    let state = 3;
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    for (let round = 0; round < 3_000; round += 1) {
      const spoiled = Buffer.from(round % 2 === 0 ? xz : alone);
      for (let i = 0; i < 3; i += 1) spoiled[random(spoiled.length)] = random(256);
      try {
        expect(decompressLzma(spoiled, 100_000).data.length).toBeLessThanOrEqual(100_000);
      } catch (error) {
        expect((error as Error).message).toMatch(/lzma/);
      }
    }
  });
});

describe('checksums of compressed streams', () => {
  const words = 'Nobody inspects the spammish repetition';
  it('of bzip2 are held, and streams follow one another', () => {
    const packed = Buffer.from(
      'QlpoOTFBWSZTWWjDPIAAAAIVgEAAAAE+Y9wgIAAinpNDI0zUKGmmAAs1RMqM4oaLggQx9KNaHdU8EWj8XckU4UJBowzyAA==',
      'base64',
    );
    const twice = Buffer.concat([packed, packed]);
    expect(decompressBzip2(packed, 1_000)).toEqual({ data: Buffer.from(words), used: packed.length });
    expect(decompressBzip2(twice, 1_000)).toEqual({ data: Buffer.from(words + words), used: twice.length });
    expect(decompressBzip2(Buffer.concat([packed, Buffer.from('junk')]), 1_000).used).toBe(packed.length);
    expect(() => decompressBzip2(twice, 50)).toThrow();
    for (const at of [10, 13, packed.length - 2]) {
      const damaged = Buffer.from(packed);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 4, at);
      expect(() => decompressBzip2(damaged, 1_000)).toThrow(/bzip2/);
    }
  });
  it('of lz4 are held where a frame has them', () => {
    // Of a known text the xxHash is e2293b2f; the byte behind the flags is that of every frame that has these two.
    const length = Buffer.from([words.length, 0, 0, 0x80]);
    const frame = (sum: string) =>
      Buffer.concat([
        Buffer.from('04224d186440a7', 'hex'),
        length,
        Buffer.from(words),
        Buffer.from(`00000000${sum}`, 'hex'),
      ]);
    const whole = frame('2f3b29e2');
    expect(decompressLz4(whole, 1_000)).toEqual({ data: Buffer.from(words), used: whole.length });
    expect(decompressLz4(Buffer.concat([whole, Buffer.from('junk')]), 1_000).used).toBe(whole.length);
    expect(() => decompressLz4(frame('2f3b29e3'), 1_000)).toThrow(/checksum/);
    whole.writeUInt8(0xa8, 6);
    expect(() => decompressLz4(whole, 1_000)).toThrow(/checksum/);
  });
  it.each([
    [
      'CRC32',
      '/Td6WFoAAAFpIt42AgAhARYAAAB0L+WjAQAmTm9ib2R5IGluc3BlY3RzIHRoZSBzcGFtbWlzaCByZXBldGl0aW9uAADtcEKtAAE7J3jvPrmQQpkNAQAAAAABWVo=',
    ],
    [
      'CRC64',
      '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAmTm9ib2R5IGluc3BlY3RzIHRoZSBzcGFtbWlzaCByZXBldGl0aW9uAAAnXxYmPC5zRAABPyd8KlLdH7bzfQEAAAAABFla',
    ],
    [
      'SHA-256',
      '/Td6WFoAAArh+wyhAgAhARYAAAB0L+WjAQAmTm9ib2R5IGluc3BlY3RzIHRoZSBzcGFtbWlzaCByZXBldGl0aW9uAAADHt19QWUVk8X+XABvpXUrN/3f97xOhDqmrwyVD0uUBgABVyfTy3ZwGJtLmgEAAAAAClla',
    ],
  ])('of xz are held: %s', (_, packed) => {
    const stream = Buffer.from(packed, 'base64');
    expect(Buffer.from(decompressLzma(stream, 1_000).data).toString()).toBe(words);
    // The check stands before the index, whose size the footer tells.
    const at = stream.length - 12 - (stream.readUInt32LE(stream.length - 8) + 1) * 4 - 1;
    stream.writeUInt8(stream.readUInt8(at) ^ 1, at);
    expect(() => decompressLzma(stream, 1_000)).toThrow(/checksum/);
  });
});
