import { contextBridge, ipcRenderer } from 'electron';

/**
 * The only bridge between the window and the rest: a port over which the contract is spoken. Neither ipcRenderer nor an
 * event object is handed out (reliability.md, E-10).
 */
let handed: MessagePort | null = null;
ipcRenderer.on('assay:port', (event) => {
  handed = event.ports[0] ?? null;
  // A MessagePort cannot cross the bridge: it is posted into the page's own world.
  if (handed !== null) window.postMessage('assay:port', window.location.origin, [handed]);
});
contextBridge.exposeInMainWorld(
  'assayShell',
  Object.freeze({ isElectron: true, ready: () => ipcRenderer.send('assay:ready') }),
);
