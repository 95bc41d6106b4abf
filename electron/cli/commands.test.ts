import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../shared/failure.ts';
import { Usage } from './command.ts';
import { commands } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-cli-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const evidence = join(root, 'evidence');
mkdirSync(evidence);
writeFileSync(join(evidence, 'a.txt'), 'alpha\n');
writeFileSync(
  join(evidence, 'SHA256SUMS'),
  'd0b9a3e9b3b4fdf5a5d1a1d9a3e3bb7e9d0f6b7d0f3e2d1c0b9a8f7e6d5c4b3a  gone.txt\n',
);
writeFileSync(join(root, 'pass'), 'correct horse battery\r\nignored\n');
writeFileSync(join(root, 'short'), 'abc\n');
writeFileSync(join(root, 'empty'), '\n');

/** Runs a command as the door does, standing in `root`. */
async function assay(line: string, ...more: string[]): Promise<{ status: number | string; out: string; err: string }> {
  const args = [...line.split(' ').filter((part) => part !== ''), ...more];
  const command = commands.find(({ name }) => name === args.slice(0, name.split(' ').length).join(' '));
  const said = { out: '', err: '' };
  const io = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
    isErrTerminal: false,
    hasColour: false,
    cwd: root,
    env: { ASSAY_STORE: join(root, 'store', 'assay.db'), ASSAY_ANCHORS: join(root, 'anchors') },
    signal: new AbortController().signal,
  };
  try {
    const status = await command?.run(args.slice(command.name.split(' ').length), io);
    return { status: status ?? 'no such command', ...said };
  } catch (error) {
    if (error instanceof Failure)
      return { status: error.code, out: said.out, err: Object.values(error.parts).join(' ') };
    if (error instanceof Usage) return { status: 'usage', out: said.out, err: error.message };
    throw error;
  }
}

describe('a case from the command line alone', () => {
  it('is imported, refused while a failed check has no answer, rejected by two people, exported and checked', async () => {
    const imported = await assay('import evidence --case Model --json');
    expect(imported.status).toBe(1);
    expect(JSON.parse(imported.out)).toMatchObject({
      case: { name: 'Model' },
      verdict: 'fail',
      imports: [{ same: false }],
    });
    for (const name of ['Ada', 'Bob']) {
      const made = await assay(
        `keys new --name ${name} --role auditor --out ${name}.pem --passphrase-file pass --json`,
      );
      expect(made.status).toBe(0);
      expect(JSON.parse(made.out)).toMatchObject({ name, keyId: expect.stringMatching(/^SHA256:/) });
      expect(statSync(join(root, `${name}.pem`)).mode & 0o777).toBe(0o600);
    }
    const keys = JSON.parse((await assay('keys list --json')).out) as { keys: { name: string }[] };
    expect(keys.keys.map(({ name }) => name)).toEqual(['Ada', 'Bob']);
    const signed = (who: string, role: string, decision: string, more = '') =>
      assay(
        `sign-off Model ${more} --key ${who}.pem --passphrase-file pass --role ${role} --decision ${decision} --rationale`,
        'A listed file is missing.',
      );
    expect((await signed('Ada', 'reviewer', 'approve')).status).toBe('not-ready');
    expect((await signed('Ada', 'reviewer', 'reject')).status).toBe(0);
    expect((await signed('Ada', 'approver', 'reject')).status).toBe('not-permitted');
    expect((await signed('Bob', 'approver', 'approve')).status).toBe('conflict');
    expect((await signed('Bob', 'approver', 'reject')).out).toContain('Both signatures are made.');
    expect((await assay('export Model --out package')).out).toContain('15 files');
    expect((await assay('export Model --out package')).status).toBe('conflict');
    const checked = await assay('check-report package --evidence evidence --json');
    expect([checked.status, JSON.parse(checked.out)]).toMatchObject([
      0,
      { path: 'package', verdict: 'pass', decision: 'reject' },
    ]);
    expect((await assay('show Model')).out).toContain('sign-off signed');
    expect((JSON.parse((await assay('cases --json')).out) as { cases: object[] }).cases).toMatchObject([
      { name: 'Model', signOff: 'signed' },
    ]);
    const verified = await assay('journal verify --checkpoint package/journal/checkpoint.txt --json');
    expect([verified.status, JSON.parse(verified.out)]).toMatchObject([
      0,
      { holds: true, checkpoints: [{ holds: true }] },
    ]);
    expect((await assay('journal export --out journal.jsonl')).status).toBe(0);
    const acts = readFileSync(join(root, 'journal.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { action: string }).action);
    expect(acts).toEqual(
      expect.arrayContaining([
        'source.imported',
        'identity.created',
        'sign-off.refused',
        'sign-off.signed',
        'report.exported',
        'report.checked',
        'journal.exported',
      ]),
    );
    writeFileSync(join(root, 'package', 'report.json'), '{}');
    expect((await assay('check-report package')).status).toBe(1);
    expect((await signed('Ada', 'reviewer', 'reject', '--anew')).out).toContain(
      'It begins sign-off 2: sign-off 1 is superseded, and stays in the store as it was signed.',
    );
    expect((await signed('Bob', 'approver', 'reject')).out).not.toContain('superseded');
  });
});

describe('what is refused', () => {
  it('an import of nothing makes no case', async () => {
    await assay('import nowhere --case Ghost');
    expect((await assay('cases')).out).not.toContain('Ghost');
  });

  it.each([
    ['keys new --name Eve --out eve.pem --passphrase-file short', 'invalid'],
    ['keys new --name Eve --out eve.pem --passphrase-file empty', 'unreadable'],
    ['keys new --name Eve --out eve.pem --passphrase-file nowhere', 'unreadable'],
    ['keys new --name Eve --out no/such/folder/eve.pem --passphrase-file pass', 'unreadable'],
    ['keys new --name Eve --out pass --passphrase-file pass', 'conflict'],
    ['keys new --out eve.pem --passphrase-file pass', 'usage'],
    ['keys new --frobnicate', 'usage'],
    ['sign-off Model --role king --decision approve --rationale x --key a --passphrase-file pass', 'usage'],
    ['sign-off Nobody --role reviewer --decision approve --rationale x --key a --passphrase-file pass', 'not-found'],
    ['check-report', 'usage'],
    ['check-report nowhere', 'unreadable'],
    ['check-report evidence --trust nowhere', 'unreadable'],
    ['export Nobody --out x', 'not-found'],
    ['show Nobody', 'not-found'],
    ['import nowhere --case Other', 'unreadable'],
    ['import evidence', 'usage'],
    ['journal verify --checkpoint nowhere', 'unreadable'],
  ])('%s: %s', async (line, status) => {
    const said = await assay(line);
    expect(said.status).toBe(status);
    expect(said.err).not.toBe('');
    expect(existsSync(join(root, 'eve.pem'))).toBe(false);
  });
});

describe('what is verified', () => {
  it('is said in words too where it could not be read, and counted in words that fit one', async () => {
    mkdirSync(join(root, 'odd'));
    writeFileSync(join(root, 'odd', 'a.txt'), 'a');
    symlinkSync('/etc', join(root, 'odd', 'link'));
    const { status, out } = await assay('verify odd');
    expect(status).toBe(2);
    expect(out).toContain('odd: folder, 1 file, 1 byte,');
    expect(out).toContain('not read (1)\n  link\n    A link; links are not followed');
  });

  it('is nothing where an archive holds folders alone', async () => {
    // The end of a tar is two blocks of zeros (POSIX.1, pax).
    const header = Buffer.alloc(512);
    header.write('a/');
    header.write(['0000755', '0000000', '0000000', '00000000000', '00000000000', '        5'].join('\0'), 100);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    writeFileSync(join(root, 'folders.tar'), Buffer.concat([header, Buffer.alloc(1_024)]));
    const { status, out } = await assay('verify folders.tar');
    expect(out).toContain('0 items checked: this source holds no files.');
    expect(status).toBe(2);
  });
});
