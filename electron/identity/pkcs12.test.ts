import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../shared/failure.ts';
import { readCertificate } from '../integrity/certificate.ts';
import { readPkcs12 } from './pkcs12.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-p12-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const hasOpenssl = (() => {
  try {
    openssl(
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
      '/CN=Ada Person',
      '-days',
      '30',
    );
    openssl('pkcs12', '-export', '-inkey', 'key.pem', '-in', 'cert.pem', '-passout', 'pass:geheim', '-out', 'new.p12');
    openssl(
      'pkcs12',
      '-export',
      '-inkey',
      'key.pem',
      '-in',
      'cert.pem',
      '-passout',
      'pass:geheim',
      '-macalg',
      'sha256',
      '-keypbe',
      'NONE',
      '-certpbe',
      'NONE',
      '-out',
      'clear.p12',
    );
    openssl(
      'pkcs12',
      '-export',
      '-inkey',
      'key.pem',
      '-in',
      'cert.pem',
      '-passout',
      'pass:geheim',
      '-keypbe',
      'PBE-SHA1-3DES',
      '-certpbe',
      'PBE-SHA1-3DES',
      '-macalg',
      'sha256',
      '-out',
      'des.p12',
    );
    openssl(
      'pkcs12',
      '-export',
      '-inkey',
      'key.pem',
      '-in',
      'cert.pem',
      '-passout',
      'pass:geheim',
      '-macalg',
      'sha1',
      '-out',
      'sha1.p12',
    );
    openssl('pkcs12', '-export', '-inkey', 'key.pem', '-nocerts', '-passout', 'pass:geheim', '-out', 'bare.p12');
    return true;
  } catch {
    return false;
  }
})();
const file = (name: string) => readFileSync(join(folder, name));
const refusal = async (work: () => Promise<unknown>): Promise<Failure> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('It was not refused.');
};

describe.skipIf(!hasOpenssl)('PKCS#12 (needs openssl 3)', () => {
  it.each(['new.p12', 'clear.p12'])('%s as openssl 3 writes it gives its key and its certificate', async (name) => {
    const { key, certificates } = await readPkcs12(file(name), 'geheim');
    expect(key.export({ format: 'pem', type: 'pkcs8' })).toBe(openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'key.pem'));
    expect(certificates.map((bytes) => readCertificate(bytes).subject)).toEqual(['Ada Person']);
  });

  it('a wrong password is said to be one', async () => {
    expect((await refusal(() => readPkcs12(file('new.p12'), 'falsch'))).code).toBe('wrong-passphrase');
    expect((await refusal(() => readPkcs12(file('new.p12'), ''))).code).toBe('wrong-passphrase');
  });

  it.each(['des.p12', 'sha1.p12'])('%s, older, is refused with the command that converts', async (name) => {
    const { code, parts } = await refusal(() => readPkcs12(file(name), 'geheim'));
    expect(code).toBe('unreadable');
    expect(`${parts.why} ${parts.next}`).toContain('openssl');
  });

  it('without a certificate, cut, or no PKCS#12 at all: refused', async () => {
    expect((await refusal(() => readPkcs12(file('bare.p12'), 'geheim'))).parts.why).toContain('no certificate');
    expect((await refusal(() => readPkcs12(file('new.p12').subarray(0, 300), 'geheim'))).code).toBe('unreadable');
    expect((await refusal(() => readPkcs12(Buffer.from('hello'), 'geheim'))).code).toBe('unreadable');
  });

  it('every changed byte is refused in words, never by a fault', async () => {
    const whole = file('new.p12');
    for (let at = 0; at < whole.length; at += 11) {
      const copy = Buffer.from(whole);
      copy[at] = (copy[at] ?? 0) ^ 0x01;
      try {
        await readPkcs12(copy, 'geheim');
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
      }
    }
  });
});
