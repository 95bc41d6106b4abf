import type { MenuItemConstructorOptions } from 'electron';

/** Editing and leaving; in a build for the public no reloading and no inspecting (reliability.md, E-18). */
export const applicationMenu = (isPackaged: boolean, platform: string): MenuItemConstructorOptions[] => [
  ...(platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
  { label: 'File', submenu: [{ role: platform === 'darwin' ? 'close' : 'quit' }] },
  {
    label: 'Edit',
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      { type: 'separator' },
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
    ],
  },
  {
    label: 'View',
    submenu: [{ role: 'togglefullscreen' }, ...(isPackaged ? [] : [{ role: 'toggleDevTools' } as const])],
  },
];
