import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

test('a file that is listed and not here is counted apart from those that are here', async ({ app }) => {
  const { page } = app;
  await smallCase(app, { 'a.txt': 'alpha\n', 'b.txt': 'beta\n', SHA256SUMS: `${'0'.repeat(64)}  gone.txt\n` });
  const side = page.getByText('3 files here, 1 listed and not here');
  await expect(side).toBeVisible();
  await expect(page.getByRole('tree', { name: 'Folders' })).toContainText('Here or listed4');
  await expect(page.getByText('None selected of 4 names, here or listed')).toBeVisible();
  await page.getByRole('button', { name: /^Missing/ }).click();
  await expect(page.getByText('None selected of 1 name, here or listed')).toBeVisible();
  await expect(page.getByText('All files', { exact: true })).toHaveCount(0);
  await rail(page, 'Sign-off').click();
  await expect(page.getByText('All files, here or listed')).toBeVisible();
  await expect(page.getByText('1 file: listed, and not in the evidence; gone.txt first')).toBeVisible();
  expect(app.complaints).toEqual([]);
});

test('where nothing is missing, a file is a file', async ({ app }) => {
  const { page } = app;
  await smallCase(app, { 'a.txt': 'alpha\n', 'b.txt': 'beta\n' });
  await expect(page.getByText('State of 2 files')).toBeVisible();
  await expect(page.getByRole('tree', { name: 'Folders' })).toContainText('All files2');
  await expect(page.getByText('None selected of 2 files')).toBeVisible();
  expect(app.complaints).toEqual([]);
});
