import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnvelopeError, pae, parseEnvelope } from './dsse.ts';
import { JsonError } from './json.ts';

const envelope = (members: Record<string, unknown>) =>
  Buffer.from(
    JSON.stringify({ payload: 'eyJhIjoxfQ==', payloadType: 'text/plain', signatures: [{ sig: 'AQID' }], ...members }),
  );

describe('DSSE', () => {
  it('encodes what is signed as the protocol says', () => {
    // The example of the protocol.
    expect(pae('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
    expect(pae('é', Buffer.from('ü')).toString()).toBe('DSSEv1 2 é 2 ü');
  });

  it('takes standard and URL-safe base64, and nothing between', () => {
    for (const payload of ['-_8=', '-_8', '+/8=', '+/8'])
      expect(parseEnvelope(envelope({ payload })).payload.toString('hex')).toBe('fbff');
    for (const payload of ['+/8==', '-/8=', '+/9=', 'a b=', '+\n/8=', '=', 'AAAAA', '\u0000AAA', 7, null])
      expect(() => parseEnvelope(envelope({ payload })), String(payload)).toThrow(EnvelopeError);
  });

  it.each([
    ['no type', { payloadType: '' }],
    ['no signatures', { signatures: [] }],
    ['signatures that are null', { signatures: null }],
    ['an empty signature', { signatures: [{ sig: '' }] }],
    ['a signature that is a number', { signatures: [{ sig: 1 }] }],
    ['too many signatures', { signatures: Array(101).fill({ sig: 'AQID' }) }],
  ])('refuses an envelope with %s', (_what, members) => {
    expect(() => parseEnvelope(envelope(members))).toThrow(EnvelopeError);
  });

  it('refuses a name twice', () => {
    const twice = '{"payload":"AA==","payload":"AQ==","payloadType":"x","signatures":[{"sig":"AQID"}]}';
    expect(() => parseEnvelope(Buffer.from(twice))).toThrow(JsonError);
  });

  it('ends in an envelope or in its own errors on any bytes', () => {
    const seed = envelope({});
    fc.assert(
      fc.property(
        fc.nat({ max: seed.length - 1 }),
        fc.uint8Array({ minLength: 0, maxLength: 4 }),
        fc.nat({ max: 4 }),
        (at, bytes, gone) => {
          const mutant = Buffer.concat([seed.subarray(0, at), bytes, seed.subarray(at + gone)]);
          try {
            expect(parseEnvelope(mutant).signatures.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error instanceof EnvelopeError || error instanceof JsonError).toBe(true);
          }
        },
      ),
      { numRuns: 3_000, seed: 5 },
    );
  });
});
