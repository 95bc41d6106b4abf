import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../shared/failure.ts';
import { decryptKey, encryptKey } from './key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hasOpenssl = (() => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL 3');
  } catch {
    return false;
  }
})();
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const passphrase = 'Ein Pferd, zwölf Äpfel';
const file = await encryptKey(privateKey, passphrase);
const refusal = async (work: () => Promise<unknown>): Promise<Failure> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('It was not refused.');
};

describe('an encrypted key', () => {
  it('opens with its passphrase, composed or decomposed, and with no other', async () => {
    const signature = sign('sha256', Buffer.from('x'), await decryptKey(file, passphrase.normalize('NFD')));
    expect(verify('sha256', Buffer.from('x'), publicKey, signature)).toBe(true);
    for (const wrong of ['', 'Ein Pferd', `${passphrase} `]) {
      const failure = await refusal(() => decryptKey(file, wrong));
      expect(failure.code).toBe('wrong-passphrase');
      expect(failure.parts.what).toBe('The passphrase does not open this key.');
    }
  });

  it('never says the passphrase nor the key when it refuses', async () => {
    const said = JSON.stringify(await refusal(() => decryptKey(file, 'hunter2-secret')));
    expect(said).not.toContain('hunter2');
  });

  it.each([
    ['not PEM', 'x'],
    ['an empty PEM', '-----BEGIN ENCRYPTED PRIVATE KEY-----\n\n-----END ENCRYPTED PRIVATE KEY-----\n'],
    ['another structure', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAMCAQE=\n-----END ENCRYPTED PRIVATE KEY-----\n'],
    ['an unencrypted key', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string],
  ])('refuses %s in words', async (_, text) => {
    expect((await refusal(() => decryptKey(text, passphrase))).code).toBe('unreadable');
  });

  it('refuses a changed byte anywhere', async () => {
    const bytes = Buffer.from(file.split('\n').slice(1, -2).join(''), 'base64');
    for (let at = 0; at < bytes.length; at += 41) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 0x04;
      const pem = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${copy.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
      // A changed number of rounds is another password's key: it may be slow, and is bounded before it is derived.
      const failure = await (async () => {
        try {
          return (await decryptKey(pem, passphrase)).asymmetricKeyType;
        } catch (error) {
          return error instanceof Failure;
        }
      })();
      expect([true, 'ec']).toContain(failure);
    }
  });
});

describe.skipIf(!hasOpenssl)('keys and openssl (needs openssl 3)', () => {
  it('openssl opens what we write', async () => {
    writeFileSync(join(folder, 'ours.pem'), file);
    writeFileSync(join(folder, 'pass'), `${passphrase.normalize('NFC')}\n`);
    const plain = openssl('pkey', '-in', 'ours.pem', '-passin', 'file:pass');
    expect(createPrivateKey(plain).equals(privateKey)).toBe(true);
    expect(openssl('asn1parse', '-in', 'ours.pem')).toContain('hmacWithSHA256');
  });

  it('we open what openssl writes, with AES, and say what to do where it is older', async () => {
    writeFileSync(join(folder, 'plain.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
    openssl(
      'pkcs8',
      '-topk8',
      '-in',
      'plain.pem',
      '-out',
      'theirs.pem',
      '-v2',
      'aes-256-cbc',
      '-iter',
      '10000',
      '-passout',
      'pass:abc',
    );
    expect((await decryptKey(readFileSync(join(folder, 'theirs.pem'), 'utf8'), 'abc')).equals(privateKey)).toBe(true);
    openssl('pkcs8', '-topk8', '-in', 'plain.pem', '-out', 'old.pem', '-v2', 'des3', '-passout', 'pass:abc');
    expect((await refusal(() => decryptKey(readFileSync(join(folder, 'old.pem'), 'utf8'), 'abc'))).parts.why).toContain(
      'AES',
    );
  });

  it('keys of other kinds are refused', async () => {
    openssl('genpkey', '-algorithm', 'ed25519', '-aes256', '-pass', 'pass:abc', '-out', 'ed.pem');
    expect((await refusal(() => decryptKey(readFileSync(join(folder, 'ed.pem'), 'utf8'), 'abc'))).parts.why).toBe(
      'It is no ECDSA key on P-256.',
    );
  });
});
