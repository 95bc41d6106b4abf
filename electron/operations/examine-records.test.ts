import { hash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-records-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const look = (path: string) =>
  examine(
    { path, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
function folderOf(files: Record<string, string | Uint8Array>): string {
  const folder = join(scratch, `case-${++count}`);
  mkdirSync(folder);
  for (const [name, held] of Object.entries(files)) writeFileSync(join(folder, name), held);
  return folder;
}

const record = { scope: 'größe', action_type: 'x', agent_id: 'a', timestamp: '2026-06-11T10:15:00.500Z' };
const text = canonicalJson(record);
const whole = { record, anchored_digest: `sha256:${sha256Hex(text)}` };

describe('a record beside its digest', () => {
  const verdictOf = async (held: object | string) =>
    (await look(folderOf({ 'record.json': typeof held === 'string' ? held : JSON.stringify(held) }))).verdict;

  it('passes, however the file is spaced and its members ordered, and fails after an edit', async () => {
    expect(await verdictOf(JSON.stringify(whole, null, 3))).toBe('pass');
    expect(await verdictOf({ ...whole, record: { ...record, agent_id: 'A' } })).toBe('fail');
    expect(await verdictOf({ ...whole, jcs_payload: text })).toBe('pass');
    expect(await verdictOf({ ...whole, jcs_payload: `${text} ` })).toBe('fail');
  });

  it('fails where the time of an action is spelled in another way, although the digest is of that', async () => {
    const other = { ...record, timestamp: 1_781_166_600_123 };
    expect(await verdictOf({ record: other, action_ref: sha256Hex(canonicalJson(other)) })).toBe('fail');
  });

  it('is no record where it holds none, and has no form where a number has none', async () => {
    expect(await verdictOf({ record: 'text', action_ref: 'none' })).toBe('undecided');
    expect(await verdictOf(`{"record":{"n":1e999},"record_hash":"${'0'.repeat(64)}"}`)).toBe('fail');
  });
});

describe('a document beside its canonical form', () => {
  const verdictOf = async (output: string, hex?: string) =>
    (
      await look(
        folderOf({
          'input.json': '{"b":1.0,"a":"\\u20ac"}',
          'output.json': output,
          ...(hex === undefined ? {} : { 'outhex.txt': hex }),
        }),
      )
    ).verdict;
  it('passes where the bytes are those of RFC 8785, and fails otherwise', async () => {
    const form = '{"a":"€","b":1}';
    expect(await verdictOf(form)).toBe('pass');
    expect(await verdictOf(form, Buffer.from(form).toString('hex'))).toBe('pass');
    expect(await verdictOf('{"b":1,"a":"€"}')).toBe('fail');
    expect(await verdictOf(form, '7b 7d')).toBe('fail');
  });
});

describe('one document of JSON', () => {
  it('passes with a warning where its numbers cannot be held, and is nothing to check where they can', async () => {
    const codes = async (document: string) => {
      const { verdict, checks } = await look(folderOf({ 'input.json': document }));
      return [verdict, ...checks.map(({ code }) => code)];
    };
    expect(await codes('{"n":9007199254740993}')).toEqual(['warn', 'text-number']);
    expect(await codes('{"n":9007199254740991}')).toEqual(['undecided', 'nothing-checked']);
  });

  it('beside what a program wrote is no pair of spellings, but where the two are alike', async () => {
    const said = async (output: string) =>
      (await look(folderOf({ 'input.json': '{"prompt":"a","n":1}', 'output.json': output }))).verdict;
    expect(await said('{"text": "b", "tokens": 7}')).toBe('undecided');
    expect(await said('{"n":1,"prompt":"a"}')).toBe('pass');
    expect(await said('{"n":1,"prompt":"b"}')).toBe('fail');
  });
});

it('ends in checks on spoiled bytes', async () => {
  const held = Buffer.from(JSON.stringify(whole));
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: held.length - 1 }), fc.uint8Array({ maxLength: 4 }), async (at, put) => {
      const spoiled = Buffer.concat([held.subarray(0, at), put, held.subarray(at + 2)]);
      await look(folderOf({ 'record.json': spoiled, 'input.json': spoiled, 'output.json': held }));
    }),
    { seed: 8, numRuns: 60 },
  );
});

const cases: { id: string; expected: string; path: string }[] = ['jcs', 'jsonl-ledgers'].flatMap((corpus) =>
  existsSync(`../shared/corpora/${corpus}`)
    ? JSON.parse(readFileSync(`../shared/corpora/${corpus}/GIVE/cases.json`, 'utf8'))
        .cases.filter(({ group }: { group: string }) => ['vector', 'record-digest', 'recompute-drift'].includes(group))
        .map((each: { path: string }) => ({ ...each, path: `../shared/corpora/${corpus}/${each.path}` }))
    : [],
);
it.skipIf(cases.length === 0)('comes out as labelled (skipped where the corpora are not there)', async () => {
  const differing: string[] = [];
  for (const { id, expected, path } of cases) {
    const { verdict } = await look(path);
    if (verdict !== (expected === 'invalid' ? 'fail' : 'pass')) differing.push(`${id}: ${expected}, said ${verdict}`);
  }
  expect(differing).toEqual([]);
});

describe('a ledger with rows beside its chain', () => {
  const rows = (() => {
    let previous = '0'.repeat(64);
    return Array.from({ length: 8 }, (_, i) => {
      const body = { actor: 'ann', detail: { n: i }, prev_hash: previous, seq: i + 1 };
      previous = hash('sha3-256', canonicalJson(body), 'hex');
      return canonicalJson({ ...body, hash: previous });
    });
  })();
  const head = /"hash":"([0-9a-f]{64})"/.exec(rows[7] ?? '')?.[1] ?? '';
  const header = '{"type":"header","version":1,"ledger":"audit"}';
  const footer = `{"type":"footer","count":8,"head":"${head}"}`;
  const said = async (lines: string[], beside: Record<string, string> = {}) =>
    look(folderOf({ 'audit.jsonl': `${lines.join('\n')}\n`, ...beside }));

  it('verifies, and warns that no hash covers them', async () => {
    const { verdict, checks } = await said([header, ...rows, footer]);
    expect(verdict).toBe('warn');
    expect(checks.some(({ code }) => code === 'ledger-holds')).toBe(true);
    expect(checks.find(({ code }) => code === 'ledger-rows-beside')?.message).toBe(
      '1 row before the entries and 1 row after them are no part of the chain: no hash of it covers what is said there.',
    );
  });

  it('fails where a row was put at the end that is no record and says nothing of the chain', async () => {
    for (const row of ['{"event":"approved","actor":"board"}', '{"note":"approved by the board"}'])
      expect((await said([...rows, row])).verdict).toBe('fail');
  });

  it('fails where they state another end, or entries are not as they were', async () => {
    expect((await said([header, ...rows.slice(0, 6), footer])).verdict).toBe('fail');
    expect((await said([...rows, footer.replace('8', '12')])).verdict).toBe('fail');
    expect((await said([header, ...rows.toSpliced(2, 1), footer])).verdict).toBe('fail');
    expect((await said([header, ...rows.slice(0, 4), header, ...rows.slice(4)])).verdict).toBe('fail');
  });

  it('takes a count of lines for one, with the head beside it', async () => {
    const beside = (count: number) => ({ 'audit.head.json': JSON.stringify({ head, count }) });
    expect((await said([header, ...rows], beside(9))).verdict).toBe('warn');
    expect((await said([header, ...rows], beside(8))).verdict).toBe('warn');
    expect((await said([header, ...rows.slice(0, 7)], beside(8))).verdict).toBe('fail');
  });

  it('holds a head of 64 bytes against a ledger that was cut', async () => {
    let previous = '';
    const long = rows.map((_, i) => {
      const body = { detail: { n: i }, prev_hash: previous, seq: i + 1 };
      previous = hash('sha512', canonicalJson(body), 'hex');
      return canonicalJson({ ...body, hash: previous });
    });
    expect((await said(long, { HEAD: previous })).verdict).toBe('pass');
    expect((await said(long.slice(0, 7), { HEAD: previous })).verdict).toBe('fail');
  });
});
