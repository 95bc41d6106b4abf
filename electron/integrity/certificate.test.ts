import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Certificate, CertificateError, readCertificate } from './certificate.ts';
import { buildPath } from './certificate-path.ts';
import { readDer } from './der.ts';
import { pemBlocks } from './public-key.ts';

interface Label {
  file: string;
  sub: string;
  expect: string;
}
interface Chain {
  trusted_certs: string[];
  untrusted_intermediates: string[];
  peer_certificate: string;
  validation_time: string | null;
}
const hostile = '../shared/hostile/x509';
const labels: Label[] = existsSync(hostile)
  ? readFileSync(`${hostile}/manifest.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];
const text = (file: string) => readFileSync(`${hostile}/cases/${file}`, 'utf8');
const certificates = (file: string): Certificate[] => pemBlocks(text(file), 'CERTIFICATE').map(readCertificate);
const serverAuth = '1.3.6.1.5.5.7.3.1';
const at = new Date('2026-11-21T00:00:00Z');

/**
 * What the suite asks of browsers and is no rule of paths, by the name of its cases: names, forms and lists are asked by
 * the rule `certificates`. A case may only differ for one of these reasons, and only in the direction said.
 */
const apart: { cases: RegExp; why: string }[] = [
  { cases: /_(san|cn)_/, why: 'names of hosts are asked where the reviewer named some' },
  { cases: /limbo-crl_|max-chain-depth/, why: 'lists and depths are asked beside the path' },
  { cases: /_eku_ee|_eku_root|ee-basicconstraints/, why: 'what a leaf may be used for is judged with its use' },
  {
    cases: /_aki_|_ski_|aia|v1-cert|_pc_ica|serial_|root-non-critical|not-divisible|noncritical/,
    why: 'departures of form',
  },
];

describe('paths', () => {
  const limbo = labels.filter(({ sub }) => sub.startsWith('limbo'));
  it.skipIf(limbo.length === 0)('agree with x509-limbo but for reasons named (skipped without the suite)', () => {
    const unexplained: string[] = [];
    let agreed = 0;
    for (const { file, expect: label } of limbo) {
      const chain = JSON.parse(text(file)) as Chain;
      let said: 'ACCEPT' | 'REJECT' = 'REJECT';
      try {
        const { path } = buildPath(
          readCertificate(chain.peer_certificate),
          chain.untrusted_intermediates.map(readCertificate),
          chain.trusted_certs.map(readCertificate),
          new Date(chain.validation_time ?? at),
          serverAuth,
        );
        if (path !== null) said = 'ACCEPT';
      } catch (error) {
        expect(error, file).toBeInstanceOf(CertificateError);
      }
      if (label.startsWith(said)) agreed += 1;
      else if (said === 'REJECT' || !apart.some((each) => each.cases.test(file))) unexplained.push(`${file}: ${label}`);
    }
    expect(unexplained).toEqual([]);
    expect(agreed).toBeGreaterThanOrEqual(75);
  });

  it.skipIf(labels.length === 0)('say why they do not lead to a root (skipped without the cases)', () => {
    const root = certificates('ok-chain.pem').find(({ isAuthority }) => isAuthority);
    const roots = root === undefined ? [] : [root];
    const why = (file: string) => {
      const [leaf, ...rest] = certificates(file);
      return leaf === undefined ? 'none' : buildPath(leaf, rest, roots, at).why;
    };
    expect(why('ok-leaf.pem')).toBe('');
    expect(why('ok-pem-with-text.pem')).toBe('');
    expect(why('expired.pem')).toMatch(/not valid at 2026-11-21/);
    expect(why('intermediate-ca-false.pem')).toMatch(/is no authority/);
    expect(why('self-signed-other.pem')).toMatch(/No path/);
    expect(why('sha1-signed.pem')).toMatch(/broken digest/);
    expect(why('unknown-critical-ext.pem')).toMatch(/not understood, 1\.2\.3\.4\.5/);
    expect(why('bad-b64.pem')).toBe('none');
    expect(why('label-mismatch.pem')).toBe('none');
    expect(() => certificates('rsa-e3.pem')).toThrow(/exponent/);
  });

  it.skipIf(labels.length === 0)('give up on five hundred certificates of one name in good time', () => {
    const [leaf, ...rest] = certificates('pem-500-certs.pem');
    const start = performance.now();
    if (leaf !== undefined) buildPath(leaf, rest, [], at);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

describe('certificates', () => {
  const broken = labels.filter(({ file }) => file.endsWith('.der'));
  it.skipIf(broken.length === 0)('that are not DER are refused (skipped without the cases)', () => {
    for (const { file } of broken) {
      const bytes = readFileSync(`${hostile}/cases/${file}`);
      expect(() => readCertificate(bytes), file).toThrow(CertificateError);
      if (file !== 'inner-outer-alg-mismatch.der') expect(() => readDer(bytes), file).toThrow();
    }
  });
});
