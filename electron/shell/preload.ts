import { contextBridge, ipcRenderer } from 'electron';

/** The page's own world, of which this script knows one function. */
const page = globalThis as unknown as { postMessage(message: string, origin: string, transfer: unknown[]): void };

/**
 * The only bridge between the window and the rest: a port over which the contract is spoken. A MessagePort cannot cross
 * the bridge, so it is posted into the page. Neither ipcRenderer nor an event is handed out (reliability.md, E-10).
 */
ipcRenderer.on('assay:port', (event) => {
  page.postMessage('assay:port', 'app://assay', [...event.ports]);
});
contextBridge.exposeInMainWorld('assay', Object.freeze({ ready: () => ipcRenderer.send('assay:ready') }));
