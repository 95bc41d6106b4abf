import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'shared/**/*.test.ts',
      'electron/**/*.test.ts',
      'renderer/**/*.test.{ts,tsx}',
      'e2e/*.test.ts',
      'e2e/testkit/**/*.test.ts',
    ],
    alias: { electron: fileURLToPath(new URL('e2e/testkit/fake-electron.ts', import.meta.url)) },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
