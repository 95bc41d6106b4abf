import type { Host } from '../../electron/operations/host.ts';

/** A host without a person: no dialogs, nothing to browse, and a token is the path itself. */
export const testHost = (given: Partial<Host> = {}): Host => ({
  about: () => ({ shell: 'browser', version: '0', hasNativeDialogs: false, platform: 'test' }),
  choose: async () => null,
  browse: async () => Promise.reject(new Error('not used')),
  locate: async () => Promise.reject(new Error('not used')),
  path: (token) => token,
  ...given,
});
