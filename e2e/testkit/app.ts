import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';
import { hostFlags } from '../../electron/shell/host-flags.ts';

const root = resolve(import.meta.dirname, '../..');

export interface App {
  /** Address with its one-time token, unused. */
  address: string;
  /** Folder of this run, for exports and evidence. */
  folder: string;
  page: Page;
  /** What the page complained of: errors, refused policies. */
  complaints: string[];
}

/** The built browser shell with a store of its own, and its window. */
export const test = base.extend<{ shell: { address: string; folder: string; process: ChildProcess }; app: App }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern
  shell: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-journey-'));
    const child = spawn(
      process.execPath,
      [...hostFlags, join(root, 'dist/browser.js'), '--no-window', '--store', join(folder, 'store', 'store.db')],
      { env: { ...process.env, ASSAY_ANCHORS: join(folder, 'anchors'), HOME: folder } },
    );
    const address = await new Promise<string>((found, failed) => {
      let said = '';
      child.stdout.on('data', (part: Buffer) => {
        said += part.toString();
        const [match] = /http:\/\/\S+/.exec(said) ?? [];
        if (match !== undefined) found(match);
      });
      child.stderr.on('data', (part: Buffer) => {
        said += part.toString();
      });
      child.on('exit', (status) => failed(new Error(`The shell ended with ${status}: ${said}`)));
    });
    await use({ address, folder, process: child });
    child.kill('SIGTERM');
    await new Promise((over) => (child.exitCode === null ? child.on('exit', over) : over(null)));
    rmSync(folder, { recursive: true, force: true });
  },
  app: async ({ shell, page }, use) => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(shell.address);
    await use({ ...shell, page, complaints });
  },
});
export { expect };
