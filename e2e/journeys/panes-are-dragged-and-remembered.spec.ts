import type { Page } from '@playwright/test';
import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

const edge = (page: Page, name: string) => page.getByRole('separator', { name: `Width of ${name}`, exact: true });
const now = async (page: Page, name: string) => Number(await edge(page, name).getAttribute('aria-valuenow'));
const widthOf = async (page: Page, name: string) =>
  Math.round((await page.getByRole('region', { name, exact: true }).boundingBox())?.width ?? 0);

test('panes are dragged, moved by keys, and remembered', async ({ app }) => {
  const { page } = app;
  await smallCase(app, { 'a.txt': 'alpha\n', 'b.txt': 'beta\n' });
  await page.getByRole('grid', { name: 'Files' }).getByText('a.txt').click();
  await expect(page.getByRole('region', { name: 'File' })).toBeVisible();
  expect(await widthOf(page, 'Folders and states')).toBe(236);
  const drag = async (name: string, by: number) => {
    const box = await edge(page, name).boundingBox();
    if (box === null) throw new Error(`The edge of ${name} is not seen.`);
    const [x, y] = [box.x + box.width / 2, box.y + 300];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + by / 2, y);
    await page.mouse.move(x + by, y);
    await page.mouse.up();
  };
  await drag('folders and states', 64);
  expect(await widthOf(page, 'Folders and states')).toBe(300);
  // The file's pane grows to its left.
  await drag('file', -82);
  expect(await widthOf(page, 'File')).toBe(500);
  await expect.poll(() => now(page, 'file')).toBe(500);
  await drag('folders and states', -900);
  expect(await widthOf(page, 'Folders and states')).toBe(160);

  await edge(page, 'folders and states').focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => widthOf(page, 'Folders and states')).toBe(176);
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(() => widthOf(page, 'Folders and states')).toBe(240);
  await page.keyboard.press('Home');
  await expect.poll(() => now(page, 'folders and states')).toBe(160);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => widthOf(page, 'Folders and states')).toBe(176);
  await edge(page, 'file').focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => widthOf(page, 'File')).toBe(516);
  // However wide panes are made, what lies between them stays of use.
  await page.keyboard.press('End');
  await expect
    .poll(async () => (await page.getByRole('grid', { name: 'Files' }).boundingBox())?.width)
    .toBeGreaterThan(230);
  await page.keyboard.press('Home');
  await expect.poll(() => widthOf(page, 'File')).toBe(240);
  await page.waitForTimeout(800);

  await page.reload();
  await expect.poll(() => widthOf(page, 'Folders and states')).toBe(176);
  await expect.poll(() => widthOf(page, 'File')).toBe(240);
  await edge(page, 'file').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => widthOf(page, 'File')).toBe(418);
  await edge(page, 'folders and states').dblclick();
  await expect.poll(() => widthOf(page, 'Folders and states')).toBe(236);

  // Every other pane at a side has such an edge, and nothing overflows when it is moved.
  for (const [screen, name] of [
    ['Checks', 'list of checks'],
    ['Reports', 'report to check'],
  ] as const) {
    await rail(page, screen).click();
    await edge(page, name).focus();
    await page.keyboard.press('End');
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    await page.keyboard.press('Enter');
  }
  expect(app.complaints).toEqual([]);
});
