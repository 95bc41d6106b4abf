import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const isBuilt = existsSync(join(root, 'dist', 'renderer', 'index.html'));
let folder = '';
const started: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-shell-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A program that stands in for a browser: run by this Node, given what a browser is given. */
function standIn(script: string): string {
  const place = join(folder, 'chromium');
  writeFileSync(place, `#!${process.execPath}\n${script}`);
  chmodSync(place, 0o700);
  return place;
}
function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    [join(root, 'electron/browser.ts'), '--store', join(folder, 'store', 'store.db'), ...args],
    { env: { ...process.env, HOME: folder, ASSAY_ANCHORS: join(folder, 'anchors'), ...env } },
  );
  started.push(child);
  let said = '';
  const listen = (part: Buffer) => {
    said += part.toString();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  return {
    child,
    said: () => said,
    async until(text: RegExp): Promise<string> {
      for (let match = text.exec(said); ; match = text.exec(said)) {
        if (match !== null) return match[0];
        if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${said}`);
        await new Promise((over) => setTimeout(over, 20));
      }
    },
    async ended(): Promise<number | null> {
      if (child.exitCode === null) await once(child, 'exit');
      return child.exitCode;
    },
  };
}
const address = /http:\/\/127\.0\.0\.1:\d+\/enter\?token=[\w-]{43}/;

/** Comes in as a window does, stays a moment, and is closed. */
const window = `
const place = process.argv.find((each) => each.startsWith('--app=')).slice(6);
const { origin } = new URL(place);
fetch(place, { redirect: 'manual' }).then((entered) => {
  const Cookie = entered.headers.get('set-cookie').split(';')[0];
  const { request } = require('node:http');
  request(origin + '/rpc', { headers: { Cookie, Origin: origin, Connection: 'Upgrade', Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } })
    .on('upgrade', () => setTimeout(() => process.exit(0), 100)).end();
});`;

describe.skipIf(!isBuilt)(isBuilt ? 'the browser shell' : 'the browser shell: the window is not built here', () => {
  it('prints an address where no window is wanted, and ends when it is asked to', async () => {
    const shell = start(['--no-window']);
    await shell.until(address);
    shell.child.kill('SIGTERM');
    expect(await shell.ended()).toBe(0);
  });

  it('ends when its window is closed', async () => {
    const shell = start([], { CHROMIUM: standIn(window), DISPLAY: ':0' });
    expect(await shell.ended()).toBe(0);
    expect(shell.said()).not.toMatch(address);
  });

  it('goes on, and says so, when the browser opens no window', async () => {
    const shell = start([], { CHROMIUM: standIn('process.exit(1)'), DISPLAY: ':0' });
    const given = await shell.until(address);
    expect(shell.said()).toContain('opened no window (status 1)');
    expect((await fetch(given, { redirect: 'manual' })).status).toBe(303);
  });

  it.runIf(process.platform === 'linux')('prints an address where there is no display', async () => {
    const shell = start([], { CHROMIUM: standIn(''), DISPLAY: '', WAYLAND_DISPLAY: '' });
    await shell.until(address);
    expect(shell.said()).toContain('There is no display.');
  });

  it('says what is wrong with what it was given', async () => {
    const shell = start(['--port', 'http']);
    expect(await shell.ended()).toBe(3);
    expect(shell.said()).toBe('--port takes a number up to 65535.\nLeave it out for any free port.\n');
    expect(existsSync(join(folder, 'store'))).toBe(false);
  });
});
