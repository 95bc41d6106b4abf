import { existsSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { DropStaging, stagedName } from './drop-staging.ts';
import { type RunningServer, startServer } from './http-server.ts';

let running: RunningServer;
let cookie = '';
const given: string[] = [];

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}
/** Plain HTTP: Host, Origin, cookies and the path are sent as they are written here. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> {
  const { hostname, port } = new URL(running.origin);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
const socket = (headers: Record<string, string>, path = '/rpc') =>
  new Promise<number>((resolve) => {
    const opened = new WebSocket(`${running.origin.replace('http', 'ws')}${path}`, { headers });
    opened.on('open', () => {
      opened.close();
      resolve(101);
    });
    opened.on('unexpected-response', (_request, answer) => {
      answer.destroy();
      resolve(answer.statusCode ?? 0);
    });
    opened.on('error', () => undefined);
  });

beforeAll(async () => {
  running = await startServer({
    assets: new Map([
      ['/index.html', { type: 'text/html; charset=utf-8', bytes: Buffer.from('<p>window</p>') }],
      ['/assets/index.js', { type: 'text/javascript; charset=utf-8', bytes: Buffer.from('export {}') }],
    ]),
    port: 0,
    serve: () => undefined,
    give: (path) => {
      given.push(path);
      return `token-${given.length}`;
    },
  });
  const { pathname, search } = new URL(running.address);
  expect((await ask(pathname)).status).toBe(403);
  expect((await ask(`${pathname}?token=${'x'.repeat(search.length - 7)}`)).status).toBe(403);
  const entered = await ask(pathname + search);
  expect(entered.status).toBe(303);
  const [set = ''] = entered.headers['set-cookie'] ?? [];
  expect(set).toMatch(/^assay=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
  cookie = set.slice(0, set.indexOf(';'));
  expect((await ask(pathname + search)).status).toBe(403);
});
afterAll(() => running.close());

describe('the door of the browser shell', () => {
  it('listens on this machine alone', () => {
    expect(running.server.address()).toMatchObject({ address: '127.0.0.1' });
  });

  it('answers to its own name alone, whoever asks', async () => {
    const { port } = new URL(running.origin);
    for (const host of ['evil.example', 'localhost', `localhost:${port}`, `evil.example:${port}`, '127.0.0.1', '[::1]'])
      expect((await ask('/', { Host: host, Cookie: cookie })).status, host).toBe(421);
  });

  it('lets nobody in without its cookie', async () => {
    for (const held of ['', 'assay=', 'assay=x', `other=${cookie}`, cookie.slice(0, -1), `x${cookie}`])
      for (const path of ['/', '/index.html', '/assets/index.js', '/drop', '/nothing'])
        expect((await ask(path, { Cookie: held })).status, `${held} ${path}`).toBe(403);
    expect((await ask('/', { Cookie: cookie })).text).toBe('<p>window</p>');
  });

  it('serves what is listed, under that spelling', async () => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/index.html%00',
      '/INDEX.HTML',
      '//etc/passwd',
      '/__proto__',
      '/assets/',
      '/.',
    ])
      expect((await ask(path, { Cookie: cookie })).text, path).not.toMatch(/root:|"name"/);
    expect((await ask('/assets/index.js', { Cookie: cookie })).headers['content-type']).toMatch(/^text\/javascript/);
    expect((await ask('/', { Cookie: cookie }, 'PUT')).status).toBe(405);
  });

  it('says on every answer what a page may do', async () => {
    for (const [path, headers] of [
      ['/', { Cookie: cookie }],
      ['/', {}],
      ['/nothing', { Cookie: cookie }],
      ['/', { Host: 'evil.example' }],
    ] as [string, Record<string, string>][]) {
      const answer = await ask(path, headers);
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(answer.headers['content-security-policy']).not.toMatch(/unsafe|\*/);
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  it('opens a socket to its own page alone', async () => {
    const { origin } = running;
    expect(await socket({ Cookie: cookie, Origin: origin })).toBe(101);
    expect(await socket({ Cookie: cookie })).toBe(403);
    expect(await socket({ Origin: origin })).toBe(403);
    expect(await socket({ Cookie: cookie, Origin: 'null' })).toBe(403);
    expect(await socket({ Cookie: cookie, Origin: origin.replace('127.0.0.1', 'localhost') })).toBe(403);
    expect(await socket({ Cookie: cookie, Origin: `${origin}.evil.example` })).toBe(403);
    expect(await socket({ Cookie: cookie, Origin: origin, Host: 'evil.example' })).toBe(421);
    expect(await socket({ Cookie: cookie, Origin: origin }, '/other')).toBe(403);
  });

  it('takes a dropped file into a private place and gives a token for it', async () => {
    const headers = { Cookie: cookie, Origin: running.origin, 'X-Name': encodeURIComponent('../Modell ü.zip') };
    const answer = await ask('/drop', headers, 'POST', 'bytes');
    expect(JSON.parse(answer.text)).toEqual({ token: 'token-1', name: '_Modell ü.zip', kind: 'file' });
    const [place = ''] = given;
    expect(readFileSync(place, 'utf8')).toBe('bytes');
    expect(basename(place)).toBe('_Modell ü.zip');
    for (const Origin of ['', 'null', 'http://evil.example'])
      expect((await ask('/drop', { ...headers, Origin }, 'POST', 'bytes')).status).toBe(403);
    expect(given).toHaveLength(1);
  });

  it('goes on after nonsense', async () => {
    const { hostname, port } = new URL(running.origin);
    for (const said of ['\r\n\r\n', 'GET', 'GET / HTTP/9\r\n\r\n', `GET ${'/'.repeat(70_000)} HTTP/1.1\r\n\r\n`])
      await new Promise((over) => {
        const line = connect(Number(port), hostname, () => line.end(said));
        line.on('data', () => undefined).on('error', over);
        line.on('close', over);
      });
    for (const path of ['http://', '//', '/?%', '/%'])
      expect((await ask(path, { Cookie: cookie })).status, path).toBeLessThan(500);
    expect((await ask('/', { Cookie: cookie })).status).toBe(200);
  });
});

describe('what is dropped', () => {
  it.each([
    ['model.zip', 'model.zip'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['..', 'file'],
    ['.hidden', 'hidden'],
    ['%E0%A4%A', '_E0_A4_A'],
    ['a%00b\u202egpj.exe', 'a_b_gpj.exe'],
    ['C:\\x\\y.zip', 'C__x_y.zip'],
    ['', 'file'],
    [`${'x'.repeat(300)}.tar.gz`, `${'x'.repeat(113)}.tar.gz`],
  ])('named %s is staged as %s', (name, staged) => expect(stagedName(name)).toBe(staged));

  it('past the bound leaves nothing, and all of it is gone at the end', async () => {
    const staging = new DropStaging(10);
    const place = await staging.take('a', Readable.from([Buffer.alloc(10)]));
    expect(existsSync(place)).toBe(true);
    const large = Readable.from([Buffer.alloc(6), Buffer.alloc(6)]);
    await expect(staging.take('b', large)).rejects.toThrow(RangeError);
    expect(existsSync(place.replace(/1.a$/, '2'))).toBe(false);
    staging.close();
    expect(existsSync(place)).toBe(false);
  });
});
