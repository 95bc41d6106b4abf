import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Contract } from '../shared/contract/index.ts';
import { openHost } from './host.ts';
import type { FromHost, ToHost } from './shell/host-messages.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-host-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Main's side, by hand. */
function start(storeFile: string) {
  const said: FromHost[] = [];
  let listen: (event: { data: ToHost; ports: never[] }) => void = () => undefined;
  const ended: number[] = [];
  openHost(
    {
      on: (_event, listener) => {
        listen = listener as never;
      },
      postMessage: (message) => said.push(message),
    },
    ['--store', storeFile],
    (status) => ended.push(status),
  );
  const tell = (data: ToHost, ports: unknown[] = []) => listen({ data, ports: ports as never[] });
  return { said, ended, tell };
}
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((over) => setTimeout(over, 5));
}

describe('the workstation in a process of its own', () => {
  it('speaks the contract over the ports that main hands in', async () => {
    const { said, ended, tell } = start(join(folder, 'store', 'store.db'));
    expect(said).toEqual([{ kind: 'ready' }]);
    const { port1, port2 } = new MessageChannel();
    tell({ kind: 'connect' }, [port2]);
    const client: ContractRouterClient<Contract> = createORPCClient(new RPCLink({ port: port1 as never }));
    expect(await client.host.about()).toMatchObject({ shell: 'electron', hasNativeDialogs: true });
    const made = await client.cases.create({ name: 'Northwind' });
    expect(made.name).toBe('Northwind');

    const choosing = client.host.choose({ what: 'folder' });
    await until(() => said.length === 2);
    expect(said[1]).toMatchObject({ kind: 'choose', what: 'folder' });
    tell({ kind: 'chosen', id: 1, path: folder });
    const chosen = await choosing;
    expect(chosen).toMatchObject({ kind: 'folder' });
    expect(JSON.stringify(chosen)).not.toContain(tmpdir());

    const cancelled = client.host.choose({ what: 'file' });
    await until(() => said.length === 3);
    tell({ kind: 'chosen', id: 2, path: null });
    expect(await cancelled).toBeNull();

    tell({ kind: 'give', id: 9, path: folder });
    expect(said.at(-1)).toEqual({ kind: 'given', id: 9, token: chosen?.token });
    tell({ kind: 'close' });
    expect(ended).toEqual([0]);
    port1.close();
  });

  it('says in words why it cannot open a store', () => {
    writeFileSync(join(folder, 'store.db'), 'this is no database, whatever its name says'.repeat(200));
    const { said } = start(join(folder, 'store.db'));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ kind: 'refused', text: expect.stringContaining('store.db') });
  });
});
