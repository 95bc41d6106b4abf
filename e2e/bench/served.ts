import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { WebSocket } from 'ws';
import { hostFlags } from '../../electron/shell/host-flags.ts';
import type { Contract } from '../../shared/contract/index.ts';
import { root } from './scratch.ts';

export interface Served {
  process: ChildProcess;
  client: ContractRouterClient<Contract>;
  close(): Promise<void>;
}

/** The built browser shell over a store, let in as a window is: by the printed address, a cookie and its origin. */
export async function serve(storeFile: string): Promise<Served> {
  const given = [...hostFlags, join(root, 'dist', 'browser.js'), '--no-window', '--store', storeFile];
  const child = spawn(process.execPath, given, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ASSAY_ANCHORS: join(dirname(dirname(storeFile)), 'anchors') },
  });
  const address = await new Promise<string>((found, failed) => {
    let said = '';
    child.stdout.on('data', (part: Buffer) => {
      said += part.toString();
      const [match] = /http:\/\/\S+/.exec(said) ?? [];
      if (match !== undefined) found(match);
    });
    child.on('exit', (status) => failed(new Error(`The browser shell ended with ${status}: ${said}`)));
  });
  const { origin } = new URL(address);
  const entered = await fetch(address, { redirect: 'manual' });
  const [cookie = ''] = (entered.headers.get('set-cookie') ?? '').split(';');
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, {
    headers: { Cookie: cookie, Origin: origin },
    maxPayload: 2 ** 28,
  });
  await once(socket, 'open');
  const client: Served['client'] = createORPCClient(new RPCLink({ websocket: socket as never }));
  return {
    process: child,
    client,
    async close() {
      socket.close();
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** A path as the window gets one: behind a token. Imports it, and waits. @returns number of the import */
export async function importInto({ client }: Served, caseId: number, path: string): Promise<number> {
  const { token } = await client.host.locate({ path });
  for await (const event of await client.sources.import({ caseId, token }))
    if (event.done !== undefined) return event.done.id;
  throw new Error('The import ended without a result.');
}
