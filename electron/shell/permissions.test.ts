import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { calls, lastCall, session } from '../../e2e/testkit/fake-electron.ts';
import { denyPermissions } from './permissions.ts';

/** Every name that this version of Electron knows, read from its own declarations. */
const declared = readFileSync('node_modules/electron/electron.d.ts', 'utf8');
const [, list = ''] = /setPermissionRequestHandler\(handler: [^']*permission: ([^,]*), callback/.exec(declared) ?? [];
const permissions = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name ?? '');

beforeEach(() => {
  calls.length = 0;
  session.defaultSession.removeAllListeners();
  denyPermissions(session.defaultSession as never);
});
type Handler = (...args: unknown[]) => unknown;
const handler = (name: string) => lastCall(`session.${name}`)[0] as Handler;

describe('permissions', () => {
  it('knows the names', () => expect(permissions.length).toBeGreaterThan(40));
  it('are all refused, asked or checked', () => {
    for (const permission of [...permissions, 'one-of-tomorrow']) {
      const answers: unknown[] = [];
      handler('setPermissionRequestHandler')({}, permission, (granted: unknown) => answers.push(granted), {});
      expect(answers, permission).toEqual([false]);
      expect(handler('setPermissionCheckHandler')(null, permission, 'app://assay', {}), permission).toBe(false);
    }
  });
  it('are refused for devices and screens too', () => {
    expect(handler('setDevicePermissionHandler')({})).toBe(false);
    expect(handler('setUSBProtectedClassesHandler')({ protectedClasses: ['hid'] })).toEqual(['hid']);
    const answers: unknown[] = [];
    handler('setDisplayMediaRequestHandler')({}, (streams: unknown) => answers.push(streams));
    handler('setBluetoothPairingHandler')({}, (answer: unknown) => answers.push(answer));
    expect(answers).toEqual([null, { confirmed: false }]);
  });
  it.each([
    ['select-hid-device', [{}], null],
    ['select-serial-port', [[], {}], ''],
    ['select-usb-device', [{}], undefined],
  ])('%s chooses none', (event, more, none) => {
    let prevented = 0;
    const answers: unknown[] = [];
    session.defaultSession.emit(event, { preventDefault: () => (prevented += 1) }, ...more, (answer: unknown) =>
      answers.push(answer),
    );
    expect(prevented).toBe(1);
    expect(answers).toEqual([none]);
  });
  it('let nothing be downloaded', () => {
    let prevented = 0;
    session.defaultSession.emit('will-download', { preventDefault: () => (prevented += 1) });
    expect(prevented).toBe(1);
  });
});
