import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { pae } from '../integrity/dsse.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-lists-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
const type = 'application/vnd.in-toto+json';
const content = 'weights of a model';
type Json = Record<string, unknown>;

/** A model of one file with its signature. @param said how it is said to have been read @param algorithm of its one resource */
async function judged(said: Json, algorithm: string, hint = sha256Hex(pem)) {
  const isShard = algorithm.includes('sharded');
  const name = isShard ? `a.bin:0:${content.length}` : 'a.bin';
  const digest = createHash(algorithm.startsWith('blake') ? 'blake2b512' : 'sha256')
    .update(content)
    .digest();
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'model', digest: { sha256: sha256Hex(digest) } }],
      predicateType: 'https://model_signing/signature/v1.0',
      predicate: {
        serialization: { allow_symlinks: false, ignore_paths: [], ...said },
        resources: [{ name, algorithm, digest: digest.toString('hex') }],
      },
    }),
  );
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: type,
      signatures: [{ sig: sign('sha256', pae(type, payload), privateKey).toString('base64'), keyid: '' }],
    },
  };
  const files = { 'a.bin': content, 'model.sig': JSON.stringify(bundle) };
  return examineFiles(scratch, files, { 'signer.pem': pem });
}

describe('the signed list of a model', () => {
  const files = { method: 'files', hash_type: 'sha256' };
  const shards = { method: 'shards', hash_type: 'sha256', shard_size: 500 };

  it('holds where each resource was hashed as is said of all', async () => {
    expect((await judged(files, 'sha256')).verdict).toBe('pass');
    expect((await judged({ ...files, hash_type: 'blake2b' }, 'blake2b')).verdict).toBe('pass');
    expect((await judged(shards, 'sha256-sharded-500')).verdict).toBe('pass');
  });

  it.each<[string, Json, string]>([
    ['another digest', { ...files, hash_type: 'blake2b' }, 'sha256'],
    ['shards of another size', { ...shards, shard_size: 300 }, 'sha256-sharded-500'],
    ['shards among files', files, 'sha256-sharded-500'],
    ['files among shards', shards, 'sha256'],
  ])('fails where one was hashed otherwise: %s', async (_what, said, algorithm) => {
    const { verdict, codes } = await judged(said, algorithm);
    expect({ verdict, codes }).toMatchObject({ verdict: 'fail', codes: expect.arrayContaining(['statement-invalid']) });
  });

  it('says so where it names another key by its hint than the one by which it holds', async () => {
    const { verdict, codes } = await judged(files, 'sha256', sha256Hex('another key'));
    expect({ verdict, codes }).toMatchObject({ verdict: 'warn', codes: expect.arrayContaining(['signature-caution']) });
  });
});
