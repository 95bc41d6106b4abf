import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-detached-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
/** Verdict and codes of a folder of files, by a reviewer who holds the trust given. */
async function judged(files: Record<string, string | Uint8Array>, trust: Record<string, string | Uint8Array>) {
  count += 1;
  const folder = join(scratch, `evidence-${count}`);
  const own = join(scratch, `trust-${count}`);
  for (const [place, held] of [
    [folder, files],
    [own, trust],
  ] as const) {
    mkdirSync(place);
    for (const [name, bytes] of Object.entries(held)) writeFileSync(join(place, name), bytes);
  }
  const request = {
    path: folder,
    trust: { entries: readTrust(own).entries },
    asOf: new Date().toISOString(),
    staging: scratch,
  };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, codes: checks.flatMap((check) => (check.aspect === 'origin' ? [check.code] : [])) };
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
const id = Buffer.from('0102030405060708', 'hex');
const minisignKey = `untrusted comment: minisign public key\n${Buffer.concat([Buffer.from('Ed'), id, raw]).toString('base64')}\n`;
function minisigned(data: string, comment = 'timestamp:1'): string {
  const value = sign(null, Buffer.from(data), privateKey);
  const global = sign(null, Buffer.concat([value, Buffer.from(comment)]), privateKey);
  const line = Buffer.concat([Buffer.from('Ed'), id, value]).toString('base64');
  return `untrusted comment: x\n${line}\ntrusted comment: ${comment}\n${global.toString('base64')}\n`;
}

describe('a signature beside what it signs', () => {
  it('counts by a key that is named, is unknown without, and fails over other bytes', async () => {
    const files = { 'a.txt': 'alpha', 'a.txt.minisig': minisigned('alpha') };
    expect((await judged(files, { 'key.pub': minisignKey })).verdict).toBe('pass');
    expect((await judged(files, {})).codes).toContain('signature-unknown-signer');
    expect((await judged({ ...files, 'a.txt': 'beta' }, { 'key.pub': minisignKey })).verdict).toBe('fail');
    const commented = files['a.txt.minisig'].replace('timestamp:1', 'timestamp:2');
    expect((await judged({ ...files, 'a.txt.minisig': commented }, { 'key.pub': minisignKey })).verdict).toBe('fail');
  });

  it('makes a list a signed list', async () => {
    const list = `${sha256Hex('alpha')}  a.txt\n`;
    const found = await judged(
      { 'a.txt': 'alpha', SHA256SUMS: list, 'SHA256SUMS.minisig': minisigned(list) },
      { 'key.pub': minisignKey },
    );
    expect(found.verdict).toBe('pass');
    expect(found.codes).not.toContain('unsigned-only');
  });

  it('is undecided where what it signs is not here, or more than one file could be meant', async () => {
    expect((await judged({ 'sig.minisig': minisigned('alpha') }, { 'key.pub': minisignKey })).codes).toContain(
      'signature-nothing',
    );
    const files = { 'a.txt': 'alpha', 'b.txt': 'beta', 'sig.minisig': minisigned('alpha') };
    expect((await judged(files, { 'key.pub': minisignKey })).codes).toContain('signature-nothing');
  });

  it('by openssl alone, without a form of its own, is tried against each key that is named', async () => {
    const value = sign(null, Buffer.from('alpha'), privateKey);
    expect((await judged({ 'a.txt': 'alpha', 'a.txt.sig': value }, { 'key.pem': pem })).verdict).toBe('pass');
    expect((await judged({ 'a.txt': 'omega', 'a.txt.sig': value }, { 'key.pem': pem })).verdict).toBe('policy');
  });

  it('by openssl alone is no packet of OpenPGP because of its first byte', async () => {
    const firstBytes = [0x88, 0x89, 0x8a, 0xc2, 0x90, 0x91, 0x92, 0x93, 0xc4, 0xa0, 0xa1, 0xa2, 0xa3, 0xc8];
    const [first, body] = [Buffer.from(firstBytes), Buffer.alloc(63, 0xee)];
    for (const tag of first) {
      const found = await judged(
        { 'a.txt': 'alpha', 'a.txt.sig': Buffer.concat([Buffer.of(tag), body]) },
        { 'key.pem': pem },
      );
      expect(found.codes, `${tag}`).toContain('signature-other-signer');
    }
    const cut = Buffer.concat([Buffer.of(0x88, 0x75, 4, 0), body]);
    expect((await judged({ 'a.txt': 'alpha', 'a.txt.sig': cut }, { 'key.pem': pem })).codes).toContain(
      'signature-unreadable',
    );
  });

  it.each([
    ['rsa', { modulusLength: 1_024 }, 'policy-key-size'],
    ['dsa', { modulusLength: 2_048, divisorLength: 256 }, 'policy-algorithm'],
    ['ec', { namedCurve: 'secp256k1' }, 'policy-algorithm'],
  ] as const)('by a weak key that is named is said to be so, and never counts: %s', async (type, options, code) => {
    const made = generateKeyPairSync(type as 'rsa', options as { modulusLength: number });
    const weak = made.publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const files = { 'a.txt': 'alpha', 'a.txt.sig': sign('sha256', Buffer.from('alpha'), made.privateKey) };
    // Beside a good key in the same file too.
    for (const trust of [weak, `${pem}${weak}`]) {
      expect(await judged(files, { 'key.pem': trust })).toMatchObject({ verdict: 'policy', codes: [code] });
      expect((await judged({ ...files, 'a.txt': 'omega' }, { 'key.pem': trust })).codes).toContain(
        'signature-other-signer',
      );
    }
  });

  it('as a JWS is used by the algorithm of the key, never by another that it names', async () => {
    const jwk = JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid: 'k1' });
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const made = (header: Record<string, unknown>, payload = part({ n: 1 })) => {
      const body = `${part(header)}.${payload}`;
      return `${body}.${sign(null, Buffer.from(body), privateKey).toString('base64url')}`;
    };
    const trust = { 'key.json': jwk };
    expect((await judged({ 'a.jws': made({ alg: 'EdDSA', kid: 'k1' }) }, trust)).verdict).toBe('pass');
    for (const header of [
      { alg: 'none' },
      { alg: 'HS256', kid: 'k1' },
      { alg: 'EdDSA', crit: ['x'], x: 1 },
      { alg: 'ES256', kid: 'k1' },
    ])
      expect((await judged({ 'a.jws': made(header) }, trust)).verdict).toBe('fail');
    expect((await judged({ 'a.jws': made({ alg: 'HS256' }) }, trust)).verdict).toBe('undecided');
    // As JSON, its payload first.
    const [protectedHeader, payload, signature] = made({ alg: 'EdDSA', kid: 'k1' }).split('.');
    const general = (...values: unknown[]) =>
      JSON.stringify({ payload, signatures: values.map((each) => ({ protected: protectedHeader, signature: each })) });
    expect((await judged({ 'a.jws': general(signature) }, trust)).verdict).toBe('pass');
    expect((await judged({ 'a.json': general(signature, 'AAAA') }, trust)).verdict).toBe('fail');
    const [head, , value] = made({ alg: 'EdDSA' }, Buffer.from('alpha').toString('base64url')).split('.');
    expect((await judged({ 'a.txt': 'alpha', 'a.txt.jws': `${head}..${value}` }, trust)).verdict).toBe('pass');
    expect((await judged({ 'a.txt': 'beta', 'a.txt.jws': `${head}..${value}` }, trust)).verdict).not.toBe('pass');
  });

  const hasOpenssl = (() => {
    try {
      execFileSync('openssl', ['version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  it.skipIf(!hasOpenssl)('as CMS counts under an authority that is named (skipped without openssl)', async () => {
    const place = mkdtempSync(join(scratch, 'cms-'));
    const run = (...args: string[]) => execFileSync('openssl', args, { cwd: place, stdio: 'pipe' });
    run(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      '-subj',
      '/CN=Signer',
      '-days',
      '3650',
      '-addext',
      'keyUsage=critical,digitalSignature,keyCertSign',
    );
    writeFileSync(join(place, 'a.txt'), 'alpha');
    run(
      'cms',
      '-sign',
      '-binary',
      '-in',
      'a.txt',
      '-signer',
      'cert.pem',
      '-inkey',
      'key.pem',
      '-outform',
      'DER',
      '-out',
      'a.txt.p7s',
    );
    const files = { 'a.txt': 'alpha', 'a.txt.p7s': readFileSync(join(place, 'a.txt.p7s')) };
    const trust = { 'root.pem': readFileSync(join(place, 'cert.pem')) };
    expect((await judged(files, trust)).codes).toContain('signature-holds');
    expect((await judged({ ...files, 'a.txt': 'beta' }, trust)).verdict).toBe('fail');
  });

  it('spoiled, never throws and never turns good', async () => {
    const random = randomFrom(11);
    const good = minisigned('alpha');
    for (let turn = 0; turn < 150; turn += 1) {
      const spoiled = mutate(Buffer.from(good), Buffer.from(minisignKey), random);
      if (
        spoiled
          .toString()
          .replace(/^[^\n]*/, '')
          .trim() === good.replace(/^[^\n]*/, '').trim()
      )
        continue;
      expect(
        (await judged({ 'a.txt': 'alpha', 'a.txt.minisig': spoiled }, { 'key.pub': minisignKey })).verdict,
      ).not.toBe('pass');
    }
  });
});
