import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { ManifestError, readManifest } from '../integrity/c2pa.ts';
import { CborError, cborBytes, readCbor } from '../integrity/cbor.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-c2pa-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const corpus = '../shared/corpora/signatures-own';
const has = existsSync(corpus);
const image = (id: string) => readFileSync(join(corpus, 'GIVE', id, 'image.png'));

describe.skipIf(!has)('images with content credentials (skipped without corpora)', () => {
  const ask = (bytes: Uint8Array, isTrusted = true) =>
    examineFiles(
      scratch,
      { 'image.png': bytes },
      isTrusted ? { 'root.pem': readFileSync(join(corpus, 'common/c2pa/root.pem')) } : {},
      new Date('2026-11-21T00:00:00Z'),
    );

  it('hold by whom the reviewer named, and are by an unknown signer without', async () => {
    const good = image('c2pa-ok-trusted');
    expect((await ask(good)).verdict).toBe('pass');
    expect((await ask(good, false)).verdict).toBe('undecided');
  });

  it('fail where one byte of the image is another, or one of what was asserted', async () => {
    const good = image('c2pa-ok-trusted');
    const start = good.indexOf('caBX') - 4;
    const end = start + 12 + good.readUInt32BE(start);
    const random = randomFrom(12);
    for (let i = 0; i < 12; i += 1) {
      const edited = Buffer.from(good);
      const at = end + Math.floor(random() * (good.length - end));
      edited[at] = (edited[at] ?? 0) ^ 1;
      const { verdict, codes } = await ask(edited);
      expect([verdict, codes.includes('content-binding')], String(at)).toEqual(['fail', true]);
    }
    const asserted = Buffer.from(good);
    const at = good.indexOf('notAllowed');
    asserted.write('xotAllowed', at);
    expect((await ask(asserted)).codes).toContain('content-assertion');
    const claimed = Buffer.from(good);
    claimed.write('xmp.iid:0', good.indexOf('xmp.iid:'));
    expect((await ask(claimed)).codes).toContain('signature-invalid');
  });

  it('are read out of JPEG too, and are bound to the image that they were made for', async () => {
    const good = image('c2pa-ok-trusted');
    const start = good.indexOf('caBX') - 4;
    const store = good.subarray(start + 8, start + 8 + good.readUInt32BE(start));
    const segments: Buffer[] = [];
    for (let at = 8; at < store.length; at += 20_000) {
      const piece = Buffer.concat([store.subarray(0, 8), store.subarray(at, at + 20_000)]);
      const head = Buffer.from('ffeb00004a50000100000000', 'hex');
      head.writeUInt16BE(piece.length + 10, 2);
      head.writeUInt32BE(segments.length + 1, 8);
      segments.push(Buffer.concat([head, piece]));
    }
    const jpeg = (all: readonly Buffer[]) =>
      Buffer.concat([Buffer.from('ffd8ffe000044a46', 'hex'), ...all, Buffer.from('ffda0002ffd9', 'hex')]);
    const { verdict, codes } = await ask(jpeg(segments));
    expect([verdict, codes.includes('content-binding'), codes.includes('signature-holds')]).toEqual([
      'fail',
      true,
      true,
    ]);
    expect(codes).not.toContain('content-assertion');
    expect((await ask(jpeg(segments.toReversed()))).codes).toContain('signature-unreadable');
    expect((await ask(jpeg([]))).verdict).toBe('undecided');
  });

  it('end in a manifest or in their own refusal on spoiled bytes', () => {
    const good = image('c2pa-ok-trusted');
    const start = good.indexOf('caBX') - 4;
    const store = good.subarray(start + 8, start + 8 + good.readUInt32BE(start));
    // Without the thumbnail, which is most of it and is read as bytes alone.
    const small = Buffer.concat([store.subarray(0, 400), store.subarray(-3_000)]);
    const random = randomFrom(13);
    for (let i = 0; i < 600; i += 1)
      try {
        readManifest(mutate(i % 2 === 0 ? store : small, small, random));
      } catch (error) {
        expect(error instanceof ManifestError, String(error)).toBe(true);
      }
  });
});

describe('CBOR', () => {
  it('is read whole, and nothing else is', () => {
    expect(readCbor(Buffer.from('a201182163616263f6', 'hex'))).toEqual(
      new Map<number | string, unknown>([
        [1, 33],
        ['abc', null],
      ]),
    );
    expect(readCbor(Buffer.from('d28440a0f641ff', 'hex'))).toMatchObject({ tag: 18 });
    for (const length of [0, 23, 24, 255, 256, 70_000])
      expect(readCbor(cborBytes(Buffer.alloc(length, 7)))).toEqual(Buffer.alloc(length, 7));
    // Cut, too long for what follows, a name twice, indefinite, nested without end, something after.
    for (const hex of [
      '',
      '58',
      '9b00000000ffffffff',
      'a20101' + '0102',
      '5f4100ff',
      '81'.repeat(100),
      '0000',
      '62ff',
      'a1f500',
    ])
      expect(() => readCbor(Buffer.from(hex, 'hex')), hex).toThrow(CborError);
  });
});
