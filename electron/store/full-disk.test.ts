import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Store } from './store.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-full-'));
const disk = join(root, 'disk');
mkdirSync(disk);
const isMounted =
  process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]).status === 0;
afterAll(() => {
  if (isMounted) spawnSync('umount', [disk]);
  rmSync(root, { recursive: true, force: true });
});

it.skipIf(!isMounted)(
  'a store whose disk filled up closes without a word, and keeps what was committed (skipped where no small disk can be mounted)',
  () => {
    const open = () =>
      new Store(join(disk, 'assay.db'), {
        anchors: join(root, 'anchors'),
        clock: () => new Date(),
        actor: () => 'Ada',
      });
    const store = open();
    for (let i = 0; i < 20; i++)
      store.commit({ action: 'case.opened', caseId: null, subject: 'x'.repeat(40_000) }, () => undefined);
    const { size } = store;
    // A write that meets the end of the disk leaves a part of the file: the disk is full then.
    expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(3 * 2 ** 20))).toThrow('ENOSPC');
    store.close();
    rmSync(join(disk, 'filler'));
    const again = open();
    expect([again.health.state, again.size]).toEqual(['sound', size + 1]);
    again.close();
  },
);
