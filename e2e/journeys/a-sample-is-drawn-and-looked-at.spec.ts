import { expectAccessible } from '../testkit/accessible.ts';
import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

test('a sample is drawn, looked at, and stated', async ({ app }) => {
  const { page } = app;
  const numbered = (folder: string, count: number) =>
    Array.from({ length: count }, (_, i) => [`${folder}/file-${i}.txt`, `${folder} ${i}\n`]);
  await smallCase(app, Object.fromEntries([...numbered('data', 30), ...numbered('docs', 9), ['card.txt', 'A card\n']]));
  await rail(page, 'Review').click();
  await page.getByRole('button', { name: 'Sampling' }).click();
  await expect(page.getByText('No sampling plan yet.')).toBeVisible();
  await expectAccessible(page, 'no plan');

  // By keyboard: too few files are refused beside the button, then the plan is drawn from a seed that was typed.
  await page.getByRole('button', { name: 'Make a plan' }).focus();
  await page.keyboard.press('Enter');
  const form = page.getByRole('form', { name: 'Sampling plan' });
  await expect(form.getByLabel('Size, files')).toBeFocused();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('2');
  await page.keyboard.press('Tab');
  await page.keyboard.type('by top');
  await page.keyboard.press('Tab');
  await page.keyboard.type('00112233445566778899aabbccddeeff');
  await page.keyboard.press('Enter');
  await expect(form.getByRole('alert')).toContainText('3 top folders');
  await form.getByLabel('Size, files').fill('4');
  await expectAccessible(page, 'the form');
  await form.getByRole('button', { name: 'Draw and keep the plan' }).click();
  await expect(page.getByRole('status')).toContainText('Sampling plan 1 is kept: 4 files');
  const detail = page.getByRole('region', { name: 'Sampling plan 1' });
  await expect(detail).toContainText('00112233445566778899aabbccddeeff');
  await expect(detail.getByRole('row', { name: /^data/ })).toHaveText(/data3020/);
  const sampled = page.getByRole('grid', { name: 'Sampled files' });
  await expect(sampled.getByRole('row')).toHaveCount(5);
  await expect(page.getByText('0 of 4 looked at')).toBeVisible();
  await expectAccessible(page, 'a plan');

  // Enter opens a picked file in Evidence, which counts; so does a mark. Evidence shows what was picked alone.
  await sampled.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'File' })).toContainText('card.txt');
  await page.getByRole('button', { name: /^Sampled/ }).click();
  await expect(page.getByRole('grid', { name: 'Files' }).getByRole('row')).toHaveCount(5);
  await page.keyboard.press('n');
  await page.keyboard.press('v');
  await expect(page.getByRole('status')).toContainText('to go');
  await rail(page, 'Review').click();
  await expect(page.getByText('2 of 4 looked at')).toBeVisible();

  // What is left holds approval up until it is explained, and the statement says both.
  await rail(page, 'Sign-off').click();
  const readiness = page.getByRole('region', { name: 'Readiness and coverage' });
  await expect(readiness).toContainText('plan 1: 2 of 4 files looked at');
  await page.getByRole('button', { name: 'Open review' }).click();
  const why = page.getByRole('form', { name: 'Explanation' });
  await why.getByLabel('Why some were not looked at').fill('The rest is of the same making.');
  await why.getByRole('button', { name: 'Keep the explanation' }).click();
  await expect(page.getByRole('status')).toContainText('The explanation is kept');
  await rail(page, 'Sign-off').click();
  await expect(readiness).toContainText('the others explained');
  await page.getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByRole('region', { name: 'Statement' })).toContainText(
    'By sampling plan 1, 4 of 40 files were drawn by top folder with seed 00112233445566778899aabbccddeeff; 2 of them were looked at. 2 were not: The rest is of the same making.',
  );
  await expectAccessible(page, 'sign-off');
  await rail(page, 'Journal').click();
  await expect(page.getByRole('grid', { name: 'Acts' })).toContainText('sampling.planned');
  expect(app.complaints).toEqual([]);
});
