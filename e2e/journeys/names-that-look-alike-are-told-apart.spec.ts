import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

test('a line feed or a tab in a name stands as an escape on every screen', async ({ app }) => {
  const { page } = app;
  const nothing = '0'.repeat(64);
  await smallCase(app, {
    'odd name.txt': 'one\n',
    'odd\nname.txt': 'two\n',
    'odd\tname.txt': 'three\n',
    // As sha256sum writes a name with a line feed.
    SHA256SUMS: `\\${nothing}  odd\\nname.txt\n${nothing}  odd\tname.txt\n`,
  });
  const files = page.getByRole('grid', { name: 'Files' });
  for (const name of ['odd\\u000aname.txt', 'odd\\u0009name.txt']) {
    await files.getByText(name).click();
    await expect(page.getByRole('region', { name: 'File' })).toContainText(name);
  }
  await rail(page, 'Checks').click();
  await page.getByRole('button', { name: 'odd\\u000aname.txt' }).first().click();
  await expect(page.getByRole('region', { name: 'Check', exact: true })).toContainText('odd\\u000aname.txt');
  await page.keyboard.press('Control+k');
  await page.getByLabel('Go to, do, or find in evidence').last().fill('name.txt');
  await expect(page.getByRole('option', { name: /odd\\u0009name\.txt/ }).first()).toBeVisible();
  await page.keyboard.press('Escape');
  await rail(page, 'Sign-off').click();
  await expect(page.getByRole('region', { name: 'Readiness and coverage' })).toContainText(
    /odd\\u000[9a]name\.txt first/,
  );
  // Nothing that is shown holds a name as the source spells it.
  for (const screen of ['Cases', 'Evidence', 'Checks', 'Lineage', 'Review', 'Sign-off', 'Journal']) {
    await rail(page, screen).click();
    await expect(page.locator('main')).not.toBeEmpty();
    await page.waitForTimeout(500);
    expect(await page.locator('body').textContent(), screen).not.toMatch(/odd[\n\t]name/);
  }
  expect(app.complaints).toEqual([]);
});
