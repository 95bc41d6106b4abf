import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { RPCHandler } from '@orpc/server/message-port';
import { Failure } from '../shared/failure.ts';
import { Tokens } from './shell/browser-host.ts';
import { electronHost } from './shell/electron-host.ts';
import type { FromHost, ToHost } from './shell/host-messages.ts';
import { version } from './version.ts';
import { openWorkstation, storePlace } from './workstation.ts';

/** A port as a utility process gets it. */
interface Port {
  on(event: 'message' | 'close', listener: (event?: { data: unknown }) => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
}
interface ParentPort {
  on(event: 'message', listener: (event: { data: ToHost; ports: Port[] }) => void): unknown;
  postMessage(message: FromHost): void;
}

/** The door inside Electron's utility process: the workstation, spoken to over the ports that main hands in. */
export function openHost(parent: ParentPort, args: readonly string[], end: (status: number) => void): void {
  const say = (message: FromHost) => parent.postMessage(message);
  try {
    const { values } = parseArgs({ args: [...args], options: { store: { type: 'string' } } });
    const storeFile = values.store === undefined ? storePlace(process.env) : resolve(values.store);
    const { host, hear } = electronHost(version, new Tokens(), say);
    // What ships beside the code lies unpacked, so that it is read as ordinary files, by worker threads too.
    const home = resolve(import.meta.dirname, '..').replace(/app\.asar$/, 'app.asar.unpacked');
    const resources = join(home, 'resources');
    const { router, context, close } = openWorkstation({ storeFile, host, resources, hasWindow: true });
    const handler = new RPCHandler(router);
    parent.on('message', ({ data, ports }) => {
      hear(data);
      for (const port of ports) {
        handler.upgrade(port as never, { context: { ...context } });
        port.start();
      }
      if (data.kind !== 'close') return;
      close();
      end(0);
    });
    say({ kind: 'ready' });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { what, where, why, next } = error.parts;
    say({ kind: 'refused', text: [what, where, why, next].filter((part) => part !== '').join('\n') });
  }
}

const { parentPort } = process as unknown as { parentPort?: ParentPort };
if (parentPort !== undefined) openHost(parentPort, process.argv.slice(2), (status) => process.exit(status));
