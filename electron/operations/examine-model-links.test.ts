import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readTrust } from '../intake/trust-folder.ts';
import { pae } from '../integrity/dsse.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-model-links-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const files = { 'config.json': '{"a":1}', 'weights.bin': 'weights' };
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();

function signature(allowsLinks: boolean, payloadType = 'application/vnd.in-toto+json'): string {
  const resources = Object.entries(files).map(([name, data]) => ({
    name,
    algorithm: 'sha256',
    digest: sha256(data).toString('hex'),
  }));
  const root = sha256(Buffer.concat(resources.map(({ digest }) => Buffer.from(digest, 'hex')))).toString('hex');
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'model', digest: { sha256: root } }],
      predicateType: 'https://model_signing/signature/v1.0',
      predicate: {
        serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: allowsLinks, ignore_paths: ['cache'] },
        resources,
      },
    }),
  );
  const sig = sign('sha256', pae(payloadType, payload), privateKey).toString('base64');
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [] },
    dsseEnvelope: { payload: payload.toString('base64'), payloadType, signatures: [{ sig, keyid: '' }] },
  });
}

let count = 0;
async function judged(sig: string, links: Record<string, string> = {}) {
  count += 1;
  const folder = join(scratch, String(count));
  mkdirSync(join(folder, 'model', 'cache'), { recursive: true });
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, 'model', name), data);
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, 'model', name));
  writeFileSync(join(folder, 'model.sig'), sig);
  const key = join(scratch, 'key.pem');
  writeFileSync(key, publicKey.export({ format: 'pem', type: 'spki' }));
  const request = { path: folder, trust: readTrust(key), asOf: '2026-11-21T00:00:00Z', staging: scratch };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return {
    verdict,
    failing: checks.filter((check) => check.verdict === 'fail').map(({ code, subject }) => [code, subject]),
  };
}

it('a link in a signed model that the signature does not name is extra, wherever it leads', async () => {
  expect((await judged(signature(false))).verdict).toBe('pass');
  for (const target of ['weights.bin', '/etc/hostname', 'nothing'])
    expect((await judged(signature(false), { 'link.bin': target })).failing).toEqual([
      ['file-extra', 'model/link.bin'],
    ]);
  expect((await judged(signature(true), { 'link.bin': 'weights.bin' })).verdict).toBe('fail');
  expect((await judged(signature(false), { 'cache/link.bin': '../weights.bin' })).failing).toEqual([]);
});

it('an envelope that does not say that it holds a statement signs no model', async () => {
  expect((await judged(signature(false, 'application/json'))).failing[0]?.[0]).toBe('signature-invalid');
});
