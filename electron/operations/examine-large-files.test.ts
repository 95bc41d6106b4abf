import { execFileSync } from 'node:child_process';
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { limits } from '../../shared/limits.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-large-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** More than is kept of a document, not a multiple of anything, with line ends of both kinds across the parts. */
const large = Buffer.alloc(limits.keptBytes + 1_234_567, 'alpha\nbeta\r\ngamma ');
const edited = Buffer.from(large);
edited[large.length - 3] = 0x21;
const pemOf = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }).toString();
const ed25519 = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });

async function both(name: string, signature: string | Uint8Array, trust: Record<string, string | Uint8Array>) {
  const verdicts = [];
  for (const data of [large, edited])
    verdicts.push((await examineFiles(scratch, { 'model.bin': data, [name]: signature }, trust)).verdict);
  return verdicts;
}

describe('signatures over files that are not kept', () => {
  it('hold and fail as over small ones, by every kind of key', async () => {
    const [padding, saltLength] = [constants.RSA_PKCS1_PSS_PADDING, 32];
    const bare: [Uint8Array, KeyObject][] = [
      [sign(null, large, ed25519.privateKey), ed25519.publicKey],
      [sign('sha384', large, ec.privateKey), ec.publicKey],
      [sign('sha256', large, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }), ec.publicKey],
      [sign('sha512', large, rsa.privateKey), rsa.publicKey],
      [sign('sha256', large, { key: rsa.privateKey, padding, saltLength }), rsa.publicKey],
    ];
    for (const [value, key] of bare)
      expect(await both('model.bin.sig', value, { 'key.pem': pemOf(key) })).toEqual(['pass', 'policy']);
    const [value = new Uint8Array()] = bare[0] ?? [];
    expect((await both('model.bin.sig', value, { 'key.pem': pemOf(ec.publicKey) }))[0]).toBe('policy');
    expect((await both('model.bin.sig', value, {}))[0]).toBe('undecided');
  });

  it('of minisign in its legacy form, of cosign, and of JWS with a payload beside them', async () => {
    const id = Buffer.from('0102030405060708', 'hex');
    const raw = ed25519.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const value = sign(null, large, ed25519.privateKey);
    const global = sign(null, Buffer.concat([value, Buffer.from('t')]), ed25519.privateKey);
    const lines = [
      'untrusted comment: x',
      Buffer.concat([Buffer.from('Ed'), id, value]).toString('base64'),
      'trusted comment: t',
      global.toString('base64'),
      '',
    ];
    const minisignKey = `untrusted comment: k\n${Buffer.concat([Buffer.from('Ed'), id, raw]).toString('base64')}\n`;
    expect(await both('model.bin.minisig', lines.join('\n'), { 'key.pub': minisignKey })).toEqual(['pass', 'fail']);
    const bundle = JSON.stringify({ base64Signature: sign('sha384', large, ec.privateKey).toString('base64') });
    expect(await both('model.bin.bundle', bundle, { 'key.pem': pemOf(ec.publicKey) })).toEqual(['pass', 'policy']);
    const header = Buffer.from('{"alg":"EdDSA"}').toString('base64url');
    const signed = Buffer.from(`${header}.${large.toString('base64url')}`);
    const jws = `${header}..${sign(null, signed, ed25519.privateKey).toString('base64url')}`;
    expect(await both('model.bin.jws', jws, { 'key.pem': pemOf(ed25519.publicKey) })).toEqual(['pass', 'policy']);
  });

  const has = (tool: string, ask = '--version') => {
    try {
      execFileSync(tool, [ask], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  it.skipIf(!has('gpg'))('of OpenPGP, over bytes and over text (skipped without gpg)', async () => {
    const home = mkdtempSync(join(scratch, 'gpg-'));
    const data = join(home, 'model.bin');
    writeFileSync(data, large);
    const gpg = (...args: string[]) =>
      execFileSync(
        'gpg',
        ['--homedir', home, '--batch', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '', ...args],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
    for (const kind of ['ed25519', 'rsa2048']) {
      gpg('--quick-generate-key', `${kind} <${kind}@example.org>`, kind, 'sign', '0');
      const key = gpg('--armor', '--export', `${kind}@example.org`);
      for (const mode of ['--no-textmode', '--textmode']) {
        const out = `${data}.asc`;
        gpg('--local-user', `${kind}@example.org`, mode, '--armor', '--detach-sign', '--output', out, data);
        expect(await both('model.bin.asc', readFileSync(out), { 'key.asc': key }), `${kind} ${mode}`).toEqual([
          'pass',
          'fail',
        ]);
      }
    }
  });

  it.skipIf(!has('openssl', 'version'))('of CMS without attributes (skipped without openssl)', async () => {
    const at = (name: string) => join(scratch, name);
    writeFileSync(at('cms.bin'), large);
    const run = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    run(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      at('c.key'),
      '-out',
      at('c.pem'),
      '-subj',
      '/CN=signer',
      '-days',
      '9',
    );
    run(
      'cms',
      '-sign',
      '-binary',
      '-noattr',
      '-in',
      at('cms.bin'),
      '-signer',
      at('c.pem'),
      '-inkey',
      at('c.key'),
      '-outform',
      'DER',
      '-out',
      at('c.p7s'),
    );
    const trust = { 'key.pem': run('x509', '-in', at('c.pem'), '-noout', '-pubkey') };
    expect(await both('model.bin.p7s', readFileSync(at('c.p7s')), trust)).toEqual(['pass', 'fail']);
  });
});
