import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fingerprint, KeyError, keyIds, opensshKeyId, readPublicKey, spkiOf, verifySignature } from './public-key.ts';

const pss = (digest = '', saltLength: number) => ({ digest, mask: digest, saltLength });
interface Group {
  publicKeyDer: string;
  sha?: string;
  sLen?: number;
  tests: { tcId: number; comment: string; msg: string; sig: string; result: 'valid' | 'invalid' | 'acceptable' }[];
}
const hostile = '../shared/hostile/sig/cases';
const vectors = existsSync(hostile)
  ? readdirSync(hostile).filter((name) => /^wp-(ecdsa|ed25519|rsa_(pss|signature))_/.test(name))
  : [];

describe('signatures', () => {
  it.skipIf(vectors.length === 0)('agree with Wycheproof (skipped where the vectors are not there)', () => {
    const differing: string[] = [];
    let agreed = 0;
    for (const name of vectors) {
      const { testGroups } = JSON.parse(readFileSync(`${hostile}/${name}`, 'utf8')) as { testGroups: Group[] };
      for (const { publicKeyDer, sha, sLen, tests } of testGroups) {
        // Not by way of the key policy: some of its keys have an exponent of 3.
        const key = createPublicKey({ key: Buffer.from(publicKeyDer, 'hex'), format: 'der', type: 'spki' });
        for (const { tcId, comment, msg, sig, result } of tests) {
          if (result === 'acceptable') continue;
          const digest = sha?.toLowerCase().replace('-', '');
          const [data, value] = [msg, sig].map((hex) => Buffer.from(hex, 'hex')) as [Buffer, Buffer];
          const holds = verifySignature(key, data, value, digest, sLen === undefined ? null : pss(digest, sLen));
          if (holds === (result === 'valid')) agreed += 1;
          else differing.push(`${name} ${tcId} ${comment}: ${result}`);
        }
      }
    }
    // A plain RSA key does not say which padding is its own, nor how long a salt: both are taken, of any length.
    expect(differing).toEqual([
      'wp-rsa_signature_2048_sha256_test-give.json 255 RSASSA-PSS signature: invalid',
      'wp-rsa_signature_2048_sha256_test-give.json 257 RSASSA-PSS signature: invalid',
      'wp-rsa_signature_3072_sha256_test-give.json 256 RSASSA-PSS signature: invalid',
      'wp-rsa_signature_3072_sha256_test-give.json 258 RSASSA-PSS signature: invalid',
    ]);
    expect(agreed).toBeGreaterThan(1_300);
  });

  it('are verified by the algorithm of the key, in both spellings of ECDSA and both paddings of RSA', () => {
    const data = Buffer.from('weights');
    const hashes = {
      prime256v1: 'sha256',
      secp384r1: 'sha384',
      secp521r1: 'sha512',
      brainpoolP256r1: 'sha256',
      brainpoolP384r1: 'sha384',
      brainpoolP512r1: 'sha512',
    };
    for (const [namedCurve, hash] of Object.entries(hashes)) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
      expect(fingerprint(readPublicKey(spkiOf(publicKey)))).toBe(fingerprint(publicKey));
      expect(keyIds(publicKey)).toContain(fingerprint(publicKey));
      for (const dsaEncoding of ['der', 'ieee-p1363'] as const)
        expect(verifySignature(publicKey, data, sign(hash, data, { key: privateKey, dsaEncoding }))).toBe(true);
      expect(verifySignature(publicKey, Buffer.from('weight'), sign(hash, data, privateKey))).toBe(false);
    }
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    for (const padding of [1, 6])
      for (const saltLength of [0, 20, 32, 222])
        expect(verifySignature(publicKey, data, sign('sha256', data, { key: privateKey, padding, saltLength }))).toBe(
          true,
        );
    const edwards = generateKeyPairSync('ed448');
    expect(keyIds(readPublicKey(spkiOf(edwards.publicKey)))).toContain(fingerprint(edwards.publicKey));
    expect(verifySignature(edwards.publicKey, data, sign(null, data, edwards.privateKey))).toBe(true);
    expect(verifySignature(edwards.publicKey, Buffer.from('weight'), sign(null, data, edwards.privateKey))).toBe(false);
  });
});

describe('keys', () => {
  it('outside the policy are refused with the reason', () => {
    const spki = (type: 'rsa' | 'ec', options: object) =>
      spkiOf(generateKeyPairSync(type as 'rsa', options as { modulusLength: number }).publicKey);
    expect(() => readPublicKey(spki('rsa', { modulusLength: 1_024 }))).toThrow(/1024 bits/);
    expect(() => readPublicKey(spki('rsa', { modulusLength: 2_048, publicExponent: 3 }))).toThrow(/exponent/);
    expect(() => readPublicKey(spki('ec', { namedCurve: 'secp256k1' }))).toThrow(/none of P-256/);
    expect(() => readPublicKey(spki('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' }))).toThrow(
      /not named/,
    );
    expect(() => readPublicKey(Buffer.concat([spki('ec', { namedCurve: 'P-256' }), Buffer.alloc(1)]))).toThrow(
      /not DER/,
    );
  });

  const folder = '../shared/hostile/x509/cases';
  const bad = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.spki')) : [];
  it.skipIf(bad.length === 0)('that are hostile are refused, each (skipped where they are not there)', () => {
    for (const name of bad) expect(() => readPublicKey(readFileSync(`${folder}/${name}`)), name).toThrow(KeyError);
  });

  it('of low order or in a second spelling are refused for Ed25519 and Ed448', () => {
    const prefix = Buffer.from('302a300506032b6570032100', 'hex');
    const zero = Buffer.alloc(32);
    const one = Buffer.from(zero).fill(1, 0, 1);
    const prime = Buffer.from(`ed${'ff'.repeat(30)}7f`, 'hex');
    for (const raw of [zero, one, prime]) expect(() => readPublicKey(Buffer.concat([prefix, raw]))).toThrow(KeyError);
    const long = Buffer.from('3043300506032b6571033a00', 'hex');
    const spellings = [`00${'00'.repeat(56)}`, `01${'00'.repeat(56)}`, `fe${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`];
    for (const hex of [...spellings, `ff${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`, `${'00'.repeat(56)}80`])
      expect(() => readPublicKey(Buffer.concat([long, Buffer.from(hex, 'hex')])), hex).toThrow(KeyError);
  });

  it('are named as OpenSSH and securesystemslib name them', () => {
    const pem =
      '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n';
    const key = readPublicKey(pem);
    const raw = Buffer.from('19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1', 'hex');
    const wire = Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), raw]);
    expect(opensshKeyId(key)).toBe(`SHA256:${createHash('sha256').update(wire).digest('base64').replace(/=+$/, '')}`);
    expect(fingerprint(key)).toBe(`sha256:${createHash('sha256').update(spkiOf(key)).digest('hex')}`);
  });

  const corpus = '../shared/corpora/in-toto';
  it.skipIf(!existsSync(corpus))(
    'of functionaries have the ids that links are called by (skipped without the corpus)',
    () => {
      const named = readdirSync(`${corpus}/GIVE/layout-ok-classic`).flatMap(
        (name) => /\.([0-9a-f]{8})\.link$/.exec(name)?.[1] ?? [],
      );
      const ids = ['author', 'trainer', 'packer'].flatMap((who) =>
        keyIds(readPublicKey(readFileSync(`${corpus}/common/keys/${who}.pub`, 'utf8'))),
      );
      for (const prefix of named) expect(ids.filter((id) => id.startsWith(prefix))).not.toEqual([]);
    },
  );
});
