import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { DerError } from '../integrity/der.ts';
import { readOcspResponse, readRevocationList } from '../integrity/revocation.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-certificates-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const pki = join(scratch, 'pki');
const file = (name: string) => readFileSync(join(pki, name));
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: pki, stdio: ['ignore', 'pipe', 'pipe'] });
const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** An authority that may speak for example.org alone, a signer within and one outside, a list that revokes the second. */
function makePki(): void {
  mkdirSync(join(pki, 'new'), { recursive: true });
  writeFileSync(join(pki, 'index'), '');
  writeFileSync(join(pki, 'serial'), '1000\n');
  writeFileSync(join(pki, 'crlnumber'), '01\n');
  writeFileSync(
    join(pki, 'ca.cnf'),
    `[ca]
default_ca=d
[d]
database=index
serial=serial
crlnumber=crlnumber
new_certs_dir=new
certificate=ca.pem
private_key=ca.key
default_md=sha256
default_days=30
default_crl_days=30
policy=p
copy_extensions=copy
[p]
commonName=supplied
[req]
distinguished_name=n
[n]
[v3]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
nameConstraints=critical,permitted;email:example.org
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
`,
  );
  const key = (name: string) =>
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', name);
  key('ca.key');
  openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    'ca.key',
    '-subj',
    '/CN=Example authority',
    '-days',
    '60',
    '-config',
    'ca.cnf',
    '-extensions',
    'v3',
    '-out',
    'ca.pem',
  );
  for (const [name, mail] of [
    ['good', 'a@example.org'],
    ['revoked', 'b@example.org'],
    ['outside', 'c@example.net'],
  ] as const) {
    key(`${name}.key`);
    openssl(
      'req',
      '-new',
      '-key',
      `${name}.key`,
      '-subj',
      `/CN=${name}`,
      '-config',
      'ca.cnf',
      '-addext',
      `subjectAltName=email:${mail}`,
      '-out',
      `${name}.csr`,
    );
    openssl(
      'ca',
      '-batch',
      '-config',
      'ca.cnf',
      '-extensions',
      'leaf',
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
      '-notext',
    );
    writeFileSync(join(pki, 'data.txt'), 'alpha');
    openssl(
      'cms',
      '-sign',
      '-binary',
      '-in',
      'data.txt',
      '-signer',
      `${name}.pem`,
      '-inkey',
      `${name}.key`,
      '-outform',
      'DER',
      '-out',
      `${name}.p7s`,
    );
  }
  openssl('ca', '-config', 'ca.cnf', '-revoke', 'revoked.pem');
  openssl('ca', '-config', 'ca.cnf', '-gencrl', '-out', 'list.crl');
  for (const name of ['good', 'revoked']) {
    openssl('ocsp', '-issuer', 'ca.pem', '-cert', `${name}.pem`, '-reqout', `${name}.req`);
    openssl(
      'ocsp',
      '-index',
      'index',
      '-CA',
      'ca.pem',
      '-rsigner',
      'ca.pem',
      '-rkey',
      'ca.key',
      '-ndays',
      '5',
      '-reqin',
      `${name}.req`,
      '-respout',
      `${name}.ors`,
    );
  }
}

describe.skipIf(!hasOpenssl)('certificates and what their issuers say of them (skipped without openssl)', () => {
  beforeAll(makePki);
  // A second later than anything that was made.
  const after = () => new Date(Date.now() + 2_000);
  const signed = (
    name: string,
    more: Record<string, Uint8Array> = {},
    trust: Record<string, string | Uint8Array> = {},
  ) =>
    examineFiles(
      scratch,
      { 'data.txt': 'alpha', 'data.txt.p7s': file(`${name}.p7s`), ...more },
      { 'ca.pem': file('ca.pem'), ...trust },
      after(),
    );

  it('a signer within the names of her authority counts, one outside does not', async () => {
    expect((await signed('good')).verdict).toBe('pass');
    const outside = await signed('outside');
    expect(outside.verdict).toBe('policy');
    expect(outside.checks.map(({ message }) => message).join()).toMatch(/may not speak for the names/);
  });

  it('a revoked certificate is policy by a list or an answer of its issuer, and one that is vouched for is not left open', async () => {
    for (const name of ['list.crl', 'revoked.ors']) {
      const { verdict, codes } = await signed('revoked', { [name]: file(name) });
      expect([verdict, codes.includes('signature-revoked')], name).toEqual(['policy', true]);
    }
    for (const name of ['list.crl', 'good.ors']) {
      const { verdict, codes } = await signed('good', { [name]: file(name) });
      expect(verdict, name).toBe('pass');
      expect(codes, name).toContain('certificate-not-revoked');
      expect(codes, name).not.toContain('revocation-not-decided');
    }
    expect((await signed('revoked')).codes).toContain('revocation-not-decided');
  });

  it('a list that its issuer did not sign decides nothing', async () => {
    const pem = file('list.crl').toString();
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const { codes } = await signed('good', { 'list.crl': der });
    expect(codes).toContain('revocation-not-decided');
    expect(codes).not.toContain('certificate-not-revoked');
  });

  it('an authority that is named for some speaks for them alone', async () => {
    const named = (identity: string) => ({
      'trust.yaml': JSON.stringify({ authorities: [{ file: 'ca.pem', identities: [{ identity, issuer: '' }] }] }),
    });
    expect((await signed('good', {}, named('a@example.org'))).verdict).toBe('pass');
    expect((await signed('good', {}, named('b@example.org'))).verdict).toBe('policy');
  });

  it('handed over alone leads to whom the reviewer named, and says so of those whom it was not for', async () => {
    const alone = (identity: string, more = {}) =>
      examineFiles(
        scratch,
        { 'a.pem': file('good.pem'), ...more },
        {
          'ca.pem': file('ca.pem'),
          'trust.yaml': JSON.stringify({ authorities: [{ file: 'ca.pem', identities: [{ identity, issuer: '' }] }] }),
        },
        after(),
      );
    expect((await alone('a@example.org')).verdict).toBe('pass');
    expect((await alone('a@example.org', { 'list.crl': file('list.crl') })).codes).toContain('certificate-not-revoked');
    expect((await alone('z@example.org')).codes).toContain('certificate-other-name');
  });

  it('of a key that is too weak counts for nothing, alone or first of its chain, and elsewhere is told of', async () => {
    openssl('genrsa', '-out', 'weak.key', '1024');
    openssl('req', '-x509', '-new', '-key', 'weak.key', '-subj', '/CN=weak', '-days', '9', '-out', 'weak.pem');
    const [weak, good] = [file('weak.pem').toString(), file('good.pem').toString()];
    const alone = (pem: string) => examineFiles(scratch, { 'a.pem': pem }, { 'ca.pem': file('ca.pem') }, after());
    for (const pem of [weak, weak + good])
      expect(await alone(pem)).toMatchObject({
        verdict: 'policy',
        codes: expect.arrayContaining(['policy-key-size', 'key-weak']),
      });
    expect((await alone(good + weak)).verdict).toBe('warn');
    const beside = await examineFiles(scratch, { 'a.pem': weak, 'notes.txt': 'beside' });
    expect(beside.codes).not.toContain('policy-key-size');
  });

  it('of a brainpool curve is good for whoever signs and not for a server', async () => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1', '-nodes', '-keyout', 'pool.key'];
    const own = ['-addext', 'keyUsage=critical,keyCertSign', '-addext', 'subjectKeyIdentifier=hash'];
    openssl('req', '-new', ...curve, '-subj', '/CN=leaf', '-out', 'pool.csr');
    const ca = ['-CA', 'pool.pem', '-CAkey', 'pool.key', '-days', '8', '-extfile', 'pool.cnf'];
    writeFileSync(
      join(pki, 'pool.cnf'),
      'subjectAltName=DNS:example.org,email:a@example.org\nkeyUsage=digitalSignature\n',
    );
    openssl('req', '-x509', ...curve, '-subj', '/CN=pool', '-days', '9', ...own, '-out', 'pool.pem');
    openssl('x509', '-req', '-in', 'pool.csr', ...ca, '-out', 'pool-leaf.pem');
    const asked = async (identity: string) => {
      const authorities = [{ file: 'ca.pem', identities: [{ identity, issuer: '' }] }];
      const trust = { 'ca.pem': file('pool.pem'), 'trust.yaml': JSON.stringify({ authorities }) };
      return examineFiles(scratch, { 'a.pem': file('pool-leaf.pem') }, trust, after());
    };
    const server = await asked('example.org');
    expect(server.checks.map(({ message }) => message).join()).toMatch(
      /of a kind that certificates of servers may not/,
    );
    expect((await asked('a@example.org')).checks.map(({ message }) => message).join()).not.toMatch(
      /of servers may not/,
    );
  });

  it('lists and answers end in facts or in their own refusal on spoiled bytes', () => {
    const list = Buffer.from(
      file('list.crl')
        .toString()
        .replace(/-----[^-]+-----|\s/g, ''),
      'base64',
    );
    const random = randomFrom(9);
    for (const [seed, read] of [
      [list, readRevocationList],
      [file('good.ors'), readOcspResponse],
    ] as const)
      for (let i = 0; i < 400; i += 1)
        try {
          read(mutate(seed, list, random));
        } catch (error) {
          expect(error instanceof DerError, String(error)).toBe(true);
        }
  });
});
