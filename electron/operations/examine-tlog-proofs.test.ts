import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scratchFolders } from '../../e2e/testkit/scratch-folders.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { leafHash, nodeHash } from '../integrity/merkle.ts';
import { formatCheckpoint, formatVerifierKey, signNote } from '../integrity/note.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-tlog-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folderOf = scratchFolders(scratch);
const log = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const name = 'log.example/models';
const trust = folderOf({ 'log.vkey': formatVerifierKey(name, log.publicKey) });

/** A proof that the third of three entries was logged. */
function proofOf(entry: string | Uint8Array, { key = log.privateKey, origin = name, extra = '' } = {}): string {
  const left = nodeHash(leafHash('one'), leafHash('two'));
  const root = nodeHash(left, leafHash(entry));
  const note = signNote(formatCheckpoint({ origin, size: 3, root, extensions: [] }), origin, key);
  return `c2sp.org/tlog-proof@v1\n${extra}index 2\n${left.toString('base64')}\n\n${note}`;
}
async function said(files: Record<string, string | Uint8Array>, by: string | null = trust) {
  const { verdict, checks } = await examine(
    {
      path: folderOf(files),
      trust: { entries: by === null ? [] : readTrust(by).entries },
      asOf: '2026-11-21T00:00:00Z',
      staging: scratch,
    },
    {},
    new AbortController().signal,
  );
  return { verdict, codes: checks.map(({ code }) => code) };
}

describe('proofs of transparency logs', () => {
  const file = 'weights';
  const good = proofOf(file);

  it('hold for the file that was logged, or its digest, by a log that was named', async () => {
    for (const proof of [
      good,
      proofOf(file, { extra: 'extra QUJD\n' }),
      proofOf(Buffer.from(sha256Hex(file), 'hex')),
      proofOf(sha256Hex(file)),
    ]) {
      const { verdict, codes } = await said({ 'm.bin': file, 'm.bin.tlog-proof': proof });
      expect(verdict).toBe('pass');
      expect(codes).toEqual(expect.arrayContaining(['proof-holds', 'signature-holds']));
    }
    expect((await said({ 'm.bin': file, proof: good })).codes).toContain('signature-holds');
  });

  it.each([
    ['another file', 'weight5', good],
    ['another index', file, good.replace('index 2', 'index 1')],
    ['another path', file, good.replace(/\n[A-Za-z0-9+/]{43}=\n\n/, `\n${leafHash('x').toString('base64')}\n\n`)],
    ['no path', file, good.replace(/\n[A-Za-z0-9+/]{43}=\n\n/, '\n\n')],
    ['another size', file, good.replace('\n3\n', '\n4\n')],
    ['an index with a zero before it', file, good.replace('index 2', 'index 02')],
    ['a version that is not known', file, good.replace('@v1', '@v2')],
    ['a hash that is cut', file, good.replace(/\n[A-Za-z0-9+/]{43}=\n\n/, '\nQUJD\n\n')],
    ['no signature', file, good.slice(0, good.lastIndexOf('\n\n') + 1)],
    ['a signature by somebody else under the name of the log', file, proofOf(file, { key: other.privateKey })],
  ])('do not hold with %s', async (_, bytes, proof) => {
    expect((await said({ 'm.bin': bytes, 'm.bin.tlog-proof': proof })).verdict).toMatch(/^(fail|policy)$/);
  });

  it('are undecided without the file, and by a log that nobody named', async () => {
    expect((await said({ 'm.bin.tlog-proof': good })).codes).toContain('proof-without-leaf');
    expect((await said({ 'm.bin': file, 'm.bin.tlog-proof': good }, null)).verdict).toBe('undecided');
  });
});
