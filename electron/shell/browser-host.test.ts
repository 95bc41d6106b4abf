import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { browserHost, Tokens } from './browser-host.ts';
import { findBrowser, hasDisplay } from './launch-browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-browse-'));
mkdirSync(join(folder, 'models'));
writeFileSync(join(folder, 'b.zip'), '');
writeFileSync(join(folder, 'a.zip'), '');
writeFileSync(join(folder, '.hidden'), '');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('paths behind tokens', () => {
  const host = browserHost('1', new Tokens());
  it('gives one token for one place, which says nothing of it', async () => {
    const first = await host.locate(folder);
    const again = await host.locate(`${folder}/models/..`);
    expect(again.token).toBe(first.token);
    expect(first.token).toMatch(/^[\w-]{32}$/);
    expect(host.path(first.token)).toBe(folder);
  });
  it('lists folders first, then by name, without what is hidden', async () => {
    const { token } = await host.locate(folder);
    const { entries, parent, truncated } = await host.browse(token);
    expect(entries.map(({ name }) => name)).toEqual(['models', 'a.zip', 'b.zip']);
    expect(entries.map(({ kind }) => kind)).toEqual(['folder', 'file', 'file']);
    expect(parent?.kind).toBe('folder');
    expect(truncated).toBe(false);
    expect((await host.browse(null)).here.name).toBe(homedir());
  });
  it('refuses in words', async () => {
    expect(() => host.path('guess')).toThrow(expect.objectContaining({ code: 'not-found' }));
    await expect(host.browse('guess')).rejects.toMatchObject({ code: 'not-found' });
    await expect(host.locate('relative/path')).rejects.toMatchObject({ code: 'unreadable' });
    await expect(host.locate(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'unreadable' });
    await expect(host.locate('/\u0000')).rejects.toMatchObject({ code: 'unreadable' });
    const { token } = await host.locate(join(folder, 'a.zip'));
    await expect(host.browse(token)).rejects.toMatchObject({ code: 'unreadable' });
  });
});

describe('the browser of this machine', () => {
  it('is the one that is named, else the first on the path', () => {
    const chromium = join(folder, 'chromium');
    writeFileSync(chromium, '');
    chmodSync(chromium, 0o700);
    expect(findBrowser({ CHROMIUM: chromium, PATH: '' })).toBe(chromium);
    expect(findBrowser({ CHROMIUM: join(folder, 'gone'), PATH: folder })).toBe(chromium);
  });
  it.runIf(process.platform === 'linux')('needs a display here', () => {
    expect(hasDisplay({})).toBe(false);
    expect(hasDisplay({ DISPLAY: ':0' })).toBe(true);
    expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
  });
});
