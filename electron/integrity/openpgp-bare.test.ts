import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { bareSignatureHolds, readBareSignature } from './openpgp-bare.ts';
import { KeyError } from './public-key.ts';

/** The head of a signature over a document (type 0) by EdDSA over SHA-256, dated. */
const head = Buffer.from('04001608000605026b022910', 'hex');
const data = Buffer.from('{"_type":"link"}');

describe('a signature of OpenPGP without its packet', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const over = (bytes: Buffer, first = head) => {
    const trailer = Buffer.concat([first, Buffer.of(4, 0xff, 0, 0, 0, first.length)]);
    return sign(null, createHash('sha256').update(bytes).update(trailer).digest(), privateKey);
  };

  it('holds over a document under its head, and over nothing else', () => {
    const value = over(data);
    expect(bareSignatureHolds(publicKey, head, value, data)).toBe(true);
    expect(bareSignatureHolds(publicKey, head, value, Buffer.from('{}'))).toBe(false);
    expect(bareSignatureHolds(generateKeyPairSync('ed25519').publicKey, head, value, data)).toBe(false);
    expect(bareSignatureHolds(publicKey, head, Buffer.alloc(0), data)).toBe(false);
    // What is signed as something else, a binding of a subkey, is no signature over a document.
    const other = Buffer.from(head);
    other[1] = 0x18;
    expect(bareSignatureHolds(publicKey, other, over(data, other), data)).toBe(false);
    expect(() => readBareSignature(head.subarray(0, -1), value)).toThrow(KeyError);
    expect(() => readBareSignature(Buffer.concat([head, Buffer.of(0)]), value)).toThrow(KeyError);
  });

  it('in any bytes ends in words', () => {
    const random = randomFrom(11);
    const value = over(data);
    for (let turn = 0; turn < 2_000; turn += 1) {
      const spoiled = mutate(head, data, random);
      for (const algorithm of [1, 17, 19, 22, 28]) {
        const first = Buffer.from(spoiled);
        if (first.length > 2 && turn % 2 === 0) first[2] = algorithm;
        try {
          expect(readBareSignature(first, mutate(value, data, random)).version).toBe(4);
        } catch (error) {
          expect(error).toBeInstanceOf(KeyError);
        }
        expect(bareSignatureHolds(publicKey, first, mutate(value, data, random), Buffer.from('{}'))).toBe(false);
      }
    }
  });
});
