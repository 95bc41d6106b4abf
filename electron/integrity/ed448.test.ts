import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { streamedEd448 } from './ed448.ts';
import { readPublicKey } from './public-key.ts';

describe('Ed448 over a message in parts', () => {
  it('holds and fails as over the whole message', () => {
    for (const length of [0, 1, 135, 136, 100_000]) {
      const { publicKey, privateKey } = generateKeyPairSync('ed448');
      const data = Buffer.alloc(length, 7);
      const value = sign(null, data, privateKey);
      const over = (bytes: Buffer, signature: Buffer) => {
        const equation = streamedEd448(publicKey, signature);
        for (let at = 0; at < bytes.length; at += 999) equation.update(bytes.subarray(at, at + 999));
        return equation.holds();
      };
      expect(over(data, value)).toBe(true);
      expect(over(Buffer.concat([data, Buffer.alloc(1)]), value)).toBe(false);
      for (const at of [0, 56, 57, 113]) {
        const edited = Buffer.from(value);
        edited[at] = (edited[at] ?? 0) ^ 1;
        expect(over(data, edited)).toBe(false);
      }
      expect(over(data, value.subarray(1))).toBe(false);
    }
  });

  it('agrees with a vector of RFC 8032, 7.4', () => {
    const raw =
      '5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180';
    const value =
      '533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600';
    const key = readPublicKey(Buffer.from(`3043300506032b6571033a00${raw}`, 'hex'));
    expect(streamedEd448(key, Buffer.from(value, 'hex')).holds()).toBe(true);
  });
});
