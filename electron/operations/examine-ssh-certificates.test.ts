import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { KeyError } from '../integrity/public-key.ts';
import { readSshCertificate } from '../integrity/ssh-certificate.ts';
import { readRevocations } from '../integrity/ssh-revocation.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-sshcert-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const tool = 'ssh-keygen';
const hasTool = (() => {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const keygen = (...args: string[]) => execFileSync(tool, args, { cwd: scratch, stdio: 'pipe' });
const read = (name: string) => readFileSync(join(scratch, name));
/** Signs `alpha` by a fresh key that the authority certifies. */
function signed(name: string, ...options: string[]): Buffer {
  const type = options[0]?.startsWith('ecdsa') || options[0] === 'rsa' ? (options.shift() ?? '') : 'ed25519';
  keygen('-q', '-t', type, '-N', '', '-f', name);
  const principals = options.includes('-n') ? [] : ['-n', 'ann@example.org'];
  keygen('-q', '-s', 'ca', '-I', `${name} of ann`, '-z', '7', ...principals, ...options, `${name}.pub`);
  writeFileSync(join(scratch, `${name}.txt`), 'alpha');
  keygen('-Y', 'sign', '-n', 'file', '-f', `${name}-cert.pub`, `${name}.txt`);
  return read(`${name}.txt.sig`);
}

let count = 0;
async function judged(
  signature: Uint8Array,
  trust: Record<string, string | Uint8Array>,
  text = 'alpha',
  asOf = new Date().toISOString(),
) {
  count += 1;
  const [folder, own] = [join(scratch, `evidence-${count}`), join(scratch, `trust-${count}`)];
  for (const [place, files] of [
    [folder, { 'a.txt': text, 'a.txt.sig': signature }],
    [own, trust],
  ] as const) {
    mkdirSync(place);
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(place, name), bytes);
  }
  const request = { path: folder, trust: { entries: readTrust(own).entries }, asOf, staging: scratch };
  const { verdict, checks } = await examine(request, {}, new AbortController().signal);
  return { verdict, codes: checks.flatMap(({ aspect, code }) => (aspect === 'origin' ? [code] : [])) };
}

describe.skipIf(!hasTool)('signatures by certificates of SSH (skipped without ssh-keygen)', () => {
  const line = (options = 'cert-authority', ca = 'ca', who = '*@example.org') =>
    ({ allowed_signers: `${who} ${options} ${read(`${ca}.pub`).toString()}` }) as Record<string, string | Uint8Array>;
  const make = () => {
    keygen('-q', '-t', 'ed25519', '-N', '', '-f', 'ca');
    keygen('-q', '-t', 'ed25519', '-N', '', '-f', 'other');
    return { plain: signed('plain'), ecdsa: signed('ec', 'ecdsa'), rsa: signed('rsa', 'rsa') };
  };
  let made: ReturnType<typeof make> | null = null;
  const all = () => {
    made ??= make();
    return made;
  };

  it('count under an authority that is named, for those whom it is named for', async () => {
    for (const signature of Object.values(all())) expect((await judged(signature, line())).verdict).toBe('pass');
    const { plain } = all();
    expect((await judged(plain, line('cert-authority,namespaces="file"'))).verdict).toBe('pass');
    expect((await judged(plain, line('cert-authority,namespaces="git"'))).codes).toContain(
      'signature-not-for-this-use',
    );
    expect((await judged(plain, line('cert-authority', 'ca', 'bob@example.org'))).codes).toContain(
      'signature-other-signer',
    );
    expect((await judged(plain, line('cert-authority', 'other'))).codes).toContain('signature-other-signer');
    // The authority's own key signs nothing, and is none of a signer.
    expect((await judged(plain, line('namespaces="file"'))).verdict).toBe('policy');
    expect((await judged(plain, {})).codes).toContain('signature-unknown-signer');
    expect((await judged(plain, line(), 'omega')).verdict).toBe('fail');
  });

  it('count in their time, for people, and not once they are revoked', async () => {
    const { plain } = all();
    const past = signed('past', '-V', '20200101:20210101');
    expect((await judged(past, line())).codes).toContain('signature-time');
    expect((await judged(past, line(), 'alpha', '2020-06-01T00:00:00Z')).verdict).toBe('pass');
    const host = signed('host', '-h');
    expect((await judged(host, line())).codes).toContain('signature-not-for-this-use');
    const bound = signed('bound', '-O', 'critical:unheard@example.org=1');
    expect((await judged(bound, line())).codes).toContain('signature-not-for-this-use');
    const lists = {
      serial: ['serial: 7\n', '-s', 'ca.pub'],
      range: ['serial: 5-9\n', '-s', 'ca.pub'],
      id: ['id: plain of ann\n', '-s', 'ca.pub'],
      key: [`${read('plain.pub')}`],
      hash: [`sha256: ${read('plain.pub')}`],
      sha1: [`sha1: ${read('plain.pub')}`],
    };
    for (const [name, [spec = '', ...args]] of Object.entries(lists)) {
      writeFileSync(join(scratch, `${name}.spec`), spec);
      keygen('-q', '-k', '-f', `${name}.krl`, ...args, `${name}.spec`);
      const found = await judged(plain, { ...line(), 'revoked.krl': read(`${name}.krl`) });
      expect(found.codes, name).toContain('signature-revoked');
    }
    writeFileSync(join(scratch, 'none.spec'), 'serial: 8\n');
    keygen('-q', '-k', '-f', 'none.krl', '-s', 'ca.pub', 'none.spec');
    expect((await judged(plain, { ...line(), 'revoked.krl': read('none.krl') })).verdict).toBe('pass');
  });

  it('by a key alone fall with a list that names the key by its digest, or in lines', async () => {
    keygen('-q', '-t', 'ed25519', '-N', '', '-f', 'bare');
    writeFileSync(join(scratch, 'bare.txt'), 'alpha');
    keygen('-Y', 'sign', '-n', 'file', '-f', 'bare', 'bare.txt');
    const trust = { allowed_signers: `ann@example.org ${read('bare.pub').toString()}` };
    expect((await judged(read('bare.txt.sig'), trust)).verdict).toBe('pass');
    writeFileSync(join(scratch, 'bare.spec'), `sha256: ${read('bare.pub')}`);
    keygen('-q', '-k', '-f', 'bare.krl', 'bare.spec');
    for (const list of [read('bare.krl'), read('bare.pub')])
      expect((await judged(read('bare.txt.sig'), { ...trust, revoked_keys: list })).verdict).toBe('policy');
  });

  it('spoiled, end in an error of their own, and never hold', async () => {
    const { plain } = all();
    const [, blob = ''] = read('plain-cert.pub').toString().split(' ');
    const good = Buffer.from(blob, 'base64');
    const random = randomFrom(3);
    const spoiled = (from: Buffer) => mutate(from, good, random);
    for (let turn = 0; turn < 400; turn += 1) {
      const bytes = spoiled(good);
      try {
        expect(readSshCertificate(bytes).holds && !bytes.equals(good)).toBe(false);
      } catch (error) {
        expect(error).toBeInstanceOf(KeyError);
      }
      try {
        readRevocations(spoiled(read('range.krl')));
      } catch (error) {
        expect(error).toBeInstanceOf(KeyError);
      }
    }
    // One bit of the certificate inside the signature: the authority signed another.
    const armor = plain.toString().replace(/-----[^-]+-----|\s/g, '');
    const whole = Buffer.from(armor, 'base64');
    whole[whole.indexOf('ann@example.org')] = 0x62;
    const text = `-----BEGIN SSH SIGNATURE-----\n${whole.toString('base64')}\n-----END SSH SIGNATURE-----\n`;
    expect((await judged(Buffer.from(text), line())).verdict).toBe('fail');
  });
});
