import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import type { ChainOptions, ChainResult } from './chain-result.ts';
import { sha256Hex } from './digest.ts';
import { HashChain } from './hash-chain.ts';
import { PlainRows } from './plain-rows.ts';
import { epochTime, timeIn, timeOf } from './time-text.ts';

type Body = Record<string, unknown>;
function chained(
  count: number,
  more: (i: number) => Body = () => ({}),
  spell: (body: Body) => string = canonicalJson,
  print: (row: Body) => string = canonicalJson,
): string[] {
  let previous = '0'.repeat(64);
  return Array.from({ length: count }, (_, i) => {
    const body = {
      actor: `anna ${i % 5}`,
      at: new Date(1_790_000_000_000 + i * 60_000).toISOString(),
      detail: { n: i / 4, list: [i, null], text: 'größe \u0001 "x"' },
      ledger: 'main',
      prev_hash: previous,
      seq: i + 1,
      ...more(i),
    };
    previous = sha256Hex(spell(body));
    return print({ ...body, hash: previous });
  });
}
const python = (body: Body) =>
  JSON.stringify(Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1))), null, 1)
    .replace(/\[\n */g, '[')
    .replace(/\n *\]/g, ']')
    .replace(/\{\n */g, '{')
    .replace(/\n *\}/g, '}')
    .replace(/\n */g, ' ')
    .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const rehashed = (line: string) => {
  const body = Object.fromEntries(Object.entries(JSON.parse(line) as Body).filter(([name]) => name !== 'hash'));
  return canonicalJson({ ...body, hash: sha256Hex(canonicalJson(body)) });
};

const options: ChainOptions = { columns: [/^actor$/], spot: ['sha256'], sizes: [0, 1, 70, 100, 101, 400, 401, 5_000] };
/** Line by line, as every line can be read. */
function slowly(lines: readonly string[], more: ChainOptions = {}): ChainResult {
  const chain = new HashChain({ ...options, ...more });
  for (const line of lines) line === '' ? chain.skip() : chain.add(Buffer.from(line));
  return chain.end();
}
/** The same in blocks of about so many bytes, with how many of them were taken whole. */
function inBlocks(
  lines: readonly string[],
  size: number,
  more: ChainOptions = {},
): { result: ChainResult; taken: number } {
  const chain = new HashChain({ ...options, ...more });
  let judge: PlainRows | null = null;
  let taken = 0;
  let block: string[] = [];
  let bytes = 0;
  const flush = () => {
    const text = Buffer.from(block.map((line) => `${line}\n`).join(''));
    const plan = chain.plan(true);
    if (judge === null && plan !== null) judge = new PlainRows(plan);
    const plain = judge?.read(text) ?? null;
    if (plain !== null && chain.take(plain)) taken += 1;
    else for (const line of block) line === '' ? chain.skip() : chain.add(Buffer.from(line));
    block = [];
    bytes = 0;
  };
  for (const line of lines) {
    block.push(line);
    bytes += line.length;
    if (bytes > size) flush();
  }
  if (block.length > 0) flush();
  return { result: chain.end(), taken };
}

const good = chained(450);
const spliced = (at: number, remove: number, ...more: string[]) => good.toSpliced(at, remove, ...more);
const row = (i: number) => good[i] ?? '';
const changes: [string, string[]][] = [
  ['nothing', good],
  ['an edit', spliced(200, 1, row(200).replace('anna', 'otto'))],
  ['an edit with a new hash', spliced(200, 1, rehashed(row(200).replace('anna', 'otto')))],
  ['a removal', spliced(200, 1)],
  ['a removal of many', spliced(100, 120)],
  ['two exchanged', spliced(200, 2, row(201), row(200))],
  ['one moved far', spliced(420, 1).toSpliced(90, 0, row(420))],
  ['one doubled', spliced(200, 0, row(199))],
  ['one inserted', spliced(200, 0, rehashed(row(200).replace('anna', 'otto')))],
  ['an empty line', spliced(200, 0, '')],
  ['a line of another kind', spliced(200, 1, '[1]')],
  ['a spaced line', spliced(200, 1, row(200).replace('{', '{ '))],
  ['a carriage return', spliced(200, 1, `${row(200)}\r`)],
  ['bytes after a record', spliced(200, 1, `${row(200)} x`)],
  ['two records on a line', spliced(200, 2, row(200) + row(201))],
  ['a front cut off', good.slice(100)],
  ['another ledger', chained(450, (i) => (i === 300 ? { ledger: 'other' } : {}))],
  ['a clock that jumps', chained(450, (i) => (i === 300 ? { at: '2020-01-01T00:00:00Z' } : {}))],
  ['a clock of numbers', chained(450, (i) => (i === 300 ? { at: '1790000000' } : {}))],
  ['a time that is none', chained(450, (i) => (i === 300 ? { at: 'yesterday' } : {}))],
  ['a number left out', chained(450, (i) => ({ seq: i < 300 ? i + 1 : i + 2 }))],
  ['a number that is a text', chained(450, (i) => (i === 300 ? { seq: 'three' } : {}))],
  ['a member missing', chained(450, (i) => (i === 300 ? { actor: null } : {}))],
  ['long words', chained(450, (i) => (i === 300 ? { actor: 'x'.repeat(3_000) } : {}))],
  ['digests within', chained(450, (i) => (i % 7 === 0 ? { files: [{ path: 'a', sha256: '0'.repeat(64) }] } : {}))],
];

describe('blocks of plain records', () => {
  it.each(changes)('say of %s what reading line by line says', (_what, lines) => {
    for (const size of [300, 2_000, 20_000, 10_000_000]) {
      const { result } = inBlocks(lines, size);
      expect(result).toEqual(slowly(lines));
    }
  });

  it('are taken whole where nothing is odd, and only there', () => {
    expect(inBlocks(good, 5_000).taken).toBeGreaterThan(20);
    const broken = inBlocks(spliced(200, 1), 5_000);
    expect(broken.taken).toBeGreaterThan(18);
    expect(broken.result.breaks).toMatchObject([{ entry: 201, kind: 'removed' }]);
  });

  const spelled: [string, (body: Body) => string, (row: Body) => string, string][] = [
    [
      'spaced and in another order',
      canonicalJson,
      (row) => JSON.stringify({ hash: 0, ...row }, null, 1).replaceAll('\n', ' '),
      'jcs',
    ],
    ['as Python writes them', python, python, 'python-as-written'],
    ['as written', (body) => JSON.stringify(body), (row) => JSON.stringify(row), 'as-written'],
  ];
  it.each(spelled)('are taken whole where records are %s', (_what, spell, print, form) => {
    const lines = chained(450, () => ({}), spell, print);
    expect(slowly(lines)).toMatchObject({ breakCount: 0, rule: { form } });
    for (const changed of [
      lines,
      lines.toSpliced(200, 1, (lines[200] ?? '').replace('anna', 'otto')),
      lines.toSpliced(200, 1),
      lines.toSpliced(200, 2, lines[201] ?? '', lines[200] ?? ''),
      lines.toSpliced(200, 1, (lines[200] ?? '').replace('seq', 'actor')),
    ]) {
      const { result, taken } = inBlocks(changed, 5_000);
      expect(taken).toBeGreaterThan(18);
      expect(result).toEqual(slowly(changed));
    }
  });

  it('find the heads that are asked for', () => {
    const heads = [40, 333].map((i) => (JSON.parse(row(i)) as { hash: string }).hash);
    const { result } = inBlocks(good, 3_000, { heads });
    expect([...result.entryOfHead.values()]).toEqual([41, 334]);
    expect(result).toEqual(slowly(good, { heads }));
  });

  it('notice each of 400 changed bytes, as reading line by line does', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    const plan = (() => {
      const chain = new HashChain(options);
      for (const line of good) chain.add(Buffer.from(line));
      chain.end();
      return chain.plan(true);
    })();
    if (plan === null) throw new Error('no plan');
    const judge = new PlainRows(plan);
    const clean = Buffer.from(
      good
        .slice(100, 120)
        .map((line) => `${line}\n`)
        .join(''),
    );
    expect(judge.read(clean)?.rows).toBe(20);
    for (let i = 0; i < 400; i++) {
      const bytes = Buffer.from(clean);
      const at = random(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      const found = judge.read(bytes);
      // What the first names as the one before it is held against that one, elsewhere.
      const isPrevious = found !== null && found.previous !== judge.read(clean)?.previous;
      expect([i, at, found === null || isPrevious]).toEqual([i, at, true]);
    }
  });
});

it.each([
  '2026-11-21T10:00:00Z',
  '2026-11-21T10:00:00.5Z',
  '2026-11-21T10:00:00.123Z',
  '2024-02-29T23:59:59Z',
  '2000-03-01T00:00:00Z',
  '1900-03-01T00:00:00Z',
  '1600-12-28T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '2026-11-21T25:00:00Z',
  '2026-13-21T10:00:00Z',
  '2026-00-21T10:00:00Z',
  '2026-11-00T10:00:00Z',
  '2026-11-21T10:60:00Z',
  '2026-11-21T10:00:00.Z',
  '2026-11-21T10:00:00.1x3Z',
  '2026-11-21 10:00:00Z',
  '2026-11-21T10:00:00+02:00',
  '2026-11-21',
  'Sat, 21 Nov 2026 10:00:00 GMT',
  '',
  'yesterday',
])('the time %s is what the platform says it is', (text) => {
  expect(timeIn(Buffer.from(`"${text}"`), 1, text.length + 1)).toBe(Date.parse(text));
});
it('a time without a zone is one of UTC, and a day that its month has not is none', () => {
  expect(timeOf('2026-10-25T02:30:00')).toBe(Date.UTC(2026, 9, 25, 2, 30));
  expect(timeOf('2026-11-21 10:00:00.25 +05:30')).toBe(Date.UTC(2026, 10, 21, 4, 30, 0, 250));
  expect(timeOf('2026-11-21T10:00:00.123457Z') - timeOf('2026-11-21T10:00:00.123456Z')).toBeGreaterThan(0);
  expect(timeOf('Nov 21 2026 10:00:00')).toBe(Date.UTC(2026, 10, 21, 10));
  for (const text of ['2026-02-30T00:00:00Z', '2025-02-29', '2026-11-21T23:59:60Z']) expect(timeOf(text)).toBeNaN();
  expect(['1790000000', '1790000000000', '1790000000.5', '17'].map(epochTime)).toEqual([
    1_790_000_000_000,
    1_790_000_000_000,
    1_790_000_000_500,
    Number.NaN,
  ]);
});
it('a number or a text with an escape is no time', () => {
  for (const text of ['1790000000', '17.5', '2026-11-21T10:00:00\\u005a'])
    expect(timeIn(Buffer.from(text), 0, text.length)).toBeNaN();
});
