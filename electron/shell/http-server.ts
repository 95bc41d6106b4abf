import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Asset } from './assets.ts';
import { DropStaging, stagedName } from './drop-staging.ts';
import { securityHeaders } from './security-headers.ts';

export interface ServerOptions {
  assets: ReadonlyMap<string, Asset>;
  port: number;
  /** Speaks the contract over a socket that was let in. */
  serve(socket: WebSocket): void;
  /** A token for a file that was dropped and staged. */
  give(path: string): string;
}
export interface RunningServer {
  server: Server;
  /** Address with its one-time token. */
  address: string;
  origin: string;
  /** Open windows. */
  windows(): number;
  close(): void;
}

const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
const cookieOf = (request: IncomingMessage) =>
  /(?:^|; )assay=([A-Za-z0-9_-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';

/**
 * Serves the window on 127.0.0.1: a one-time token in the first address becomes an HttpOnly, SameSite=Strict cookie;
 * Host and Origin are checked on every request and on the upgrade; nothing but listed files, one socket, one drop.
 */
export async function startServer({ assets, port, serve, give }: ServerOptions): Promise<RunningServer> {
  let oneTime = randomBytes(32).toString('base64url');
  const session = randomBytes(32).toString('base64url');
  const staging = new DropStaging();
  let host = '';
  let headers: Record<string, string> = {};
  const answer = (response: ServerResponse, status: number, text: string, more: Record<string, string> = {}) => {
    response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8', ...more });
    response.end(text);
  };
  const isIn = (request: IncomingMessage) => same(cookieOf(request), session);
  const fromUs = (request: IncomingMessage) => request.headers.origin === `http://${host}`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.host !== host) return answer(response, 421, 'This server answers to its own address alone.');
    const asked = request.url ?? '';
    if (!URL.canParse(asked, `http://${host}`)) return answer(response, 400, 'This is no address.');
    const url = new URL(asked, `http://${host}`);
    if (url.pathname === '/enter' && request.method === 'GET') {
      const given = url.searchParams.get('token') ?? '';
      if (oneTime === '' || !same(given, oneTime))
        return answer(response, 403, 'This address was used already. Start Assay again for a new one.');
      oneTime = '';
      return answer(response, 303, '', {
        'Set-Cookie': `assay=${session}; HttpOnly; SameSite=Strict; Path=/`,
        Location: '/',
      });
    }
    if (!isIn(request))
      return answer(response, 403, 'This window was not let in. Open the address that Assay printed.');
    if (url.pathname === '/drop' && request.method === 'POST') {
      if (!fromUs(request)) return answer(response, 403, 'A drop comes from the window itself.');
      return drop(request, response);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'This is not done here.');
    const asset = assets.get(url.pathname === '/' ? '/index.html' : url.pathname);
    if (asset === undefined) return answer(response, 404, 'There is no such file.');
    response.writeHead(200, { ...headers, 'Content-Type': asset.type });
    response.end(request.method === 'HEAD' ? undefined : asset.bytes);
  }

  async function drop(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = stagedName(String(request.headers['x-name'] ?? ''));
    try {
      const place = await staging.take(name, request);
      answer(response, 200, JSON.stringify({ token: give(place), name, kind: 'file' }), {
        'Content-Type': 'application/json',
      });
    } catch {
      if (!response.headersSent)
        answer(response, 413, 'The file is too large to be dropped. Name its path instead.', { Connection: 'close' });
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      if (!response.headersSent) answer(response, 500, 'A fault of Assay itself.');
    });
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 16 * 2 ** 20 });
  server.on('upgrade', (request, socket, head) => {
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    if (request.headers.host !== host) return refuse('421 Misdirected Request');
    if (request.url !== '/rpc' || !fromUs(request) || !isIn(request)) return refuse('403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (opened) => serve(opened));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  headers = securityHeaders(`'self' ws://${host}`);
  return {
    server,
    origin: `http://${host}`,
    address: `http://${host}/enter?token=${oneTime}`,
    windows: () => sockets.clients.size,
    close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      server.close();
      server.closeAllConnections();
      staging.close();
    },
  };
}
