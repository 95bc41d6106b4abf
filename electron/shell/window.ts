import { BrowserWindow, type BrowserWindowConstructorOptions } from 'electron';
import { appOrigin } from './app-origin.ts';

/** Every switch that matters is said aloud, also where it is the default (reliability.md, E-01). */
export const windowOptions = (preload: string, isPackaged: boolean): BrowserWindowConstructorOptions => ({
  width: 1440,
  height: 900,
  minWidth: 960,
  minHeight: 600,
  title: 'Assay',
  show: false,
  webPreferences: {
    preload,
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
    devTools: !isPackaged,
  },
});

/** The one place where a window is made. It is shown once there is something to see. */
export function createWindow(preload: string, isPackaged: boolean): BrowserWindow {
  const window = new BrowserWindow(windowOptions(preload, isPackaged));
  window.once('ready-to-show', () => window.show());
  void window.loadURL(`${appOrigin}/index.html`);
  return window;
}
