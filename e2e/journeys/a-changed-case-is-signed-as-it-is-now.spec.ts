import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

test('a statement that the case outran is shown anew, and one signature is called one', async ({ app, context }) => {
  const { page, folder } = app;
  await smallCase(app, { 'a.txt': 'alpha\n' });
  await rail(page, 'Settings').click();
  const form = page.getByRole('form', { name: 'Create a key' });
  await form.getByLabel('Your name').fill('Rosa Reviewer');
  await form.getByLabel(/Passphrase/).fill('correct horse');
  await form.getByRole('button', { name: 'Create the key' }).click();
  await expect(page.locator('b', { hasText: 'Rosa Reviewer' })).toBeVisible();
  await rail(page, 'Sign-off').click();
  await page.getByRole('button', { name: 'Reject', exact: true }).click();
  await page.getByLabel('Rationale').fill('It is not enough.');
  const statement = page.getByRole('region', { name: 'Statement' });
  await expect(statement).toContainText('It is not enough.');
  const before = await statement.textContent();

  // Meanwhile a finding is raised in another window.
  const second = await context.newPage();
  await second.goto(page.url());
  await rail(second, 'Review').click();
  await second.getByRole('button', { name: 'Raise a finding' }).click();
  await second.getByLabel('Title').fill('Raised elsewhere');
  await second.getByLabel('Rationale').fill('Because.');
  await second.getByRole('button', { name: 'Raise the finding' }).click();
  await expect(second.getByRole('status')).toContainText('F-01 is raised');

  const sign = page.getByRole('button', { name: 'Sign rejection' });
  await page.getByLabel('Passphrase').fill('correct horse');
  await sign.click();
  await expect(page.getByRole('alert')).toContainText('changed since the statement was shown');
  await expect.poll(() => statement.textContent()).not.toBe(before);
  await sign.click();
  await expect(page.getByText('one of two signatures')).toBeVisible({ timeout: 30_000 });

  await page.getByLabel('Folder to write into').fill(folder);
  await page.getByLabel('Name of the package').fill('package');
  await page.getByRole('button', { name: 'Export the package' }).click();
  await expect(page.getByText(/package: [0-9]+ files/)).toBeVisible({ timeout: 30_000 });
  await rail(page, 'Reports').click();
  const row = page.getByRole('button', { name: /package/ }).filter({ hasText: 'exported' });
  await expect(row).toContainText('exported, one of two signatures');
  await expect(row).toContainText('UTC');
  expect(app.complaints).toEqual([]);
});
