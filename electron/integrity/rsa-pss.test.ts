import { createPublicKey, generateKeyPairSync, type RSAPSSKeyPairKeyObjectOptions, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bits, context, integer, nullElement, oid, readDer, sequence, spkiBits } from './der.ts';
import { spkiOf, verifySignature } from './public-key.ts';
import { pssOf } from './rsa-pss.ts';

const [sha256, sha512] = ['2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.3'];
const named = (id: string) => sequence(oid(id), nullElement());
const stated = (...parts: Buffer[]) => pssOf(readDer(sequence(oid('1.2.840.113549.1.1.10'), sequence(...parts))));

describe('RSASSA-PSS', () => {
  it('is read with what its parameters leave out', () => {
    expect(stated()).toEqual({ digest: 'sha1', mask: 'sha1', saltLength: 20 });
    const mask = context(1, sequence(oid('1.2.840.113549.1.1.8'), named(sha512)));
    const whole = stated(context(0, named(sha256)), mask, context(2, integer(64)));
    expect(whole).toEqual({ digest: 'sha256', mask: 'sha512', saltLength: 64 });
    expect(stated(context(0, named('1.2.3')))?.digest).toBe('');
    expect(stated(context(2, integer(Buffer.alloc(200, 1))))?.digest).toBe('');
    expect(pssOf(readDer(sequence(oid('1.2.840.113549.1.1.11'))))).toBeNull();
  });

  it('holds as its form says that it was made, and in no other way', () => {
    const own = { modulusLength: 2_048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha512', saltLength: 16 };
    const { publicKey, privateKey } = generateKeyPairSync('rsa-pss', own as object as RSAPSSKeyPairKeyObjectOptions);
    const data = Buffer.from('weights');
    const value = sign('sha256', data, { key: privateKey, padding: 6, saltLength: 16 });
    const plain = createPublicKey({
      key: sequence(named('1.2.840.113549.1.1.1'), bits(spkiBits(spkiOf(publicKey)))),
      format: 'der',
      type: 'spki',
    });
    const how = { digest: 'sha256', mask: 'sha512', saltLength: 16 };
    expect(verifySignature(plain, data, value, 'sha256', how)).toBe(true);
    expect(verifySignature(plain, Buffer.from('weight'), value, 'sha256', how)).toBe(false);
    for (const other of [{ mask: 'sha256' }, { saltLength: 17 }, { digest: 'sha512' }, { mask: 'none' }])
      expect(verifySignature(plain, data, value, 'sha256', { ...how, ...other })).toBe(false);
    expect(verifySignature(publicKey, data, value)).toBe(true);
  });
});
