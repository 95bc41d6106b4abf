import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { readClearsigned, readPgpKeys, signaturePackets } from '../integrity/openpgp.ts';
import { KeyError } from '../integrity/public-key.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-openpgp-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const corpus = '../shared/corpora/signatures-own/GIVE';
const isHere = existsSync(corpus);
const read = (id: string, name: string) => readFileSync(join(corpus, id, name));

let count = 0;
async function judged(files: Record<string, Uint8Array | string>, key: Uint8Array | null) {
  count += 1;
  const folder = join(scratch, `evidence-${count}`);
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const ring = join(scratch, `key-${count}.asc`);
  if (key !== null) writeFileSync(ring, key);
  const request = {
    path: folder,
    trust: { entries: key === null ? [] : readTrust(ring).entries },
    asOf: '2026-11-21T00:00:00Z',
    staging: scratch,
  };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, codes: checks.map(({ code }) => code) };
}

describe('OpenPGP', () => {
  it.skipIf(!isHere)(
    'detached: holds by a named key, fails over other bytes, is unknown without it (skipped without the corpus)',
    async () => {
      const id = 'pgp-ok-ed25519';
      const files = { data: read(id, 'data'), 'data.asc': read(id, 'sig.asc') };
      const key = read(id, 'key.asc');
      expect((await judged(files, key)).codes).toContain('signature-holds');
      expect((await judged({ ...files, data: 'other' }, key)).verdict).toBe('fail');
      expect((await judged(files, null)).codes).toContain('signature-unknown-signer');
      expect((await judged(files, read('pgp-ok-rsa-binary', 'key.asc'))).codes).toContain('signature-other-signer');
    },
  );

  it.skipIf(!isHere)('names keys that were revoked or have expired (skipped without the corpus)', async () => {
    for (const [id, code] of [
      ['pgp-revoked-key', 'signature-not-for-this-use'],
      ['pgp-expired-key-signed-while-valid', 'signature-caution'],
    ] as const)
      expect(
        (await judged({ data: read(id, 'data'), 'data.asc': read(id, 'sig.asc') }, read(id, 'key.asc'))).codes,
      ).toContain(code);
  });

  it.skipIf(!isHere)('clearsigned: covers its text and nothing beside it (skipped without the corpus)', async () => {
    const id = 'pgp-ok-clearsigned';
    const text = read(id, 'sig.asc').toString();
    const key = read(id, 'key.asc');
    expect((await judged({ 'a.asc': text }, key)).verdict).toBe('pass');
    expect((await judged({ 'a.asc': `Read this first.\n${text}` }, key)).codes).toContain('signature-covers-part');
    expect((await judged({ 'a.asc': text.replace('Hash: ', 'Comment: x\nHash: ') }, key)).verdict).toBe('fail');
  });

  it.skipIf(!isHere)('spoiled, ends in words (skipped without the corpus)', () => {
    const random = randomFrom(3);
    for (const [id, name, parse] of [
      ['pgp-ok-ed25519', 'key.asc', readPgpKeys],
      ['pgp-ok-ed25519', 'sig.asc', signaturePackets],
      ['pgp-ok-clearsigned', 'sig.asc', (bytes: Uint8Array) => readClearsigned(Buffer.from(bytes).toString('latin1'))],
    ] as const)
      for (let turn = 0; turn < 300; turn += 1) {
        try {
          parse(mutate(read(id, name), read(id, name), random));
        } catch (error) {
          expect(error).toBeInstanceOf(KeyError);
        }
      }
  });
});
