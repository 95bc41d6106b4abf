import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Fact, FactOf, Use } from '../../../shared/fact.ts';
import type { TrustEntry } from '../../../shared/trust.ts';
import { pae } from '../../integrity/dsse.ts';
import { fingerprint, opensshKeyId } from '../../integrity/public-key.ts';
import { verify } from '../verify.ts';

const people = { vendor: generateKeyPairSync('ed25519'), stranger: generateKeyPairSync('ed25519') };
const payload = Buffer.from('{"verdict":"pass"}');
const signed = pae('application/vnd.in-toto+json', payload);

const trusted = (key: KeyObject, uses: Use[] | null, name = 'vendor'): TrustEntry => ({
  id: name,
  kind: 'key',
  name,
  uses,
  material: key.export({ type: 'spki', format: 'pem' }).toString(),
  fingerprint: fingerprint(key),
  identities: [],
  addedAt: null,
  addedBy: null,
});

/** Checks of origin over one envelope: each signature by somebody, with the key id it claims. */
function origin(signatures: { by: KeyObject; keyId?: string; over?: Buffer }[], entries: TrustEntry[]) {
  const fact: FactOf<'signature'> = {
    kind: 'signature',
    id: 'a.json#signature',
    scheme: 'dsse',
    use: 'provenance',
    title: 'Signed envelope',
    place: { path: 'a.json' },
    signed: signed.toString('base64'),
    signatures: signatures.map(({ by, keyId, over }) => ({
      keyId: keyId ?? null,
      name: null,
      value: sign(null, over ?? signed, by).toString('base64'),
      certificates: [],
    })),
    predicateType: null,
  };
  const facts: Fact[] = [fact];
  const asOf = new Date('2026-11-21T00:00:00Z');
  const result = verify({ files: [], facts, moreDigests: new Map(), trust: { entries }, asOf });
  const checks = result.checks.filter(({ rule }) => rule === 'signatures');
  return { codes: checks.map(({ verdict, code }) => `${verdict} ${code}`), checks, result };
}
const { vendor, stranger } = people;

describe('what a signature comes to', () => {
  it('passes by somebody named for the use, and says that the time is not proven', () => {
    const { codes, checks } = origin([{ by: vendor.privateKey }], [trusted(vendor.publicKey, ['provenance'])]);
    expect(codes).toEqual(['pass signature-holds', 'undecided signing-time-not-proven']);
    expect(checks.map(({ vouched, partial }) => [vouched, partial])).toEqual([
      ['key', false],
      ['key', true],
    ]);
  });

  it('is policy by somebody known for another use, or for none', () => {
    for (const uses of [['approval'] as Use[], []])
      expect(origin([{ by: vendor.privateKey }], [trusted(vendor.publicKey, uses)]).codes).toEqual([
        'policy signature-not-for-this-use',
      ]);
  });

  it('passes where one key is named twice and one of the entries may', () => {
    const entries = [trusted(vendor.publicKey, ['approval'], 'one'), trusted(vendor.publicKey, ['provenance'], 'two')];
    expect(origin([{ by: vendor.privateKey }], entries).checks[0]?.actual).toBe('two');
  });

  it('is undecided by a stranger where nobody is named for the use', () => {
    for (const entries of [[], [trusted(vendor.publicKey, ['approval'])]])
      expect(origin([{ by: stranger.privateKey }], entries).codes).toEqual(['undecided signature-unknown-signer']);
  });

  it('is policy by a stranger where somebody is named, and says how many', () => {
    const { codes, checks } = origin([{ by: stranger.privateKey }], [trusted(vendor.publicKey, ['provenance'])]);
    expect(codes).toEqual(['policy signature-other-signer']);
    expect(checks[0]?.message).toMatch(/not by any of the 1 you named for provenance/);
  });

  it('fails by a stranger who claims the key id of somebody named', () => {
    const keyId = opensshKeyId(vendor.publicKey);
    expect(origin([{ by: stranger.privateKey, keyId }], [trusted(vendor.publicKey, ['provenance'])]).codes).toEqual([
      'fail signature-invalid',
    ]);
  });

  it('fails where it is over other bytes', () => {
    const keyId = opensshKeyId(vendor.publicKey);
    const over = Buffer.concat([signed, Buffer.from(' ')]);
    expect(origin([{ by: vendor.privateKey, keyId, over }], [trusted(vendor.publicKey, null)]).codes).toEqual([
      'fail signature-invalid',
    ]);
  });

  it('passes beside a stranger, and not beside one who claims to be named', () => {
    const entries = [trusted(vendor.publicKey, ['provenance'])];
    const own = { by: vendor.privateKey };
    expect(origin([{ by: stranger.privateKey }, own], entries).codes[0]).toBe('pass signature-holds');
    const forged = { by: stranger.privateKey, keyId: opensshKeyId(vendor.publicKey) };
    expect(origin([own, forged], entries).codes).toEqual(['fail signature-invalid']);
  });

  it('without a signature fails: nothing signed is not signed by all', () => {
    expect(origin([], [trusted(vendor.publicKey, null)]).codes).toEqual(['fail signature-invalid']);
  });
});
