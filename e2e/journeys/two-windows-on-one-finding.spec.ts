import type { Page } from '@playwright/test';
import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

const keep = async (page: Page) => {
  await page.getByRole('button', { name: 'Keep the changes' }).click();
  await expect(page.getByRole('status')).toContainText('F-01 is changed');
};

test('a window sends what was changed in it, and not what it has not seen', async ({ app, context }) => {
  const { page } = app;
  await smallCase(app, { 'a.txt': 'alpha\n' });
  await rail(page, 'Review').click();
  await page.getByRole('button', { name: 'Raise a finding' }).click();
  await page.getByLabel('Title').fill('Something');
  await page.getByLabel('Rationale').fill('Because.');
  await page.getByRole('button', { name: 'Raise the finding' }).click();
  await page.getByRole('grid', { name: 'Findings' }).getByText('F-01').click();
  const one = page.getByRole('region', { name: 'Finding' });
  await expect(one).toBeVisible();
  const second = await context.newPage();
  await second.goto(page.url());
  const other = second.getByRole('region', { name: 'Finding' });
  await expect(other).toBeVisible();

  await one.getByLabel('Status').selectOption('withdrawn');
  await keep(page);
  await other.getByLabel('Owner').fill('Eve');
  await keep(second);
  await expect(other).toContainText('owner, set to Eve');
  await expect(other).toContainText('status, from open to withdrawn');
  await expect(other).not.toContainText('from withdrawn to open');
  await expect(other.getByLabel('Status')).toHaveValue('withdrawn');

  // The same field in both: she has not seen what stands there now, so it is said, and hers is not lost.
  await page.reload();
  await one.getByLabel('Owner').fill('Rosa');
  await keep(page);
  await other.getByLabel('Owner').fill('Uma');
  await second.getByRole('button', { name: 'Keep the changes' }).click();
  await expect(second.getByRole('alert')).toContainText('owner');
  await expect(second.getByRole('alert')).toContainText('Rosa');
  await expect(other.getByLabel('Owner')).toHaveValue('Uma');
  await second.getByRole('button', { name: 'Keep the changes' }).click();
  await expect(other).toContainText('owner, from Rosa to Uma');

  // What is emptied is said to be taken away.
  await other.getByLabel('Owner').fill('');
  await keep(second);
  await expect(other).toContainText('owner, taken away: it was Uma');
  expect(app.complaints).toEqual([]);
});
