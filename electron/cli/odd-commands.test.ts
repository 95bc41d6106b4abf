import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAssay } from '../../e2e/testkit/run-assay.ts';
import { migrations } from '../store/migrations/index.ts';
import { Store } from '../store/store.ts';
import { commands } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-odd-store-'));
const anchors = join(root, 'anchors');
afterAll(() => rmSync(root, { recursive: true, force: true }));

const env = { ASSAY_STORE: join(root, 'store', 'assay.db'), ASSAY_ANCHORS: anchors };
const assay = (...args: string[]) => runAssay(args, { cwd: root, env });

beforeAll(async () => {
  mkdirSync(join(root, 'evidence'));
  writeFileSync(join(root, 'evidence', 'a.txt'), 'alpha\n');
  writeFileSync(join(root, 'pass'), 'correct horse battery\n');
  expect((await assay('import', 'evidence', '--case', 'Model')).status).toBe(2);
});

describe('what was typed beside a command', () => {
  it.each([
    ['cases', 'Model'],
    ['keys', 'list', 'Model'],
    ['journal', 'verify', 'checkpoint.txt'],
    ['journal', 'export', '--out', 'x.jsonl', 'y'],
    ['keys', 'new', 'Eve', '--name', 'Eve', '--role', 'r', '--out', 'eve.p12', '--passphrase-file', 'pass'],
  ])('is never passed over in silence: %s %s %s', async (...args) => {
    const { status, err } = await assay(...args);
    expect([status, err]).toEqual([64, expect.stringContaining('takes nothing beside its options')]);
  });

  it.each([
    ['verify', ''],
    ['verify', 'evidence', '--trust', ''],
    ['check-report', 'evidence', '--evidence', ''],
  ])('that is empty is not the folder in which one stands: %s %s %s', async (...args) => {
    expect(await assay(...args)).toMatchObject({ status: 64, err: expect.stringContaining('empty') });
  });

  it.each(['2026-02-30', '1', 'Nov 20 2026', '2026-11-20T12:00:00', '+275760-09-13', '2026-11-20T25:00:00Z'])(
    'a time that is none, or another on another machine, is refused: %s',
    async (time) => {
      expect((await assay('verify', 'evidence', '--as-of', time)).err).toContain('with its zone');
    },
  );

  it('help and version are told wherever they are asked for', async () => {
    expect(await assay('verify', '--help')).toEqual({
      status: 0,
      out: expect.stringMatching(/^usage: assay verify PATH/),
      err: '',
    });
    expect((await assay('keys', '-h')).out).toContain('assay keys new --name NAME');
    expect((await assay('--version')).out).toMatch(/^assay \d+\.\d+\.\d+\n$/);
    expect((await assay('show', '--', '--help')).status).toBe(3);
  });
});

describe('a command that is wrong', () => {
  it.each([
    [['verfy', 'evidence'], 'there is no command verfy; verify is one'],
    [['frobnicate'], 'there is no command frobnicate\nusage:\n  assay verify'],
    [['keys'], 'keys what: new or list\nusage:\n  assay keys new'],
    [['journal', 'show'], 'there is no command journal show\nusage:\n  assay journal verify'],
    [['--json', 'cases'], 'the command comes first, and not --json'],
    [['verify', 'evidence', '--trusts', 'x'], 'there is no option --trusts here; --trust is one'],
    [['verify', 'evidence', '-t', 'x'], 'there is no option -t here. A name'],
    [['keys', 'new', '--passphrase', 'x'], '--passphrase-file is one'],
    [['verify', 'evidence', '--trust'], '--trust takes a value'],
    [
      ['verify', 'evidence', '--trust', '--json'],
      '--trust takes a value; one that begins with - is written --trust=VALUE',
    ],
    [['verify', 'evidence', '--json=1'], '--json takes no value'],
    [['import', 'evidence', '--case', 'A', '--case', 'B'], '--case is given twice'],
    [['check-report', 'evidence', 'evidence'], 'and not evidence beside it'],
    [['help', 'frobnicate'], 'there is no command frobnicate'],
  ])('says what is wrong with %j', async (args, said) => {
    const { status, out, err } = await assay(...args);
    expect([status, out, err]).toEqual([64, '', expect.stringContaining(said)]);
    expect(err).toMatch(/usage:.*assay help.* says more\.\n$/s);
  });

  it('is no command of whose options none is explained', async () => {
    for (const { name, usage } of commands) {
      const { status, out } = await assay('help', ...name.split(' '));
      expect(status).toBe(0);
      for (const option of usage.match(/--[a-z-]+/g) ?? []) expect(out).toMatch(new RegExp(`^  ${option}`, 'm'));
      expect(
        Math.max(
          ...out
            .split('\n')
            .slice(1)
            .map((line) => line.length),
        ),
      ).toBeLessThan(100);
    }
    expect((await assay('help')).out).toContain('Exit status:\n  0 ');
  });
});

describe('a report that is none', () => {
  it('is said to be none in one sentence, and evidence that nobody compared is not passed over', async () => {
    const none = await assay('check-report', 'evidence');
    expect([none.status, none.out, none.err.split('\n').slice(0, 3)]).toEqual([
      3,
      '',
      [
        'This folder is no package.',
        join(root, 'evidence'),
        'It holds neither report.json nor report.pdf, nor anything else that a package holds.',
      ],
    ]);
    expect((await assay('export', 'Model', '--out', 'draft')).status).toBe(0);
    const alone = await assay('check-report', 'draft/report.pdf', '--evidence', 'evidence');
    expect([alone.status, alone.out]).toEqual([2, expect.stringContaining('The evidence was not compared')]);
  });
});

describe('what is not there', () => {
  it('is said with where it was looked for', async () => {
    const show = await assay('show', 'Modle');
    expect([show.status, show.err]).toEqual([3, expect.stringContaining('assay.db has 1 case, and none of this name')]);
    expect((await assay('import', 'nowhere', '--case', 'A', '--store', 'other/x.db')).status).toBe(3);
    expect((await assay('cases', '--store', 'other/x.db')).out).toContain(
      `No case is in the store ${join(root, 'other', 'x.db')}.`,
    );
    const signed = ['--role', 'reviewer', '--decision', 'reject', '--rationale', 'x'];
    const { err } = await assay('sign-off', 'Model', '--key', 'pass', '--passphrase-file', 'pass', ...signed);
    expect(err).toContain(join(root, 'pass'));
    const none = await assay('check-report', 'evidence/a.txt');
    expect([none.status, none.out]).toEqual([
      1,
      expect.stringContaining('Name the folder or the archive of a package'),
    ]);
  });
});

describe('a store that is not there', () => {
  it.each([
    ['cases'],
    ['show', 'Model'],
    ['keys', 'list'],
    ['export', 'Model', '--out', 'of-nothing'],
    ['check-report', 'evidence'],
    ['journal', 'verify'],
    ['journal', 'export', '--out', 'of-nothing.jsonl'],
    ['sign-off', 'Model', '--key', 'k', '--passphrase-file', 'pass', '--role', 'reviewer', '--decision', 'reject', '--rationale', 'x'],
  ])('is not made by who asks what it holds: %s', async (...args) => {
    const before = readdirSync(root).sort();
    const { status, out, err } = await assay(...args, '--store', 'mistyped/assay.db');
    expect([status, out, err]).toEqual([
      3,
      '',
      `There is no store here.\n${join(root, 'mistyped', 'assay.db')}\nNothing, or an empty file, is at this path.\nNothing was changed.\nName another with --store FILE, or make this one with the first import: assay import PATH --case NAME\n`,
    ]);
    expect(readdirSync(root).sort()).toEqual(before);
  }); // biome-ignore format: commands

  it('is not taken for one that was never there where its anchor says otherwise', async () => {
    expect((await assay('import', 'evidence', '--case', 'Model', '--store', 'gone/x.db')).status).toBe(2);
    rmSync(join(root, 'gone'), { recursive: true });
    const { status, err } = await assay('cases', '--store', 'gone/x.db');
    expect([status, err]).toEqual([3, expect.stringContaining('The store that was here is gone, or empty.')]);
  });
});

describe('a store of an earlier version', () => {
  it('is said to be brought to this one, once, with where the copy of it lies', async () => {
    const place = join(root, 'old', 'assay.db');
    const before = { anchors, clock: () => new Date(), actor: () => 'Ada', migrations: migrations.slice(0, 1) };
    new Store(place, before).close();
    const { status, err } = await assay('cases', '--store', place);
    const [, copy = ''] =
      /^The store was of an earlier version of Assay and was brought to this one\. As it was, it lies at (.+)\n$/.exec(
        err,
      ) ?? [];
    expect([status, existsSync(copy)]).toEqual([0, true]);
    expect((await assay('cases', '--store', place)).err).toBe('');
  });
});

describe('a checkpoint of something else', () => {
  it('says nothing against a journal that holds by itself', async () => {
    const { status, out } = await assay('journal', 'verify', '--checkpoint', 'evidence/a.txt');
    expect([status, out]).toEqual([1, expect.stringMatching(/^The journal holds by itself, but not against every/)]);
  });
});

describe('a passphrase file', () => {
  const keys = (out: string, file: string) =>
    assay('keys', 'new', '--name', 'Ada', '--role', 'r', '--out', out, '--passphrase-file', file);

  it('with a byte order mark and Windows line ends holds what a person would type', async () => {
    writeFileSync(join(root, 'marked'), '\ufeffcorrect horse battery\r\n');
    expect((await keys('ada.p12', 'marked')).status).toBe(0);
    const signed = ['--role', 'reviewer', '--decision', 'reject', '--rationale', 'x'];
    const { err } = await assay('sign-off', 'Model', '--key', 'ada.p12', '--passphrase-file', 'pass', ...signed);
    expect(err).not.toContain('passphrase');
  });

  it('that is no text or a folder is refused', async () => {
    writeFileSync(join(root, 'utf16'), Buffer.from('\ufeffcorrect horse battery\n', 'utf16le'));
    expect((await keys('eve.p12', 'utf16')).err).toContain('not UTF-8');
    expect((await keys('eve.p12', 'evidence')).err).toContain('cannot be read');
  });
});

describe('a journal that cannot be written where it was to go', () => {
  it('is refused in words, and no export is on record', async () => {
    const { status, err } = await assay('journal', 'export', '--out', 'no/such/folder.jsonl');
    expect([status, err]).toEqual([3, expect.stringContaining('The journal was not exported.')]);
    expect((await assay('journal', 'export', '--out', 'whole.jsonl')).status).toBe(0);
  });
});

describe('a folder of anchors that cannot be made', () => {
  const nowhere = join(root, 'evidence', 'a.txt', 'anchors');
  const apart = (...args: string[]) => runAssay(args, { cwd: root, env: { ...env, ASSAY_ANCHORS: nowhere } });

  it.each([[['cases']], [['show', 'Model']], [['keys', 'list']]])(
    'leaves a store that is there to be read, and says where the anchor was looked for: %j',
    async (args) => {
      const { status, out, err } = await apart(...args);
      expect([status, err]).toEqual([0, expect.stringContaining(`It was looked for at ${nowhere}`)]);
      expect(out).not.toBe('');
    },
  );

  it('is named where a store is to be made, and is not taken for that of the store', async () => {
    const { status, err } = await apart('import', 'evidence', '--case', 'A', '--store', 'unanchored/x.db');
    expect([status, err]).toEqual([
      3,
      `The folder of anchors cannot be made.\n${nowhere}\nThe head of the journal is kept there, outside the folder of the store. The system says ENOTDIR.\nNothing was changed.\nMake it yourself, or name another in ASSAY_ANCHORS.\n`,
    ]);
  });
});

describe('a store that is open read-only', () => {
  beforeAll(() => {
    for (const name of readdirSync(anchors)) rmSync(join(anchors, name));
  });

  it.each([['cases'], ['show', 'Model'], ['keys', 'list'], ['journal', 'verify']])(
    'says so at %s %s',
    async (...args) => {
      expect((await assay(...args)).err).toContain('The anchor of the journal is missing');
    },
  );

  it.each([
    ['package', 'export', 'Model', '--out', 'package'],
    ['eve.p12', 'keys', 'new', '--name', 'Eve', '--role', 'r', '--out', 'eve.p12', '--passphrase-file', 'pass'],
  ])('leaves no %s behind where it says that nothing was written', async (made, ...args) => {
    const { status, err } = await assay(...args);
    expect([status, err]).toEqual([3, expect.stringContaining('Nothing was written.')]);
    expect(existsSync(join(root, made))).toBe(false);
  });
});
