import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { readBlock } from '../integrity/block-header.ts';
import { CommitmentError, readCommitment } from '../integrity/open-timestamps.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-commitments-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The one transaction of the first Bitcoin block: its Merkle root is this, hashed twice. */
const transaction = Buffer.from(
  '01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000',
  'hex',
);
const header =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c';
const magic = Buffer.from('004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e8929401', 'hex');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const proof = (file: Uint8Array, ...steps: string[]) =>
  Buffer.concat([magic, Buffer.from('08', 'hex'), sha256(file), Buffer.from(steps.join(''), 'hex')]);
const inBlock = '000588960d73d719010100'; // at height 0
const pending = (calendar: string) => {
  const address = Buffer.from(calendar);
  return `0083dfe30d2ef90c8e${Buffer.from([address.length + 1, address.length]).toString('hex')}${address.toString('hex')}`;
};

describe('an OpenTimestamps proof', () => {
  it('is undecided without the header of its block, holds by it, and fails by the header of another', async () => {
    const files = { 'a.bin': transaction, 'a.bin.ots': proof(transaction, '08', inBlock) };
    const alone = await examineFiles(scratch, files);
    expect([alone.verdict, alone.codes.includes('commitment-block-not-here')]).toEqual(['undecided', true]);
    const given = await examineFiles(scratch, files, { 'blocks.txt': `0 ${header}\n` });
    expect([given.verdict, given.codes.includes('timestamp-holds')]).toEqual(['pass', true]);
    const other = { ...files, 'a.bin.ots': proof(transaction, '0808', inBlock) };
    const refuted = await examineFiles(scratch, other, { 'blocks.txt': `0 ${header}\n` });
    expect([refuted.verdict, refuted.codes.includes('commitment-other-root')]).toEqual(['fail', true]);
  });

  it('of another file fails, of an absent one dates nothing, and one that waits says for what', async () => {
    const made = proof(transaction, '08', pending('https://calendar.example'));
    expect((await examineFiles(scratch, { 'a.bin': 'other', 'a.bin.ots': made })).verdict).toBe('fail');
    expect((await examineFiles(scratch, { 'a.bin.ots': made })).codes).toContain('timestamp-nothing');
    const waiting = await examineFiles(scratch, { 'a.bin': transaction, 'a.bin.ots': made });
    expect([waiting.verdict, waiting.codes.includes('commitment-pending')]).toEqual(['undecided', true]);
  });

  it('is refused outside its form: what follows its end, unknown steps, parts too long', () => {
    const good = proof(
      transaction,
      'f004aabbccdd',
      'f2',
      'ff08',
      inBlock.replace('0100', '0205'),
      pending('https://c.example'),
    );
    expect(() => readCommitment(good)).toThrow(CommitmentError);
    const forked = proof(transaction, 'f10511', '22334455', '08', `ff${inBlock}`, '67', inBlock);
    expect(readCommitment(forked).attestations.map(({ what, height }) => [what, height])).toEqual([
      ['bitcoin', 0],
      ['bitcoin', 0],
    ]);
    for (const steps of [
      `08${inBlock}00`,
      `09${inBlock}`,
      `f000${inBlock}`,
      `f0ffffff7f${inBlock}`,
      inBlock.slice(0, -4),
      '08',
    ])
      expect(() => readCommitment(proof(transaction, steps)), steps).toThrow(CommitmentError);
    expect(() => readCommitment(proof(transaction, '08'.repeat(300), inBlock))).toThrow(CommitmentError);
    expect(() => readCommitment(proof(transaction, 'f3'.repeat(9), inBlock))).toThrow(CommitmentError);
  });

  it('takes for a block only what miners made', () => {
    expect(readBlock(`0 ${header}`)?.at.toISOString()).toBe('2009-01-03T18:15:05.000Z');
    expect(readBlock(`0 ${header.replace('3ba3', '3ba4')}`)).toBeNull();
  });

  const corpus = '../shared/corpora/timestamps/GIVE';
  it.skipIf(!existsSync(corpus))(
    'ends in a proof or in its own refusal on spoiled bytes (skipped without corpora)',
    () => {
      const seeds = readdirSync(corpus)
        .map((name) => join(corpus, name))
        .filter((path) => statSync(path).isDirectory())
        .flatMap((path) => readdirSync(path).map((name) => join(path, name)))
        .filter((path) => path.endsWith('.ots'))
        .map((path) => readFileSync(path));
      const random = randomFrom(8);
      for (const seed of seeds)
        for (let i = 0; i < 60; i += 1)
          try {
            readCommitment(mutate(seed, seed, random));
          } catch (error) {
            expect(error instanceof CommitmentError, String(error)).toBe(true);
          }
    },
  );
});
