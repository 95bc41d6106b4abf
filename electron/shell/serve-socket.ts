import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import type { WebSocket } from 'ws';

/** Carries a contract over a WebSocket. @param router whatever router the workstation serves, with its context */
export function socketServer<Context extends Record<PropertyKey, unknown>>(
  router: AnyRouter,
  context: Context,
): (socket: WebSocket) => void {
  const handler = new RPCHandler(router as never);
  return (socket) => void handler.upgrade(socket, { context } as never);
}
