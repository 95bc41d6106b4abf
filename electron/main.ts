import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { parseArgs } from 'node:util';
import { app, BrowserWindow, clipboard, dialog, ipcMain, Menu, protocol, session } from 'electron';
import { appSchemePrivileges, mayRequest, otherSchemes, refuseScheme, serveApp } from './shell/app-protocol.ts';
import { applicationMenu } from './shell/application-menu.ts';
import { loadAssets } from './shell/assets.ts';
import { DropStaging, stagedName } from './shell/drop-staging.ts';
import { type HostProcess, startHostProcess } from './shell/host-process.ts';
import { keepInPlace } from './shell/navigation.ts';
import { denyPermissions } from './shell/permissions.ts';
import { createWindow } from './shell/window.ts';
import { hearWindow } from './shell/window-messages.ts';

/** The Electron shell: windows here, the workstation in a process of its own, the contract over a port between them. */
const built = join(app.getAppPath(), 'dist');

function open(): void {
  const { values } = parseArgs({
    args: process.argv.slice(app.isPackaged ? 1 : 2),
    options: { store: { type: 'string' } },
    strict: false,
  });
  const staging = new DropStaging();
  const end = (status: number) => {
    staging.close();
    app.exit(status);
  };
  const host: HostProcess = startHostProcess({
    entry: join(built, 'host.js'),
    args: typeof values['store'] === 'string' ? ['--store', values['store']] : [],
    onRefused(text) {
      dialog.showErrorBox('Assay cannot open its store', text);
      end(3);
    },
    onLost(status) {
      dialog.showErrorBox(
        'The workstation has ended',
        `It ended by itself, with status ${status}. What was saved is saved. Start Assay anew.`,
      );
      end(70);
    },
  });

  const answer = serveApp(loadAssets(join(built, 'renderer')), async ({ body, headers }) => {
    if (body === null) return new Response('There is no file.', { status: 400 });
    const name = stagedName(headers.get('x-name'));
    const place = await staging.take(name, Readable.fromWeb(body as ReadableStream));
    return Response.json({ token: await host.give(place), name, kind: 'file' });
  });
  const { defaultSession } = session;
  denyPermissions(defaultSession);
  protocol.handle(appSchemePrivileges.scheme, (request) => answer(request));
  for (const scheme of otherSchemes) protocol.handle(scheme, refuseScheme);
  defaultSession.webRequest.onBeforeRequest(({ url, resourceType }, decide) =>
    decide({ cancel: !mayRequest(url, resourceType) }),
  );
  hearWindow(ipcMain, {
    'assay:connect': (port) => host.connect(port),
    'assay:copy': (text) => clipboard.writeText(text),
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(applicationMenu(app.isPackaged, process.platform)));
  createWindow(join(built, 'preload.cjs'), app.isPackaged);

  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows();
    if (window === undefined) return;
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('window-all-closed', () => void host.close().then(() => end(0)));
}

// Both before ready: later is too late for either (reliability.md, E-02, E-03).
app.enableSandbox();
protocol.registerSchemesAsPrivileged([appSchemePrivileges]);
app.on('web-contents-created', (_event, contents) => keepInPlace(contents));
if (!app.requestSingleInstanceLock()) app.quit();
else if (!existsSync(join(built, 'renderer', 'index.html'))) {
  dialog.showErrorBox('Assay is not built', 'Run npm start, which builds it.');
  app.exit(70);
} else void app.whenReady().then(open);
