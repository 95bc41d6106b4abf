import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tar, zip } from './testkit/make-archive.ts';
import { runAssay } from './testkit/run-assay.ts';

/**
 * What bad input gets, by the door of the command line: a sentence of five parts, an exit status, an entry in the
 * journal, nothing half-imported, nothing left in staging, and the next import works.
 */
const root = mkdtempSync(join(tmpdir(), 'assay-bad-'));
const work = join(root, 'tmp');
mkdirSync(work);
/** Where a small disk is mounted, where one can be. */
const disk = join(root, 'disk');
mkdirSync(disk);
const before = process.env['TMPDIR'];
process.env['TMPDIR'] = work;
afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  spawnSync('umount', [disk]);
  rmSync(root, { recursive: true, force: true });
});

const env = { ASSAY_STORE: join(root, 'store', 'assay.db'), ASSAY_ANCHORS: join(root, 'anchors') };
const assay = (args: string[], io: { cwd?: string; env?: Record<string, string> } = {}) =>
  runAssay(args, { cwd: root, env, ...io });
interface Act {
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}
async function acts(): Promise<Act[]> {
  const out = join(root, 'journal.jsonl');
  rmSync(out, { force: true });
  expect((await assay(['journal', 'export', '--out', out])).status).toBe(0);
  return readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Act)
    .filter(({ action }) => !action.startsWith('journal.') && !action.startsWith('store.'));
}
const isIn = (place: string) => (existsSync(place) ? readdirSync(place) : []);
const staging = () => isIn(`${env.ASSAY_STORE}.staging`);
const hex = (held: string | Uint8Array) => createHash('sha256').update(held).digest('hex');

/** A folder of files with a list that covers them. */
function folder(name: string, files: Record<string, string | Uint8Array>): string {
  const place = join(root, name);
  mkdirSync(place);
  for (const [file, held] of Object.entries(files)) writeFileSync(join(place, file), held);
  const lines = Object.entries(files).map(([file, held]) => `${hex(held)}  ${file}\n`);
  writeFileSync(join(place, 'SHA256SUMS'), lines.join(''));
  return place;
}
function file(name: string, held: Uint8Array): string {
  const place = join(root, name);
  writeFileSync(place, held);
  return place;
}
function linkTo(target: string, place: string): string {
  symlinkSync(target, place);
  return place;
}
function ledger(count: number): string {
  let previous = '0'.repeat(64);
  return Array.from({ length: count }, (_, seq) => {
    const held = previous;
    previous = hex(JSON.stringify({ action: 'note', prev_hash: held, seq }));
    return `{"action":"note","hash":"${previous}","prev_hash":"${held}","seq":${seq}}\n`;
  }).join('');
}

let good = '';
beforeAll(async () => {
  good = folder('good', { 'a.txt': 'a', 'b.json': '{"b":1}' });
  expect((await assay(['import', good, '--case', 'Good'])).status).toBe(0);
});

const two = [{ name: 'a.txt', body: 'a'.repeat(2_000) }, { name: 'b.txt' }];
const noise = Buffer.from(Array.from({ length: 9_000 }, (_, i) => (i * i * 7) % 251));
const refused: [what: string, make: () => string, why: RegExp][] = [
  ['a path where nothing is', () => join(root, 'nowhere'), /^Nothing is at this path\.$/],
  ['a link', () => linkTo(good, join(root, 'link')), /^It is a link\.$/],
  ['a zip cut short', () => file('cut.zip', zip(two).subarray(0, 90)), /truncated/],
  ['a tar cut short', () => file('cut.tar', tar(two).subarray(0, 1_200)), /truncated/],
  ['a tar.gz cut short', () => file('cut.tar.gz', zlib.gzipSync(tar([{ name: 'n', body: noise }])).subarray(0, -10)), /truncated/],
  ['a zip with a name that leads out', () => file('out.zip', zip([{ name: '../x' }])), /^Entry 1, \.\.\/x, points outside it\.$/],
  ['a tar with a name that leads out', () => file('out.tar', tar([...two, { name: 'a/../../x' }])), /^Entry 3, .* points outside/],
  ['a zip with an absolute name', () => file('abs.zip', zip([{ name: '/etc/x' }])), /^Entry 1, \/etc\/x, is an absolute path\.$/],
  ['a tar with an absolute name', () => file('abs.tar', tar([{ name: '/etc/x' }])), /^Entry 1, \/etc\/x, is an absolute path\.$/],
  ['a zip with a link', () => file('link.zip', zip([{ name: 'l', mode: 0o120777 }])), /^Entry 1, l, is a link\.$/],
  ['a tar with a link', () => file('link.tar', tar([{ name: 'l', type: '2', body: '' }])), /^Entry 1, l, is a link\.$/],
  ['a tar with a device', () => file('dev.tar', tar([{ name: 'd', type: '3', body: '' }])), /^Entry 1, d, is a device or a pipe\.$/],
  ['a zip with two entries of one name', () => file('twice.zip', zip([...two, { name: 'a.txt' }])), /^Entry 3, a\.txt, has the name of an earlier/],
  ['a tar with two entries of one name', () => file('twice.tar', tar([...two, { name: 'a.txt' }])), /^Entry 3, a\.txt, has the name of an earlier/],
  ['a zip that is a bomb', () => file('bomb.zip', zip([{ name: 'b', body: Buffer.alloc(101_000_000) }])), /grow more than 200 times/],
  ['a tar.gz that is a bomb', () => file('bomb.tar.gz', zlib.gzipSync(tar([{ name: 'b', body: Buffer.alloc(101_000_000) }]))), /grows more than 200 times/],
]; // biome-ignore format: a table

describe('a source that is refused', () => {
  const recorded: [path: string, why: string][] = [];
  it.each(refused)('%s: five parts, status 3, an entry in the journal, nothing left', async (_, make, why) => {
    const path = make();
    const { status, out, err } = await assay(['import', path, '--case', 'Good', '--json']);
    expect([status, out]).toEqual([3, '']);
    const lines = err.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    const [what = '', where, reason, notDone = '', next = ''] = lines;
    expect([where, reason]).toEqual([path, expect.stringMatching(why)]);
    for (const part of [what, notDone, next]) expect(part).toMatch(/^[A-Z].{10,}\.$/);
    expect(err).not.toMatch(/\n\s+at |node:|Error/);
    expect([staging(), readdirSync(work)]).toEqual([[], []]);
    recorded.push([path, reason ?? '']);
  });

  it('stands in the journal, leaves the case as it was, and the next import works', async () => {
    const entries = (await acts()).filter(({ action }) => action === 'source.refused');
    expect(entries.map(({ subject, detail }) => [subject, detail['why']])).toEqual(recorded);
    for (const [path] of recorded.slice(0, 2)) expect((await assay(['verify', path])).status).toBe(3);
    expect(readdirSync(work)).toEqual([]);
    const shown = JSON.parse((await assay(['show', 'Good', '--json'])).out) as { imports: unknown[] };
    expect(shown.imports).toHaveLength(1);
    const next = folder('next', { 'c.txt': 'c' });
    const { status, out } = await assay(['import', next, '--case', 'Good', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ imports: [{ number: 2, same: false }] });
  });
});

const inside: [what: string, name: string, held: () => string | Uint8Array, status: number, code: string, words: RegExp][] = [
  ['a JSON of 100,000 levels', 'deep.json', () => '['.repeat(100_000) + ']'.repeat(100_000), 0, 'document-unreadable', /deeper than 256/i],
  ['a JSON with one name twice', 'twice.json', () => '{"a":1,"a":2}', 0, 'document-unreadable', /"a" stands twice/],
  ['a broken YAML', 'broken.yaml', () => 'a: [1, 2\nb: }', 0, 'document-unreadable', /YAML.*line [0-9]+/s],
  ['a ledger with a torn last line', 'ledger.jsonl', () => ledger(6).slice(0, -20), 1, 'ledger-torn', /line/i],
  ['a safetensors whose header lies', 'model.safetensors', () => Buffer.concat([Buffer.from([255, 255, 255, 255, 255, 0, 0, 0]), Buffer.alloc(64)]), 1, 'tensor-header-invalid', /claims/],
]; // biome-ignore format: a table

describe('a file that is wrong, among others', () => {
  it.each(inside)('%s is named, and the rest is verified', async (what, name, held, status, code, words) => {
    const place = folder(`with-${name}`, { [name]: held(), 'fine.txt': 'fine' });
    const said = await assay(['verify', place, '--json']);
    const { checks, counts } = JSON.parse(said.out) as {
      checks: { code: string; subject: string; message: string }[];
      counts: { states: Record<string, number> };
    };
    expect([what, said.status, said.err]).toEqual([what, status, '']);
    expect(checks.find((check) => check.code === code && check.subject === name)?.message).toMatch(words);
    expect(counts.states['match']).toBe(2);
    expect(readdirSync(work)).toEqual([]);
  });
});

/** Runs the command in a process of its own, with a program loaded before it or as another user. */
async function apart(
  args: string[],
  { preload, uid, extra = {} }: { preload?: string; uid?: number; extra?: Record<string, string> } = {},
): Promise<{ status: number | null; signal: string | null; out: string; err: string }> {
  const child = spawn(
    process.execPath,
    [...(preload === undefined ? [] : ['--import', pathToFileURL(preload).href]), resolve('electron/cli.ts'), ...args],
    {
      cwd: root,
      env: { ...process.env, INIT_CWD: root, ...env, ...extra },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    },
  );
  const said = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => {
    said.out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    said.err += data.toString();
  });
  return new Promise((done) => child.once('close', (status, signal) => done({ status, signal, ...said })));
}

const isRoot = process.getuid?.() === 0;
/** Rights mean nothing to root: another user is asked, where one can be had and may run this program. */
const nobody = 65_534;
const mayAsNobody =
  isRoot &&
  spawnSync(process.execPath, [resolve('electron/cli.ts'), 'help'], { uid: nobody, gid: nobody }).status === 0;
it.skipIf(isRoot && !mayAsNobody)(
  'what may not be read is refused where it is the source, and named where it is a part (skipped as root where no other user may run this)',
  async () => {
    const place = folder('shut', { 'open.txt': 'o', 'shut.txt': 's' });
    for (const each of [root, place]) chmodSync(each, 0o755);
    for (const name of readdirSync(place)) chmodSync(join(place, name), 0o644);
    chmodSync(join(place, 'shut.txt'), 0);
    const other = { TMPDIR: mkdtempSync(join(root, 'their-')) };
    chmodSync(other.TMPDIR, 0o777);
    const options = { extra: other, ...(isRoot ? { uid: nobody } : {}) };
    const some = await apart(['verify', place, '--json'], options);
    expect(some.err).toBe('');
    const { unread, counts } = JSON.parse(some.out) as { unread: object[]; counts: { states: Record<string, number> } };
    expect([some.status, unread, counts.states['match']]).toEqual([
      2,
      [{ path: 'shut.txt', why: 'Permission denied' }],
      1,
    ]);
    chmodSync(place, 0);
    const none = await apart(['verify', place], options);
    expect([none.status, none.err.split('\n')[2]]).toEqual([3, 'Its folder cannot be listed: permission denied.']);
    expect(readdirSync(other.TMPDIR)).toEqual([]);
    chmodSync(place, 0o755);
  },
);

describe('a case about to be signed', () => {
  const names = ['Ada', 'Bob'] as const;
  const sign = (who: string, pass: string): string[] => [
    'sign-off', 'Signed', '--key', `${who}.pem`, '--passphrase-file', pass, '--role',
    who === 'Ada' ? 'reviewer' : 'approver', '--decision', 'reject', '--rationale', 'It is not enough.',
  ]; // biome-ignore format: one command
  beforeAll(async () => {
    writeFileSync(join(root, 'pass'), 'correct horse battery\n');
    writeFileSync(join(root, 'wrong'), 'incorrect horse battery\n');
    // Ends its process as kill -9 does, at the n-th write to the store or the disk.
    writeFileSync(
      join(root, 'killer.mjs'),
      `import fs from 'node:fs';
       import { createRequire, syncBuiltinESMExports } from 'node:module';
       const at = Number(process.env.KILL_AT);
       let count = 0;
       const wrap = (object, name) => {
         const act = object[name];
         object[name] = function (...args) {
           if (++count === at) process.kill(process.pid, 'SIGKILL');
           return act.apply(this, args);
         };
       };
       for (const name of ['writeSync', 'fsyncSync', 'renameSync', 'mkdirSync']) wrap(fs, name);
       syncBuiltinESMExports();
       const Database = createRequire(${JSON.stringify(resolve('package.json'))})('better-sqlite3');
       const { prepare } = Database.prototype;
       Database.prototype.prepare = function (sql) {
         const statement = prepare.call(this, sql);
         if (/^\\s*(insert|update|delete|commit|begin)/i.test(sql)) wrap(statement, 'run');
         return statement;
       };
       process.on('exit', () => process.stderr.write('WRITES ' + count + '\\n'));`,
    );
    for (const name of names)
      expect((await assay(['keys', 'new', '--name', name, '--role', 'auditor', '--out', `${name}.pem`, '--passphrase-file', 'pass'])).status).toBe(0); // biome-ignore format: one command
    expect((await assay(['import', good, '--case', 'Signed'])).status).toBe(0);
  });
  const state = async () =>
    (JSON.parse((await assay(['cases', '--json'])).out) as { cases: { name: string; signOff: string }[] }).cases.find(
      ({ name }) => name === 'Signed',
    )?.signOff;
  const sound = async () => {
    const verified = await assay(['journal', 'verify', '--json']);
    expect([verified.status, JSON.parse(verified.out)]).toMatchObject([0, { holds: true }]);
    expect(staging()).toEqual([]);
  };

  it('is not signed with a wrong passphrase, which is recorded and stands nowhere', async () => {
    const { status, err } = await assay(sign('Ada', 'wrong'));
    expect([status, err]).toEqual([3, expect.stringContaining('The passphrase does not open this key.')]);
    const journal = await acts();
    expect(JSON.stringify(journal)).not.toContain('incorrect horse');
    expect(journal.at(-1)?.action).toMatch(/refused|failed/);
    expect(await state()).not.toMatch(/signed/);
  });

  const killer = join(root, 'killer.mjs');
  const writesOf = (err: string) => Number(/WRITES ([0-9]+)/.exec(err)?.[1]);
  const somewhere = (count: number) => [
    ...new Set([0.3, 0.6, 0.9].map((part) => Math.max(1, Math.floor(count * part)))),
  ];

  it('cut short by kill -9 is signed whole or not at all, and is signed afterwards', async () => {
    // What a run writes is learnt from one that is refused at its very end: as many writes, nothing signed.
    for (const at of [5, 9, 13]) {
      const { signal, status, err } = await apart(sign('Ada', 'pass'), {
        preload: killer,
        extra: { KILL_AT: String(at) },
      });
      await sound();
      const now = await state();
      if (signal === null) {
        expect([status, err, now]).toEqual([0, '', 'one-signature']);
        break;
      }
      expect([at, now]).not.toEqual([at, 'signed']);
    }
    for (const who of names) {
      const { status, err } = await assay(sign(who, 'pass'));
      if (status !== 0) expect([who, err]).toEqual([who, expect.stringMatching(/already|signed/i)]);
    }
    await sound();
    expect(await state()).toBe('signed');
  });

  it('cut short by kill -9 while it is exported leaves no package or a whole one', async () => {
    const whole = await apart(['export', 'Signed', '--out', 'whole'], { preload: killer, extra: { KILL_AT: '0' } });
    expect([whole.status, whole.err]).toEqual([0, expect.stringMatching(/^WRITES [0-9]+\n$/)]);
    for (const at of somewhere(writesOf(whole.err))) {
      const out = `package-${at}`;
      const { signal } = await apart(['export', 'Signed', '--out', out], {
        preload: killer,
        extra: { KILL_AT: String(at) },
      });
      expect([at, signal]).toEqual([at, 'SIGKILL']);
      if (existsSync(join(root, out))) expect((await assay(['check-report', out])).status).toBe(0);
      await sound();
      // What was begun is hidden, and gone at the next opening.
      expect(readdirSync(root).filter((name) => name.startsWith(`.${out}`))).toEqual([]);
    }
    expect((await assay(['export', 'Signed', '--out', 'after'])).status).toBe(0);
    expect((await assay(['check-report', 'after'])).status).toBe(0);
  });

  const isMounted = isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]).status === 0;
  it.skipIf(!isMounted)(
    'is not exported to a full disk, in words, and nothing is left (skipped where no small disk can be mounted)',
    async () => {
      writeFileSync(join(disk, 'filler'), Buffer.alloc(2 * 2 ** 20 - 60_000));
      const { status, err } = await assay(['export', 'Signed', '--out', 'disk/package']);
      expect([status, err.split('\n')]).toEqual([
        3,
        expect.arrayContaining([
          'The report was not exported.',
          'The disk it was to be written on is full.',
          'Nothing was written.',
        ]),
      ]);
      expect(readdirSync(disk)).toEqual(['filler']);
      expect((await acts()).at(-1)?.action).toBe('report.refused');
      rmSync(join(disk, 'filler'));
      expect((await assay(['export', 'Signed', '--out', 'disk/package'])).status).toBe(0);
      expect((await assay(['check-report', 'disk/package'])).status).toBe(0);
      rmSync(join(disk, 'package'), { recursive: true });
    },
  );

  it.skipIf(!isMounted)(
    'what must be unpacked onto a full disk is refused in words (skipped where no small disk can be mounted)',
    async () => {
      const path = file('large.tar.gz', zlib.gzipSync(tar([{ name: 'n', body: Buffer.from(Array.from({ length: 4_000_000 }, (_, i) => (i * 31 + (i >> 7)) & 255)) }]))); // biome-ignore format: one archive
      const { status, err } = await apart(['verify', path], { extra: { TMPDIR: disk } });
      expect([status, err]).toEqual([
        3,
        expect.stringMatching(/^The disk is full\.\n.*large\.tar\.gz\n[0-9]+ bytes are needed/),
      ]);
      expect(readdirSync(disk)).toEqual([]);
    },
  );

  it.skipIf(!isMounted)(
    'an import into a store on a full disk is refused, and works when there is room (skipped where no small disk can be mounted)',
    async () => {
      const store = { ASSAY_STORE: join(disk, 'assay.db'), ASSAY_ANCHORS: join(root, 'other-anchors') };
      // Nothing is imported, and the store is made.
      expect((await assay(['import', join(root, 'nowhere'), '--case', 'Full'], { env: store })).status).toBe(3);
      writeFileSync(join(disk, 'filler'), Buffer.alloc(700_000));
      const large = folder(
        'large',
        Object.fromEntries(
          Array.from({ length: 40 }, (_, i) => [`${i}.json`, JSON.stringify({ i, text: 'x'.repeat(50_000) })]),
        ),
      );
      const { status, err } = await assay(['import', large, '--case', 'Full'], { env: store });
      expect([status, err]).toEqual([3, expect.stringContaining('The disk of the store is full')]);
      expect(isIn(`${store.ASSAY_STORE}.staging`)).toEqual([]);
      rmSync(join(disk, 'filler'));
      const shown = await assay(['cases', '--json'], { env: store });
      expect([shown.status, shown.err]).toEqual([0, '']);
      const small = await assay(['import', good, '--case', 'Full', '--json'], { env: store });
      expect([small.status, JSON.parse(small.out)]).toMatchObject([0, { imports: [{ number: 1 }] }]);
    },
  );
});

it('a store that another process holds is refused within five seconds, and opens when it lets go', async () => {
  const holder = spawn(process.execPath, [
    '--input-type=module', '-e',
    `const { Store } = await import(${JSON.stringify(pathToFileURL(resolve('electron/store/store.ts')).href)});
     globalThis.held = new Store(${JSON.stringify(env.ASSAY_STORE)}, { anchors: ${JSON.stringify(env.ASSAY_ANCHORS)}, clock: () => new Date(), actor: () => 'Eve' });
     console.log('held');
     setInterval(() => {}, 1_000);`,
  ]); // biome-ignore format: a program
  await new Promise((resume) => holder.stdout.once('data', resume));
  const from = performance.now();
  const { status, err } = await assay(['import', good, '--case', 'Good']);
  expect([status, err.split('\n').slice(0, 5)]).toEqual([3, [
    'The store is open in another Assay.', env.ASSAY_STORE, 'Another process holds its lock.', expect.stringMatching(/\.$/),
    'Close the other window or command, then open it again.',
  ]]); // biome-ignore format: five parts
  expect(performance.now() - from).toBeLessThan(5_000);
  holder.kill('SIGKILL');
  await new Promise((resume) => holder.once('exit', resume));
  expect((await assay(['import', good, '--case', 'Good'])).status).toBe(0);
});
