import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scratchFolders } from '../../e2e/testkit/scratch-folders.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { pae } from '../integrity/dsse.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-statements-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folderOf = scratchFolders(scratch);
const artifact = Buffer.from([0, 1, 2, 250, 251]);
const digest = (name: string, bytes: Uint8Array = artifact) => createHash(name).update(bytes).digest('hex');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });

interface Given {
  key?: { privateKey: KeyObject; publicKey: KeyObject };
  hash?: string;
  subject?: object;
  type?: string;
  predicate?: object;
  beside?: Record<string, string | Uint8Array>;
}
async function said({ key = p256, hash = 'sha256', subject, type, predicate = { a: 1 }, beside }: Given) {
  const payloadType = 'application/vnd.in-toto+json';
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [subject ?? { name: 'model.bin', digest: { sha256: digest('sha256') } }],
    predicateType: type ?? 'https://vendor.example/said/v1',
    predicate,
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const envelope = {
    payload: payload.toString('base64'),
    payloadType,
    signatures: [{ sig: sign(hash, pae(payloadType, payload), key.privateKey).toString('base64') }],
  };
  const trust = folderOf({ 'key.pub.pem': key.publicKey.export({ format: 'pem', type: 'spki' }).toString() });
  const { verdict, checks } = await examine(
    {
      path: folderOf({ 'said.dsse.json': JSON.stringify(envelope), ...(beside ?? { 'model.bin': artifact }) }),
      trust: { entries: readTrust(trust).entries },
      asOf: '2026-11-21T00:00:00Z',
      staging: scratch,
    },
    {},
    new AbortController().signal,
  );
  return { verdict, codes: checks.map(({ code }) => code) };
}

describe('statements', () => {
  it.each(['P-384', 'P-521'])(
    'signed by a key of %s hold by the digest of the curve and by SHA-256',
    async (namedCurve) => {
      const key = generateKeyPairSync('ec', { namedCurve });
      for (const hash of [namedCurve === 'P-384' ? 'sha384' : 'sha512', 'sha256'])
        expect((await said({ key, hash })).verdict).toBe('pass');
      expect((await said({ key, hash: 'sha224' })).verdict).toBe('policy');
    },
  );

  it.each([
    ['sha3_256', digest('sha3-256')],
    ['sha512_256', digest('sha512-256')],
    ['sha384', digest('sha384')],
    ['gitBlob', digest('sha1', Buffer.concat([Buffer.from(`blob ${artifact.length}\0`), artifact]))],
  ])('name digests as in-toto does: %s', async (name, hex) => {
    const of = (value: string) => said({ subject: { name: 'model.bin', digest: { [name]: value } } });
    expect((await of(hex)).codes).toContain('digest-match');
    expect((await of(hex.replace(/^./, (digit) => (digit === '0' ? '1' : '0')))).codes).toContain('digest-mismatch');
  });

  it('about another file than the only one beside them decide nothing', async () => {
    const subject = { name: 'other.bin', digest: { sha256: digest('sha256', Buffer.from('other')) } };
    expect((await said({ subject })).verdict).toBe('undecided');
    expect((await said({ subject, beside: {} })).verdict).toBe('pass');
    expect((await said({ subject, beside: { 'README.md': 'Words.\n' } })).verdict).toBe('pass');
  });

  it('of a verification say by whom and of what it was', async () => {
    const type = 'https://slsa.dev/verification_summary/v1';
    const whole = {
      verifier: { id: 'https://verifier.example' },
      resourceUri: 'file:model.bin',
      policy: { uri: 'https://verifier.example/policy' },
      verificationResult: 'PASSED',
    };
    expect((await said({ type, predicate: whole })).verdict).toBe('pass');
    for (const name of ['verifier', 'resourceUri'])
      expect(await said({ type, predicate: { ...whole, [name]: undefined } })).toMatchObject({
        verdict: 'warn',
        codes: expect.arrayContaining(['statement-untyped']),
      });
  });
});
