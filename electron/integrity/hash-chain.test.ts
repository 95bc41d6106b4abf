import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import type { ChainResult } from './chain-result.ts';
import { sha256Hex } from './digest.ts';
import { HashChain } from './hash-chain.ts';
import { leafHash, rootOf } from './merkle.ts';

const zeros = '0'.repeat(64);
type Body = Record<string, unknown>;

/** Records chained as most writers do, `spell` deciding what is hashed. */
function chained(
  count: number,
  spell: (body: Body) => string = (body) => canonicalJson(body),
  print: (row: Body) => string = (row) => canonicalJson(row),
): string[] {
  let previous = zeros;
  return Array.from({ length: count }, (_, i) => {
    const body = {
      action: i % 3 === 0 ? 'open' : 'größe \u0001',
      at: new Date(1_790_000_000_000 + i * 60_000).toISOString(),
      detail: { n: i / 4, list: [i, null] },
      prev_hash: previous,
      seq: i + 1,
    };
    previous = sha256Hex(spell(body));
    return print({ ...body, hash: previous });
  });
}
function run(lines: readonly string[], options: ConstructorParameters<typeof HashChain>[0] = {}): ChainResult {
  const chain = new HashChain(options);
  for (const line of lines) chain.add(Buffer.from(line));
  return chain.end();
}
const kinds = (result: ChainResult) => result.breaks.map(({ entry, kind }) => `${entry} ${kind}`);
const good = chained(200);
const spliced = (at: number, remove: number, ...add: string[]) => good.toSpliced(at, remove, ...add);

describe('hash chains', () => {
  it('finds the rule, the head, and roots and heads at the sizes asked for', () => {
    const result = run(good, {
      sizes: [0, 1, 77, 200],
      heads: [/"hash":"([0-9a-f]{64})"/.exec(good[41] ?? '')?.[1] ?? ''],
    });
    expect(result).toMatchObject({
      entries: 200,
      breakCount: 0,
      rule: { family: 'own-hash', hashField: 'hash', previousField: 'prev_hash', form: 'jcs' },
      sequenceGaps: [],
      clockJumps: [],
    });
    expect(result.root).toEqual(rootOf(good.map((line) => leafHash(line))));
    expect(result.rootsAt.get(77)).toEqual(rootOf(good.slice(0, 77).map((line) => leafHash(line))));
    expect(good[76]).toContain(result.headsAt.get(77));
    expect(good.at(-1)).toContain(result.head);
    expect([...result.entryOfHead.values()]).toEqual([42]);
    expect(result.firstAt).toBe('2026-09-21T14:13:20.000Z');
  });

  it('names what was done, and where', () => {
    const row = (i: number) => good[i] ?? '';
    const rehashed = (line: string) => {
      const body = Object.fromEntries(Object.entries(JSON.parse(line)).filter(([name]) => name !== 'hash'));
      return canonicalJson({ ...body, hash: sha256Hex(canonicalJson(body)) });
    };
    expect(kinds(run(spliced(99, 1, row(99).replace('"seq":100', '"seq":1000'))))).toEqual(['100 edited']);
    expect(kinds(run(spliced(99, 1, rehashed(row(99).replace('open', 'shut')))))).toEqual(['101 unlinked']);
    expect(kinds(run(spliced(99, 1)))).toEqual(['100 removed']);
    expect(kinds(run(spliced(99, 2, row(100), row(99))))).toEqual(['100 reordered', '101 reordered', '102 reordered']);
    expect(kinds(run(spliced(99, 0, rehashed(row(99).replace('open', 'shut')))))).toEqual(['101 inserted']);
    expect(kinds(run(spliced(99, 1, '{"broken'))).slice(0, 1)).toEqual(['100 unparsable']);
    expect(kinds(run(good.slice(10)))).toEqual(['1 genesis']);
    expect(kinds(run(spliced(99, 1, '[1]')))).toEqual(['100 unparsable']);
  });

  it('says the same by the quick way and the slow way', () => {
    const changes = [
      good,
      spliced(99, 1, (good[99] ?? '').replace('open', 'shut')),
      spliced(120, 1),
      spliced(10, 2, good[11] ?? '', good[10] ?? ''),
      spliced(150, 1, '{}'),
    ];
    for (const lines of changes) {
      // A space after the brace is enough to leave the quick way; the hash does not see it.
      const slow = run(lines.map((line) => line.replace('{', '{ ')));
      const quick = run(lines);
      expect(kinds(quick)).toEqual(kinds(slow));
      expect({ ...quick, root: null, breaks: [] }).toEqual({ ...slow, root: null, breaks: [] });
    }
  });

  it('finds what writers of other languages do', () => {
    const asWritten = run(
      chained(
        10,
        (body) => JSON.stringify(body),
        (row) => JSON.stringify(row),
      ),
    );
    expect(asWritten).toMatchObject({ breakCount: 0, rule: { hashField: 'hash' } });
    const emptied = run(
      chained(
        10,
        (body) => JSON.stringify({ ...body, hash: '' }),
        (row) => JSON.stringify(row),
      ),
    );
    expect(emptied).toMatchObject({ breakCount: 0, rule: { blank: '""' } });
    const joined = run(chained(10, (body) => `${body['prev_hash']}\n${canonicalJson(body)}`));
    expect(joined).toMatchObject({ breakCount: 0, rule: { preimage: 'previous+record', separator: '\n' } });
    const members = run(chained(10, (body) => [body['prev_hash'], body['seq'], body['at']].join('|')));
    expect(members).toMatchObject({
      breakCount: 0,
      rule: { preimage: 'members', members: ['prev_hash', 'seq', 'at'] },
    });
    expect(members.rule?.words).toContain('other members are not covered');
  });

  it('says that it does not know rather than that it is broken', () => {
    const unknown = run(chained(10, (body) => `salt${canonicalJson(body)}`));
    expect(unknown).toMatchObject({ rule: { family: 'unexplained' }, breakCount: 0 });
    const keyed = run(
      chained(10, (body) => `key${canonicalJson(body)}`).map((line) =>
        line.replaceAll('"hash"', '"entry_hmac"').replaceAll('prev_hash', 'prev_hmac'),
      ),
    );
    expect(keyed).toMatchObject({ rule: { family: 'keyed' }, breakCount: 0 });
    const same = run([
      '{"a":1,"hash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}',
      '{"a":2,"hash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}',
    ]);
    expect(kinds(same)).toEqual(['1 edited']);
  });

  it('tells whole numbers apart that no double tells apart', () => {
    const hash = sha256Hex(`{"n":9007199254740992,"prev_hash":"${zeros}"}`);
    const first = `{"hash":"${hash}","n":9007199254740992,"prev_hash":"${zeros}"}`;
    expect(run([first]).breakCount).toBe(0);
    expect(run([first, first.replace('740992', '740993')]).breakCount).toBeGreaterThan(0);
  });

  it('shows no edit of one byte as a chain that holds', () => {
    fc.assert(
      fc.property(fc.nat({ max: 29 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (at, where, change) => {
        const lines = good.slice(0, 30).map((line) => Buffer.from(line));
        const target = lines[at];
        if (target === undefined) return;
        const offset = where % target.length;
        target[offset] = (target[offset] ?? 0) ^ change;
        const chain = new HashChain();
        for (const line of lines) chain.add(line);
        expect(chain.end().breakCount).toBeGreaterThan(0);
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it('gives up on long records that no rule explains, within its budget', () => {
    const long = (i: number) =>
      `{"blob":"${'x'.repeat(400_000)}","hash":"${sha256Hex(String(i))}","key":${i},"prev_hash":"${sha256Hex(String(i - 1))}"}`;
    // By the processor, not by the clock: other tests run beside this one.
    const from = process.cpuUsage();
    expect(run(Array.from({ length: 24 }, (_, i) => long(i)))).toMatchObject({ breakCount: 0 });
    const { user, system } = process.cpuUsage(from);
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });

  it('learns from the first record that tells two spellings apart, and holds all after it by that', () => {
    const python = (text: string) =>
      text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    for (const [value, spelled] of [
      ['1.0', '1.0'],
      ['"é"', '"\\u00e9"'],
    ] as const) {
      let previous = zeros;
      const lines = Array.from({ length: 200 }, (_, i) => {
        const text = `{"prev_hash":"${previous}","seq":${i},"value":${i < 90 ? i * i : value}}`;
        previous = sha256Hex(python(text.replace(value, spelled)));
        return `${text.slice(0, -1)},"hash":"${previous}"}`;
      });
      expect(kinds(run(lines))).toEqual([]);
      expect(
        kinds(run(lines.map((line, i) => (i === 150 ? line.replace('"value":', '"value":2') : line)))),
      ).toHaveLength(1);
      // Where records have no hash of their own, the link shows it.
      let before = zeros;
      const links = lines.map((line) => {
        const text = line.replace(/,"hash":.*/, '}').replace(/"prev_hash":"[0-9a-f]*"/, `"prev_hash":"${before}"`);
        before = sha256Hex(python(text.replace(value, spelled)));
        return text;
      });
      expect(kinds(run(links))).toEqual([]);
      expect(kinds(run(links.toSpliced(120, 1)))).toEqual(['121 removed']);
    }
  });

  it('knows the spelling of Go, a wrapped record, zeros for the hash, and other digests', () => {
    const html = (text: string) => text.replaceAll('<', '\\u003c');
    const rules = [
      (body: Body) => ({ text: html(JSON.stringify(body)), out: (hash: string) => ({ ...body, hash }) }),
      (body: Body) => ({ text: canonicalJson({ ...body, hash: zeros }), out: (hash: string) => ({ ...body, hash }) }),
      ({ prev_hash, ...entry }: Body) => ({
        text: `${String(prev_hash)}${canonicalJson(entry)}`,
        out: (hash: string) => ({ entry, prev_hash, hash }),
      }),
    ];
    const digests = ['sha256', 'sha512', 'sha384', 'sha1'];
    for (const rule of rules)
      for (const digest of digests) {
        if (digest !== 'sha256' && rule === rules[1]) continue;
        let previous = hash(digest, '').replace(/./g, '0');
        const lines = Array.from({ length: 12 }, (_, seq) => {
          const { text, out } = rule({ seq, name: 'a < b', prev_hash: previous });
          previous = hash(digest, text);
          return JSON.stringify(out(previous));
        });
        const result = run(lines);
        expect([result.breakCount, result.rule?.algorithm]).toEqual([0, digest]);
        expect(kinds(run(lines.toSpliced(5, 1, (lines[5] ?? '').replace('a <', 'b <'))))).toEqual(['6 edited']);
        expect(kinds(run(lines.toSpliced(5, 1)))).not.toEqual([]);
      }
  });

  it('throws nothing, and ends, on any lines', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '"hash":',
      '"prev_hash":',
      `"${zeros}"`,
      '"a":1',
      ',',
      'null',
      '"seq":1',
      '\ud83d',
      '[',
      '"sig":""',
    );
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.array(piece, { maxLength: 9 }).map((parts) => Buffer.from(parts.join(''))),
      fc.constantFrom(...good.slice(0, 6).map((each) => Buffer.from(each))),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (lines, isUnended) => {
        const chain = new HashChain({ sizes: [1, 3], onRow: ({ node }) => void node() });
        for (const [i, each] of lines.entries()) chain.add(each, isUnended && i === lines.length - 1);
        expect(chain.end().entries).toBeLessThanOrEqual(lines.length);
      }),
      { seed: 8, numRuns: 250 },
    );
  });
});
