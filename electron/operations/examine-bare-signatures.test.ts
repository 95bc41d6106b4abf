import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { opensshBlob } from '../integrity/public-key.ts';
import { sshString } from '../integrity/ssh-key.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-bare-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: typeof rsa.publicKey) => key.export({ format: 'pem', type: 'spki' }).toString();
const data = 'what is signed\n';

describe('a bare signature', () => {
  const value = sign('sha256', Buffer.from(data), ec.privateKey);
  const wrapped = sign('sha256', Buffer.from(data), rsa.privateKey)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n');
  const verdictOf = async (sig: string | Uint8Array) =>
    (
      await examineFiles(
        scratch,
        { data, 'data.sig': sig },
        { 'a.pem': pem(ec.publicKey), 'b.pem': pem(rsa.publicKey) },
      )
    ).verdict;

  it('holds in bytes, in hex and in base64 of one line or several', async () => {
    for (const sig of [value, `${value.toString('hex')}\n`, value.toString('base64'), `${wrapped}\n`])
      expect(await verdictOf(sig)).toBe('pass');
  });

  it('that is empty or too short to be one is told of, and not passed over', async () => {
    for (const sig of ['', value.subarray(0, 30)]) expect(await verdictOf(sig)).toBe('fail');
  });

  it('said by its name to be of minisign is one or cannot be read', async () => {
    expect((await examineFiles(scratch, { data, 'data.minisig': 'signature: none\n' })).verdict).toBe('fail');
  });
});

describe('a line of allowed_signers', () => {
  const key = generateKeyPairSync('ed25519');
  const blob = opensshBlob(key.publicKey);
  const line = (options: string) => `alice@example.org ${options} ssh-ed25519 ${blob.toString('base64')}\n`;
  const before = Buffer.concat([Buffer.from('SSHSIG'), ...['file', '', 'sha512'].map((each) => sshString(each))]);
  const message = Buffer.concat([before, sshString(createHash('sha512').update(data).digest())]);
  const inner = Buffer.concat([sshString('ssh-ed25519'), sshString(sign(null, message, key.privateKey))]);
  const whole = Buffer.concat([
    Buffer.from('SSHSIG\0\0\0\x01'),
    sshString(blob),
    ...['file', '', 'sha512'].map((each) => sshString(each)),
    sshString(inner),
  ]);
  const signature = `-----BEGIN SSH SIGNATURE-----\n${whole.toString('base64')}\n-----END SSH SIGNATURE-----\n`;
  const verdictOf = async (text: string) =>
    (await examineFiles(scratch, { data, 'data.sig': signature }, { allowed_signers: text })).verdict;

  it('is one of several for a key: any that fits the purpose and the time will do', async () => {
    expect(await verdictOf(line('namespaces="git"') + line('namespaces="file"'))).toBe('pass');
    expect(await verdictOf(line('valid-before="20200101"') + line('valid-after="20200101"'))).toBe('pass');
    expect(await verdictOf(line('namespaces="git"') + line('valid-before="20200101"'))).toBe('policy');
  });

  it('with a limit that cannot be read names nobody, says so, and takes nothing from the others', async () => {
    for (const options of ['valid-before="soon"', 'frobnicate']) {
      expect(await verdictOf(line(options))).toBe('undecided');
      expect(await verdictOf(line(options) + line(''))).toBe('pass');
      const folder = join(scratch, options.slice(0, 5));
      mkdirSync(folder);
      writeFileSync(join(folder, 'allowed_signers'), line(options));
      expect(readTrust(folder).unknown.join()).toContain('nobody is trusted');
    }
  });
});
