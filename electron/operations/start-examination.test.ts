import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../integrity/digest.ts';

/** Readers and rules that hang or take all memory, put in place before the program starts; see what becomes of the rest. */
const root = mkdtempSync(join(tmpdir(), 'assay-poison-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const staging = join(root, 'staging');
mkdirSync(staging);
const poisoned = pathToFileURL(resolve('e2e/testkit/poisoned.ts')).href;

function evidence(name: string, files: Record<string, string | Uint8Array>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [file, held] of Object.entries(files)) writeFileSync(join(folder, file), held);
  const sums = Object.entries(files).map(([file, held]) => `${sha256Hex(held)}  ${file}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  return folder;
}

interface Ran {
  status: number | null;
  out: string;
  err: string;
}
/** Runs a program with the poison in all its threads. @param onSpin is told when a rule spins, and may send a signal */
async function run(args: string[], onSpin?: (send: (signal: NodeJS.Signals) => void) => void): Promise<Ran> {
  const child = spawn(process.execPath, ['--import', poisoned, ...args], {
    env: {
      ...process.env,
      TMPDIR: staging,
      ASSAY_STORE: join(root, 'store', 'assay.db'),
      ASSAY_ANCHORS: join(root, 'anchors'),
    },
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => {
    said.out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    said.err += data.toString();
    if (said.err === 'spinning\n') onSpin?.((signal) => child.kill(signal));
  });
  const status = await new Promise<number | null>((done) => child.once('close', done));
  return { status, ...said };
}
interface Verification {
  unread: { path: string; why: string }[];
  counts: { files: number; states: Record<string, number> };
  checks: { code: string; subject: string; message: string }[];
}
const verified = async (folder: string): Promise<Verification> => {
  const { status, out, err } = await run([resolve('electron/cli.ts'), 'verify', folder, '--json']);
  expect([status, err]).toEqual([0, '']);
  return JSON.parse(out) as Verification;
};

describe('a reader', () => {
  it('that hangs is ended, its file is listed with the reason, and the rest is verified', async () => {
    const folder = evidence('hangs', { 'a.txt': 'a', 'b.hangs': 'b', 'c.json': '{"c":1}', 'd.mild': 'd' });
    const { unread, counts, checks } = await verified(folder);
    expect(unread).toEqual([
      { path: 'b.hangs', why: 'Poisoned hangs: Its reader made no progress for 1 seconds, and was ended.' },
      { path: 'd.mild', why: 'Poisoned mild: It is only mild.' },
    ]);
    expect([counts.files, counts.states['match']]).toEqual([5, 4]);
    expect(checks.find(({ subject }) => subject === 'b.hangs')).toMatchObject({ code: 'document-unreadable' });
    expect(readdirSync(staging)).toEqual([]);
  });

  it('that takes all the memory is ended too, one after another', async () => {
    const folder = evidence('eats', { 'a.eats': 'a', 'b.hangs': 'b', 'd.json': '{}' });
    const { unread, counts } = await verified(folder);
    expect(unread.map(({ path, why }) => [path, /memory|progress/.exec(why)?.[0]])).toEqual([
      ['a.eats', 'memory'],
      ['b.hangs', 'progress'],
    ]);
    expect(counts.states['match']).toBe(3);
    expect(readdirSync(staging)).toEqual([]);
  });

  it('on one of several threads is ended as well', async () => {
    const folder = evidence('threads', { 'a.eats': 'a', 'big.bin': new Uint8Array(66 * 2 ** 20) });
    const { unread, counts } = await verified(folder);
    expect(unread.map(({ path }) => path)).toEqual(['a.eats']);
    expect(counts.states['match']).toBe(2);
    expect(readdirSync(staging)).toEqual([]);
  });

  it('that is ended in the middle of an import leaves the import whole, and rows of ledgers once', async () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({ seq: i, at: '2026-01-01T00:00:00Z', text: 'x' }),
    );
    const folder = evidence('imported', { 'a.jsonl': `${rows.join('\n')}\n`, 'b.hangs': 'b' });
    const { status, out, err } = await run([
      resolve('electron/cli.ts'),
      'import',
      folder,
      '--case',
      'Poisoned',
      '--json',
    ]);
    expect([status, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ case: { name: 'Poisoned' } });
    const again = await run([resolve('electron/cli.ts'), 'import', folder, '--case', 'Poisoned', '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ imports: [{ same: true }] });
  });
});

it('a rule that cannot be interrupted is ended within a second of a cancel, and nothing stays', async () => {
  const folder = evidence('spins', { 'a.spins': 'a' });
  const program = join(root, 'cancel.mjs');
  writeFileSync(
    program,
    `const { startExamination } = await import(${JSON.stringify(pathToFileURL(resolve('electron/operations/start-examination.ts')).href)});
     const stop = new AbortController();
     let at = 0;
     const progress = ({ doing }) => { if (doing === 'Verifying') setTimeout(() => { at = performance.now(); stop.abort(); }, 300); };
     const request = { path: ${JSON.stringify(folder)}, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: ${JSON.stringify(staging)} };
     const code = await startExamination(request, { progress }, stop.signal).then(() => 'done', (error) => error.code);
     console.log(JSON.stringify({ code, ms: Math.round(performance.now() - at) }));`,
  );
  const { out, err } = await run([program]);
  expect(err).toBe('spinning\n');
  const { code, ms } = JSON.parse(out) as { code: string; ms: number };
  expect(code).toBe('cancelled');
  expect(ms).toBeLessThan(1_000);
  expect(readdirSync(staging)).toEqual([]);
});

it('Ctrl+C ends the command within a second, whatever it is doing, and leaves nothing behind', async () => {
  let at = 0;
  const { status, err } = await run(
    [resolve('electron/cli.ts'), 'verify', evidence('stopped', { 'a.spins': 'a' })],
    (send) => {
      at = performance.now();
      send('SIGINT');
    },
  );
  expect([status, err.split('\n')[1]]).toEqual([3, 'The verification was cancelled.']);
  // The thread goes within a second; the process ends after it.
  expect(performance.now() - at).toBeLessThan(2_000);
  expect(readdirSync(staging)).toEqual([]);
});
