import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testHost } from '../../e2e/testkit/test-host.ts';
import type { ImportRow } from '../../shared/case.ts';
import type { CheckRow } from '../../shared/contract/check.ts';
import type { Anchor, Finding } from '../../shared/finding.ts';
import { whyNotAsDecided } from '../store/decisions.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-review-'));
const source = join(root, 'source');
let station: Workstation;
let caseId = 0;
const ask = () => ({ context: station.context });
const review = () => station.router.review;
async function take(path: string, into = caseId): Promise<ImportRow> {
  for await (const event of await call(station.router.sources.import, { caseId: into, token: path }, ask()))
    if (event.done !== undefined) return event.done;
  throw new Error('the stream ended without an outcome');
}
const newCase = async (name: string) =>
  (await call(station.router.cases.create, { name, model: '', purpose: '', riskTier: 'high', playbook: '' }, ask())).id;
const checksOf = async (importId: number, filter = {}): Promise<CheckRow[]> =>
  (await call(station.router.checks.page, { importId, filter, after: null, limit: 100 }, ask())).rows;
const failing = async (importId: number) => (await checksOf(importId, { verdict: 'fail' }))[0] as CheckRow;
const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'not refused',
    (error: { code?: string }) => error.code ?? String(error),
  );
const last = () =>
  JSON.parse(station.context.store.lines().at(-1) ?? '') as {
    seq: number;
    action: string;
    detail: Record<string, unknown>;
  };
const fileAnchor = (importId: number, path: string): Anchor => ({
  kind: 'file',
  importId,
  place: { path },
  digest: null,
});
const raise = (anchors: Anchor[], more: Partial<Finding> = {}, into = caseId) =>
  call(
    review().raise,
    {
      caseId: into,
      finding: {
        title: 'A finding',
        severity: 'high',
        owner: '',
        rationale: 'Because.',
        recommendation: '',
        anchors,
        ...more,
      },
    },
    ask(),
  );

let first: ImportRow;
beforeAll(async () => {
  mkdirSync(source);
  writeFileSync(join(source, 'a.txt'), 'alpha\n');
  writeFileSync(join(source, 'b.txt'), 'beta\n');
  writeFileSync(join(source, 'SHA256SUMS'), `${'0'.repeat(64)}  a.txt\n${'1'.repeat(64)}  gone.txt\n`);
  station = openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    resources: resolve('resources'),
    host: testHost(),
  });
  caseId = await newCase('Case');
  first = await take(source);
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

it('a case begins with the entry of its own making', async () => {
  const made = await newCase('Another');
  const entries = station.context.store.lines().map((line) => JSON.parse(line) as { action: string; caseId: number });
  expect(entries.find(({ caseId: id }) => id === made)?.action).toBe('case.created');
});

describe('an answer to a check', () => {
  it('is a finding with everything filled in, which answers it until the finding is withdrawn', async () => {
    const check = await failing(first.id);
    const before = (await call(station.router.cases.get, { caseId }, ask())).blockers;
    const draft = await call(review().draft, { checkId: check.id }, ask());
    expect(draft).toMatchObject({
      severity: 'high',
      anchors: [
        ...(check.subject === 'a.txt' ? [{ kind: 'file', importId: first.id, place: { path: 'a.txt' } }] : []),
        { kind: 'check', checkId: check.id, importId: first.id },
      ],
    });
    const finding = await call(review().raise, { caseId, finding: { ...draft, rationale: 'It was swapped.' } }, ask());
    expect(finding).toMatchObject({ number: 1, status: 'open', history: [{ what: 'raised', journal: last().seq }] });
    expect((await call(station.router.checks.get, { checkId: check.id }, ask())).answer).toMatchObject({
      findingId: finding.id,
    });
    expect((await call(station.router.cases.get, { caseId }, ask())).blockers).toBe(before - 1);
    expect((await checksOf(first.id, { unanswered: true })).map(({ id }) => id)).not.toContain(check.id);
    await call(review().change, { findingId: finding.id, change: { status: 'withdrawn' }, reason: 'A mistake' }, ask());
    expect((await call(station.router.cases.get, { caseId }, ask())).blockers).toBe(before);
  });

  it('that is a finding is stale once the file that it is about changes, though the list that names it stays', async () => {
    const folder = join(root, 'listed');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.txt'), 'one\n');
    writeFileSync(join(folder, 'SHA256SUMS'), `${'0'.repeat(64)}  a.txt\n`);
    const own = await newCase('A list');
    const { id } = await take(folder, own);
    const [check] = (await checksOf(id)).filter(({ subject, verdict }) => subject === 'a.txt' && verdict === 'fail');
    const draft = await call(review().draft, { checkId: check?.id ?? 0 }, ask());
    await call(review().raise, { caseId: own, finding: { ...draft, rationale: 'Other bytes.' } }, ask());
    const stale = async () => (await call(review().findings, { caseId: own }, ask())).map(({ isStale }) => isStale);
    expect(await stale()).toEqual([false]);
    writeFileSync(join(folder, 'a.txt'), 'two, and longer\n');
    await take(folder, own);
    expect(await stale()).toEqual([true]);
  });

  it('is an explanation, which is bound to the bytes, and is taken back by a new entry', async () => {
    const check = await failing(first.id);
    const explained = await call(station.router.checks.explain, { checkId: check.id, explanation: 'Known.' }, ask());
    expect(explained.answer).toMatchObject({ explanation: 'Known.', findingId: null });
    const seq = last().seq;
    const again = await call(station.router.checks.explain, { checkId: check.id, explanation: 'Better known.' }, ask());
    expect(again.answer?.explanation).toBe('Better known.');
    const latest = last().seq;
    await call(review().undo, { journal: latest }, ask());
    expect(last()).toMatchObject({ action: 'check.explained', detail: { undoes: latest } });
    expect((await call(station.router.checks.get, { checkId: check.id }, ask())).answer?.explanation).toBe('Known.');
    expect(await refusal(call(review().undo, { journal: latest }, ask()))).toBe('conflict');
    await call(review().undo, { journal: seq }, ask());
    expect((await call(station.router.checks.get, { checkId: check.id }, ask())).answer).toBeNull();
    const pass = (await checksOf(first.id)).find(({ verdict }) => verdict === 'pass');
    if (pass !== undefined)
      expect(await refusal(call(station.router.checks.explain, { checkId: pass.id, explanation: 'x' }, ask()))).toBe(
        'invalid',
      );
  });
});

describe('a finding', () => {
  it('is not changed by who has not seen what stands there', async () => {
    const { id: findingId } = await raise([fileAnchor(first.id, 'b.txt')]);
    const change = (given: Partial<Finding>, seen: Partial<Finding>) =>
      call(review().change, { findingId, change: given, seen, reason: '' }, ask());
    await change({ owner: 'Rosa' }, { owner: '' });
    expect(await refusal(change({ owner: 'Uma' }, { owner: '' }))).toBe('conflict');
    const { owner, status } = await change({ status: 'withdrawn' }, { status: 'open' });
    expect([owner, status]).toEqual(['Rosa', 'withdrawn']);
  });

  it('keeps the history of every change, and an undo is one more', async () => {
    const finding = await raise([fileAnchor(first.id, 'b.txt')]);
    expect(finding.anchors[0]?.digest).toMatch(/^sha256:/);
    const changed = await call(
      review().change,
      { findingId: finding.id, change: { severity: 'low', status: 'accepted' }, reason: 'Seen' },
      ask(),
    );
    expect(changed.history.map(({ what, before, after }) => [what, before, after])).toEqual([
      ['raised', null, 'high'],
      ['severity: Seen', 'high', 'low'],
      ['status: Seen', 'open', 'accepted'],
    ]);
    const seq = last().seq;
    const resolved = await call(
      review().change,
      { findingId: finding.id, change: { status: 'resolved' }, reason: '' },
      ask(),
    );
    expect(resolved.status).toBe('resolved');
    expect(
      await refusal(
        call(review().change, { findingId: finding.id, change: { status: 'accepted' }, reason: '' }, ask()),
      ),
    ).toBe('invalid');
    expect(await refusal(call(review().undo, { journal: seq }, ask()))).toBe('conflict');
    await call(review().undo, { journal: last().seq }, ask());
    await call(review().undo, { journal: seq }, ask());
    const [back] = (await call(review().findings, { caseId }, ask())).filter(({ id }) => id === finding.id);
    expect(back).toMatchObject({ severity: 'high', status: 'open' });
    expect(back?.history.length).toBe(7);
    expect(last().detail).toMatchObject({ undoes: seq });
  });

  it('of another case’s evidence is refused', async () => {
    const other = await newCase('Other');
    expect(await refusal(raise([fileAnchor(first.id, 'b.txt')], {}, other))).toBe('invalid');
    const check = await failing(first.id);
    expect(
      await refusal(raise([{ ...fileAnchor(first.id, 'a.txt'), kind: 'check', checkId: check.id }], {}, other)),
    ).toBe('invalid');
    expect(await call(review().findings, { caseId: other }, ask())).toEqual([]);
  });
});

it('a note is withdrawn and stands again, each by an entry', async () => {
  const note = await call(review().annotate, { caseId, anchor: fileAnchor(first.id, 'a.txt'), text: 'Odd.' }, ask());
  const seq = last().seq;
  await call(review().undo, { journal: seq }, ask());
  const now = async () =>
    (await call(review().annotations, { caseId, path: 'a.txt' }, ask())).find(({ id }) => id === note.id);
  expect(await now()).toMatchObject({ isWithdrawn: true, text: 'Odd.' });
  await call(review().undo, { journal: last().seq }, ask());
  expect(await now()).toMatchObject({ isWithdrawn: false });
  await call(review().withdraw, { annotationId: note.id, reason: 'Wrong file' }, ask());
  expect(await refusal(call(review().withdraw, { annotationId: note.id, reason: '' }, ask()))).toBe('invalid');
});

it('marks count, the next is the most critical that is left, and an undo takes the mark back', async () => {
  const progress = () => call(review().progress, { importId: first.id }, ask());
  expect(await progress()).toEqual({ reviewed: 0, total: 3 });
  const seen: string[] = [];
  let entry = 0;
  for (
    let next = await call(review().next, { importId: first.id, after: null }, ask());
    next !== null;
    next = await call(review().next, { importId: first.id, after: null }, ask())
  ) {
    seen.push(next.path);
    entry = (await call(review().mark, { importId: first.id, fileIds: [next.fileId], reviewed: true }, ask())).journal;
  }
  expect(seen[0]).toBe('a.txt');
  expect([...seen].sort()).toEqual(['SHA256SUMS', 'a.txt', 'b.txt']);
  expect(await progress()).toEqual({ reviewed: 3, total: 3 });
  await call(review().undo, { journal: entry }, ask());
  expect(last()).toMatchObject({ action: 'item.unreviewed', detail: { undoes: entry } });
  expect(await progress()).toEqual({ reviewed: 2, total: 3 });
  await call(review().undo, { journal: last().seq }, ask());
  expect(await progress()).toEqual({ reviewed: 3, total: 3 });
  expect(await refusal(call(review().undo, { journal: 1 }, ask()))).toBe('invalid');
  expect(await refusal(call(review().undo, { journal: 99_999 }, ask()))).toBe('not-found');
});

it('what was decided agrees with the journal; rows that were rewritten past Assay do not', async () => {
  const { store } = station.context;
  expect(store.verifyJournal()).toMatchObject({ holds: true, firstBad: null });
  for (const [sql, why] of [
    ["update finding set body = replace(body, 'Because.', 'Whatever.') where number = 2", 'finding F-02 is not as'],
    ["update finding set severity = 'note' where number = 1", 'finding F-01 is not as'],
    ['delete from finding_history', 'is not as the journal'],
    ["update annotation set text = 'Fine.'", 'a note is not as'],
    ['update annotation set withdrawn = 0', 'a note is not as'],
    ['delete from annotation', 'a note is missing'],
    ["update answer set explanation = 'Fine.' where finding_id is null", 'an explanation is not as'],
    ['update answer set withdrawn = 0', 'the withdrawal of an explanation is missing'],
    ['delete from answer where finding_id is null', 'an explanation is missing'],
  ] as const) {
    const probe = () =>
      store.load((db) => {
        db.run(sql);
        throw new Error(whyNotAsDecided(db));
      });
    expect(probe).toThrow(why);
  }
  expect(store.verifyJournal().holds).toBe(true);
});

describe('a later import', () => {
  it('makes stale what was decided of bytes that changed, carries over the rest, and is not confused by another source', async () => {
    const stays = await raise([fileAnchor(first.id, 'b.txt')], { title: 'Stays' });
    const goes = await raise([fileAnchor(first.id, 'a.txt')], { title: 'Goes' });
    const check = (await checksOf(first.id, { path: 'gone.txt' }))[0] as CheckRow;
    const about = (await checksOf(first.id, { path: 'a.txt', verdict: 'fail' }))[0] as CheckRow;
    for (const { id } of [check, about])
      await call(station.router.checks.explain, { checkId: id, explanation: 'Known.' }, ask());
    appendFileSync(join(source, 'a.txt'), 'more\n');
    const second = await take(source);
    const findings = await call(review().findings, { caseId }, ask());
    const stale = (id: number) => findings.find((each) => each.id === id)?.isStale;
    expect([stale(stays.id), stale(goes.id)]).toEqual([false, true]);
    const answers = await checksOf(second.id);
    expect(answers.find(({ subject }) => subject === 'gone.txt')?.answer?.explanation).toBe('Known.');
    expect(answers.find(({ subject, verdict }) => subject === 'a.txt' && verdict === 'fail')?.answer).toBeNull();
    // The mark of the file that changed is gone with its bytes; the others' marks are here.
    expect(await call(review().progress, { importId: second.id }, ask())).toEqual({ reviewed: 2, total: 3 });
    expect((await call(review().next, { importId: second.id, after: null }, ask()))?.path).toBe('a.txt');

    const other = join(root, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'b.txt'), 'another b\n');
    await take(other);
    const after = await call(review().findings, { caseId }, ask());
    expect(after.find(({ id }) => id === stays.id)?.isStale).toBe(false);
    expect(existsSync(join(other, 'b.txt'))).toBe(true);
  });
});
