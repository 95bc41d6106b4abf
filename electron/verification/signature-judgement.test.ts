import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { judge, namedIn } from './signature-judgement.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const data = Buffer.from('what is signed');
const signedOver = (digest: string): FactOf<'signature'> => ({
  kind: 'signature',
  id: 'a.p7s#signature',
  scheme: 'cms',
  use: 'document',
  title: 'Signature (CMS)',
  place: { path: 'a.p7s' },
  signed: data.toString('base64'),
  predicateType: null,
  signatures: [
    {
      keyId: null,
      name: null,
      value: sign(digest, data, privateKey).toString('base64'),
      digest,
      certificates: [],
      timestamps: [],
    },
  ],
});
const entry: TrustEntry = {
  id: 'k',
  kind: 'key',
  name: 'signer',
  uses: null,
  material: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  fingerprint: '',
  identities: [],
  addedAt: null,
  addedBy: null,
};

describe('a signature by a key that was named', () => {
  it('passes over a strong digest, and counts for nothing over one that is broken', () => {
    const named = namedIn([entry]);
    expect(judge(signedOver('sha256'), named, new Date()).verdict).toBe('pass');
    const weak = judge(signedOver('sha1'), named, new Date());
    expect([weak.verdict, weak.code]).toEqual(['policy', 'policy-algorithm']);
    expect(weak.message).toContain('SHA1');
  });
});
