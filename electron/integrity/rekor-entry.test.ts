import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { leafHash, rootOf } from './merkle.ts';
import { formatCheckpoint, formatVerifierKey, signNote } from './note.ts';
import { verifyEntry } from './rekor-entry.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

describe('an entry of a log of version 2', () => {
  it('is in the tree that the log signs under its own name, and under no other', () => {
    const log = generateKeyPairSync('ed25519');
    const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const verifier = signer.publicKey.export({ format: 'der', type: 'spki' });
    const signed = Buffer.from('weights');
    const signature = sign('sha256', signed, signer.privateKey).toString('base64');
    const body = Buffer.from(
      canonicalJson({
        apiVersion: '0.0.2',
        kind: 'hashedrekord',
        spec: {
          hashedRekordV002: {
            data: { algorithm: 'SHA2_256', digest: sha256(signed).toString('base64') },
            signature: { content: signature, verifier: { publicKey: { rawBytes: verifier.toString('base64') } } },
          },
        },
      }),
    );
    const root = rootOf([leafHash(body)]);
    const coded = formatVerifierKey('log.example', log.publicKey).split('+').slice(2).join('+');
    const id = sha256(Buffer.concat([Buffer.from('log.example\n'), Buffer.from(coded, 'base64')])).toString('base64');
    const under = (origin: string) =>
      verifyEntry(
        {
          logId: id,
          logIndex: 0,
          integratedTime: 0,
          promise: null,
          body: body.toString('base64'),
          proof: {
            index: 0,
            size: 1,
            hashes: [],
            root: root.toString('base64'),
            checkpoint: signNote(formatCheckpoint({ origin, size: 1, root, extensions: [] }), origin, log.privateKey),
          },
        },
        { signed, payload: null, signature, verifier },
        [{ id, key: log.publicKey, start: new Date(0), end: null }],
        true,
      ).why;
    expect(under('log.example')).toBe('');
    expect(under('another.example')).toContain('not signed by the log');
  });
});
