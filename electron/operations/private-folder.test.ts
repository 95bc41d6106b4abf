import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { privateFolder } from './private-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-private-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('takes away what a killed process left, and nothing of one that runs or of anybody else', () => {
  const own = privateFolder(root, 'work-');
  // A process that has ended, for sure.
  const dead = String(spawnSync(process.execPath, ['-e', '']).pid);
  const left = own.replace(`-${process.pid}-`, `-${dead}-`);
  mkdirSync(join(left, 'unpacked'), { recursive: true });
  writeFileSync(join(left, 'unpacked', 'file'), 'x');
  const others = [
    basename(left).replace(/^work-[0-9a-f]{8}/, 'work-00000000'),
    basename(left).replace('work-', 'other-'),
    `${basename(left)}.kept`,
    `work-${dead}`,
  ];
  for (const name of others) mkdirSync(join(root, name));
  const link = join(root, basename(left).replace(/.{6}$/, 'aaaaaa'));
  symlinkSync(join(root, others[0] ?? ''), link);
  const next = privateFolder(root, 'work-');
  expect(existsSync(left)).toBe(false);
  expect(readdirSync(root).sort()).toEqual([...others, basename(own), basename(next), basename(link)].sort());
});
