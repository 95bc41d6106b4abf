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

test('the window keeps the policy it was given', async ({ shell, page }) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.addInitScript(() => {
    const refused: string[] = [];
    Object.assign(globalThis, { refused });
    document.addEventListener('securitypolicyviolation', (event) =>
      refused.push(`${event.effectiveDirective} ${event.blockedURI}`),
    );
  });
  await page.goto(shell.address);
  await expect(page.locator('#root')).not.toBeEmpty();
  await page.waitForLoadState('networkidle');
  const refused = () => page.evaluate(() => (globalThis as unknown as { refused: string[] }).refused);
  expect(await refused()).toEqual([]);
  expect(complaints).toEqual([]);
  const { origin } = new URL(shell.address);
  expect(asked.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'))).toEqual([]);
  // The token is spent, and nothing of it stays in the address that the window shows.
  expect(page.url()).not.toContain('token');
  expect(await page.evaluate(() => document.cookie)).toBe('');

  // The teeth of the policy: what a page must not be able to do fails in this very window.
  const tried = await page.evaluate(async () => {
    // The debugger lifts the ban on eval while it runs a script of its own; a later task is the page's.
    await new Promise((later) => setTimeout(later, 0));
    const results: string[] = [];
    const attempt = async (name: string, act: () => unknown) => {
      try {
        await act();
        results.push(`${name} worked`);
      } catch {
        results.push(`${name} refused`);
      }
    };
    await attempt('eval', () => Function('return 1')());
    await attempt('markup', () => {
      document.createElement('div').innerHTML = '<b>x</b>';
    });
    await attempt('another origin', () => fetch('http://127.0.0.1:9/'));
    return results;
  });
  expect(tried).toEqual(['eval refused', 'markup refused', 'another origin refused']);
});
