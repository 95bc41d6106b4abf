import { contextBridge, ipcRenderer } from 'electron';

/** The page's own world, of which this script knows this much. */
interface Said {
  source: unknown;
  origin: string;
  data: unknown;
  ports: NonNullable<Parameters<typeof ipcRenderer.postMessage>[2]>;
}
const page = globalThis as unknown as {
  addEventListener(kind: 'message', listener: (said: Said) => void): void;
};

/**
 * The only bridge between the window and the rest. The page makes a MessagePort and posts one end of it; it is passed on,
 * and the contract is spoken over it. Neither ipcRenderer nor an event is handed out (reliability.md, E-10).
 */
page.addEventListener('message', ({ source, origin, data, ports }) => {
  if (source !== page || origin !== 'app://assay' || data !== 'assay:connect' || ports.length !== 1) return;
  ipcRenderer.postMessage('assay:connect', null, [...ports]);
});
contextBridge.exposeInMainWorld(
  'assay',
  Object.freeze({ copy: (text: unknown) => ipcRenderer.send('assay:copy', String(text)) }),
);
