import type { Page } from '@playwright/test';
import { expect, test } from '../testkit/app.ts';
import { rail } from '../testkit/small-case.ts';

/** What the journal says was opened, the oldest first, as the Journal screen shows it. */
async function openings(page: Page): Promise<string[]> {
  await rail(page, 'Journal').click();
  const rows = page.getByRole('grid', { name: 'Acts' }).getByRole('row').filter({ hasText: 'case.opened' });
  await expect(rows.first()).toBeVisible();
  // Time for an act that follows on its own.
  await page.waitForTimeout(500);
  const said = await rows.allInnerTexts();
  return said.map((text) => (text.includes('tampered') ? 'tampered' : 'good')).reverse();
}

test('the journal says of each opening that a person made, and of no other', async ({ app }) => {
  const { page } = app;
  await page.getByRole('button', { name: 'Make the sample case' }).click();
  const cases = page.getByRole('grid', { name: 'Cases' });
  await expect(cases.getByRole('row')).toHaveCount(3, { timeout: 30_000 });
  const open = async (name: string) => {
    await rail(page, 'Cases').click();
    await cases.getByText(name, { exact: true }).dblclick();
    await expect(page.getByRole('banner').getByText(name, { exact: true })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Evidence' })).toBeVisible();
  };
  await open('Sample: triage classifier');
  await open('Sample: triage classifier, tampered');
  expect(await openings(page)).toEqual(['good', 'tampered']);
  // A window that is loaded anew opens its case anew, once; so does the way back to another case.
  await page.reload();
  await expect(page.getByRole('banner').getByText('Sample: triage classifier, tampered')).toBeVisible();
  expect(await openings(page)).toEqual(['good', 'tampered', 'tampered']);
  await open('Sample: triage classifier');
  await page.goBack();
  await page.goBack();
  await expect(page.getByRole('banner').getByText('Sample: triage classifier, tampered')).toBeVisible();
  expect(await openings(page)).toEqual(['good', 'tampered', 'tampered', 'good', 'tampered']);
  // To go on in the case that is open opens nothing; nor does another screen of it.
  await open('Sample: triage classifier, tampered');
  await rail(page, 'Checks').click();
  await expect(page.getByRole('heading', { name: 'Checks' })).toBeVisible();
  expect(await openings(page)).toEqual(['good', 'tampered', 'tampered', 'good', 'tampered']);
  expect(app.complaints).toEqual([]);
});
