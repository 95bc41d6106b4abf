import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { olpcJson } from '../intake/formats/in-toto.ts';
import { parseJsonTree } from '../integrity/json.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-tuf-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const pairs = ['a', 'b', 'c'].map((name) => ({ name, ...generateKeyPairSync('ed25519') }));
type Pair = (typeof pairs)[number];
const raw = ({ publicKey }: Pair) => publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');

/** A root of some keys, signed by some. */
function root(
  version: number,
  held: readonly Pair[],
  threshold: number,
  by: readonly Pair[],
  expires = '2999-01-01T00:00:00Z',
): string {
  const keys = Object.fromEntries(
    held.map((each) => [each.name, { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw(each) } }]),
  );
  const signed = {
    _type: 'root',
    spec_version: '1.0',
    version,
    expires,
    keys,
    roles: { root: { keyids: held.map(({ name }) => name), threshold } },
  };
  const bytes = Buffer.from(olpcJson(parseJsonTree(JSON.stringify(signed))));
  return JSON.stringify(
    {
      signatures: by.map((each) => ({ keyid: each.name, sig: sign(null, bytes, each.privateKey).toString('hex') })),
      signed,
    },
    null,
    2,
  );
}
const [a, b, c] = pairs as [Pair, Pair, Pair];

describe('a root of TUF', () => {
  it('holds by as many of its own keys as it asks for, and vouches for nobody else by that', async () => {
    const good = await examineFiles(scratch, { '1.root.json': root(1, [a, b], 2, [a, b]) });
    expect([good.verdict, good.codes.includes('signature-unknown-signer')]).toEqual(['pass', true]);
    const pem = a.publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const named = await examineFiles(scratch, { '1.root.json': root(1, [a, b], 2, [a, b]) }, { 'a.pem': pem });
    expect(named.codes).toContain('signature-holds');
  });

  it('is held against the version before it of its own repository, whatever others lie in the source', async () => {
    const mine = { 'mine/1.root.json': root(1, [a], 1, [a]), 'mine/2.root.json': root(2, [a, b], 1, [a]) };
    const theirs = { 'theirs/1.root.json': root(1, [c], 1, [c]) };
    const named = (pair: Pair, name: string) => ({ ...pair, name });
    const other = { 'theirs/2.root.json': root(2, [named(c, 'd')], 1, [named(c, 'd')]) };
    expect((await examineFiles(scratch, { ...mine, ...theirs })).codes).not.toContain('tuf-root-invalid');
    // In one folder they are versions of one, whatever keys they have.
    const forged = { 'mine/1.root.json': root(1, [a], 1, [a]), 'mine/2.root.json': root(2, [c], 1, [c]) };
    expect((await examineFiles(scratch, forged)).codes).toContain('tuf-root-invalid');
    expect((await examineFiles(scratch, { ...mine, ...other })).codes).not.toContain('tuf-root-invalid');
    // And by a key of the one before they are of one repository, wherever they lie.
    const apart = { 'x/1.root.json': root(1, [a, b], 2, [a, b]), 'y/2.root.json': root(2, [a, c], 1, [c]) };
    expect((await examineFiles(scratch, apart)).codes).toContain('tuf-root-invalid');
  });

  it('fails by too few, by one twice, by keys that are not its own, or edited', async () => {
    const twice = root(1, [a, { ...a, name: 'again' }], 2, [a, { ...a, name: 'again' }]);
    const edited = root(1, [a, b], 1, [a]).replace('2999', '3000');
    for (const text of [root(1, [a, b], 2, [a]), root(1, [a], 1, [b]), root(1, [a], 0, []), twice, edited])
      expect((await examineFiles(scratch, { 'root.json': text })).verdict).toBe('fail');
    const old = await examineFiles(scratch, { 'root.json': root(1, [a], 1, [a], '2020-01-01T00:00:00Z') });
    expect([old.verdict, old.codes.includes('tuf-root-expired')]).toEqual(['warn', true]);
  });

  it('follows from the one before where enough of its keys signed it', async () => {
    const first = root(1, [a, b], 2, [a, b]);
    const ask = async (second: string) =>
      (await examineFiles(scratch, { '1.root.json': first, '2.root.json': second })).verdict;
    expect(await ask(root(2, [c], 1, [a, b, c]))).toBe('pass');
    expect(await ask(root(2, [c], 1, [a, c]))).toBe('fail');
    expect(await ask(root(2, [c], 1, [c]))).toBe('fail');
  });

  it('spoiled, ends in words', async () => {
    const seed = Buffer.from(root(1, [a], 1, [a]));
    const random = randomFrom(11);
    for (let i = 0; i < 60; i += 1) {
      const { verdict } = await examineFiles(scratch, { 'root.json': mutate(seed, seed, random) });
      expect(['pass', 'warn', 'policy', 'fail', 'undecided']).toContain(verdict);
    }
  });
});
