import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCertificate } from './certificate.ts';
import { buildCertificate, pemOf } from './certificate-builder.ts';
import { signDetached } from './cms-sign.ts';
import { isStrictEcdsa } from './ecdsa-signature.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-certificate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const hasOpenssl = (() => {
  try {
    return openssl('version').startsWith('OpenSSL 3');
  } catch {
    return false;
  }
})();
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const der = buildCertificate(privateKey, 'Ada Müller, "審査"', new Date('2026-01-02T03:04:05Z'), 5);

describe('a certificate of a person who signs', () => {
  it('is read back with what was put in, and is no authority', () => {
    const { subject, isAuthority, keyUsage, extendedKeyUsage, notBefore, notAfter } = readCertificate(der);
    expect(subject).toContain('Ada Müller');
    expect({ isAuthority, keyUsage, extendedKeyUsage }).toEqual({
      isAuthority: false,
      keyUsage: 0xc0,
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.36', '1.3.6.1.5.5.7.3.4'],
    });
    expect([notBefore.toISOString(), notAfter.toISOString()]).toEqual([
      '2026-01-02T03:04:05.000Z',
      '2031-01-02T03:04:05.000Z',
    ]);
  });

  it.skipIf(!hasOpenssl)(
    'is accepted by openssl as strictly as it can be asked, and so is what it signs (needs openssl 3)',
    () => {
      writeFileSync(join(folder, 'cert.pem'), pemOf(der, 'CERTIFICATE'));
      expect(openssl('verify', '-x509_strict', '-CAfile', 'cert.pem', '-purpose', 'any', 'cert.pem')).toContain('OK');
      const content = Buffer.from('what is signed\n');
      writeFileSync(join(folder, 'content'), content);
      writeFileSync(
        join(folder, 'signature'),
        signDetached([content.subarray(0, 5), content.subarray(5)], privateKey, readCertificate(der)),
      );
      openssl(
        'cms',
        '-verify',
        '-cades',
        '-binary',
        '-inform',
        'DER',
        '-in',
        'signature',
        '-content',
        'content',
        '-CAfile',
        'cert.pem',
        '-purpose',
        'any',
        '-out',
        'out',
      );
      writeFileSync(join(folder, 'content'), 'what is signed!');
      expect(() =>
        openssl(
          'cms',
          '-verify',
          '-cades',
          '-binary',
          '-inform',
          'DER',
          '-in',
          'signature',
          '-content',
          'content',
          '-CAfile',
          'cert.pem',
          '-purpose',
          'any',
          '-out',
          'out',
        ),
      ).toThrow();
    },
  );
});

describe('the one spelling of an ECDSA signature', () => {
  it.each([
    ['30060201010201017f', false],
    ['3006020101020101', true],
    ['30070202000102010 1'.replace(' ', ''), false],
    ['3006020181020101', false],
    ['3003020101', false],
    ['', false],
    ['ff'.repeat(64), false],
  ])('%s: %s', (hex, isStrict) => {
    expect(isStrictEcdsa(Buffer.from(hex, 'hex'))).toBe(isStrict);
  });
});
