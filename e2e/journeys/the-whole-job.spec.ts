import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expectAccessible } from '../testkit/accessible.ts';
import { expect, test } from '../testkit/app.ts';

const rail = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name });

async function makeKey(page: Page, name: string, passphrase: string): Promise<void> {
  await rail(page, 'Settings').click();
  const form = page.getByRole('form', { name: 'Create a key' });
  await form.getByLabel('Your name').fill(name);
  await form.getByLabel(/Passphrase/).fill(passphrase);
  await form.getByRole('button', { name: 'Create the key' }).click();
  await expect(page.locator('b', { hasText: name })).toBeVisible();
}

test('first run, sample, walk, finding, two signatures, export, check-report', async ({ app }) => {
  const { page, folder } = app;
  await expect(page.getByText('No cases yet.')).toBeVisible();
  await expectAccessible(page, 'first run');
  await page.getByRole('button', { name: 'Make the sample case' }).click();
  const cases = page.getByRole('grid', { name: 'Cases' });
  await expect(cases.getByRole('row')).toHaveCount(3, { timeout: 30_000 });
  await expect(cases.getByRole('row').filter({ hasText: 'tampered' })).toContainText('Fail');
  await expect(cases.getByRole('row').filter({ hasNotText: 'tampered' }).nth(1)).toContainText('Warn');
  await expectAccessible(page, 'cases');

  await cases.getByText('Sample: triage classifier, tampered').dblclick();
  await expect(page.getByRole('heading', { name: 'Evidence' })).toBeVisible();
  await page.getByRole('button', { name: /^Mismatch/ }).click();
  const files = page.getByRole('grid', { name: 'Files' });
  await files.getByText('model.safetensors').click();
  await expect(page.getByRole('region', { name: 'File' })).toContainText('These are not the bytes');
  await expectAccessible(page, 'evidence');
  await page.keyboard.press('v');
  await expect(page.getByRole('status')).toContainText('to go');

  await rail(page, 'Checks').click();
  await page
    .getByRole('button', { name: /model\.safetensors/ })
    .first()
    .click();
  await expect(page.getByRole('region', { name: 'Check', exact: true })).toContainText('Expected');
  await expectAccessible(page, 'checks');
  await page.getByRole('button', { name: /Raise finding/ }).click();
  await page
    .getByRole('form', { name: 'Finding' })
    .getByLabel('Rationale')
    .fill('The shipped weights are not the ones that were signed.');
  await page.getByRole('button', { name: 'Raise the finding' }).click();
  await expect(page.getByRole('status')).toContainText('F-01 is raised');

  await rail(page, 'Lineage').click();
  await expect(page.getByRole('application')).toBeVisible();
  await page.getByRole('button', { name: 'First unverified hop' }).click();
  await expectAccessible(page, 'lineage');
  await rail(page, 'Review').click();
  await page.getByRole('grid', { name: 'Findings' }).getByText('F-01').click();
  await expect(page.getByRole('region', { name: 'Finding' })).toContainText('History');
  await expectAccessible(page, 'review');

  await rail(page, 'Cases').click();
  await page.getByRole('grid', { name: 'Cases' }).getByText('Sample: triage classifier', { exact: true }).dblclick();
  await expect(page.getByRole('heading', { name: 'Evidence' })).toBeVisible();
  await makeKey(page, 'Rosa Reviewer', 'correct horse');
  await makeKey(page, 'Anna Approver', 'battery staple');
  await expectAccessible(page, 'settings');
  await rail(page, 'Sign-off').click();
  await expect(page.getByText('8 of 8 gates hold')).toBeVisible();
  // Nobody's decision is made for her.
  await expect(page.getByRole('button', { name: 'Approve', exact: true })).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByText('Choose a decision below')).toBeVisible();
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.getByLabel('Rationale').fill('Everything that can be checked offline holds.');
  await expectAccessible(page, 'sign-off');
  await page.getByLabel('Passphrase').fill('wrong passphrase');
  await page.getByRole('button', { name: 'Sign approval' }).click();
  await expect(page.getByRole('alert')).toContainText('The passphrase does not open this key.');
  await page.getByLabel('Passphrase').fill('correct horse');
  await page.getByRole('button', { name: 'Sign approval' }).click();
  await expect(page.getByText('one of two signatures')).toBeVisible({ timeout: 30_000 });
  await page.getByLabel('Rationale').fill('Seconded.');
  await page.getByLabel('Passphrase').fill('correct horse');
  await page.getByRole('button', { name: 'Sign approval' }).click();
  await expect(page.getByRole('alert')).toContainText('another person and another key');
  await page.getByLabel('Who signs').selectOption({ label: 'Anna Approver' });
  await page.getByLabel('Passphrase').fill('battery staple');
  await page.getByRole('button', { name: 'Sign approval' }).click();
  await expect(page.getByText('signed', { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('No. 1 is signed by Rosa Reviewer and Anna Approver.')).toBeVisible();

  await page.getByLabel('Folder to write into').fill(folder);
  await page.getByLabel('Name of the package').fill('package');
  await page.getByRole('button', { name: 'Export the package' }).click();
  await expect(page.getByText(/package: [0-9]+ files/)).toBeVisible({ timeout: 30_000 });
  for (const name of [
    'report.pdf',
    'report.json',
    'decisions/1-reviewer.dsse.json',
    'decisions/2-approver.dsse.json',
    'evidence.sha256',
    'VERIFY.md',
    'SHA256SUMS',
    'journal/checkpoint.txt',
  ])
    expect(existsSync(join(folder, 'package', name)), name).toBe(true);
  expect(
    readFileSync(join(folder, 'package', 'report.pdf'))
      .subarray(0, 5)
      .toString(),
  ).toBe('%PDF-');
  await page.getByRole('button', { name: 'Export the package' }).click();
  await expect(page.getByRole('alert')).toContainText('Something of that name is there.');

  await rail(page, 'Reports').click();
  await page.getByLabel(/Folder or archive of a package/).fill(join(folder, 'package'));
  await page.getByRole('button', { name: 'Check the report' }).click();
  await expect(page.getByRole('region', { name: 'What the check says' })).toContainText(
    'Sample: triage classifier: pass',
  );
  await expectAccessible(page, 'reports');
  await rail(page, 'Journal').click();
  await page.getByRole('button', { name: 'Verify now' }).click();
  await expect(page.getByText(/entries follow from one another/)).toBeVisible();
  await expectAccessible(page, 'journal');
  expect(app.complaints).toEqual([]);
});

test('the whole job by keyboard alone', async ({ app }) => {
  const { page, folder } = app;
  const press = async (key: string, times = 1) => {
    for (let i = 0; i < times; i++) await page.keyboard.press(key);
  };
  /** Tab until what is focused has this name. */
  const reach = async (name: RegExp) => {
    for (let i = 0; i < 140; i++) {
      const label = await page.evaluate(() => {
        const at = document.activeElement;
        const labelled =
          at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement
            ? (at.labels?.[0]?.textContent ?? '')
            : '';
        return `${at?.getAttribute('aria-label') ?? ''} ${labelled} ${at?.textContent ?? ''}`.trim();
      });
      if (name.test(label)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Nothing named ${name} is reached by Tab.`);
  };
  const goTo = async (screen: string) => {
    await press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.type(`Go to ${screen}`);
    await press('Enter');
    await expect(page.getByRole('dialog')).toBeHidden();
  };
  await expect(page.getByText('No cases yet.')).toBeVisible();
  await reach(/^Make the sample case/);
  await press('Enter');
  await expect(page.getByRole('grid', { name: 'Cases' }).getByRole('row')).toHaveCount(3, { timeout: 30_000 });
  await reach(/^Cases\s/);
  await press('ArrowDown', 2);
  await press('Enter');
  await expect(page.getByRole('heading', { name: 'Evidence' })).toBeVisible();
  await press('n');
  await expect(page.getByRole('region', { name: 'File' })).toBeVisible();
  await press('f');
  await page.keyboard.type('Read by hand');
  await reach(/^Rationale/);
  await page.keyboard.type('Looked at and understood.');
  await reach(/^Raise the finding/);
  await press('Enter');
  await expect(page.getByRole('status')).toContainText('F-01 is raised');
  await goTo('Settings');
  for (const [name, passphrase] of [
    ['Rosa Reviewer', 'correct horse'],
    ['Anna Approver', 'battery staple'],
  ] as const) {
    await reach(/^Your name/);
    await page.keyboard.type(name);
    await reach(/^Passphrase, eight/);
    await page.keyboard.type(passphrase);
    await press('Enter');
    await expect(page.locator('b', { hasText: name })).toBeVisible();
  }
  await goTo('Sign-off');
  await expect(page.getByText('8 of 8 gates hold')).toBeVisible();
  await reach(/^Approve$/);
  await press('Enter');
  await reach(/^Rationale/);
  await page.keyboard.type('Everything holds.');
  await reach(/^Passphrase/);
  await page.keyboard.type('correct horse');
  await expect(page.getByRole('button', { name: 'Sign approval' })).toBeEnabled();
  await press('Enter');
  await expect(page.getByText('one of two signatures')).toBeVisible({ timeout: 30_000 });
  await reach(/^Rationale/);
  await page.keyboard.type('Seconded.');
  await reach(/^Who signs/);
  await page.keyboard.type('Anna');
  await reach(/^Passphrase/);
  await page.keyboard.type('battery staple');
  await expect(page.getByRole('button', { name: 'Sign approval' })).toBeEnabled();
  await press('Enter');
  await expect(page.getByText('signed', { exact: true })).toBeVisible({ timeout: 30_000 });
  await reach(/^Folder to write into/);
  await page.keyboard.type(folder);
  await reach(/^Name of the package/);
  await press('Enter');
  await expect(page.getByText(/: [0-9]+ files/)).toBeVisible({ timeout: 30_000 });
  await goTo('Reports');
  await reach(/^Folder or archive of a package/);
  await page.keyboard.type(join(folder, 'sample-triage-classifier-report'));
  await press('Enter');
  await expect(page.getByRole('region', { name: 'What the check says' })).toContainText(': pass');
  expect(app.complaints).toEqual([]);
});
