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
    // What hangs is ended. How long work takes is measured by benchmarks, never here: a machine may be slow, or busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
