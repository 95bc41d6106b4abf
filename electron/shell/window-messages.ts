import type { IpcMain, IpcMainEvent, MessagePortMain } from 'electron';
import { appOrigin, isOurs } from './app-origin.ts';

/** What a window may say to main, and nothing else. The contract itself goes over the port, not through here. */
interface Hears {
  /** A port was made in the page, over which it wants to speak the contract. */
  'assay:connect'(port: MessagePortMain): void;
  /** Plain text for the clipboard. */
  'assay:copy'(text: string): void;
}
const textAtMost = 2 ** 20;
const perSecond = 20;

/** The sender's frame: there (it may be gone), the top one, and exactly our origin (reliability.md, E-09). */
export function isFromOurWindow({ senderFrame }: Pick<IpcMainEvent, 'senderFrame'>): boolean {
  if (senderFrame === null || senderFrame === undefined || senderFrame.parent !== null) return false;
  return isOurs(senderFrame.url) && senderFrame.origin === appOrigin;
}

/** Control characters, the Unicode ones that reorder text included, do not leave through the clipboard (E-16). */
export const plainText = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '');

/**
 * The only listeners there are. What does not fit is dropped without an answer and without a throw: a window of ours
 * never sends it. @returns how many messages were refused so far
 */
export function hearWindow(ipc: IpcMain, hears: Hears, now: () => number = Date.now): () => number {
  let refused = 0;
  let since = 0;
  let count = 0;
  const inRate = () => {
    if (now() - since >= 1_000) {
      since = now();
      count = 0;
    }
    count += 1;
    return count <= perSecond;
  };
  const hear = (channel: keyof Hears, take: (event: IpcMainEvent, said: unknown[]) => boolean) =>
    ipc.on(channel, (event: IpcMainEvent, ...said: unknown[]) => {
      if (!isFromOurWindow(event) || !inRate() || !take(event, said)) refused += 1;
    });
  hear('assay:connect', ({ ports }, said) => {
    const [port] = ports;
    if (said.length !== 1 || said[0] !== null || ports.length !== 1 || port === undefined) return false;
    hears['assay:connect'](port);
    return true;
  });
  hear('assay:copy', ({ ports }, said) => {
    const [text] = said;
    if (said.length !== 1 || typeof text !== 'string' || text.length > textAtMost || ports.length !== 0) return false;
    hears['assay:copy'](plainText(text));
    return true;
  });
  return () => refused;
}
