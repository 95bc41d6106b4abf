import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const scale = resolve(root, '../shared/scale');
/** Outside the repository; a marker beside each input says with which arguments it was made. */
export const scratch = join(tmpdir(), 'assay-bench');

const isMade = (marker: string, asked: string) => existsSync(marker) && readFileSync(marker, 'utf8') === asked;

/** An input by one of the generators, made once. @returns its folder */
export function made(generator: string, args: readonly string[]): string {
  mkdirSync(scratch, { recursive: true });
  const asked = [generator, ...args].join(' ');
  const folder = join(scratch, asked.replace(/[^a-z0-9]+/gi, '-'));
  const marker = `${folder}.made`;
  if (isMade(marker, asked)) return folder;
  rmSync(folder, { recursive: true, force: true });
  execFileSync(process.execPath, [join(scale, generator), folder, ...args], { stdio: 'ignore' });
  writeFileSync(marker, asked);
  return folder;
}

/** A store made once, by what is given; made anew when the version of its layout or its input is another. */
export async function madeStore(
  name: string,
  asked: string,
  make: (storeFile: string) => Promise<void>,
): Promise<string> {
  mkdirSync(scratch, { recursive: true });
  const folder = join(scratch, name);
  const marker = `${folder}.made`;
  const storeFile = join(folder, 'store', 'store.db');
  if (isMade(marker, asked)) return storeFile;
  rmSync(folder, { recursive: true, force: true });
  await make(storeFile);
  writeFileSync(marker, asked);
  return storeFile;
}

/** Seconds of the fastest of some baselines, one measured round after a warming one. */
export function baseline(given: readonly string[], keys: readonly string[]): number {
  const text = execFileSync(process.execPath, [join(scale, 'baseline.mjs'), ...given, '--runs', '1'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { measured } = JSON.parse(text) as { measured: Record<string, { median: number }> };
  return Math.min(...keys.map((key) => measured[key]?.median ?? Number.POSITIVE_INFINITY));
}

/** Peak resident memory of a process in MiB; 0 where the system does not say. */
export function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Seconds of processor that a process has taken; 0 where the system does not say. */
export function processorOf(pid: number | undefined): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}
