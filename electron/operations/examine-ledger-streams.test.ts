import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-streams-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
async function said(files: Record<string, string[]>) {
  const folder = join(scratch, `case-${++count}`);
  mkdirSync(folder);
  for (const [name, lines] of Object.entries(files)) writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  const { verdict, checks } = await examine(
    { path: folder, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
  const bad = checks.filter((each) => each.verdict === 'fail');
  return { verdict, checks, first: Math.min(...bad.map(({ location }) => location?.entry ?? 0)), bad };
}
const of = async (lines: string[]) => said({ 'audit.jsonl': lines });

interface Style {
  member?: string;
  genesis?: unknown;
  /** Whether each chain counts for itself. */
  isCountedApart?: boolean;
  hasOwn?: boolean;
}
/** Lines of several chains, each row of the chain that the pattern names. */
function chains(pattern: readonly number[], style: Style = {}): string[] {
  const { member = 'session_id', genesis = null, isCountedApart = true, hasOwn = true } = style;
  const stand = new Map<number, { previous: unknown; seq: number }>();
  return pattern.map((chain, n) => {
    const { previous, seq } = stand.get(chain) ?? { previous: genesis, seq: 0 };
    const body = {
      [member]: `s-${chain}`,
      action: n % 2 === 0 ? 'score' : 'review',
      n,
      prev_hash: previous,
      seq: isCountedApart ? seq : n,
    };
    const hash = sha256Hex(canonicalJson(body));
    stand.set(chain, { previous: hash, seq: seq + 1 });
    return canonicalJson(hasOwn ? { ...body, hash } : body);
  });
}
const turns = Array.from({ length: 12 }, (_, i) => i % 3);
const late = [...Array.from({ length: 90 }, () => 0), 1, 0, 1, 0];

describe('several chains in one file', () => {
  it.each([
    ['in turns', chains(turns)],
    ['in turns, from zeros', chains(turns, { genesis: '0'.repeat(64) })],
    ['under one count', chains(turns, { isCountedApart: false })],
    ['without hashes of their own', chains(turns, { hasOwn: false })],
    ['told apart by any member, where they take turns', chains(turns, { member: 'pump' })],
    ['one after another', chains([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])],
    ['of which the second begins late', chains(late)],
  ])('%s: pass', async (_, lines) => {
    const { verdict, checks } = await of(lines);
    expect(verdict).toBe('pass');
    expect(checks.find(({ code }) => code === 'ledger-holds')?.message).toMatch(
      /in [23] chains of their own told apart/,
    );
  });

  it('fail where a record was edited, taken out or moved, or its chain has no beginning', async () => {
    for (const pattern of [turns, late]) {
      const lines = chains(pattern);
      const at = lines.length - 3;
      const edited = lines.with(at, (lines[at] ?? '').replace(/"action":"\w+"/, '"action":"other"'));
      expect((await of(edited)).first).toBe(at + 1);
      expect((await of(lines.toSpliced(at - 1, 1))).verdict).toBe('fail');
      const after = lines.length - 1;
      const before = pattern.lastIndexOf(pattern[after] ?? 0, after - 1);
      expect((await of(lines.with(after, lines[before] ?? '').with(before, lines[after] ?? ''))).first).toBe(
        before + 1,
      );
    }
    expect((await of(chains(turns).slice(1))).bad).toMatchObject([{ code: 'ledger-genesis', location: { entry: 3 } }]);
    const renamed = chains(turns, { hasOwn: false }).with(
      7,
      (chains(turns, { hasOwn: false })[7] ?? '').replace('s-1', 's-9'),
    );
    expect((await of(renamed)).first).toBe(8);
  });

  it('are one chain where nothing tells them apart: it begins anew, and that is a break', async () => {
    const lines = chains([0, 0, 0, 0, 1, 1, 1]).map((line) => line.replace(/"session_id":"[^"]*",?/, ''));
    const { verdict } = await of(lines);
    expect(verdict).toBe('fail');
    const anew = [...chains([0, 0, 0, 0, 0]), ...chains([0, 0, 0])];
    expect((await of(anew)).bad[0]).toMatchObject({ code: 'ledger-unlinked', location: { entry: 6 } });
  });

  it('are one chain where a member only changes along it', async () => {
    let previous: string | null = null;
    const lines = Array.from({ length: 150 }, (_, seq) => {
      const body = { prev_hash: previous, seq, session_id: `s-${Math.floor(seq / 70)}` };
      previous = sha256Hex(canonicalJson(body));
      return canonicalJson({ ...body, hash: previous });
    });
    expect((await of(lines)).verdict).toBe('pass');
    expect((await of(lines.toSpliced(100, 1))).first).toBe(101);
  });
});
