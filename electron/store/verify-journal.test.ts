import { expect, it } from 'vitest';
import { leafHash, rootOf } from '../integrity/merkle.ts';
import { makeEntry } from './journal.ts';
import { type JournalRow, verifyJournal } from './verify-journal.ts';

const subjects = [
  'plain',
  `"hash":"${'a'.repeat(64)}","prev":"x"`,
  'line\nend \u0000 \u2028 \ud83d\ude00 é',
  'x'.repeat(9_000),
  '\\"prev\\":\\"',
];
/** A journal as the store writes it. */
function journal(size: number): JournalRow[] {
  const rows: JournalRow[] = [];
  let prev = '0'.repeat(64);
  for (let seq = 1; seq <= size; seq++) {
    const act = {
      action: 'file.viewed' as const,
      caseId: seq % 3 === 0 ? null : seq,
      subject: subjects[seq % subjects.length] ?? '',
      // Names beyond ASCII are left to the slow way.
      detail: seq % 4 === 0 ? { größe: 1.5, z: null } : { hash: 'b', seq: 1, is: true },
    };
    const { entry, line } = makeEntry(act, seq, prev, '2026-11-21T10:00:00.000Z', 'Ada');
    rows.push([seq, line, entry.hash, prev, act.caseId, act.action]);
    prev = entry.hash;
  }
  return rows;
}

it('a journal as it was written holds, with its roots at the sizes asked for', () => {
  const rows = journal(41);
  const found = verifyJournal(rows, [0, 7, 41, 42]);
  expect(found).toMatchObject({
    entries: 41,
    firstBad: null,
    why: '',
    head: rows[40]?.[2],
  });
  const leaves = rows.map(([, line]) => leafHash(line));
  expect([...found.roots]).toEqual([0, 7, 41].map((size) => [size, rootOf(leaves.slice(0, size))]));
});

it('goes on from where it was verified before', () => {
  const rows = journal(20);
  const first = verifyJournal(rows.slice(0, 12));
  const { entries, firstBad, tree } = verifyJournal(rows.slice(12), [], first);
  expect([entries, firstBad, tree.root()]).toEqual([20, null, verifyJournal(rows).tree.root()]);
  expect(verifyJournal(rows.slice(13), [], verifyJournal(rows.slice(0, 12)))).toMatchObject({ firstBad: 13 });
});

it('each of 600 single-byte changes, anywhere in a row, is found at its row', () => {
  const size = 25;
  let random = 42;
  const next = (below: number) => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((random / 2 ** 32) * below);
  };
  const missed: string[] = [];
  for (let i = 0; i < 600; i++) {
    const rows = [...whole];
    const at = next(size);
    const [seq, line, hash, prev, caseId, action] = rows[at] ?? whole[0] ?? [0, '', '', '', null, ''];
    const bytes = [Buffer.from(line), Buffer.from(hash, 'hex'), Buffer.from(prev, 'hex')];
    const part = bytes[i % 8 === 0 ? 1 : i % 8 === 1 ? 2 : 0] ?? noBytes;
    const place = next(part.length);
    part[place] = (part[place] ?? 0) ^ (1 << next(8));
    const [changed = '', ...others] = bytes.map((each, index) => each.toString(index === 0 ? 'utf8' : 'hex'));
    rows[at] = [seq, changed, others[0] ?? '', others[1] ?? '', caseId, action];
    const { firstBad } = verifyJournal(rows);
    if (firstBad !== at + 1) missed.push(`row ${at + 1}, byte ${place}: ${firstBad}`);
  }
  expect(missed).toEqual([]);
});
const noBytes = Buffer.alloc(0);
const whole = journal(25);

it.each([
  ['two entries swapped', 6, (rows: JournalRow[]) => rows.splice(5, 2, ...rows.slice(5, 7).reverse())],
  ['an entry put in twice', 6, (rows: JournalRow[]) => rows.splice(5, 0, ...rows.slice(4, 5))],
  ['an entry taken out', 6, (rows: JournalRow[]) => rows.splice(5, 1)],
  ['blanks in a line', 10, (rows: JournalRow[]) => rows.splice(9, 1, ...rows.slice(9, 10).map(spaced))],
])('%s is found where it is', (_what, firstBad, change) => {
  const rows = journal(20);
  change(rows);
  expect(verifyJournal(rows)).toMatchObject({ firstBad });
});
function spaced([seq, line, ...rest]: JournalRow): JournalRow {
  return [seq, line.replace('{"action":', '{ "action":'), ...rest];
}
