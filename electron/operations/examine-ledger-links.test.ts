import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-links-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
async function said(lines: readonly string[], beside: Record<string, string> = {}) {
  const folder = join(scratch, `case-${++count}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'audit.jsonl'), `${lines.join('\n')}\n`);
  for (const [name, text] of Object.entries(beside)) writeFileSync(join(folder, name), text);
  const { verdict, checks } = await examine(
    { path: folder, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
  const bad = checks.filter((each) => each.verdict === 'fail');
  return { verdict, checks, codes: checks.map(({ code }) => code), at: bad.map(({ location }) => location?.entry) };
}

type Body = Record<string, unknown>;
type Hash = (record: Body) => string;
const jcs: Hash = (record) => sha256Hex(canonicalJson(record));
/** Lines of a chain from the bodies given, the first naming nothing before it. */
function chain(bodies: readonly Body[], hash: Hash = jcs, hasOwn = true): string[] {
  let previous: string | null = null;
  return bodies.map((body) => {
    const record: Body = { ...body, prev_hash: previous };
    previous = hash(record);
    return JSON.stringify(hasOwn ? { ...record, hash: previous } : record);
  });
}
const bodies = (length: number, from = 0, more: (i: number) => Body = () => ({})): Body[] =>
  Array.from({ length }, (_, i) => ({ action: `act ${from + i}`, by: 'bot', ...more(i) }));
const numbered = (i: number) => ({ seq: i });

describe('a chain that begins anew', () => {
  it.each([
    ['without numbers', [...chain(bodies(6)), ...chain(bodies(4, 20))]],
    ['with numbers that begin anew', [...chain(bodies(6, 0, numbered)), ...chain(bodies(4, 20, numbered))]],
    ['without hashes of its own', [...chain(bodies(6), jcs, false), ...chain(bodies(4, 20), jcs, false)]],
  ])('%s is undecided, and named with its place', async (_, lines) => {
    const { verdict, checks, codes } = await said(lines);
    expect(verdict).toBe('undecided');
    expect(codes).not.toContain('ledger-holds');
    expect(checks.find(({ code }) => code === 'ledger-begins-anew')?.location).toMatchObject({ entry: 7, line: 7 });
  });

  it('is a break where numbers go on, where it is a copy, where it does not hold', async () => {
    const goesOn = chain(bodies(4, 20, (i) => ({ seq: i + 8 })));
    expect((await said([...chain(bodies(6, 0, numbered)), ...goesOn])).at[0]).toBe(7);
    const lines = chain(bodies(6));
    expect((await said([...lines, ...lines])).at[0]).toBe(7);
    const emptied = lines.with(3, (lines[3] ?? '').replace(/"prev_hash":"\w+"/, '"prev_hash":null'));
    expect((await said(emptied)).at[0]).toBe(4);
    const bare = chain(bodies(6), jcs, false);
    const cleared = bare.with(3, (bare[3] ?? '').replace(/"prev_hash":"\w+"/, '"prev_hash":null'));
    expect((await said(cleared)).at[0]).toBe(4);
  });
});

const id = (i: number) => `00000000-0000-4000-8000-00000000000${i}`;
const named = (wrong: (i: number) => unknown): ((i: number) => Body) => {
  return (i) => ({ record_id: id(i), parent_record_id: wrong(i) ?? (i === 0 ? null : id(i - 1)) });
};

describe('the record before, named by its id or number beside its hash', () => {
  it('passes where it is that one', async () => {
    for (const more of [
      named(() => undefined),
      (i: number) => ({ seq: i, prev_seq: i === 0 ? null : i - 1 }),
      // Parents of a tree are not the records before.
      (i: number) => ({ id: `n${i}`, parent_id: i === 0 ? null : `n${(i - 1) >> 1}` }),
    ])
      for (const hasOwn of [true, false]) {
        const { verdict, codes } = await said(chain(bodies(9, 0, more), jcs, hasOwn));
        expect([verdict, codes.includes('ledger-misnamed')]).toEqual(['pass', false]);
      }
  });

  it.each([
    ['an earlier one', id(1)],
    ['none that is here', id(9)],
    ['nothing', ''],
    ['itself', id(4)],
  ])('fails where it is %s, at its place, though the hashes agree', async (_, wrong) => {
    const { checks, at } = await said(
      chain(
        bodies(
          9,
          0,
          named((i) => (i === 4 ? wrong : undefined)),
        ),
      ),
    );
    expect(at).toEqual([5]);
    expect(checks.find(({ code }) => code === 'ledger-misnamed')).toMatchObject({ expected: id(3), actual: wrong });
  });

  it('fails by number, and warns where it may be the parent in a tree', async () => {
    const byNumber = (i: number) => ({ seq: i, prev_seq: i === 0 ? null : i === 6 ? 2 : i - 1 });
    expect((await said(chain(bodies(9, 0, byNumber)))).at).toEqual([7]);
    const parents = (i: number) => ({ id: `n${i}`, parent_id: i === 0 ? null : i === 6 ? 'n2' : `n${i - 1}` });
    const { verdict, codes } = await said(chain(bodies(9, 0, parents)));
    expect([verdict, codes.includes('ledger-misnamed')]).toEqual(['warn', true]);
  });
});

describe('hashes of which nobody knows how they are made', () => {
  const secret: Hash = (record) => sha256Hex(`a word of the writer's own ${canonicalJson(record)}`);
  const lines = chain(bodies(9), secret);
  const head = (JSON.parse(lines[8] ?? '{}') as { hash: string }).hash;

  it('are undecided while each names the one before, with its head beside it too', async () => {
    const { verdict, codes } = await said(lines);
    expect([verdict, codes.includes('ledger-rule-unknown')]).toEqual(['undecided', true]);
    const headed = await said(lines, { HEAD: `${head}\n` });
    expect([headed.verdict, headed.at]).toEqual(['undecided', []]);
  });
  it('fail where a record was taken out, moved or cut off before its head', async () => {
    expect((await said(lines.toSpliced(4, 1))).at[0]).toBe(5);
    expect((await said(lines.with(4, lines[5] ?? '').with(5, lines[4] ?? ''))).at[0]).toBe(5);
    expect((await said(lines.toReversed())).at[0]).toBe(2);
    expect((await said(lines.slice(0, 7), { HEAD: `${head}\n` })).codes).toContain('ledger-head-differs');
  });
});

it('a record without the member that tells chains apart begins none', async () => {
  const lines = chain(
    bodies(6, 0, () => ({ session_id: 's-1' })),
    jcs,
    false,
  );
  expect((await said(lines)).verdict).toBe('pass');
  expect((await said(lines.toSpliced(3, 0, '{}'))).at[0]).toBe(4);
  expect((await said(lines.toSpliced(3, 0, '{"action":"other","prev_hash":null}'))).at[0]).toBe(4);
});

it('the last record without its hashes is none that stands beside the chain, though records hold a meta object', async () => {
  const lines = chain(bodies(6, 0, (i) => ({ meta: { run: i } })));
  const bare = lines.with(5, (lines[5] ?? '').replace(/,"prev_hash":.*$/, '}'));
  expect((await said(bare)).at).toContain(6);
});

it('finds that a few members are hashed, joined in an order of their own or in an object that calls the previous hash otherwise', async () => {
  const more = (i: number) => ({
    id: `e${i}`,
    at: `2026-03-01T10:00:0${i}Z`,
    kind: 'x',
    note: i % 3 ? null : 'n',
    data: { n: i },
  });
  const joined: Hash = (record) =>
    sha256Hex([record['prev_hash'] ?? '', record['at'], record['id'], record['kind']].join(''));
  const wrapped: Hash = ({ data, prev_hash }) =>
    sha256Hex(`{"data":{"n":${(data as { n: number }).n}},"prev":${JSON.stringify(prev_hash)}}`);
  for (const [hash, edit] of [
    [joined, /"kind":"x"/],
    [wrapped, /"n":4/],
  ] as const) {
    const lines = chain(bodies(9, 0, more), hash);
    expect((await said(lines)).verdict).toBe('pass');
    expect(
      (
        await said(
          lines.with(
            4,
            (lines[4] ?? '').replace(edit, (text) => text.replace(/x|4/, '7')),
          ),
        )
      ).at[0],
    ).toBe(5);
  }
});
