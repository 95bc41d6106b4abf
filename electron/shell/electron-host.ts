import { lstatSync } from 'node:fs';
import { basename } from 'node:path';
import type { Host } from '../operations/host.ts';
import { browserHost, type Tokens } from './browser-host.ts';
import type { FromHost, ToHost } from './host-messages.ts';

/** The shell with native dialogs, from inside the workstation's process: main shows them, the paths stay here. */
export function electronHost(
  version: string,
  tokens: Tokens,
  say: (message: FromHost) => void,
): { host: Host; hear(message: ToHost): void } {
  let last = 0;
  const asked = new Map<number, (path: string | null) => void>();
  return {
    host: {
      ...browserHost(version, tokens),
      about: () => ({ shell: 'electron', version, hasNativeDialogs: true, platform: process.platform }),
      async choose(what) {
        last += 1;
        const id = last;
        const path = await new Promise<string | null>((answer) => {
          asked.set(id, answer);
          say({ kind: 'choose', id, what });
        });
        if (path === null) return null;
        const kind = lstatSync(path).isDirectory() ? 'folder' : 'file';
        return { token: tokens.give(path), name: basename(path) || path, kind };
      },
    },
    hear(message) {
      if (message.kind === 'give') say({ kind: 'given', id: message.id, token: tokens.give(message.path) });
      if (message.kind !== 'chosen') return;
      asked.get(message.id)?.(message.path);
      asked.delete(message.id);
    },
  };
}
