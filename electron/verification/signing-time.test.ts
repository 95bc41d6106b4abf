import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FactOf } from '../../shared/fact.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import type { EvidenceView } from './rules/rule.ts';
import { signingTime, timestampers } from './signing-time.ts';

const corpus = '../shared/corpora/timestamps-own';
const isHere = existsSync(corpus);
const read = (path: string) => readFileSync(`${corpus}/${path}`);
const evidence = { facts: () => [] } as unknown as EvidenceView;
const named = () => {
  const root: TrustEntry = {
    id: 'root',
    kind: 'timestamper',
    name: 'root',
    uses: ['timestamp'],
    material: read('common/roots/tsroot.pem').toString(),
    fingerprint: '',
    identities: [],
    addedAt: null,
    addedBy: null,
  };
  return timestampers([root]);
};
const bundle = (value: Buffer, tokens: Buffer[], more: Buffer[] = []): FactOf<'signature'> => ({
  kind: 'signature',
  id: 'model.sig#signature',
  scheme: 'oms',
  use: 'model-signature',
  title: 'Model signature',
  place: { path: 'model.sig' },
  signed: '',
  signatures: [value, ...more].map((each) => ({
    keyId: null,
    name: null,
    value: each.toString('base64'),
    certificates: [],
    timestamps: tokens.map((token) => token.toString('base64')),
  })),
  predicateType: null,
});

describe.skipIf(!isHere)('the time of a signature, by a token in its bundle (skipped without the corpus)', () => {
  const stamped = () => read('GIVE/ok-tsa-rsa-sha256/data');
  const token = () => read('GIVE/ok-tsa-rsa-sha256/response.tsr');

  it('is proven where a named authority stamped this very signature', () => {
    expect(signingTime(bundle(stamped(), [token()]), evidence, named()).provenAt).toMatch(/^2026-11-20T/);
  });

  it('is not proven by a token over another, by nobody named, or by one that is spoiled', () => {
    for (const result of [
      signingTime(bundle(Buffer.from('another'), [token()]), evidence, named()),
      signingTime(bundle(stamped(), [token()]), evidence, []),
      signingTime(bundle(stamped(), [token().subarray(0, -1)]), evidence, named()),
      signingTime(bundle(stamped(), [Buffer.from('no token')]), evidence, named()),
    ]) {
      expect(result.provenAt).toBeNull();
      expect(result.why).toMatch(/no timestamp that it carries/);
    }
  });

  it('is said of the signature that is meant, where it is not proven', () => {
    expect(signingTime(bundle(stamped(), []), evidence, named()).why).toBe(
      'Nothing here proves when “Model signature” (model.sig) was made: it carries no timestamp and no log entry.',
    );
  });

  it('is not lent to a second signature', () => {
    const two = bundle(stamped(), [token()], [Buffer.from('another signature')]);
    expect(signingTime(two, evidence, named()).provenAt).toBeNull();
  });
});
