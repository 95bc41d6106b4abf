import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { type ChainAlgorithm, chainDigest, hexOf } from './chain-digest.ts';
import { sha256Hex } from './digest.ts';
import { HashChain } from './hash-chain.ts';
import { leafHash, rootOf } from './merkle.ts';

const zeros = '0'.repeat(64);
type Body = Record<string, unknown>;
const body = (i: number): Body => ({ actor: 'ann', detail: { n: i }, seq: i + 1, ts: `2026-03-01T10:0${i}:00Z` });

/** Records chained by their own hash over what `spell` makes of them and of the hash before. */
function chained(
  spell: (row: Body, previous: string) => string | Uint8Array,
  digest: ChainAlgorithm,
  first: unknown = zeros,
) {
  let previous: unknown = first;
  return Array.from({ length: 8 }, (_, i) => {
    const row: Body = { ...body(i), prev_hash: previous };
    previous = chainDigest(digest, spell(row, String(row['prev_hash'])));
    return JSON.stringify({ ...row, hash: previous });
  });
}
function run(lines: readonly string[]) {
  const rows: number[] = [];
  const chain = new HashChain({ sizes: [9], onRow: ({ entry }) => void rows.push(entry) });
  for (const line of lines) chain.add(Buffer.from(line));
  const result = chain.end();
  expect(rows).toHaveLength(result.entries);
  return result;
}
const kinds = (lines: readonly string[]) =>
  run(lines).breaks.map(({ entry, line, kind }) => `${entry}/${line} ${kind}`);

const good = chained((row) => canonicalJson(row), 'sha256');
const header = '{"type":"header","version":1,"ledger":"audit"}';
const footer = '{"type":"footer","count":8}';

describe('rows beside a chain', () => {
  it('stand before and after it, counted and covered by nothing', () => {
    const lines = [header, ...good, footer];
    const { entries, breakCount, frame, root } = run(lines);
    expect([entries, breakCount, frame?.before.length, frame?.after.length]).toEqual([8, 0, 1, 1]);
    expect(root).toEqual(rootOf(good.map((line) => leafHash(line))));
    expect(frame?.root).toEqual(rootOf(lines.map((line) => leafHash(line))));
    expect(frame?.roots.get(9)).toEqual(rootOf(lines.slice(0, 9).map((line) => leafHash(line))));
    expect(run(good).frame).toBeNull();
  });

  it('are faults within it, and do not hide others', () => {
    expect(kinds([...good.slice(0, 4), header, ...good.slice(4)])).toContain('5/5 edited');
    expect(kinds([header, ...good.toSpliced(3, 1)])).toEqual(['4/5 removed']);
    expect(kinds([header, ...good.map((line, i) => (i === 2 ? line.replace('ann', 'eve') : line)), footer])).toEqual([
      '3/4 edited',
    ]);
    expect(kinds([header, ...good.slice(1)])).toEqual(['1/2 genesis']);
  });

  it('are not records that lost their hashes', () => {
    const bare = (line = '') => JSON.stringify({ ...JSON.parse(line), hash: undefined, prev_hash: undefined });
    expect(kinds([...good.slice(0, 7), bare(good[7])])).toEqual(['8/8 unlinked', '8/8 edited']);
    expect(kinds([bare(good[0]), ...good.slice(1)])).not.toEqual([]);
  });

  it('may be what the first record begins at', () => {
    const after = chained((row) => canonicalJson(row), 'sha256', sha256Hex(header));
    expect(kinds([header, ...after])).toEqual([]);
    expect([run([header, ...after]).frame?.isNamed, run([header, ...good]).frame?.isNamed]).toEqual([true, false]);
    expect(kinds([header.replace('audit', 'other'), ...after])).toEqual(['1/2 genesis']);
    const seeded = chained((row) => canonicalJson(row), 'sha256', sha256Hex('a seed'));
    expect(kinds([`{"type":"header","genesis":"${sha256Hex('a seed')}"}`, ...seeded])).toEqual([]);
    expect(kinds(seeded)).toEqual(['1/1 genesis']);
    expect(kinds(chained((row) => canonicalJson(row), 'sha256', sha256Hex('genesis')))).toEqual([]);
  });

  it('is the first record, where the next names it and records have no hash of their own', () => {
    let previous = sha256Hex(canonicalJson(JSON.parse(header)));
    const rest = Array.from({ length: 6 }, (_, i) => {
      const row = canonicalJson({ ...body(i), prev_hash: previous });
      previous = sha256Hex(row);
      return row;
    });
    expect(run([header, ...rest])).toMatchObject({ entries: 7, breakCount: 0, frame: null });
    expect(kinds([header.replace('audit', 'other'), ...rest])).not.toEqual([]);
  });
});

describe('other digests and joins', () => {
  it.each([
    'sha3-256',
    'sha3-512',
    'blake2b',
    'blake2b-256',
    'blake2s',
    'blake3',
    'sha224',
    'sha256d',
    'keccak256',
  ] as const)('%s', (digest) => {
    const lines = chained((row) => canonicalJson(row), digest, '');
    expect(run(lines)).toMatchObject({ breakCount: 0, rule: { algorithm: digest } });
    expect(kinds(lines.map((line, i) => (i === 4 ? line.replace('ann', 'eve') : line)))).toEqual(['5/5 edited']);
  });

  it('joins members with objects among them, as a JSON array, as bytes, with a line feed', () => {
    const ways: ((row: Body, previous: string) => string | Uint8Array)[] = [
      ({ seq, ts, actor, detail }, previous) => [seq, ts, actor, canonicalJson(detail as object), previous].join('|'),
      ({ seq, actor, detail }, previous) => JSON.stringify([seq, actor, detail, previous]),
      ({ seq, ts }, previous) =>
        Buffer.concat([Buffer.from(previous, 'hex'), Buffer.from(`${String(seq)}${String(ts)}`)]),
      (row) => `${canonicalJson(row)}\n`,
      ({ seq, detail, prev_hash }) => canonicalJson({ detail, prev_hash, seq }),
    ];
    for (const way of ways) {
      const lines = chained(way, 'sha256');
      expect(kinds(lines)).toEqual([]);
      expect(kinds(lines.toSpliced(4, 1))).toEqual(['5/5 removed']);
      expect(kinds(lines.map((line, i) => (i === 3 ? line.replace('"seq":4', '"seq":40') : line)))).not.toEqual([]);
    }
  });

  it('knows hashes as writers spell them', () => {
    const hex = createHash('sha256').update('x').digest('hex');
    const base64 = Buffer.from(hex, 'hex').toString('base64');
    const spelled = [
      hex,
      hex.toUpperCase(),
      `sha256:${hex}`,
      `SHA3-256:${hex}`,
      `sha256$${hex}`,
      `0x${hex}`,
      `1220${hex}`,
    ];
    for (const text of [...spelled, base64, `sha256-${base64}`, base64.replace('=', ''), `%${base64}.sha256`])
      expect(hexOf(text)).toBe(hex);
    const long = createHash('sha512').update('x').digest();
    expect(hexOf(long.toString('base64'))).toBe(long.toString('hex'));
    for (const text of ['', 'ann', '2026-03-01T10:00:00Z', `${hex}0`, `x${hex}`, 'a b'.repeat(20)])
      expect(hexOf(text)).toBeNull();
  });
});
