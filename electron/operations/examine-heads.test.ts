import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { scratchFolders } from '../../e2e/testkit/scratch-folders.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { consistencyProof, inclusionProofs, leafHash, rootOf } from '../integrity/merkle.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-heads-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folderOf = scratchFolders(scratch);
const look = (files: Record<string, string | Uint8Array>, trust: string | null = null) =>
  examine(
    {
      path: folderOf(files),
      trust: { entries: trust === null ? [] : readTrust(trust).entries },
      asOf: '2026-11-21T00:00:00Z',
      staging: scratch,
    },
    {},
    new AbortController().signal,
  );

const hashes = Array.from({ length: 11 }, (_, i) => sha256Hex(`record ${i}`));
const leaves = hashes.map((hash) => leafHash(Buffer.from(hash, 'hex')));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const verdictOf = async (proof: object) => (await look({ 'proof.json': JSON.stringify(proof) })).verdict;

describe('proofs as tools write them', () => {
  it('hold with their numbers in texts, and under the names of old and new trees', async () => {
    const path = inclusionProofs(leaves)(6).map(hex);
    const inTexts = { logIndex: '6', treeSize: '11', leafHash: hex(leaves[6] ?? Buffer.alloc(0)), hashes: path };
    expect(await verdictOf({ ...inTexts, rootHash: hex(rootOf(leaves)) })).toBe('pass');
    expect(await verdictOf({ ...inTexts, logIndex: '5', rootHash: hex(rootOf(leaves)) })).toBe('fail');
    const consistency = consistencyProof(leaves, 6).map(hex);
    const [before, after] = [hex(rootOf(leaves.slice(0, 6))), hex(rootOf(leaves))];
    for (const [first, second] of [
      ['first', 'second'],
      ['first_tree_size', 'second_tree_size'],
      ['old_size', 'new_size'],
    ] as const) {
      const sizes = { [first]: 6, [second]: 11, consistency };
      expect(await verdictOf({ ...sizes, first_root: before, second_root: after })).toBe('pass');
      expect(await verdictOf({ ...sizes, first_root: after, second_root: after })).toBe('fail');
    }
  });

  it('hold where each step names its side, and fail where a side is not that of its place', async () => {
    for (const seq of [0, 4, 6, 10]) {
      const path = inclusionProofs(leaves)(seq);
      // From the leaf up a step stands left where the rest of the number is odd, or the node is the last of its level.
      let [node, last] = [seq, leaves.length - 1];
      const steps = path.map((each) => {
        const isLeft = node % 2 === 1 || node === last;
        while (isLeft && node % 2 === 0 && node !== 0) [node, last] = [node / 2, last >> 1];
        [node, last] = [node >> 1, last >> 1];
        return { side: isLeft ? 'left' : 'right', hash: hex(each) };
      });
      const proof = { version: 1, seq, size: 11, leaf: hashes[seq], root: hex(rootOf(leaves)), path: steps };
      expect(await verdictOf(proof)).toBe('pass');
      expect(await verdictOf({ ...proof, leaf: hashes[(seq + 1) % 11] })).toBe('fail');
      const turned = steps.map((step, i) =>
        i > 0 ? step : { ...step, side: step.side === 'left' ? 'right' : 'left' },
      );
      expect(await verdictOf({ ...proof, path: turned })).toBe('fail');
      expect(await verdictOf({ ...proof, path: steps.slice(1) })).toBe('fail');
    }
  });
});

describe('a head that is signed', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const trust = folderOf({ 'signer.pub': raw });
  let previous = '0'.repeat(64);
  const rows = Array.from({ length: 7 }, (_, seq) => {
    const body = { actor: 'ann', prev_hash: previous, seq };
    previous = sha256Hex(canonicalJson(body));
    return `${canonicalJson({ ...body, hash: previous })}\n`;
  });
  const root = '1b'.repeat(32);
  const message = `6:${previous}::${root}`;
  const signature = sign(null, Buffer.from(message), privateKey).toString('hex');
  const head = { version: 3, seq: 6, hash: previous, key_id: '', merkle_root: root, signer_id: 's0' };
  const said = async (lines: string[], changes: object = {}, named: string | null = trust) =>
    look(
      {
        'audit.jsonl': lines.join(''),
        'audit.jsonl.checkpoint': JSON.stringify({ ...head, signature_ed25519: signature, ...changes }),
      },
      named,
    );

  it('proves that nothing was cut off, by a key that the reviewer named', async () => {
    const { verdict, checks } = await said(rows);
    expect(verdict).toBe('pass');
    expect(checks.some(({ code, vouched }) => code === 'ledger-anchored' && vouched === 'key')).toBe(true);
    expect((await said(rows.slice(0, 5))).checks.some(({ code }) => code === 'ledger-head-differs')).toBe(true);
  });

  it('is nobody’s where it was edited, and undecided where nobody is named', async () => {
    expect((await said(rows, { merkle_root: '2c'.repeat(32) })).verdict).toBe('policy');
    expect((await said(rows, { seq: 5 })).verdict).toBe('policy');
    expect((await said(rows, {}, null)).verdict).toBe('undecided');
  });

  it('ends in checks on spoiled bytes', async () => {
    const held = Buffer.from(JSON.stringify({ ...head, signature_ed25519: signature }));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: held.length - 1 }), fc.uint8Array({ maxLength: 4 }), async (at, put) => {
        const spoiled = Buffer.concat([held.subarray(0, at), put, held.subarray(at + 2)]);
        await look({ 'checkpoint.json': spoiled });
      }),
      { seed: 3, numRuns: 40 },
    );
  });
});
