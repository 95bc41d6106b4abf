import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Trust } from '../../shared/trust.ts';
import { readCertificate } from '../integrity/certificate.ts';
import { buildCertificate, pemOf } from '../integrity/certificate-builder.ts';
import { fingerprint } from '../integrity/public-key.ts';
import { judgeSigner } from './report-trust.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const certificate = readCertificate(buildCertificate(privateKey, 'Ada', new Date('2024-01-01T00:00:00Z'), 5));
type Entry = Trust['entries'][number];
const entry = (change: Partial<Entry>): Entry => ({
  id: 'x',
  kind: 'authority',
  name: 'Ada of the audit',
  uses: null,
  material: pemOf(certificate.der, 'CERTIFICATE'),
  fingerprint: certificate.fingerprint,
  identities: [],
  addedAt: null,
  addedBy: null,
  ...change,
});
const judge = (entries: Entry[], at = '2026-11-21T10:00:00.000Z') => {
  const { verdict, code } = judgeSigner(certificate, 'Ada', at, { entries });
  return `${verdict} ${code}`;
};
const stranger = entry({ fingerprint: 'sha256:00', material: 'nothing', name: 'Grace' });

describe('the signer of a report', () => {
  it.each([
    ['nobody is named', [], 'undecided signer-unknown'],
    ['she is named by her certificate', [entry({})], 'pass signer-named'],
    [
      'she is named by her key',
      [entry({ kind: 'key', fingerprint: fingerprint(certificate.key) })],
      'pass signer-named',
    ],
    ['she is named for reports', [entry({ uses: ['report'] })], 'pass signer-named'],
    ['her key is one that signs with this store', [entry({ kind: 'key', isOwn: true })], 'pass signer-own'],
    ['she is named, and her key signs with this store', [entry({}), entry({ isOwn: true })], 'pass signer-named'],
    ['she is known for something else', [entry({ uses: ['ledger'] })], 'policy signer-not-for-this-use'],
    ['she is known, and may sign nothing', [entry({ uses: [] })], 'policy signer-not-for-this-use'],
    ['another is named for reports', [{ ...stranger, uses: ['report' as const] }], 'policy signer-other'],
    ['another is trusted in general', [stranger], 'undecided signer-unknown'],
  ])('where %s', (_, entries, expected) => {
    expect(judge(entries)).toBe(expected);
  });
  it('whose certificate was not valid at the time is not accepted', () => {
    expect(judge([entry({})], '2023-12-31T23:59:59.000Z')).toBe('policy signer-time');
    expect(judge([entry({})], '2029-01-01T00:00:01.000Z')).toBe('policy signer-time');
  });
});
