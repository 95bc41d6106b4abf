import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTrust } from '../intake/trust-folder.ts';
import { buildCertificate, pemOf } from '../integrity/certificate-builder.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-jws-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
async function judged(jws: string, trust: string | null, beside: Record<string, string> = {}) {
  count += 1;
  const folder = join(scratch, `case-${count}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'statement.jws'), jws);
  for (const [name, text] of Object.entries(beside)) writeFileSync(join(folder, name), text);
  const held = join(scratch, `trust-${count}.${trust?.startsWith('{') ? 'json' : 'pem'}`);
  if (trust !== null) writeFileSync(held, trust);
  const entries = trust === null ? [] : readTrust(held).entries;
  const request = { path: folder, trust: { entries }, asOf: '2026-11-21T00:00:00Z', staging: scratch };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  const own = checks.filter(({ rule }) => rule === 'signatures' || rule === 'documents');
  return { verdict, said: own.map(({ code, message }) => `${code} ${message}`).join('\n') };
}

type Header = Record<string, unknown>;
const coded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const payload = coded({ accuracy: 0.91 });
const signedBy = (key: KeyObject, text: string) =>
  sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
const compact = (key: KeyObject, header: Header) => {
  const text = `${coded(header)}.${payload}`;
  return `${text}.${signedBy(key, text)}`;
};
const edited = (jws: string) => jws.replace(payload, coded({ accuracy: 0.99 }));

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwkOf = (key: KeyObject, more: Header = {}) => JSON.stringify({ ...key.export({ format: 'jwk' }), ...more });
const der = buildCertificate(ec.privateKey, 'A signer', new Date('2026-01-02T03:04:05Z'), 5);
const certificate = pemOf(der, 'CERTIFICATE');
const x5c = [Buffer.from(der).toString('base64')];

describe('a JWS that carries its payload beside a file of its name', () => {
  const pem = ec.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const held = JSON.stringify({ accuracy: 0.91 });
  it('holds where the two are the same, and fails where they differ, as CMS does', async () => {
    const plain = coded({ alg: 'ES256', b64: false, crit: ['b64'] });
    const flat = (key: KeyObject, text: string) =>
      JSON.stringify({ payload: text, protected: plain, signature: signedBy(key, `${plain}.${text}`) });
    for (const jws of [compact(ec.privateKey, { alg: 'ES256' }), flat(ec.privateKey, held)]) {
      expect((await judged(jws, pem, { statement: held })).verdict).toBe('pass');
      const other = await judged(jws, pem, { statement: `${held} ` });
      expect(other).toMatchObject({ verdict: 'fail', said: expect.stringContaining('holds others') });
      expect((await judged(jws, pem, { elsewhere: 'x' })).verdict).toBe('pass');
    }
  });
});

describe('a JWS that brings certificates (RFC 7515, 4.1.6)', () => {
  it('counts by the path to whom the reviewer named, and by that alone', async () => {
    const good = compact(ec.privateKey, { alg: 'ES256', x5c });
    expect((await judged(good, certificate)).verdict).toBe('pass');
    expect((await judged(good, null)).verdict).toBe('undecided');
    const stranger = pemOf(buildCertificate(other.privateKey, 'B', new Date('2026-01-02'), 5), 'CERTIFICATE');
    expect((await judged(good, stranger)).verdict).toBe('policy');
  });

  it('fails where it does not hold by the first of them, or names another by its thumbprint', async () => {
    expect((await judged(edited(compact(ec.privateKey, { alg: 'ES256', x5c })), certificate)).verdict).toBe('fail');
    expect((await judged(compact(other.privateKey, { alg: 'ES256', x5c }), certificate)).verdict).toBe('fail');
    const x5t = createHash('sha256').update('another').digest('base64url');
    const named = await judged(compact(ec.privateKey, { alg: 'ES256', x5c, 'x5t#S256': x5t }), certificate);
    expect(named).toMatchObject({ verdict: 'fail', said: expect.stringContaining('thumbprint') });
  });
});

describe('a JWS that brings its key', () => {
  const jwk = ec.publicKey.export({ format: 'jwk' });
  it('is by nobody for it, and fails where it does not hold by its own key', async () => {
    const good = compact(ec.privateKey, { alg: 'ES256', jwk });
    expect((await judged(good, null)).verdict).toBe('undecided');
    expect((await judged(good, jwkOf(other.publicKey))).verdict).toBe('policy');
    expect((await judged(edited(good), null)).verdict).toBe('fail');
  });
});

describe('a header that nobody signs', () => {
  const text = `.${payload}`;
  const bare = (header: Header, value: string) => JSON.stringify({ payload, header, signature: value });
  it('may name the algorithm where there is no other (RFC 7515, 7.2.1)', async () => {
    const good = bare({ alg: 'ES256' }, signedBy(ec.privateKey, text));
    expect((await judged(good, jwkOf(ec.publicKey))).verdict).toBe('pass');
    expect((await judged(edited(good), jwkOf(ec.publicKey, { kid: 'a' }))).verdict).toBe('policy');
    expect((await judged(bare({ alg: 'none' }, ''), jwkOf(ec.publicKey))).verdict).toBe('fail');
    const crit = { alg: 'ES256', b64: false, crit: ['b64'] };
    expect((await judged(bare(crit, signedBy(ec.privateKey, text)), jwkOf(ec.publicKey))).verdict).toBe('fail');
  });
});

describe('a key that says what it is for (RFC 7517, 4.2 to 4.4)', () => {
  const good = compact(ec.privateKey, { alg: 'ES256', kid: 'k' });
  it.each<[Header, string]>([
    [{ use: 'sig', alg: 'ES256', key_ops: ['verify'] }, 'pass'],
    [{ use: 'enc' }, 'policy'],
    [{ key_ops: ['encrypt'] }, 'policy'],
    [{ alg: 'ES384' }, 'policy'],
    [{ alg: 'ES384', kid: 'k' }, 'fail'],
  ])('%j: %s', async (more, verdict) => {
    expect((await judged(good, jwkOf(ec.publicKey, more))).verdict).toBe(verdict);
  });

  it('is refused by policy where it is too weak, and not passed over', async () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    const text = `${coded({ alg: 'RS256' })}.${payload}`;
    const value = sign('sha256', Buffer.from(text), short.privateKey).toString('base64url');
    const weak = await judged(`${text}.${value}`, jwkOf(short.publicKey));
    expect(weak).toMatchObject({ verdict: 'policy', said: expect.stringContaining('1024 bits') });
    const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const curve = await judged(compact(k1.privateKey, { alg: 'ES256K' }), jwkOf(k1.publicKey));
    expect(curve).toMatchObject({ verdict: 'policy', said: expect.stringContaining('curve') });
  });
});
