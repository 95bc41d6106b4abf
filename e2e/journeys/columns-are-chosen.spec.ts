import type { Page } from '@playwright/test';
import { expectAccessible } from '../testkit/accessible.ts';
import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

const heads = (page: Page, grid: string) =>
  page.getByRole('grid', { name: grid }).getByRole('columnheader').allInnerTexts();

test('columns are chosen by keyboard and by right click, and remembered', async ({ app }) => {
  const { page } = app;
  await smallCase(app, { 'a.txt': 'alpha\n', 'b.json': '{}\n' });
  const usual = ['Path', 'Bytes', 'SHA-256', 'State', 'Claims', ''];
  expect(await heads(page, 'Files')).toEqual(usual);
  await page.getByRole('button', { name: 'Columns' }).focus();
  await page.keyboard.press('Enter');
  const item = (name: string) => page.getByRole('menuitemcheckbox', { name, exact: true });
  await expect(item('Path')).toBeDisabled();
  await expectAccessible(page, 'columns');
  const tick = async (name: string) => {
    for (let i = 0; i < 12 && !(await item(name).evaluate((each) => each.hasAttribute('data-highlighted'))); i++)
      await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
  };
  await tick('SHA-256');
  await tick('Format');
  await expect(item('Format')).toBeChecked();
  await expect(item('SHA-256')).not.toBeChecked();
  await page.keyboard.press('Escape');
  const chosen = ['Path', 'Bytes', 'Format', 'State', 'Claims', ''];
  await expect.poll(() => heads(page, 'Files')).toEqual(chosen);
  await expect(page.getByRole('button', { name: 'Columns' })).toBeFocused();
  await page.waitForTimeout(800);
  await page.reload();
  await expect.poll(() => heads(page, 'Files')).toEqual(chosen);

  // The bar above the grid holds all its controls at every width, with a file open beside it.
  await page.getByRole('grid', { name: 'Files' }).getByText('a.txt').click();
  for (const width of [1440, 1280, 1100, 1024]) {
    await page.setViewportSize({ width, height: 800 });
    const edge = (await page.getByRole('region', { name: 'File' }).boundingBox())?.x ?? 0;
    for (const name of ['Import', 'Columns', 'Mark reviewed v']) {
      const box = await page.getByRole('button', { name, exact: true }).boundingBox();
      expect((box?.x ?? edge) + (box?.width ?? 1), `${name} at ${width}`).toBeLessThanOrEqual(edge);
    }
    const filter = await page.getByPlaceholder('Filter path').boundingBox();
    expect(filter?.width, `the filter at ${width}`).toBeGreaterThan(80);
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  await page
    .getByRole('grid', { name: 'Files' })
    .getByRole('columnheader', { name: 'Bytes' })
    .click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'The usual columns' }).click();
  await expect.poll(() => heads(page, 'Files')).toEqual(usual);

  for (const [screen, grid, column] of [
    ['Cases', 'Cases', 'Model'],
    ['Journal', 'Acts', 'Hash'],
  ] as const) {
    await rail(page, screen).click();
    const before = await heads(page, grid);
    await page.getByRole('button', { name: 'Columns' }).click();
    await item(column).click();
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await heads(page, grid)).length).toBe(before.length - 1);
  }
  expect(app.complaints).toEqual([]);
});
