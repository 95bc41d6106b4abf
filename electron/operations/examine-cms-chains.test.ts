import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';

/** Made with OpenSSL 3.0 (cms) under one root and one authority; where said, changed afterwards. */
const vectors: Record<string, string> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'examine-cms-chains.vectors.json'), 'utf8'),
);
const bytes = (name: string) => Buffer.from(vectors[name] ?? '', 'base64');
const scratch = mkdtempSync(join(tmpdir(), 'assay-cms-chains-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const judged = (name: string, data = 'data', more: Record<string, string> = {}) =>
  examineFiles(
    scratch,
    { data: bytes(data), 'data.p7s': bytes(name), ...more },
    { 'root.pem': vectors['root'] ?? '' },
    new Date('2026-11-22'),
  );

describe('a certificate that signed a document', () => {
  it.each([
    ['usage non-repudiation', 'pass'],
    ['no usage', 'pass'],
    ['for mail', 'pass'],
    ['for servers', 'warn'],
    ['for encryption', 'policy'],
    ['two certificates of one serial', 'pass'],
  ])('counts by what it says its key is for: %s is %s', async (name, verdict) => {
    expect((await judged(name)).verdict).toBe(verdict);
  });

  it.each([
    ['weak authority', 'policy-key-size'],
    ['weak signer', 'policy-algorithm'],
  ])('counts for nothing with a key that is too weak in its chain: %s', async (name, code) => {
    expect(await judged(name)).toMatchObject({ verdict: 'policy', codes: expect.arrayContaining([code]) });
  });

  it('leads to a root by what lies beside it, and cannot be decided without', async () => {
    const name = 'without its authority';
    expect((await judged(name)).verdict).toBe('undecided');
    expect((await judged(name, 'data', { 'a.pem': vectors['intermediate'] ?? '' })).verdict).toBe('pass');
    const absent = await judged('without its signer');
    expect(absent).toMatchObject({
      verdict: 'undecided',
      codes: expect.arrayContaining(['signature-chain-incomplete']),
    });
  });

  it('did not sign a file that is nothing but the attributes of what it signed', async () => {
    expect((await judged('over attributes', 'attributes')).verdict).toBe('fail');
  });
});
