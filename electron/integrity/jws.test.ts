import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { jwsHolds, readJws } from './jws.ts';
import { readMinisignSignature } from './minisign.ts';
import { KeyError } from './public-key.ts';
import { readSignerLine } from './ssh-key.ts';

const coded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const payload = Buffer.from('what is signed').toString('base64url');

describe('a JWS', () => {
  it('holds as its algorithm says and in no other encoding or padding', () => {
    const data = Buffer.from('data');
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const raw = sign('sha256', data, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' });
    expect(jwsHolds(ec.publicKey, data, raw, 'ES256')).toBe(true);
    expect(jwsHolds(ec.publicKey, data, sign('sha256', data, ec.privateKey), 'ES256')).toBe(false);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const plain = sign('sha256', data, rsa.privateKey);
    const pss = sign('sha256', data, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    const held = (value: Buffer, algorithm: string) => jwsHolds(rsa.publicKey, data, value, algorithm);
    expect([held(plain, 'RS256'), held(pss, 'PS256')]).toEqual([true, true]);
    expect([held(plain, 'PS256'), held(pss, 'RS256'), held(plain, 'HS256')]).toEqual([false, false, false]);
  });

  it('is refused where its headers say what they may not', () => {
    const compact = (header: object) => () => readJws(`${coded(header)}.${payload}.AAAA`);
    expect(compact({ alg: 'EdDSA' })).not.toThrow();
    expect(compact({ alg: 'EdDSA', crit: ['b64'] })).toThrow(KeyError);
    expect(compact({ alg: 'EdDSA', crit: ['b64', 'b64'], b64: true })).toThrow(KeyError);
    const flat = (header: object) => () =>
      readJws(JSON.stringify({ payload, protected: coded({ alg: 'EdDSA' }), header, signature: 'AAAA' }));
    expect(flat({ kid: 'somebody' })).not.toThrow();
    expect(flat({ alg: 'EdDSA' })).toThrow(KeyError);
  });

  it('is none where its signature is empty', () => {
    const header = Buffer.from('{"alg":"ES256"}').toString('base64url');
    expect(() => readJws(`${header}.e30.`)).toThrow(/nothing is signed/);
    expect(() => readJws(JSON.stringify({ payload: 'e30', protected: header, signature: '' }))).toThrow(KeyError);
  });
});

describe('other small signatures', () => {
  it('an authority of SSH is no signer itself', () => {
    const key = `ssh-ed25519 ${Buffer.concat([
      Buffer.from('0000000b7373682d6564323535313900000020', 'hex'),
      Buffer.alloc(32, 9),
    ]).toString('base64')}`;
    expect(readSignerLine(`*@example.org ${key}`)?.principals).toEqual(['*@example.org']);
    expect(readSignerLine(`*@example.org cert-authority ${key}`)?.isAuthority).toBe(true);
  });

  it('a prehashed one of minisign has a comment that is signed', () => {
    const line = (algorithm: string) =>
      `untrusted comment: x\n${Buffer.concat([Buffer.from(algorithm), Buffer.alloc(72, 1)]).toString('base64')}\n`;
    expect(readMinisignSignature(line('Ed')).trustedComment).toBeNull();
    expect(() => readMinisignSignature(line('ED'))).toThrow(KeyError);
  });
});
