import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-forms-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
async function said(files: Record<string, string>) {
  const folder = join(scratch, `case-${++count}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { verdict, checks } = await examine(
    { path: folder, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
  const bad = checks.filter((each) => each.verdict === 'fail');
  return { verdict, checks, bad, first: Math.min(...bad.map(({ location }) => location?.entry ?? 0)) };
}
const zeros = '0'.repeat(64);
const notes = ['plain', 'größe', 'a/b <x>', "it's & 'so'", '€ 5', '😀', 'tab\tq"q', 'x', 'y'];
const bodies = notes.map((note, seq) => ({ seq, actor: 'ann', details: { note, n: seq } }));
const join_ = (lines: readonly string[]) => `${lines.join('\n')}\n`;

/** Lines by a writer that spells its records so, and hashes them so. */
function lines(
  hashOf: (record: object, previous: string) => string,
  spell: (record: object) => string,
  from: readonly object[] = bodies,
) {
  let previous = zeros;
  return from.map((body) => {
    const record = { ...body, prev_hash: previous };
    previous = hashOf(record, previous);
    return spell({ ...record, hash: previous });
  });
}
const php = (record: object) =>
  JSON.stringify(record)
    .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('/', '\\/');
const dotnet = (record: object) =>
  JSON.stringify(record)
    .replaceAll('\\"', '\\u0022')
    .replace(
      /[<>&'+`\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    );
const sorted = (record: object) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
const without = (record: object) => Object.fromEntries(Object.entries(record).filter(([name]) => name !== 'prev_hash'));
const bytes = (...hex: string[]) => Buffer.from(hex.join(''), 'hex');

describe('records that are spelled or hashed in ways that few do', () => {
  it.each([
    ['PHP, which escapes slashes', lines((record) => sha256Hex(php(record)), php)],
    ['PHP, its outermost members sorted', lines((record) => sha256Hex(php(sorted(record))), php)],
    ['.NET, which escapes quotes and plus signs', lines((record) => sha256Hex(dotnet(record)), dotnet)],
    [
      'digests of records, as text',
      lines((r, p) => sha256Hex(p + sha256Hex(canonicalJson(without(r)))), JSON.stringify),
    ],
    ['digests of records, as bytes', lines((r, p) => sha256Hex(bytes(p, sha256Hex(canonicalJson(r)))), JSON.stringify)],
    [
      'the digest of one member',
      lines(
        (r, p) => sha256Hex(`${p}\n${sha256Hex(canonicalJson((r as { details: object }).details))}`),
        JSON.stringify,
      ),
    ],
    ['hashes of 12 digits', lines((record) => sha256Hex(canonicalJson(record)).slice(0, 12), JSON.stringify)],
    ['hashes of 24 digits', lines((record) => sha256Hex(canonicalJson(record)).slice(0, 24), JSON.stringify)],
  ])('%s: pass, and fail after an edit', async (_, all) => {
    expect((await said({ 'audit.jsonl': join_(all) })).verdict).toBe('pass');
    const edited = all.with(5, (all[5] ?? '').replace('"n":5', '"n":7'));
    expect((await said({ 'audit.jsonl': join_(edited) })).first).toBe(6);
  });

  it('without the members that hold nothing: pass, and fail after an edit', async () => {
    const some = (record: object) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
    const from = bodies.map((body, i) => ({ ...body, note: i % 2 === 0 ? 'x' : null }));
    const all = lines((record) => sha256Hex(canonicalJson(some(record))), JSON.stringify, from);
    expect((await said({ 'audit.jsonl': join_(all) })).verdict).toBe('pass');
    const edited = all.with(5, (all[5] ?? '').replace('"n":5', '"n":7'));
    expect((await said({ 'audit.jsonl': join_(edited) })).first).toBe(6);
  });

  it.each([
    ['an object', (value: string) => ({ signature: { alg: 'ed25519', value } })],
    ['a list', (value: string) => ({ signatures: [{ keyid: 'k1', sig: value }] })],
    ['a text, over the hash with its name', (value: string) => ({ signature: value })],
  ])('signed in %s: the signature is held against the key that is there', async (kind, hold) => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const other = generateKeyPairSync('ed25519').privateKey;
    const signed = (forgedFrom: number) => {
      let previous = zeros;
      return bodies.map((body, i) => {
        const record = { ...body, prev_hash: previous };
        previous = sha256Hex(canonicalJson(record));
        const message = kind.startsWith('a text') ? `sha256:${previous}` : previous;
        const value = sign(null, Buffer.from(message), i < forgedFrom ? privateKey : other).toString('base64');
        return JSON.stringify({ ...record, hash: previous, ...hold(value) });
      });
    };
    const beside = { 'writer.pub': publicKey.export({ format: 'pem', type: 'spki' }).toString() };
    const good = await said({ 'audit.jsonl': join_(signed(99)), ...beside });
    expect(good.bad).toEqual([]);
    expect(good.checks.some(({ code }) => code === 'ledger-signed-by-itself')).toBe(true);
    const forged = await said({ 'audit.jsonl': join_(signed(5)), ...beside });
    expect(forged.verdict === 'fail' || forged.checks.some(({ code }) => code === 'ledger-signatures')).toBe(true);
    const bare = signed(99).map((line, i) => (i === 4 ? line.replace(/,"signatures?":.*$/, '}') : line));
    expect((await said({ 'audit.jsonl': join_(bare), ...beside })).first).toBe(5);
  });

  const usual = lines((record) => sha256Hex(canonicalJson(record)), JSON.stringify);
  const head = /"hash":"([0-9a-f]{64})"/.exec(usual.at(-1) ?? '')?.[1] ?? '';
  const cut = join_(usual.slice(0, 6));

  it('hold behind a byte order mark, which is remarked', async () => {
    const marked = await said({ 'audit.jsonl': `\ufeff${join_(usual)}` });
    expect(marked.verdict).toBe('warn');
    expect(marked.checks.some(({ code }) => code === 'ledger-holds')).toBe(true);
    expect((await said({ 'audit.jsonl': `\ufeff${join_(usual.toSpliced(3, 1))}` })).first).toBe(4);
  });

  it('hold in an array under any name, or within a document of any kind, and against the count stated there', async () => {
    const entries = usual.map((line) => JSON.parse(line));
    expect((await said({ 'audit.jsonl': `[${usual.join()}]` })).verdict).toBe('pass');
    expect((await said({ 'x.json': JSON.stringify({ meta: {}, transactions: entries }) })).verdict).toBe('pass');
    const short = { chain: entries.slice(0, 6), root_hash: head, length: 9 };
    expect((await said({ 'x.json': JSON.stringify(short) })).bad).toMatchObject([{ code: 'ledger-shorter' }]);
  });

  it.each([
    ['head.json', { hash: head, seq: 8 }],
    ['checkpoint.json', { version: 1, seq: 8, hash: head, sig: '' }],
    ['latest.json', { latest_hash: head }],
    ['state.json', { last_hash: head, last_seq: 8 }],
    ['seal.json', { final_hash: head, sealed_at: 'now' }],
    ['meta.json', { ledger: { head, length: 9 } }],
    ['expected.json', { expected_count: 9, expected_head: `sha256:${head}` }],
  ])('are held against what %s states', async (name, stated) => {
    const beside = { [name]: JSON.stringify(stated) };
    expect((await said({ 'audit.jsonl': join_(usual), ...beside })).verdict).toBe('pass');
    expect((await said({ 'audit.jsonl': cut, ...beside })).verdict).toBe('fail');
  });

  it('are not held against hashes of something else', async () => {
    for (const [name, stated] of [
      ['HEAD', '6b6e5f5bd4f3a9c3e0c2a7f35e3b3c6f0c0f8a51'],
      ['checkpoint.json', JSON.stringify({ step: 1000, hash: 'ab'.repeat(32) })],
      ['manifest.json', JSON.stringify({ model: { hash: 'ab'.repeat(32) } })],
    ] as const)
      expect((await said({ 'audit.jsonl': join_(usual), [name]: stated })).verdict).toBe('pass');
  });

  it('go on in the next file where a writer began a new one, and fail where one of them is missing or was cut', async () => {
    const [a, b, c] = [usual.slice(0, 3), usual.slice(3, 6), usual.slice(6)].map(join_);
    const whole = { '1.jsonl': a ?? '', '2.jsonl': b ?? '', '3.jsonl': c ?? '' };
    const { verdict, checks } = await said(whole);
    expect(verdict).toBe('pass');
    expect(checks.some(({ message }) => message.includes('go on where 2.jsonl ends'))).toBe(true);
    expect((await said({ ...whole, '2.jsonl': '' })).bad).toMatchObject([
      { code: 'ledger-genesis', subject: '3.jsonl' },
    ]);
    expect((await said({ ...whole, '1.jsonl': join_(usual.slice(0, 2)) })).verdict).toBe('fail');
  });
});
