import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tidyExport, writePackage } from './export-package.ts';

let root = '';
let staging = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-export-'));
  staging = join(root, 'staging');
  mkdirSync(staging);
  mkdirSync(join(root, 'out'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const files = new Map([
  ['report.json', '{}'],
  ['journal/checkpoint.txt', 'x\n'],
]);

it('leaves nothing but the package, and no note of it', () => {
  expect(writePackage(join(root, 'out', 'p'), files, staging)).toBe(3);
  expect(readdirSync(join(root, 'out'))).toEqual(['p']);
  expect(readdirSync(staging)).toEqual([]);
});

/** An export in a process of its own, which is killed while it writes its second file. */
function killed(): void {
  const program = `
    const { writePackage } = await import(${JSON.stringify(pathToFileURL(join(process.cwd(), 'electron/reporting/export-package.ts')).href)});
    let asked = 0;
    class Deadly extends Map { get(name) { if (++asked > 3) process.kill(process.pid, 'SIGKILL'); return super.get(name); } }
    writePackage(${JSON.stringify(join(root, 'out', 'p'))}, new Deadly([['a', '1'], ['b', '2']]), ${JSON.stringify(staging)});`;
  const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  expect([signal, String(stderr)]).toEqual(['SIGKILL', '']);
}

it('takes away at the next opening what a killed export left', () => {
  killed();
  const [left = ''] = readdirSync(join(root, 'out'));
  expect(left).toMatch(/^\.p-/);
  expect(tidyExport(staging)).toBe(join(root, 'out', left));
  expect(readdirSync(join(root, 'out'))).toEqual([]);
  expect(tidyExport(staging)).toBeNull();
});

it('takes it away at the next export too', () => {
  killed();
  writePackage(join(root, 'out', 'q'), files, staging);
  expect(readdirSync(join(root, 'out'))).toEqual(['q']);
});

it.each(['', '/', 'out', '../out/.p-0123456789ab'])('takes nothing away that a strange note names: %j', (text) => {
  writeFileSync(join(staging, 'unfinished-export'), text);
  expect(tidyExport(staging)).toBeNull();
  writeFileSync(join(staging, 'unfinished-export'), join(root, 'out'));
  expect(tidyExport(staging)).toBeNull();
  writeFileSync(join(root, 'out', '.p-0123456789ab'), 'a file of another');
  writeFileSync(join(staging, 'unfinished-export'), join(root, 'out', '.p-0123456789ab'));
  expect(tidyExport(staging)).toBeNull();
  expect(existsSync(join(root, 'out', '.p-0123456789ab'))).toBe(true);
});
