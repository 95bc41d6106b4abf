import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { definite } from '../integrity/ber.ts';
import { parseSignedData } from '../integrity/cms.ts';
import { DerError } from '../integrity/der.ts';
import { examine } from './examine.ts';

/** Made with OpenSSL 3.0 (cms, ts); what it refuses to make, with its cms over a TSTInfo of another content. */
const vectors: Record<string, string> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'examine-cms.vectors.json'), 'utf8'),
);
const bytes = (name: string) => Buffer.from(vectors[name] ?? '', 'base64');
const data = bytes('data');
const scratch = mkdtempSync(join(tmpdir(), 'assay-cms-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
async function judged(files: Record<string, Uint8Array>, root = 'root') {
  count += 1;
  const [folder, trust] = [join(scratch, `evidence-${count}`), join(scratch, `trust-${count}`)];
  for (const each of [folder, trust]) mkdirSync(each);
  for (const [name, held] of Object.entries(files)) writeFileSync(join(folder, name), held);
  writeFileSync(join(trust, 'root.pem'), vectors[root] ?? '');
  writeFileSync(join(trust, 'stampers.pem'), vectors[root] ?? '');
  writeFileSync(
    join(trust, 'trust.yaml'),
    'authorities:\n  - { file: root.pem, uses: [document] }\ntimestampers:\n  - { file: stampers.pem }\n',
  );
  const request = { path: folder, trust: readTrust(trust), asOf: '2026-11-22T00:00:00Z', staging: scratch };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, codes: checks.map(({ code }) => code) };
}

describe('CMS', () => {
  it.each(['named by key id', 'RSASSA-PSS', 'open lengths'])('holds as its form allows: %s', async (name) => {
    expect((await judged({ data, 'data.p7s': bytes(name) })).verdict).toBe('pass');
    const edited = Buffer.concat([data, Buffer.from('x')]);
    expect((await judged({ data: edited, 'data.p7s': bytes(name) })).verdict).toBe('fail');
  });

  it('hands over certificates without a signature, unless it is called one or lies beside what it was one over', async () => {
    const pem = `-----BEGIN PKCS7-----\n${bytes('certificates alone').toString('base64')}\n-----END PKCS7-----\n`;
    for (const name of ['chain.p7b', 'chain.p7c.pem', 'chain.pem', 'data.p7b.pem'])
      expect((await judged({ data, [name]: Buffer.from(pem) })).verdict, name).not.toBe('fail');
    for (const name of ['data.p7s', 'chain.p7s', 'data.pem', 'chain.sig'])
      expect((await judged({ data, [name]: Buffer.from(pem) })).verdict, name).toBe('fail');
  });

  it('fails where what is signed contradicts what lies around it', async () => {
    expect((await judged({ data, 'data.p7s': bytes('content type') })).verdict).toBe('fail');
    const attached = bytes('attached');
    expect((await judged({ 'data.p7m': attached })).verdict).toBe('pass');
    expect((await judged({ data, 'data.p7m': attached })).verdict).toBe('pass');
    expect((await judged({ data: Buffer.from('other'), 'data.p7m': attached })).verdict).toBe('fail');
    const at = attached.indexOf('weights v1');
    const edited = Buffer.concat([attached.subarray(0, at), Buffer.from('weights v2'), attached.subarray(at + 10)]);
    expect((await judged({ 'data.p7m': edited })).verdict).toBe('fail');
  });

  it('takes a second signer who is unknown for one more, and a token that it carries for its time', async () => {
    const { verdict, codes } = await judged({ data, 'data.p7s': bytes('two signers') });
    expect(verdict).toBe('pass');
    expect(codes).toContain('signature-other-signer');
    expect((await judged({ data, 'data.p7s': bytes('token in it') }, 'long')).verdict).toBe('pass');
    expect((await judged({ data, 'data.p7s': bytes('late token in it') }, 'long')).codes).toContain('signature-time');
  });

  it('holds tokens to signed attributes, to a key for signing, and to version 1, whatever the clock here says', async () => {
    const verdictOf = async (name: string) => (await judged({ data, 'data.tst': bytes(name) })).verdict;
    expect(await verdictOf('token')).toBe('pass');
    expect(await verdictOf('token without attributes')).toBe('fail');
    expect(await verdictOf('token by a key for encryption')).toBe('fail');
    expect(await verdictOf('token of version 2')).toBe('fail');
    // The clock of this machine has no say in what an authority that was named has seen (V-06).
    expect(await verdictOf('token of a time to come')).toBe('pass');
    const longer = Buffer.concat([bytes('token'), Buffer.alloc(2)]);
    expect(await judged({ data, 'data.tst': longer })).toMatchObject({ verdict: 'warn' });
  });

  it('holds by keys and paddings of every kind that is accepted, and not where the list of its issuer names it', async () => {
    const file = bytes('data of lists');
    for (const [name, root] of [
      ['mask of another digest', 'root of mask'],
      ['brainpool', 'root of brainpool'],
      ['listed ed448', 'root of ed448'],
    ] as const) {
      expect((await judged({ data: file, 'data.p7s': bytes(name) }, root)).verdict, name).toBe('pass');
      const edited = Buffer.concat([file, Buffer.of(1)]);
      expect((await judged({ data: edited, 'data.p7s': bytes(name) }, root)).verdict, name).toBe('fail');
    }
    for (const kind of ['ed448', 'pss', 'sha3']) {
      const files = { data: file, 'data.p7s': bytes(`listed ${kind}`), 'issuer.crl': bytes(`list ${kind}`) };
      expect((await judged(files, `root of ${kind}`)).codes, kind).toContain('signature-revoked');
    }
  });

  it('in any bytes ends in an error of its own', () => {
    const random = randomFrom(5);
    const open = bytes('open lengths');
    expect(definite(open).length).toBeLessThanOrEqual(open.length + 8);
    for (let turn = 0; turn < 600; turn += 1) {
      const spoiled = mutate(open, bytes('attached'), random);
      try {
        definite(spoiled);
        parseSignedData(spoiled);
      } catch (error) {
        expect(error).toBeInstanceOf(DerError);
      }
    }
    expect(() => definite(Buffer.alloc(200, '3080', 'hex'))).toThrow(DerError);
  });
});
