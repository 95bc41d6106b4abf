import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

test('that the source of a case changed is not said over another case', async ({ app }) => {
  const { page, folder } = app;
  await smallCase(app, { 'a.txt': 'alpha\n' });
  await rail(page, 'Cases').click();
  await page.getByRole('button', { name: 'Sample case' }).click();
  const cases = page.getByRole('grid', { name: 'Cases' });
  await expect(cases.getByRole('row')).toHaveCount(4, { timeout: 30_000 });
  const open = async (name: string) => {
    await rail(page, 'Cases').click();
    await cases.getByText(name, { exact: true }).dblclick();
    await expect(page.getByRole('banner').getByText(name, { exact: true })).toBeVisible();
  };
  await open('Sample: triage classifier');
  writeFileSync(join(folder, 'evidence', 'a.txt'), 'alpha, and more\n');
  await open('Small case');
  await expect(page.getByRole('status')).toContainText('The source changed since import 1');
  // Where its verdicts are read it stays said until it is verified again.
  await rail(page, 'Checks').click();
  const note = page.getByRole('note');
  await expect(note).toContainText('The source was seen to have changed since import 1');
  await open('Sample: triage classifier');
  await expect(page.getByRole('status')).toBeEmpty();
  await rail(page, 'Checks').click();
  await expect(page.getByRole('heading', { name: 'Checks' })).toBeVisible();
  await expect(note).toHaveCount(0);
  await open('Small case');
  await rail(page, 'Checks').click();
  await page.getByRole('button', { name: 'Verify again' }).click();
  await expect(note).toHaveCount(0);
  expect(app.complaints).toEqual([]);
});
