import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Asked, mayRequest, refuseScheme, serveApp } from './app-protocol.ts';
import { loadAssets } from './assets.ts';

const top = mkdtempSync(join(tmpdir(), 'assay-app-'));
const root = join(top, 'renderer');
mkdirSync(join(root, 'assets'), { recursive: true });
mkdirSync(join(top, 'renderer-private'));
writeFileSync(join(top, 'secret.html'), 'secret');
writeFileSync(join(top, 'renderer-private', 'secret.js'), 'secret');
writeFileSync(join(root, 'index.html'), '<p>window</p>');
writeFileSync(join(root, 'assets', 'index.js'), 'export {}');
writeFileSync(join(root, 'assets', 'unknown.exe'), 'no');
symlinkSync(join(top, 'secret.html'), join(root, 'link.html'));
symlinkSync(top, join(root, 'up'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const ask = (url: string, method = 'GET'): Asked => ({ url, method, headers: new Headers(), body: null });
const serve = serveApp(loadAssets(root), async () => Response.json({ token: 't' }));

const listed = [
  ['app://assay/index.html', 'text/html; charset=utf-8'],
  ['app://assay/assets/index.js', 'text/javascript; charset=utf-8'],
] as const;

const ways = [
  ...['secret.html', 'etc/passwd', 'renderer-private/secret.js', 'package.json', 'main.js'].flatMap((target) =>
    [
      '../',
      '../../',
      '..%2f',
      '%2e%2e/',
      '%2e%2e%2f',
      '%252e%252e%252f',
      '..%5c',
      '..\\',
      '....//',
      './../',
      'assets/../../',
      'assets/%2e%2e/%2e%2e/',
      '%c0%ae%c0%ae/',
      '..;/',
      'up/',
      '//',
      '/',
      '///',
      'file:///',
      '%00../',
    ].map((way) => `app://assay/${way}${target}`),
  ),
  ...['index.html', 'assets/index.js'].flatMap((target) => [
    `app://assay/${target}?`,
    `app://assay/${target}?x=1`,
    `app://assay/${target}#`,
    `app://assay/${target}#x`,
    `app://assay/${target}%00`,
    `app://assay/${target}\u0000`,
    `app://assay/${target}/`,
    `app://assay/${target}.`,
    `app://assay/${target}%20`,
    `app://assay/${target} `,
    `app://assay//${target}`,
    `app://assay/./${target}`,
    `app://assay/x/../${target}`,
    `app://assay/%2e/${target}`,
    `app://assay\\${target}`,
    `app://assay/${target.toUpperCase()}`,
    `app://assay/${target.replace('i', '%69')}`,
    `app:///${target}`,
    `app:${target}`,
    `app:/${target}`,
    `APP://assay/${target}`,
    `app://ASSAY/${target}`,
    `app://assay:80/${target}`,
    `app://user@assay/${target}`,
    `app://user:word@assay/${target}`,
    `app://evil/${target}`,
    `app://assay.evil/${target}`,
    `app://evil.assay/${target}`,
    `app://assay@evil/${target}`,
    `app://assay%2eevil/${target}`,
    `app://[::1]/${target}`,
    `http://assay/${target}`,
    `https://assay/${target}`,
    `file:///${target}`,
    `file://assay/${target}`,
    `ws://assay/${target}`,
    `data:text/html,${target}`,
    `blob:app://assay/${target}`,
    `view-source:app://assay/${target}`,
    `javascript:${target}`,
    `filesystem:app://assay/${target}`,
    `chrome://${target}`,
  ]),
  'app://assay',
  'app://assay/',
  'app://assay/assets',
  'app://assay/assets/',
  'app://assay/assets/unknown.exe',
  'app://assay/link.html',
  'app://assay/drop',
  'app://assay/__proto__',
  'app://assay/constructor',
  'app://assay/%',
  'app://assay/%zz',
  `app://assay/${'a'.repeat(65_536)}`,
  `app://assay/${'../'.repeat(20_000)}etc/passwd`,
  '',
  'app',
  'app://',
  '\u0000',
];

describe('app://', () => {
  it.each(listed)('serves %s as %s', async (url, type) => {
    const answer = await serve(ask(url));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect((await serve(ask(url, 'HEAD'))).status).toBe(200);
  });

  it('has enough ways round it to be asked about', () => expect(ways.length).toBeGreaterThanOrEqual(200));

  it('serves nothing else, and every answer carries the policy', async () => {
    for (const url of [...ways, ...listed.map(([each]) => each)])
      for (const method of ['GET', 'HEAD']) {
        const answer = await serve(ask(url, method));
        const isListed = listed.some(([each]) => each === url);
        expect(answer.ok, url.slice(0, 200)).toBe(isListed);
        expect(await answer.text()).not.toContain('secret');
        expect(answer.headers.get('content-security-policy'), url.slice(0, 200)).toContain("default-src 'none'");
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      }
  });

  it('takes in nothing but a drop', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await serve(ask('app://assay/index.html', method))).status).toBe(405);
    for (const url of ['app://assay/drop?x', 'app://evil/drop', 'app://assay/DROP'])
      expect((await serve(ask(url, 'POST'))).ok).toBe(false);
    const answer = await serve(ask('app://assay/drop', 'POST'));
    expect(await answer.json()).toEqual({ token: 't' });
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('says why where a drop fails', async () => {
    const failing = serveApp(new Map(), async () => {
      throw new RangeError('too large');
    });
    expect((await failing(ask('app://assay/drop', 'POST'))).status).toBe(413);
  });

  it('refuses every other scheme', () => {
    expect(refuseScheme().status).toBe(403);
    for (const url of ways.filter((each) => !each.toLowerCase().startsWith('app:')))
      for (const kind of ['mainFrame', 'subFrame', 'script', 'xhr', 'webSocket', 'other'])
        expect(mayRequest(url, kind), url).toBe(false);
    for (const url of ['http://127.0.0.1/', 'wss://evil/', 'ftp://evil/', 'about:srcdoc', 'blob:http://evil/x'])
      expect(mayRequest(url, 'image'), url).toBe(false);
    expect(mayRequest('app://assay/index.html', 'mainFrame')).toBe(true);
    expect(mayRequest('blob:app://assay/1-2', 'image')).toBe(true);
    expect(mayRequest('blob:app://assay/1-2', 'mainFrame')).toBe(false);
    expect(mayRequest('data:image/png;base64,AA', 'image')).toBe(true);
    expect(mayRequest('data:text/html,x', 'mainFrame')).toBe(false);
  });
});
