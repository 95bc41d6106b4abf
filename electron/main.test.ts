import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  app,
  BrowserWindow,
  calls,
  children,
  ipcMain,
  lastCall,
  namesCalled,
  state,
} from '../e2e/testkit/fake-electron.ts';
import { hostFlags } from './shell/host-flags.ts';

const home = mkdtempSync(join(tmpdir(), 'assay-main-'));
mkdirSync(join(home, 'dist', 'renderer'), { recursive: true });
writeFileSync(join(home, 'dist', 'renderer', 'index.html'), '<p>window</p>');
const settled = () => new Promise((over) => setTimeout(over, 20));
const argv = [...process.argv];

beforeAll(async () => {
  state.appPath = home;
  process.argv = ['assay', '--store', join(home, 'store.db')];
  process.env['NODE_OPTIONS'] ??= '--no-warnings';
  await import('./main.ts');
  await settled();
});
afterAll(() => {
  process.argv = argv;
  rmSync(home, { recursive: true, force: true });
});
const child = () => {
  const [only] = children;
  if (only === undefined) throw new Error('The workstation was not started.');
  return only;
};

describe('main', () => {
  it('closes the sandbox and names the scheme before it is ready', () => {
    const names = namesCalled();
    for (const early of [
      'app.enableSandbox',
      'protocol.registerSchemesAsPrivileged',
      'app.requestSingleInstanceLock',
    ]) {
      expect(names.indexOf(early), early).toBeGreaterThanOrEqual(0);
      expect(names.indexOf(early), early).toBeLessThan(names.indexOf('app.whenReady'));
    }
    expect(lastCall('protocol.registerSchemesAsPrivileged')).toEqual([
      [{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }],
    ]);
  });

  it('denies and serves before it makes a window', () => {
    const names = namesCalled();
    for (const early of [
      'session.setPermissionRequestHandler',
      'session.setPermissionCheckHandler',
      'protocol.handle',
      'webRequest.onBeforeRequest',
      'Menu.setApplicationMenu',
    ])
      expect(names.indexOf(early), early).toBeLessThan(names.indexOf('BrowserWindow'));
    const schemes = calls.filter(({ name }) => name === 'protocol.handle').map(({ args }) => args[0]);
    expect(schemes).toEqual(['app', 'http', 'https', 'ftp', 'file']);
  });

  it('makes one window, closed in every way there is', () => {
    expect(namesCalled().filter((name) => name === 'BrowserWindow')).toHaveLength(1);
    const [{ webPreferences }] = lastCall('BrowserWindow') as [{ webPreferences: Record<string, unknown> }];
    expect(webPreferences).toEqual({
      preload: join(home, 'dist', 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      safeDialogs: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      plugins: false,
      devTools: false,
    });
    expect(lastCall('window.loadURL')).toEqual(['app://assay/index.html']);
  });

  it('keeps the window where it is', () => {
    const [window] = BrowserWindow.all;
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview']) {
      const prevent = vi.fn();
      window?.webContents.emit(event, { preventDefault: prevent, url: 'https://evil.example/' });
      expect(prevent, event).toHaveBeenCalledOnce();
    }
    const [deny] = lastCall('contents.setWindowOpenHandler') as [(details: unknown) => unknown];
    for (const url of ['https://evil.example', 'file:///etc/passwd', 'mailto:a@b', 'ms-settings:', 'smb://x/y'])
      expect(deny({ url })).toEqual({ action: 'deny' });
    const destroy = vi.fn();
    window?.webContents.emit('did-create-window', { destroy });
    expect(destroy).toHaveBeenCalledOnce();
    expect(namesCalled()).not.toContain('shell.openExternal');
    expect(namesCalled()).not.toContain('shell.openPath');
  });

  it('has a menu that neither reloads nor inspects', () => {
    const text = JSON.stringify(lastCall('Menu.setApplicationMenu'));
    expect(text).toContain('copy');
    expect(text).not.toMatch(/reload|devtools|zoom|help/i);
  });

  it('runs the workstation in a process of its own, without what would change Node', () => {
    const [entry, args, options] = lastCall('utilityProcess.fork') as [
      string,
      string[],
      { env: object; execArgv: string[] },
    ];
    expect(entry).toBe(join(home, 'dist', 'host.js'));
    expect(args).toEqual(['--store', join(home, 'store.db')]);
    expect(Object.keys(options.env)).not.toContain('NODE_OPTIONS');
    expect(Object.keys(options.env)).toContain('PATH');
    expect(options.execArgv).toEqual(hostFlags);
    // The browser shell is started by a script that can import nothing of this.
    expect(readFileSync('resources/prepare.mjs', 'utf8')).toContain(hostFlags.join("', '"));
  });

  it('hands a window’s port to the workstation', () => {
    const port = {};
    const senderFrame = { url: 'app://assay/index.html', origin: 'app://assay', parent: null };
    ipcMain.emit('assay:connect', { senderFrame, ports: [port] }, null);
    expect(lastCall('child.postMessage')).toEqual([{ kind: 'connect' }, [port]]);
    ipcMain.emit('assay:copy', { senderFrame, ports: [] }, 'sha256:00');
    expect(lastCall('clipboard.writeText')).toEqual(['sha256:00']);
  });

  it('shows a native dialog for it, and gives back a path or none', async () => {
    state.chosen = ['/evidence'];
    child().emit('message', { kind: 'choose', id: 7, what: 'folder' });
    await settled();
    expect(lastCall('dialog.showOpenDialog')).toMatchObject([{ properties: ['openDirectory'] }]);
    expect(lastCall('child.postMessage')[0]).toEqual({ kind: 'chosen', id: 7, path: '/evidence' });
    state.chosen = [];
    child().emit('message', { kind: 'choose', id: 8, what: 'file' });
    await settled();
    expect(lastCall('child.postMessage')[0]).toEqual({ kind: 'chosen', id: 8, path: null });
  });

  it('stages what is dropped and gives a token for it', async () => {
    const served = calls.find(({ name, args }) => name === 'protocol.handle' && args[0] === 'app');
    const answer = served?.args[1] as (request: unknown) => Promise<Response>;
    const answered = answer({
      url: 'app://assay/drop',
      method: 'POST',
      headers: new Headers({ 'x-name': encodeURIComponent('../evil.zip') }),
      body: new Blob(['bytes']).stream(),
    });
    // A file is written before the token is asked for: as long as that takes.
    const asked = await vi.waitFor(() => {
      const [said] = lastCall('child.postMessage') as [{ kind: string; id: number; path: string }];
      expect(said.kind).toBe('give');
      return said;
    });
    expect(asked.path).toMatch(/assay-drop-\w+.1._evil\.zip$/);
    child().emit('message', { kind: 'given', id: asked.id, token: 'opaque' });
    expect(await (await answered).json()).toEqual({ token: 'opaque', name: '_evil.zip', kind: 'file' });
  });

  it('brings the window forward when it is started a second time', () => {
    app.emit('second-instance');
    expect(namesCalled()).toContain('window.restore');
    expect(namesCalled()).toContain('window.focus');
  });

  it('ends when the last window is closed, the workstation first', async () => {
    app.emit('window-all-closed');
    expect(lastCall('child.postMessage')[0]).toEqual({ kind: 'close' });
    expect(namesCalled()).not.toContain('app.exit');
    child().emit('exit', 0);
    await settled();
    expect(lastCall('app.exit')).toEqual([0]);
    expect(namesCalled()).not.toContain('dialog.showErrorBox');
  });
});

describe('main, when something is wrong', () => {
  const again = async (isOnlyInstance = true) => {
    vi.resetModules();
    const fake = await import('../e2e/testkit/fake-electron.ts');
    Object.assign(fake.state, { appPath: home, isOnlyInstance });
    await import('./main.ts');
    await settled();
    return fake;
  };
  it('says in words why the store cannot be opened', async () => {
    const fake = await again();
    fake.children[0]?.emit('message', { kind: 'refused', text: 'The store is newer.' });
    expect(fake.lastCall('dialog.showErrorBox')[1]).toBe('The store is newer.');
    expect(fake.lastCall('app.exit')).toEqual([3]);
  });
  it('says that the workstation has ended', async () => {
    const fake = await again();
    fake.children[0]?.emit('exit', 9);
    expect(fake.lastCall('dialog.showErrorBox')[1]).toContain('status 9');
    expect(fake.lastCall('app.exit')).toEqual([70]);
  });
  it('makes no second instance', async () => {
    const fake = await again(false);
    expect(fake.namesCalled()).toContain('app.quit');
    expect(fake.namesCalled()).not.toContain('BrowserWindow');
  });
});
