import { EventEmitter } from 'node:events';

/** A recording stand-in for the electron module: what was called, in which order, with what. Unit tests alone use it. */
export interface Call {
  name: string;
  args: unknown[];
}
export const calls: Call[] = [];
export const namesCalled = (): string[] => calls.map(({ name }) => name);
/** Arguments of the last call of that name. @throws where there was none */
export function lastCall(name: string): unknown[] {
  const call = calls.findLast((each) => each.name === name);
  if (call === undefined) throw new Error(`${name} was never called.`);
  return call.args;
}
const note =
  (name: string, result: unknown = undefined) =>
  (...args: unknown[]): unknown => {
    calls.push({ name, args });
    return result;
  };
const recorder = (prefix: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, note(`${prefix}.${name}`)]));

class Recording extends EventEmitter {
  constructor(prefix: string, names: readonly string[]) {
    super();
    Object.assign(this, recorder(prefix, names));
  }
}

export class WebContents extends Recording {
  constructor() {
    super('contents', ['setWindowOpenHandler']);
  }
}
export class BrowserWindow extends Recording {
  static readonly all: BrowserWindow[] = [];
  static getAllWindows = (): BrowserWindow[] => BrowserWindow.all;
  readonly webContents = new WebContents();
  constructor(options: unknown) {
    super('window', ['loadURL', 'show', 'focus', 'restore', 'destroy']);
    calls.push({ name: 'BrowserWindow', args: [options] });
    BrowserWindow.all.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  isMinimized = (): boolean => true;
}

/** What a test may set before main is loaded. */
export const state: { isOnlyInstance: boolean; appPath: string; chosen: string[] } = {
  isOnlyInstance: true,
  appPath: '/',
  chosen: [],
};
class App extends Recording {
  readonly isPackaged = true;
  constructor() {
    super('app', ['enableSandbox', 'quit', 'exit']);
  }
  getAppPath = (): string => state.appPath;
  requestSingleInstanceLock = (): boolean => {
    calls.push({ name: 'app.requestSingleInstanceLock', args: [] });
    return state.isOnlyInstance;
  };
  whenReady = async (): Promise<void> => {
    calls.push({ name: 'app.whenReady', args: [] });
  };
}
export const app = new App();

class Session extends Recording {
  constructor() {
    super('session', [
      'setPermissionRequestHandler',
      'setPermissionCheckHandler',
      'setDevicePermissionHandler',
      'setDisplayMediaRequestHandler',
      'setUSBProtectedClassesHandler',
      'setBluetoothPairingHandler',
    ]);
  }
  readonly webRequest = recorder('webRequest', ['onBeforeRequest']);
}
export const session = { defaultSession: new Session() };
export const protocol = recorder('protocol', ['registerSchemesAsPrivileged', 'handle']);

class Child extends Recording {
  constructor() {
    super('child', ['postMessage', 'kill']);
  }
}
export const children: Child[] = [];
export const utilityProcess = {
  fork(...args: unknown[]): Child {
    calls.push({ name: 'utilityProcess.fork', args });
    const child = new Child();
    children.push(child);
    return child;
  },
};
export const dialog = {
  ...recorder('dialog', ['showErrorBox']),
  async showOpenDialog(...args: unknown[]) {
    calls.push({ name: 'dialog.showOpenDialog', args });
    return { canceled: state.chosen.length === 0, filePaths: state.chosen };
  },
};
export const ipcMain = new EventEmitter();
export const clipboard = recorder('clipboard', ['writeText']);
export const Menu = { buildFromTemplate: (template: unknown) => template, ...recorder('Menu', ['setApplicationMenu']) };
export const shell = recorder('shell', ['openExternal', 'openPath']);

/** What a preload sees. */
export const contextBridge = recorder('contextBridge', ['exposeInMainWorld']);
export const ipcRenderer = recorder('ipcRenderer', ['send', 'postMessage', 'invoke', 'on']);
