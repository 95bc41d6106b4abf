import { createHash } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** Rows that each name the hash of the row before. */
function ledger(rows: number, what: string): string {
  const lines: string[] = [];
  for (let entry = 1; entry <= rows; entry++)
    lines.push(
      JSON.stringify({
        seq: entry,
        time: `2026-01-02T03:04:0${entry}Z`,
        event: `${what} ${entry}`,
        prev_hash: entry === 1 ? '0'.repeat(64) : sha256(lines[entry - 2] ?? ''),
      }),
    );
  return `${lines.join('\n')}\n`;
}
const seen = async (page: Page, selector: string) =>
  page.locator(selector).evaluate((each) => {
    const { width, height } = each.getBoundingClientRect();
    return width > 1 && height > 1;
  });

test('panes give way, verdicts stay, and checks narrow to a rule', async ({ app }) => {
  const { page } = app;
  await smallCase(app, {
    'a.txt': 'alpha\n',
    'b.txt': 'beta\n',
    SHA256SUMS: `${'0'.repeat(64)}  a.txt\n${sha256('beta\n')}  b.txt\n`,
    'whole.jsonl': ledger(8, 'sample'),
    'broken.jsonl': ledger(8, 'step').replace('step 4', 'step X'),
    'run.prov.json': JSON.stringify({
      prefix: { ex: 'http://example.test/' },
      entity: { 'ex:data': { 'prov:label': 'train.csv' }, 'ex:model': { 'prov:label': 'model.onnx' } },
      wasDerivedFrom: { '_:1': { 'prov:usedEntity': 'ex:data', 'prov:generatedEntity': 'ex:model' } },
    }),
  });

  // A side pane gives way to its button; the button opens and closes it, by keyboard, and its edge goes with it.
  for (const [screen, pane, givesWay, stays] of [
    ['Evidence', 'Folders and states', 1099, 1100],
    ['Checks', 'Choices that narrow the checks', 1099, 1100],
    ['Lineage', 'Things to start from', 1279, 1280],
  ] as const) {
    await rail(page, screen).click();
    const region = page.getByRole('region', { name: pane });
    const door = region.getByRole('button', { name: new RegExp(`^(Show|Hide) ${pane}`, 'i') });
    const edge = page.getByRole('separator', { name: new RegExp(pane, 'i') });
    await page.setViewportSize({ width: stays, height: 800 });
    await expect(door).toBeHidden();
    await expect(edge).toBeVisible();
    expect((await region.boundingBox())?.width, screen).toBeGreaterThan(190);
    await page.setViewportSize({ width: givesWay, height: 800 });
    await expect(door).toBeVisible();
    await expect(door).toHaveAttribute('aria-expanded', 'false');
    await expect(edge).toBeHidden();
    expect((await region.boundingBox())?.width, screen).toBeLessThan(40);
    await door.focus();
    await page.keyboard.press('Enter');
    await expect(door).toHaveAttribute('aria-expanded', 'true');
    await expect(door).toHaveAccessibleName(`Hide ${pane.toLowerCase()}`);
    expect((await region.boundingBox())?.width, screen).toBeGreaterThan(190);
    await page.keyboard.press('Enter');
    await expect(door).toHaveAttribute('aria-expanded', 'false');
    await page.setViewportSize({ width: 1440, height: 900 });
    await expect(door).toBeHidden();
  }

  // The verdicts of the head are never cut: words where there is room, marks with the word for who cannot see them.
  await rail(page, 'Checks').click();
  for (const width of [1440, 1100, 1024, 960]) {
    await page.setViewportSize({ width, height: 700 });
    const strip = page.locator('.hall');
    const aspects = await strip.locator('> span').allTextContents();
    expect(
      aspects.slice(0, 3).map((each) => each.split(' ')[0]),
      `${width}`,
    ).toEqual(['Content', 'Chain', 'Origin']);
    expect(aspects[0], `${width}`).toBe('Content fail');
    const box = await strip.boundingBox();
    expect(await strip.evaluate((each) => each.scrollWidth - each.clientWidth), `${width}`).toBeLessThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? width + 1), `${width}`).toBeLessThanOrEqual(width);
    const command = await page.getByRole('button', { name: /Go to, do/ }).boundingBox();
    expect(command?.x, `the field beside it at ${width}`).toBeGreaterThanOrEqual((box?.x ?? 0) + (box?.width ?? 0));
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  }
  expect(await seen(page, '.hall i >> nth=0')).toBe(false);
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(await seen(page, '.hall i >> nth=0')).toBe(true);

  // The state of a file is never cut: beside the file that is open, columns that say less give way to it.
  await rail(page, 'Evidence').click();
  const files = page.getByRole('grid', { name: 'Files' });
  const claims = files.getByRole('columnheader', { name: 'Claims' });
  await expect(claims).toBeVisible();
  await files.getByRole('row').filter({ hasText: 'a.txt' }).first().click();
  for (const width of [1280, 1100, 820]) {
    await page.setViewportSize({ width, height: 800 });
    await expect.poll(() => files.evaluate((each) => each.scrollWidth - each.clientWidth), `${width}`).toBeLessThan(1);
    const [within, state] = [
      await files.boundingBox(),
      await files.getByRole('columnheader', { name: 'State' }).boundingBox(),
    ];
    expect((state?.x ?? 0) + (state?.width ?? 0), `${width}`).toBeLessThanOrEqual(
      (within?.x ?? 0) + (within?.width ?? 0),
    );
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect(claims).toBeHidden();
  await page.setViewportSize({ width: 1900, height: 900 });
  await expect(claims).toBeVisible();
  await page.setViewportSize({ width: 1440, height: 900 });
  await rail(page, 'Checks').click();

  // A rule's head narrows the list to it, and gives the rest back.
  const list = page.getByRole('region', { name: 'Checks by rule' });
  const heads = list.locator('.grp');
  const all = await heads.count();
  expect(all).toBeGreaterThan(2);
  const links = heads.filter({ hasText: 'Ledger entries link' });
  const rows = list.locator('.two');
  const before = await rows.count();
  await links.click();
  await expect(links).toHaveAttribute('aria-pressed', 'true');
  await expect(links).toContainText('alone');
  await expect(heads).toHaveCount(1);
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('broken.jsonl');
  await links.click();
  await expect(heads).toHaveCount(all);
  await expect(rows).toHaveCount(before);

  // A ledger in the list wears what its view says of it.
  const choices = page.getByRole('region', { name: 'Choices that narrow the checks' });
  for (const [name, mark, says] of [
    ['broken.jsonl', 'Fail', 'The chain breaks at entry'],
    ['whole.jsonl', 'Undecided', '8 entries follow from one another'],
  ] as const) {
    const row = choices.getByRole('button', { name: new RegExp(name) });
    const shown = await row.getByRole('img').getAttribute('aria-label');
    await row.click();
    const view = page.getByRole('region', { name: 'Ledger' });
    await expect(view.getByRole('heading').first()).toContainText(says);
    await expect(view.getByRole('heading').first().getByRole('img')).toHaveAccessibleName(shown ?? '');
    expect(shown, name).toBe(mark);
  }
  expect(app.complaints).toEqual([]);
});
