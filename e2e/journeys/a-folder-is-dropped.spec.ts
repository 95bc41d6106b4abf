import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from '../testkit/app.ts';

/** As a person lets go of files of this machine over the window. */
async function drop(page: Page, files: string[]): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await browser.send('Input.dispatchDragEvent', { type, x: 500, y: 400, data });
  await browser.detach();
}

test('a folder that is dropped is imported', async ({ app }) => {
  const { page, folder } = app;
  await expect(page.getByText('No cases yet.')).toBeVisible();
  const source = join(folder, 'vendor model');
  mkdirSync(join(source, 'data', 'ü'), { recursive: true });
  mkdirSync(join(source, 'nothing'));
  writeFileSync(join(folder, 'outside.txt'), 'outside');
  writeFileSync(join(source, 'data', 'ü', 'träin.csv'), 'a,b\n1,2\n');
  writeFileSync(join(source, 'model.bin'), Buffer.alloc(300_000, 7));
  const digest = createHash('sha256').update('a,b\n1,2\n').digest('hex');
  writeFileSync(join(source, 'SHA256SUMS'), `${digest}  data/ü/träin.csv\n`);
  symlinkSync(join(folder, 'outside.txt'), join(source, 'link.txt'));
  await drop(page, [source]);
  const files = page.getByRole('grid', { name: 'Files' });
  await expect(files).toBeVisible({ timeout: 30_000 });
  await expect(files.getByRole('row').filter({ hasText: 'träin.csv' })).toContainText('Match');
  await expect(files.getByRole('row').filter({ hasText: 'model.bin' })).toContainText('300,000');
  await expect(page.getByRole('banner')).toContainText('vendor model');
  // A browser does not follow a link, nor say that there was one: the window does.
  await expect(files.getByRole('row')).toHaveCount(4);
  await expect(page.getByRole('status')).toContainText('no links and no empty folders');
  await drop(page, [join(source, 'SHA256SUMS'), join(source, 'data')]);
  await expect(page.getByRole('status')).toContainText('Import 2: 2 files', { timeout: 30_000 });
  expect(app.complaints).toEqual([]);
});
