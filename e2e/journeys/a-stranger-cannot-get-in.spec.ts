import { request as httpRequest } from 'node:http';
import { expect, test } from '../testkit/app.ts';

/** Plain HTTP, so that Host, Origin and cookies are what the test says. */
function ask(
  origin: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method, headers }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
    });
    sent.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode ?? 101, headers: answer.headers });
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('a stranger cannot get in', async ({ shell }) => {
  const { origin, pathname, search } = new URL(shell.address);
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  expect((await ask(origin, '/')).status).toBe(403);
  expect((await ask(origin, '/enter?token=guess')).status).toBe(403);
  expect((await ask(origin, '/', { Host: 'evil.example' })).status).toBe(421);
  const entered = await ask(origin, pathname + search);
  expect(entered.status).toBe(303);
  const [cookie = ''] = (entered.headers['set-cookie'] as string[]) ?? [];
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
  expect((await ask(origin, pathname + search)).status).toBe(403);
  const held = { Cookie: cookie.split(';')[0] ?? '' };
  const page = await ask(origin, '/', held);
  expect(page.status).toBe(200);
  const policy = String(page.headers['content-security-policy']);
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "require-trusted-types-for 'script'",
    "frame-ancestors 'none'",
  ])
    expect(policy).toContain(rule);
  expect(page.headers['x-content-type-options']).toBe('nosniff');
  for (const path of [
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/../../package.json',
    '/etc/passwd',
    '/index.html%00',
  ])
    expect((await ask(origin, path, held)).status, path).toBe(404);
  expect((await ask(origin, '/rpc', { ...upgrade, ...held, Origin: 'http://evil.example' })).status).toBe(403);
  expect((await ask(origin, '/rpc', { ...upgrade, ...held })).status).toBe(403);
  expect((await ask(origin, '/rpc', { ...upgrade, Origin: origin })).status).toBe(403);
  expect((await ask(origin, '/rpc', { ...upgrade, ...held, Origin: origin })).status).toBe(101);
  expect((await ask(origin, '/drop', { ...held, Origin: 'http://evil.example' }, 'POST')).status).toBe(403);
});
