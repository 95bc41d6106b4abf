import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tar, zip } from './testkit/make-archive.ts';

/** Same input, same answer (reliability.md, R-06): the same command in other surroundings prints the same bytes. */
const triage = resolve('../shared/evidence/triage');
const isHere = existsSync(triage);
const root = mkdtempSync(join(tmpdir(), 'assay-same-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What every run is given, and where code that was read once lies ready: it is none of the surroundings. */
const base = {
  PATH: process.env['PATH'] ?? '',
  HOME: root,
  TMPDIR: join(root, 'tmp'),
  NODE_COMPILE_CACHE: join(root, 'code'),
};

interface Surroundings {
  env?: Record<string, string>;
  cwd?: string;
  umask?: string;
}
async function assay(args: string[], { env = {}, cwd = root, umask = '022' }: Surroundings) {
  const child = spawn(
    'sh',
    ['-c', `umask ${umask}; exec "$0" "$@"`, process.execPath, resolve('electron/cli.ts'), ...args],
    {
      cwd,
      env: { ...base, ...env },
    },
  );
  const said = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => {
    said.out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    said.err += data.toString();
  });
  const status = await new Promise<number | null>((done) => child.once('close', done));
  return { status, ...said };
}

beforeAll(() => {
  mkdirSync(join(root, 'tmp'));
  mkdirSync(join(root, 'elsewhere'));
  if (!isHere) return;
  const parts = ['approvals', 'ledger', 'lineage', 'models', 'supply-chain'];
  for (const name of parts) cpSync(join(triage, 'good', name), join(root, 'good', name), { recursive: true });
  cpSync(join(root, 'good'), join(root, 'tampered'), { recursive: true });
  writeFileSync(join(root, 'tampered', 'İstanbul ı.txt'), 'i');
  writeFileSync(join(root, 'tampered', 'models/triage-v2/model.safetensors'), 'not what was signed');
  const held = readdirSync(join(root, 'good'), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .map((path) => ({ name: relative(join(root, 'good'), path), body: readFileSync(path) }))
    .filter(({ name }) => Buffer.byteLength(name) < 100);
  writeFileSync(join(root, 'good.tar'), tar(held));
  writeFileSync(join(root, 'good.tar.gz'), gzipSync(tar(held)));
  writeFileSync(join(root, 'good.zip'), zip(held));
});

const surroundings: [string, Surroundings][] = [
  [
    'Kathmandu, in Turkish, under umask 077, from another folder',
    { env: { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }, umask: '077', cwd: '/' },
  ],
  [
    'Apia, in C, under umask 000',
    { env: { TZ: 'Pacific/Apia', LC_ALL: 'C' }, umask: '000', cwd: join(root, 'elsewhere') },
  ],
];
const usual = { env: { TZ: 'UTC', LANG: 'en_GB.UTF-8' } };

describe.skipIf(!isHere)('one answer (skipped where the evidence is not here)', () => {
  const trust = ['--trust', join(triage, 'trust'), '--as-of', '2026-11-20T00:00:00Z'];
  const sources = ['good', 'tampered', 'good.tar', 'good.tar.gz', 'good.zip'].map((name) => join(root, name));
  const asked: [string, string[], number][] = [
    ['a folder and one that was changed, as JSON', [...sources.slice(0, 2), '--json'], 1],
    ['a tar, a tar.gz and a zip, as JSON', [...sources.slice(2), '--json'], 0],
    ['a folder that was changed, in words', [join(root, 'tampered')], 1],
    ['a source that is not there', [join(root, 'nowhere')], 3],
  ];
  it.each(asked)('for %s, whatever the surroundings', async (_, args, status) => {
    const timeless = ({ out, ...rest }: Awaited<ReturnType<typeof assay>>) => ({
      ...rest,
      out: out.replace(/"at":"[^"]*"/, '"at":""'),
    });
    const [here, ...others] = await Promise.all(
      [usual, ...surroundings.map(([, each]) => each)].map((each) => assay(['verify', ...args, ...trust], each)),
    );
    expect(here?.status).toBe(status);
    others.forEach((other, index) => {
      expect([surroundings[index]?.[0], timeless(other)]).toEqual([surroundings[index]?.[0], here && timeless(here)]);
    });
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  /** What may say otherwise at another time: validity, expiry, and clocks that are ahead. */
  const ofTime = new Set([
    'ledger-clock',
    'layout-expired',
    'layout-holds',
    'signature-time',
    'certificate-no-path',
    'signing-time-not-proven',
  ]);
  it('whatever the clock says, but for what speaks of time', async () => {
    const at = async (time: string) => {
      const { out } = await assay(
        ['verify', join(root, 'good'), '--trust', join(triage, 'trust'), '--as-of', time, '--json'],
        usual,
      );
      const { checks } = JSON.parse(out) as { checks: { code: string; subject: string; verdict: string }[] };
      const told = checks.map(({ code, subject, verdict }) => `${verdict} ${code} ${subject}`);
      return {
        lasting: told.filter((line) => !ofTime.has(line.split(' ')[1] ?? '') && !line.includes(' signature-holds ')),
        passing: told.filter((line) => ofTime.has(line.split(' ')[1] ?? '')),
      };
    };
    const [past, now, future] = [
      await at('1970-01-01T00:00:00Z'),
      await at('2026-11-20T00:00:00Z'),
      await at('2099-01-01T00:00:00Z'),
    ];
    expect(past?.lasting).toEqual(now?.lasting);
    expect(future?.lasting).toEqual(now?.lasting);
    expect(past?.passing).toContain('warn ledger-clock ledger/ledger.jsonl');
    expect(future?.passing.some((line) => line.startsWith('policy layout-expired'))).toBe(true);
    expect(now?.passing.every((line) => /^(undecided|pass) /.test(line))).toBe(true);
  });
});

describe('what somebody stops reading', () => {
  it('ends with the same status, and no word of it', async () => {
    const folder = join(root, 'many');
    mkdirSync(folder);
    // More than a pipe holds: a word for each file that the list does not name.
    for (let i = 0; i < 1_500; i += 1) writeFileSync(join(folder, `a file with a longer name ${i}.txt`), `${i}`);
    writeFileSync(join(folder, 'SHA256SUMS'), `${'0'.repeat(64)}  a file with a longer name 7.txt\n`);
    const whole = await assay(['verify', folder], {});
    expect([whole.status, whole.out.length > 100_000]).toEqual([1, true]);
    const child = spawn(process.execPath, [resolve('electron/cli.ts'), 'verify', folder], {
      env: base,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise<number | null>((done) => child.once('close', done));
    expect([status, err]).toEqual([1, '']);
  });
});
