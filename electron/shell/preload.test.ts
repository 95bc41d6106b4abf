import { beforeAll, describe, expect, it, vi } from 'vitest';
import { calls, lastCall, namesCalled } from '../../e2e/testkit/fake-electron.ts';

type Listener = (said: unknown) => void;
const listeners: Listener[] = [];

beforeAll(async () => {
  vi.stubGlobal('addEventListener', (kind: string, listener: Listener) => {
    expect(kind).toBe('message');
    listeners.push(listener);
  });
  await import('./preload.ts');
});

describe('the bridge into a window', () => {
  it('is one frozen object of functions', () => {
    expect(namesCalled().filter((name) => name === 'contextBridge.exposeInMainWorld')).toHaveLength(1);
    const [name, bridge] = lastCall('contextBridge.exposeInMainWorld') as [string, Record<string, unknown>];
    expect(name).toBe('assay');
    expect(Object.isFrozen(bridge)).toBe(true);
    expect(Reflect.ownKeys(bridge)).toEqual(['copy']);
    expect(Object.values(bridge).every((each) => typeof each === 'function')).toBe(true);
  });

  it('sends text and nothing that text is not', () => {
    const [, bridge] = lastCall('contextBridge.exposeInMainWorld') as [string, { copy(text: unknown): unknown }];
    for (const given of ['a', 7, null, { toString: () => 'b' }, () => 0]) {
      expect(bridge.copy(given)).toBeUndefined();
      const [channel, ...said] = lastCall('ipcRenderer.send');
      expect(channel).toBe('assay:copy');
      expect(said).toEqual([String(given)]);
    }
  });

  it('passes on one port that this page posted, and nothing else', () => {
    const [listen] = listeners;
    const good = { source: globalThis, origin: 'app://assay', data: 'assay:connect', ports: [{}] };
    const before = calls.length;
    for (const bad of [
      { ...good, source: {} },
      { ...good, source: null },
      { ...good, origin: 'app://evil' },
      { ...good, origin: 'null' },
      { ...good, data: 'assay:copy' },
      { ...good, data: ['assay:connect'] },
      { ...good, ports: [] },
      { ...good, ports: [{}, {}] },
    ])
      listen?.(bad);
    expect(calls.length).toBe(before);
    listen?.(good);
    expect(lastCall('ipcRenderer.postMessage')).toEqual(['assay:connect', null, good.ports]);
  });

  it('subscribes to nothing', () => {
    expect(namesCalled()).not.toContain('ipcRenderer.on');
    expect(namesCalled()).not.toContain('ipcRenderer.invoke');
  });
});
