import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** What of a page's accessibility a theme can change: the rules about colour. */
const ofColour = ['color-contrast', 'link-in-text-block'];

/** No violation of WCAG 2.2 AA on the page as it is: every rule in light, those about colour in dark too. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  for (const theme of ['light', 'dark']) {
    await page.evaluate((name) => document.documentElement.setAttribute('data-theme', name), theme);
    const axe = new AxeBuilder({ page });
    const { violations } = await (theme === 'light'
      ? axe.withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
      : axe.withRules(ofColour)
    ).analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary ?? ''}`),
      `${what}, ${theme}`,
    ).toEqual([]);
  }
  await page.evaluate(() => document.documentElement.removeAttribute('data-theme'));
}
