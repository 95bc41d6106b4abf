import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAssay } from '../../e2e/testkit/run-assay.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-signing-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const env = { ASSAY_ANCHORS: join(root, 'anchors') };
const assay = (...args: string[]) => runAssay(args, { cwd: root, env });
const on = (store: string) => ['--store', join(root, store, 'assay.db')];
const signed = (store: string, key: string, role: string, decision: string, ...more: string[]) =>
  assay(
    ...['sign-off', 'Model', '--key', key, '--passphrase-file', 'pass', '--role', role],
    ...['--decision', decision, '--rationale', 'A listed file is missing.', ...on(store), ...more],
  );
/** Who did what by the journal of a store, in order. */
async function actsOf(store: string): Promise<string[]> {
  const out = join(root, `${store}.jsonl`);
  rmSync(out, { force: true });
  expect((await assay('journal', 'export', '--out', out, ...on(store))).status).toBe(0);
  return readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { actor: string; action: string; subject: string })
    .filter(({ action }) => !action.startsWith('store.'))
    .map(({ actor, action, subject }) => `${actor}: ${action} ${subject.replace(root, '')}`);
}

beforeAll(async () => {
  mkdirSync(join(root, 'evidence'));
  writeFileSync(join(root, 'evidence', 'a.txt'), 'alpha\n');
  writeFileSync(join(root, 'evidence', 'SHA256SUMS'), `${'d0'.repeat(32)}  gone.txt\n`);
  writeFileSync(join(root, 'pass'), 'correct horse battery\n');
  for (const store of ['home', 'elsewhere'])
    expect((await assay('import', 'evidence', '--case', 'Model', ...on(store))).status).toBe(1);
  for (const name of ['Ada', 'Bob']) {
    const made = ['--role', 'auditor', '--out', `${name}.pem`, '--passphrase-file', 'pass'];
    expect((await assay('keys', 'new', '--name', name, ...made, ...on('home'))).status).toBe(0);
  }
});

describe('a sign-off', () => {
  it('that is refused for want of answers says how they are given, and that to reject needs none', async () => {
    const { status, err } = await signed('home', 'Bob.pem', 'reviewer', 'approve');
    expect([status, err]).toEqual([
      3,
      expect.stringContaining(
        'In the window, under Checks, answer each failing check: by a finding, or by an explanation of why it needs none. To reject takes no answers.',
      ),
    ]);
  });

  it('says how many files a person opened of those it is about', async () => {
    const { status, out } = await signed('home', 'Bob.pem', 'reviewer', 'reject');
    expect(status).toBe(0);
    expect(out).toContain(
      '\nOf 3 files, none was opened by a person: what is signed rests on what the machine checked,',
    );
  });

  it('is by whoever signs, also where it is refused, and makes nobody else act after it', async () => {
    const account = userInfo().username;
    expect(await actsOf('home')).toEqual([
      `${account}: case.created Model`,
      `${account}: source.imported /evidence`,
      `${account}: identity.created Ada`,
      'Ada: identity.created Bob',
      'Bob: sign-off.refused Model',
      'Bob: sign-off.signed Model',
      'Ada: journal.exported /home.jsonl',
    ]);
  });

  it('leaves it to be seen in whose name acts without a key are', async () => {
    const { out } = await assay('keys', 'list', ...on('home'));
    expect(out.match(/^\S.*$/gm)).toEqual(['Ada, auditor: acts without a key are in this name', 'Bob, auditor']);
    const { keys } = JSON.parse((await assay('keys', 'list', '--json', ...on('home'))).out) as { keys: object[] };
    expect(keys).toMatchObject([
      { name: 'Ada', isCurrent: true },
      { name: 'Bob', isCurrent: false },
    ]);
  });

  it('with a key that the store does not know says that it takes it in, and chooses nobody', async () => {
    const refused = await signed('elsewhere', 'Bob.pem', 'reviewer', 'approve');
    expect([refused.status, refused.err]).toEqual([
      3,
      expect.stringMatching(
        /^The key of Bob was not known to this store, and is now one of its signing identities: sha256:[0-9a-f]{64}\nNothing was signed\./,
      ),
    ]);
    const again = await signed('elsewhere', 'Bob.pem', 'reviewer', 'reject');
    expect([again.status, again.err]).toEqual([0, '']);
    const account = userInfo().username;
    expect((await actsOf('elsewhere')).slice(2)).toEqual([
      'Bob: identity.imported Bob',
      'Bob: sign-off.refused Model',
      'Bob: sign-off.signed Model',
      `${account}: journal.exported /elsewhere.jsonl`,
    ]);
  });
});

describe('what two people signed', () => {
  it('is not undone by the same command once more, which says who signed and how to begin anew', async () => {
    expect((await signed('home', 'Ada.pem', 'approver', 'reject')).status).toBe(0);
    for (const [key, role] of [
      ['Ada.pem', 'approver'],
      ['Bob.pem', 'approver'],
    ] as const) {
      const { status, out, err } = await signed('home', key, role, 'reject');
      expect([status, out]).toEqual([3, '']);
      expect(err).toMatch(
        /^This was signed already\.\nModel\nSign-off 1 is complete, and nothing of the case changed since\. It was signed by Bob as reviewer at \S+, and Ada as approver at \S+\.\nNo signature was made, and sign-off 1 stands as it was signed\.\nWrite its report with: assay export 1 --out FOLDER --store \S+assay\.db\. To begin a new sign-off, which supersedes it, add --anew\.\n$/,
      );
    }
    expect((await assay('show', 'Model', ...on('home'))).out).toContain('\n  1  reject, signed: Bob');
    expect((await actsOf('home')).slice(-3, -1)).toEqual([
      'Ada: sign-off.refused Model',
      'Bob: sign-off.refused Model',
    ]);
  });
});

describe('what was signed before', () => {
  it('is listed with its number, and is exported by it as it was signed', async () => {
    const anew = await signed('home', 'Ada.pem', 'reviewer', 'reject', '--anew', '--json');
    expect([anew.status, JSON.parse(anew.out)]).toMatchObject([
      0,
      { number: 2, coverage: { opened: { files: 0 }, total: { files: 3 } } },
    ]);
    const { out } = await assay('show', 'Model', ...on('home'));
    expect(out).toMatch(
      /\nSign-offs:\n {2}2 {2}reject, in-progress: Ada as reviewer at \S+\n {2}1 {2}reject, superseded: Bob as reviewer at \S+, Ada as approver at \S+\n/,
    );
    const shown = JSON.parse((await assay('show', 'Model', '--json', ...on('home'))).out) as { signOffs: object[] };
    expect(shown.signOffs).toMatchObject([
      { number: 2, state: 'in-progress' },
      { number: 1, state: 'superseded', signatures: [{ name: 'Bob' }, { name: 'Ada' }] },
    ]);
    expect((await assay('export', 'Model', '--out', 'first', '--sign-off', '1', ...on('home'))).status).toBe(0);
    const { signers, verdict } = JSON.parse((await assay('check-report', 'first', '--json')).out) as {
      signers: { name: string; holds: boolean }[];
      verdict: string;
    };
    expect([verdict, signers.map(({ name, holds }) => [name, holds])]).toEqual([
      'undecided',
      [
        ['Bob', true],
        ['Ada', true],
      ],
    ]);
  });

  it('is said to be superseded by the store that superseded it, and what superseded it is not', async () => {
    const words = '\nSuperseded: this store has a later sign-off of the case, number 2.\n';
    expect((await assay('check-report', 'first', ...on('home'))).out).toContain(words);
    expect((await assay('check-report', 'first', ...on('elsewhere'))).out).not.toContain('Superseded');
    expect(JSON.parse((await assay('check-report', 'first', '--json', ...on('home'))).out)).toMatchObject({
      supersededBy: 2,
    });
    expect((await assay('export', 'Model', '--out', 'second', ...on('home'))).status).toBe(0);
    expect((await assay('check-report', 'second', ...on('home'))).out).not.toContain('Superseded');
  });

  it('is by somebody whom nobody named, where she merely signs with the store that is asked', async () => {
    const { status, out } = await assay('check-report', 'first', ...on('home'));
    expect([status, out]).toEqual([
      0,
      expect.stringContaining('The key of Bob is one of the signing identities of this store.'),
    ]);
    expect(out).toMatch(/\n {2}Ada, approver, \S+, a signing identity of this store\n/);
    expect(out).not.toMatch(/named by you|You named/);
  });

  it.each([
    ['3', 3, 'There is no sign-off 3 of this case.\nModel\nIts sign-offs are 2, 1.'],
    ['last', 64, '--sign-off takes the number of a sign-off'],
  ])('is not %s where there is none', async (number, status, said) => {
    const refused = await assay('export', 'Model', '--out', 'none', '--sign-off', number, ...on('home'));
    expect([refused.status, refused.err]).toEqual([status, expect.stringContaining(said)]);
  });
});
