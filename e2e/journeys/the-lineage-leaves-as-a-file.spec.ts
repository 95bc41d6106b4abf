import { readFileSync } from 'node:fs';
import { expect, test } from '../testkit/app.ts';
import { rail, smallCase } from '../testkit/small-case.ts';

const prov = {
  prefix: { ex: 'http://example.test/' },
  entity: { 'ex:data': { 'prov:label': 'train.csv' }, 'ex:model': { 'prov:label': 'model.onnx' } },
  activity: { 'ex:fit': { 'prov:startTime': '2026-01-02T03:04:05Z' } },
  used: { '_:1': { 'prov:entity': 'ex:data', 'prov:activity': 'ex:fit' } },
  wasGeneratedBy: { '_:2': { 'prov:activity': 'ex:fit', 'prov:entity': 'ex:model' } },
};

test('the lineage leaves as SVG, PNG and PROV-JSON', async ({ app }) => {
  const { page } = app;
  await smallCase(app, { 'run.prov.json': JSON.stringify(prov), 'train.csv': 'a,b\n' });
  await rail(page, 'Lineage').click();
  await expect(page.getByRole('application')).toBeVisible();
  const save = async (what: string) => {
    // By keyboard: the menu is reached and walked without a pointer.
    await page.getByRole('button', { name: 'Export' }).focus();
    await page.keyboard.press('Enter');
    const item = page.getByRole('menuitem', { name: what });
    await expect(item).toBeVisible();
    const begun = page.waitForEvent('download');
    await page.keyboard.press(what.startsWith('The') ? 'End' : 'Home');
    while (!(await item.evaluate((each) => each.hasAttribute('data-highlighted'))))
      await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const file = await begun;
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  };
  const svg = await save('What is shown, as SVG');
  expect(svg.name).toBe('lineage-case-1-import-1-thing-1.svg');
  expect(svg.bytes.toString()).toContain('3 of 3 things and 2 of 2 links are shown');
  const png = await save('What is shown, as PNG');
  expect(png.name).toBe('lineage-case-1-import-1-thing-1.png');
  expect(png.bytes.subarray(1, 4).toString()).toBe('PNG');
  const [, width = '0'] = /width="(\d+)"/.exec(svg.bytes.toString()) ?? [];
  expect(png.bytes.readUInt32BE(16)).toBe(2 * Number(width));
  // A picture of nothing compresses to next to nothing.
  expect(png.bytes.length).toBeGreaterThan(8_000);
  const whole = await save('The whole graph, as PROV-JSON');
  const { activity, used } = JSON.parse(whole.bytes.toString()) as Record<string, Record<string, object>>;
  expect(Object.keys(activity ?? {})).toHaveLength(1);
  expect(Object.values(used ?? {})).toMatchObject([{ 'assay:certainty': 'asserted' }]);
  await expect(page.getByRole('status')).toContainText('3 things, 2 links');
  expect(app.complaints).toEqual([]);
});
