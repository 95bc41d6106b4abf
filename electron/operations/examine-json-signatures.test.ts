import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mutate, randomFrom } from '../../e2e/fuzz/mutate.ts';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { JsonError, parseJsonTree } from '../integrity/json.ts';
import { readJsonSignatures } from '../integrity/json-signature.ts';
import { KeyError } from '../integrity/public-key.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-jsf-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const pemOf = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }).toString();
const trust = { 'key.pem': pemOf(ec.publicKey) };
type Json = Record<string, unknown>;
const bom = (): Json => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  components: [{ type: 'file', name: 'a', version: '1' }],
});
const valueOver = (object: Json, { privateKey }: typeof ec = ec) =>
  (privateKey.asymmetricKeyType === 'ec'
    ? sign('sha256', Buffer.from(canonicalJson(object)), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    : sign(null, Buffer.from(canonicalJson(object)), privateKey)
  ).toString('base64url');
function signed(object: Json, pair = ec, more: Json = {}, left: string[] = []): Json {
  const algorithm = pair === ec ? 'ES256' : 'Ed25519';
  const bare = { algorithm, publicKey: pair.publicKey.export({ format: 'jwk' }), ...more };
  const over = Object.fromEntries(
    Object.entries({ ...object, signature: { ...bare, excludes: undefined } }).filter(([name]) => !left.includes(name)),
  );
  return { ...object, signature: { ...bare, value: valueOver(over, pair) } };
}
const ask = async (document: Json, keys: Record<string, string> = trust) => {
  const { verdict, codes } = await examineFiles(scratch, { 'bom.cdx.json': JSON.stringify(document, null, 1) }, keys);
  return { verdict, codes };
};

describe('signatures inside a bill of materials', () => {
  it('count by a key that is named, whatever the spacing and order, and never by one that came with them', async () => {
    expect((await ask(signed(bom()))).verdict).toBe('pass');
    expect((await ask({ signature: signed(bom())['signature'], ...bom() })).verdict).toBe('pass');
    expect((await ask(signed(bom(), ed))).codes).toContain('signature-other-signer');
    expect((await ask(signed(bom(), ed), {})).codes).toContain('signature-unknown-signer');
    expect((await ask({ ...signed(bom()), version: 2 })).verdict).toBe('fail');
    expect((await ask({ ...signed(bom(), ed), version: 2 }, {})).verdict).toBe('fail');
  });

  it('of several signers count by one who is named, and those over a part vouch for that part alone', async () => {
    const bySigners = (object: Json, pairs: (typeof ec)[]) => ({
      ...object,
      signature: {
        signers: pairs.map((pair) => {
          const bare = { algorithm: pair === ec ? 'ES256' : 'Ed25519' };
          return { ...bare, value: valueOver({ ...object, signature: { signers: [bare] } }, pair) };
        }),
      },
    });
    expect((await ask(bySigners(bom(), [ec, ed]))).verdict).toBe('pass');
    expect((await ask(bySigners(bom(), [ed]))).verdict).toBe('policy');
    const part = { ...bom(), components: [signed({ type: 'file', name: 'a', version: '1' })] };
    expect((await ask(bySigners(part, [ed]))).verdict).toBe('policy');
  });

  it('over a part cover that part alone, and one that leaves members out says so', async () => {
    const part = { ...bom(), components: [signed({ type: 'file', name: 'a', version: '1' })] };
    const more = await ask({ ...part, version: 3 });
    expect([more.verdict, more.codes.includes('signature-covers-part')]).toEqual(['warn', true]);
    const evil = { type: 'machine-learning-model', name: 'evil', version: '9' };
    expect((await ask({ ...part, components: [...part.components, evil] })).verdict).toBe('warn');
    expect((await ask(signed(part))).verdict).toBe('pass');
    expect((await ask({ ...part, components: [{ ...part.components[0], version: '2' }] })).verdict).toBe('fail');
    const left = await ask(signed({ ...bom(), version: 1 }, ec, { excludes: ['version'] }, ['version']));
    expect([left.verdict, left.codes.includes('signature-covers-part')]).toEqual(['warn', true]);
  });

  it('by several are over each signer alone, and in a chain over those before', async () => {
    const one = { algorithm: 'ES256', keyId: 'one' };
    const two = { algorithm: 'ES256', keyId: 'two' };
    const first = { ...one, value: valueOver({ ...bom(), signature: { signers: [one] } }) };
    const second = { ...two, value: valueOver({ ...bom(), signature: { signers: [two] } }) };
    expect((await ask({ ...bom(), signature: { signers: [first, second] } })).verdict).toBe('pass');
    const start = { ...one, value: valueOver({ ...bom(), signature: { chain: [one] } }) };
    const next = { ...two, value: valueOver({ ...bom(), signature: { chain: [start, two] } }) };
    expect((await ask({ ...bom(), signature: { chain: [start, next] } })).verdict).toBe('pass');
    expect((await ask({ ...bom(), signature: { chain: [{ ...start, keyId: 'x' }, next] } })).verdict).not.toBe('pass');
  });

  it('that are not understood, or by a shared secret, are never a pass', async () => {
    const good = signed(bom());
    const held = good['signature'] as Json;
    for (const change of [
      { extensions: ['x'] },
      { value: '' },
      { algorithm: 'ES384' },
      { algorithm: 'HS256' },
      { excludes: ['signature'] },
    ])
      expect(['pass', 'warn'], JSON.stringify(change)).not.toContain(
        (await ask({ ...good, signature: { ...held, ...change } })).verdict,
      );
  });

  it('end in signatures or in their own refusal on spoiled bytes', () => {
    const seed = Buffer.from(JSON.stringify(signed(bom())));
    const random = randomFrom(10);
    for (let i = 0; i < 400; i += 1)
      try {
        const node = parseJsonTree(mutate(seed, seed, random));
        if (node.kind === 'object') readJsonSignatures(node);
      } catch (error) {
        expect(error instanceof KeyError || error instanceof JsonError, String(error)).toBe(true);
      }
  });
});
