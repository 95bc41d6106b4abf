import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../shared/contract/index.ts';
import type { FailureParts } from '../shared/failure.ts';

export type Backend = ContractRouterClient<Contract>;

/** In Electron the preload passes a port on; in the browser shell the page speaks to the server it came from. */
function link(): SocketLink<Record<never, never>> | PortLink<Record<never, never>> {
  if ('assay' in window) {
    const { port1, port2 } = new MessageChannel();
    window.postMessage('assay:connect', location.origin, [port2]);
    port1.start();
    return new PortLink({ port: port1 });
  }
  return new SocketLink({ websocket: new WebSocket(`${location.origin.replace('http', 'ws')}/rpc`) });
}

export const backend: Backend = createORPCClient(link());

/** What a refused request says, for the person who asked. */
export function partsOf(error: unknown): FailureParts {
  const none = { what: '', where: '', why: '', notDone: '', next: '' };
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : null;
  if (typeof data === 'object' && data !== null && 'what' in data && typeof data.what === 'string')
    return { ...none, ...(data as FailureParts) };
  return {
    ...none,
    what: error instanceof Error && error.message !== '' ? error.message : 'The workstation did not answer.',
    next: 'If it does not answer again, start Assay anew. What was saved is saved.',
  };
}
