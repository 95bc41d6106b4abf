import type { WebContents } from 'electron';

/**
 * A window stays where it is: it goes nowhere, opens nothing and embeds nothing (reliability.md, E-07). Nor is anything
 * handed to the system to open (E-08): Assay has no link that leads out.
 */
export function keepInPlace(contents: WebContents): void {
  for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'] as const)
    contents.on(event as 'will-navigate', (happened) => happened.preventDefault());
  contents.on('did-create-window', (window) => window.destroy());
  contents.on('select-bluetooth-device', (event, _devices, answer) => {
    event.preventDefault();
    answer('');
  });
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
