import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Check } from '../../shared/check.ts';
import type { Use } from '../../shared/fact.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { fingerprint } from '../integrity/public-key.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-rows-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }).toString();
const trusted = (key: KeyObject, uses: Use[] | null) => ({
  id: fingerprint(key),
  kind: 'key' as const,
  name: 'writer',
  uses,
  material: pem(key),
  fingerprint: fingerprint(key),
  identities: [],
  addedAt: null,
  addedBy: null,
});
async function signatureChecks(
  text: string | Uint8Array,
  files: Record<string, string> = {},
  keys: ReturnType<typeof trusted>[] = [],
): Promise<Check[]> {
  const folder = join(scratch, `case-${++count}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'ledger.jsonl'), text);
  for (const [name, held] of Object.entries(files)) writeFileSync(join(folder, name), held);
  const { checks, facts } = await examine(
    { path: folder, trust: { entries: keys }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
  expect(facts.some((fact) => fact.kind === 'ledger' && fact.signedRows !== undefined)).toBe(false);
  return checks.filter(({ rule }) => rule === 'ledger-signatures');
}

type Body = Record<string, string | number>;
/** Seven rows, each with its hash and a signature over what `signed` says of it. */
function rows(
  signed: (body: Body, hash: string) => string,
  signer: (data: Buffer) => string,
  more: Body = {},
): string[] {
  let previous = '0'.repeat(64);
  return Array.from({ length: 7 }, (_, seq) => {
    const body = { action: `step ${seq}`, prev_hash: previous, seq, ...more };
    const hash = sha256Hex(canonicalJson(body));
    previous = hash;
    return `${JSON.stringify({ ...body, hash, signature: signer(Buffer.from(signed(body, hash))) })}\n`;
  });
}
const ed = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const byEd = (data: Buffer) => sign(null, data, ed.privateKey).toString('hex');
const byEc = (data: Buffer) =>
  sign('sha256', data, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');

describe('signatures in the entries of a ledger', () => {
  const ways: [string, string[], KeyObject][] = [
    ['the hash, Ed25519', rows((_, hash) => hash, byEd), ed.publicKey],
    ['number and hash', rows(({ seq }, hash) => `${seq}:${hash}`, byEd), ed.publicKey],
    ['the record with its hash, ES256', rows((body, hash) => canonicalJson({ ...body, hash }), byEc), ec.publicKey],
  ];

  it('are a pass by a key named for ledgers, policy by one known for something else', async () => {
    for (const [words, lines, key] of ways) {
      const [good] = await signatureChecks(lines.join(''), {}, [trusted(key, ['ledger'])]);
      expect(good, words).toMatchObject({ verdict: 'pass', code: 'ledger-signed', vouched: 'key' });
      const [other] = await signatureChecks(lines.join(''), {}, [trusted(key, ['provenance'])]);
      expect(other?.verdict, words).toBe('policy');
    }
  });

  it('are never more than by themselves where the key came with the evidence', async () => {
    for (const [words, lines, key] of ways) {
      const [beside] = await signatureChecks(lines.join(''), { 'writer.pub.pem': pem(key) });
      expect(beside, words).toMatchObject({ verdict: 'undecided', code: 'ledger-signed-by-itself', partial: true });
    }
    const stated = pem(ed.publicKey);
    const own = rows((_, hash) => hash, byEd, { public_key: stated });
    expect((await signatureChecks(own.join('')))[0]?.code).toBe('ledger-signed-by-itself');
    // Somebody is named for ledgers, and it is not this key.
    expect((await signatureChecks(own.join(''), {}, [trusted(ec.publicKey, ['ledger'])]))[0]?.verdict).toBe('policy');
  });

  it('hold as their writer spells records, though the first of them fit other spellings too', async () => {
    const ascii = (record: object) =>
      JSON.stringify(Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))).replace(
        /[\u007f-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    let previous = '0'.repeat(64);
    const lines = Array.from({ length: 9 }, (_, seq) => {
      const body = { action: seq % 3 === 2 ? 'größer' : `step ${seq}`, prev_hash: previous, seq };
      previous = sha256Hex(ascii(body));
      return `${JSON.stringify({ ...body, hash: previous, signature: byEd(Buffer.from(ascii(body))) })}\n`;
    });
    const keys = [trusted(ed.publicKey, ['ledger'])];
    expect(await signatureChecks(lines.join(''), {}, keys)).toMatchObject([{ verdict: 'pass', code: 'ledger-signed' }]);
    const edited = lines.with(5, (lines[5] ?? '').replace('größer', 'größte'));
    expect((await signatureChecks(edited.join(''), {}, keys)).some(({ verdict }) => verdict === 'fail')).toBe(true);
  });

  it('of an entry that names another signer are policy where somebody is named', async () => {
    const good = rows((_, hash) => hash, byEd, { signer_id: 's0' });
    const other = good.with(
      6,
      (good[6] ?? '')
        .replace('"signer_id":"s0"', '"signer_id":"s1"')
        .replace(/"signature":"(..)/, (_all, two: string) => `"signature":"${two === '00' ? '11' : '00'}`),
    );
    const checks = await signatureChecks(other.join(''), {}, [trusted(ed.publicKey, ['ledger'])]);
    expect(checks).toMatchObject([{ verdict: 'policy', location: { entry: 7 } }]);
  });

  it('name the entry whose signature is of another text, though the chain was made anew', async () => {
    const good = rows((_, hash) => hash, byEd);
    const old = good.map((line) => (JSON.parse(line) as { signature: string }).signature);
    let n = 0;
    const anew = rows(
      (_, hash) => hash,
      () => old[n++] ?? '',
    ).map((line) => JSON.parse(line) as Body);
    let previous = '0'.repeat(64);
    const edited = anew.map(({ signature = '', hash: _, ...rest }, i) => {
      const body: Body = { ...rest, prev_hash: previous, action: i >= 4 ? 'edited' : `step ${i}` };
      previous = sha256Hex(canonicalJson(body));
      return `${JSON.stringify({ ...body, hash: previous, signature })}\n`;
    });
    const checks = await signatureChecks(edited.join(''), { 'writer.pub.pem': pem(ed.publicKey) });
    expect(checks.map(({ verdict, location }) => [verdict, location?.entry])).toEqual([
      ['fail', 5],
      ['fail', 6],
      ['fail', 7],
    ]);
  });

  it('end in checks on spoiled bytes, and never in a pass of the spoiled entry', async () => {
    const good = Buffer.from(rows((_, hash) => hash, byEd).join(''));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: good.length - 2 }), fc.nat({ max: 255 }), async (at, byte) => {
        const spoiled = Buffer.from(good);
        spoiled[at] = byte;
        await signatureChecks(spoiled, { 'writer.pub.pem': pem(ed.publicKey) });
      }),
      { seed: 21, numRuns: 40 },
    );
  });
});
