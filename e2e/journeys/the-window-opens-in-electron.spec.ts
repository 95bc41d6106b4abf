import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, expect, test } from '@playwright/test';

const root = resolve(import.meta.dirname, '../..');
const place = join(root, 'node_modules', 'electron');
const named = join(place, 'path.txt');
const binary = existsSync(named) ? join(place, 'dist', readFileSync(named, 'utf8')) : '';

test('the window opens in Electron', async () => {
  test.skip(
    !existsSync(binary),
    'Electron’s binary is not installed here; its shell is tested against a recording fake.',
  );
  const folder = mkdtempSync(join(tmpdir(), 'assay-electron-'));
  const isRoot = process.getuid?.() === 0;
  const app = await _electron.launch({
    executablePath: binary,
    args: [...(isRoot ? ['--no-sandbox'] : []), root, '--store', join(folder, 'store', 'store.db')],
    env: { ...process.env, HOME: folder, ASSAY_ANCHORS: join(folder, 'anchors') } as Record<string, string>,
  });
  try {
    const page = await app.firstWindow();
    await expect(page.locator('#root')).not.toBeEmpty();
    expect(page.url()).toBe('app://assay/index.html');
    expect(await page.evaluate(() => Object.keys((globalThis as unknown as { assay: object }).assay))).toEqual([
      'copy',
    ]);
    expect(await page.evaluate(() => ['require', 'process', 'module'].filter((name) => name in globalThis))).toEqual(
      [],
    );
    const reached = await page.evaluate(() =>
      fetch('file:///etc/passwd').then(
        () => 'reached',
        () => 'refused',
      ),
    );
    expect(reached).toBe('refused');
    await page.evaluate(() => window.open('https://evil.example/'));
    expect(app.windows()).toHaveLength(1);
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
