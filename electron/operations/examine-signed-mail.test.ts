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

const scratch = mkdtempSync(join(tmpdir(), 'assay-mail-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Files = Record<string, string | Uint8Array>;
let count = 0;
async function judged(files: Files, trust: Files) {
  count += 1;
  const [folder, own] = [join(scratch, `evidence-${count}`), join(scratch, `trust-${count}`)];
  for (const [place, held] of [
    [folder, files],
    [own, trust],
  ] as const) {
    mkdirSync(place);
    for (const [name, bytes] of Object.entries(held)) writeFileSync(join(place, name), bytes);
  }
  const request = { path: folder, trust: readTrust(own), asOf: new Date().toISOString(), staging: scratch };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, codes: checks.map(({ code }) => code) };
}

const list = (text = 'alpha') => `SHA256 (a.txt) = ${sha256Hex(text)}\n`;

describe('a message that signify signed in one file', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const id = Buffer.from('0102030405060708', 'hex');
  const line = (bytes: Uint8Array) => Buffer.concat([Buffer.from('Ed'), id, bytes]).toString('base64');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const trust = { 'release.pub': `untrusted comment: signify public key\n${line(raw)}\n` };
  const embedded = (message: string) =>
    `untrusted comment: verify with release.pub\n${line(sign(null, Buffer.from(message), privateKey))}\n${message}`;

  it('holds over the message, whose list is then a signed list', async () => {
    expect((await judged({ 'note.sig': embedded('any text\n') }, trust)).verdict).toBe('pass');
    const files = { 'a.txt': 'alpha', 'SHA256.sig': embedded(list()) };
    const found = await judged(files, trust);
    expect(found).toMatchObject({ verdict: 'pass' });
    expect(found.codes).not.toContain('unsigned-only');
    expect((await judged({ ...files, 'a.txt': 'omega' }, trust)).codes).toContain('digest-mismatch');
    expect((await judged(files, {})).codes).toContain('signature-unknown-signer');
    const edited = embedded(list()).replace('a.txt', 'b.txt');
    expect((await judged({ ...files, 'SHA256.sig': edited }, trust)).verdict).toBe('fail');
    // What lies beside it under its name is what a reader takes for signed.
    expect((await judged({ 'a.txt': 'alpha', 'a.txt.sig': embedded('omega') }, trust)).verdict).toBe('fail');
  });
});

const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: scratch, stdio: 'pipe' });
const hasOpenssl = (() => {
  try {
    openssl('version');
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)('signed mail (skipped without openssl)', () => {
  const made = () => {
    const subject = ['-subj', '/CN=Signer', '-days', '3650', '-nodes'];
    const usage = ['-addext', 'keyUsage=critical,digitalSignature,keyCertSign'];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-keyout', 'k.pem', '-out', 'c.pem', ...subject, ...usage);
    writeFileSync(join(scratch, 'list'), list());
    const smime = (name: string, ...options: string[]) => {
      openssl('cms', '-sign', '-in', 'list', '-signer', 'c.pem', '-inkey', 'k.pem', '-out', name, ...options);
      return readFileSync(join(scratch, name), 'latin1');
    };
    return {
      apart: smime('apart.eml', '-text'),
      crlf: smime('crlf.eml', '-text', '-crlfeol'),
      opaque: smime('opaque.eml', '-text', '-nodetach'),
      binary: smime('binary.eml', '-binary'),
    };
  };
  let kept: ReturnType<typeof made> | null = null;
  const all = () => {
    kept ??= made();
    return kept;
  };
  const trust = () => ({ 'root.pem': readFileSync(join(scratch, 'c.pem')) });

  it('holds over its first part, or over what it carries, and its list is a signed list', async () => {
    for (const [name, mail] of Object.entries(all())) {
      const found = await judged({ 'a.txt': 'alpha', 'mail.eml': Buffer.from(mail, 'latin1') }, trust());
      expect(found, name).toMatchObject({ verdict: 'pass' });
      expect(found.codes, name).toContain('signature-holds');
      const other = await judged({ 'a.txt': 'omega', 'mail.eml': Buffer.from(mail, 'latin1') }, trust());
      expect(other.codes, name).toContain('digest-mismatch');
      const unnamed = await judged({ 'a.txt': 'alpha', 'mail.eml': Buffer.from(mail, 'latin1') }, {});
      expect(unnamed.verdict, name).toBe('undecided');
    }
  });

  it('fails where its text was edited, and says what stands outside of it', async () => {
    const { apart } = all();
    const edited = apart.replace('SHA256 (a.txt)', 'SHA256 (b.txt)');
    expect((await judged({ 'mail.eml': edited }, trust())).verdict).toBe('fail');
    expect((await judged({ 'mail.eml': `${apart}\nAnd send the money today.\n` }, trust())).codes).toContain(
      'signature-covers-part',
    );
    const boundary = /boundary="([^"]+)"/.exec(apart)?.[1] ?? '';
    const third = apart.replace(`--${boundary}\n`, `--${boundary}\n\nNot signed.\n--${boundary}\n`);
    expect((await judged({ 'mail.eml': third }, trust())).verdict).toBe('fail');
  });

  it('spoiled, is answered and never turns good', async () => {
    const good = Buffer.from(all().apart, 'latin1');
    const random = randomFrom(9);
    const signed = list();
    for (let turn = 0; turn < 60; turn += 1) {
      const spoiled = mutate(good, good, random);
      const { verdict, codes } = await judged({ 'mail.eml': spoiled }, trust());
      if (codes.includes('signature-holds') && verdict === 'pass') expect(spoiled.toString('latin1')).toContain(signed);
    }
  });
});
