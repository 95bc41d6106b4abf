import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { type App, expect } from './app.ts';

/** The screen of that name, by the rail. */
export const rail = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name });

/** A case over these files, imported through the window as a person does; it is open at its evidence. */
export async function smallCase({ page, folder }: App, files: Record<string, string | Uint8Array>): Promise<void> {
  const source = join(folder, 'evidence');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), content);
  }
  await page.getByRole('button', { name: 'New case' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('Small case');
  await page.getByRole('button', { name: 'Make the case' }).click();
  await page.getByLabel('Path of the evidence').fill(source);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByRole('grid', { name: 'Files' }).getByRole('columnheader').first()).toBeVisible({
    timeout: 30_000,
  });
}
