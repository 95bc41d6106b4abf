import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { hearWindow, plainText } from './window-messages.ts';

const ours = { url: 'app://assay/index.html', origin: 'app://assay', parent: null };
const port = { name: 'port' };
let heard: unknown[] = [];
let ipc = new EventEmitter();
let refused: () => number = () => 0;
let now = 0;

beforeEach(() => {
  heard = [];
  ipc = new EventEmitter();
  now = 0;
  refused = hearWindow(
    ipc as never,
    { 'assay:connect': (each) => heard.push(each), 'assay:copy': (each) => heard.push(each) },
    () => now,
  );
});

const strangers: [string, unknown][] = [
  ['a frame that is gone', null],
  ['no frame', undefined],
  ['a frame inside a page', { ...ours, parent: ours }],
  ['another host', { ...ours, url: 'app://evil/index.html', origin: 'app://evil' }],
  ['a host that begins with ours', { ...ours, url: 'app://assay.evil/', origin: 'app://assay.evil' }],
  ['a host that ends with ours', { ...ours, url: 'app://evil.assay/', origin: 'app://evil.assay' }],
  ['a user before the host', { ...ours, url: 'app://x@assay/', origin: 'app://assay' }],
  ['a port', { ...ours, url: 'app://assay:1/', origin: 'app://assay' }],
  ['a file', { ...ours, url: 'file:///index.html', origin: 'file://' }],
  ['the web', { ...ours, url: 'https://assay/', origin: 'https://assay' }],
  ['data', { ...ours, url: 'data:text/html,x', origin: 'null' }],
  ['an empty page', { ...ours, url: 'about:blank', origin: 'app://assay' }],
  ['a blob', { ...ours, url: 'blob:app://assay/x', origin: 'app://assay' }],
  ['our address with another origin', { ...ours, origin: 'null' }],
  ['an address that is none', { ...ours, url: 'app' }],
  ['an address that is no text', { ...ours, url: 7 }],
];

describe('what main hears from a window', () => {
  it('passes a port on, and text to the clipboard', () => {
    ipc.emit('assay:connect', { senderFrame: ours, ports: [port] }, null);
    ipc.emit('assay:copy', { senderFrame: ours, ports: [] }, 'sha256:00\u202e\u0000ff\n');
    expect(heard).toEqual([port, 'sha256:00ff\n']);
    expect(refused()).toBe(0);
  });

  it.each(strangers)('does not hear %s', (_who, senderFrame) => {
    ipc.emit('assay:connect', { senderFrame, ports: [port] }, null);
    ipc.emit('assay:copy', { senderFrame, ports: [] }, 'text');
    expect(heard).toEqual([]);
    expect(refused()).toBe(2);
  });

  it('listens to two channels and no more', () => {
    expect(ipc.eventNames()).toEqual(['assay:connect', 'assay:copy']);
  });

  it('hears no other shape, whatever is said', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
    fc.assert(
      fc.property(
        fc.array(anything, { maxLength: 4 }),
        fc.array(fc.constant(port), { maxLength: 3 }),
        (said, ports) => {
          now += 1_000;
          const before = heard.length;
          ipc.emit('assay:connect', { senderFrame: ours, ports }, ...said);
          const isConnect = said.length === 1 && said[0] === null && ports.length === 1;
          expect(heard.length - before).toBe(isConnect ? 1 : 0);
          ipc.emit('assay:copy', { senderFrame: ours, ports }, ...said);
          const isCopy = said.length === 1 && typeof said[0] === 'string' && ports.length === 0;
          expect(heard.length - before).toBe((isConnect ? 1 : 0) + (isCopy ? 1 : 0));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('hears nothing too large, and not too often', () => {
    ipc.emit('assay:copy', { senderFrame: ours, ports: [] }, 'x'.repeat(2 * 2 ** 20));
    expect(heard).toEqual([]);
    for (let i = 0; i < 100; i += 1) ipc.emit('assay:copy', { senderFrame: ours, ports: [] }, 'x');
    expect(heard.length).toBe(19);
    now = 1_000;
    ipc.emit('assay:copy', { senderFrame: ours, ports: [] }, 'x');
    expect(heard.length).toBe(20);
  });

  it('copies text that reads as it is written', () => {
    expect(plainText('a\tb\nc\r\u0007\u200bd\u2066e\ufeff')).toBe('a\tb\ncde');
  });
});
