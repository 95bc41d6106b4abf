import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { streamedEd25519, streamedEd25519ph } from './ed25519.ts';
import { fingerprint } from './public-key.ts';

const prefix = Buffer.from('302a300506032b6570032100', 'hex');
const keyOf = (hex: string) =>
  createPublicKey({ key: Buffer.concat([prefix, Buffer.from(hex, 'hex')]), format: 'der', type: 'spki' });

describe('Ed25519 in parts', () => {
  it('is what node:crypto says of the whole', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    expect(fingerprint(publicKey)).toMatch(/^sha256:/);
    for (let i = 0; i < 8; i += 1) {
      const message = Buffer.from('a'.repeat(i * 37));
      const value = sign(null, message, privateKey);
      if (i % 2 === 1) value[i * 7] = (value[i * 7] ?? 0) ^ 1;
      const streamed = streamedEd25519(publicKey, value);
      streamed.update(message.subarray(0, 5));
      streamed.update(message.subarray(5));
      expect(streamed.holds()).toBe(verify(null, message, publicKey, value));
    }
  });

  it('prehashed is as in RFC 8032, 7.3', () => {
    const key = keyOf('ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf');
    const value = Buffer.from(
      '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
      'hex',
    );
    const ask = (message: string, signature: Uint8Array) => {
      const streamed = streamedEd25519ph(key, signature);
      streamed.update(Buffer.from(message));
      return streamed.holds();
    };
    expect(ask('abc', value)).toBe(true);
    expect(ask('abd', value)).toBe(false);
    const longer = Buffer.from(value);
    longer[63] = (longer[63] ?? 0) + 0x10;
    expect(ask('abc', longer)).toBe(false);
    expect(ask('abc', value.subarray(1))).toBe(false);
  });

  interface Group {
    publicKey?: { pk?: string };
    key?: { pk?: string };
    tests: { msg: string; sig: string; result: string }[];
  }
  const folder = '../shared/hostile/sig/cases';
  const vectors = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /ed25519_test.*\.json$/.test(name))
        .map((name) => join(folder, name))
    : [];
  it.skipIf(vectors.length === 0)('agrees with the vectors of Wycheproof (skipped without them)', () => {
    for (const path of vectors)
      for (const group of (JSON.parse(readFileSync(path, 'utf8')) as { testGroups: Group[] }).testGroups) {
        const raw = (group.publicKey ?? group.key)?.pk ?? '';
        if (raw.length !== 64) continue;
        for (const { msg, sig, result } of group.tests) {
          const streamed = streamedEd25519(keyOf(raw), Buffer.from(sig, 'hex'));
          streamed.update(Buffer.from(msg, 'hex'));
          expect(streamed.holds(), sig).toBe(result === 'valid');
        }
      }
  });
});
