import { existsSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const node = 'node24';
/** What ships as a module of its own: a native binding, and a library that reads its own data files. */
const external = ['electron', 'better-sqlite3', 'pdfkit'];
const entries = {
  main: 'electron/main.ts',
  host: 'electron/host.ts',
  browser: 'electron/browser.ts',
  cli: 'electron/cli.ts',
  'examination-worker': 'electron/operations/examination-worker.ts',
  'check-report-worker': 'electron/operations/check-report-worker.ts',
  'glance-worker': 'electron/operations/glance-worker.ts',
  'ledger-worker': 'electron/intake/ledger-worker.ts',
  'store-check-worker': 'electron/operations/store-check-worker.ts',
  'read-worker': 'electron/intake/read-worker.ts',
};

/** One configuration builds the window, the Node side and the sandboxed preload (CommonJS, as a sandbox demands). */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  builder: {},
  environments: {
    client: { build: { outDir: '../dist/renderer', emptyOutDir: true, target: 'chrome140', assetsInlineLimit: 0 } },
    node: {
      consumer: 'server',
      resolve: { noExternal: true, external },
      build: {
        outDir: '../dist',
        emptyOutDir: false,
        target: node,
        sourcemap: true,
        minify: false,
        rolldownOptions: {
          input: Object.fromEntries(
            Object.entries(entries).filter(([, path]) => existsSync(new URL(path, import.meta.url))),
          ),
          external: [...external, /^node:/],
          output: { entryFileNames: '[name].js', chunkFileNames: 'chunk-[name].js' },
        },
      },
    },
    preload: {
      consumer: 'server',
      resolve: { noExternal: true, external: ['electron'] },
      build: {
        outDir: '../dist',
        emptyOutDir: false,
        target: node,
        rolldownOptions: {
          input: { preload: 'electron/shell/preload.ts' },
          external: ['electron'],
          output: { format: 'cjs', entryFileNames: '[name].cjs' },
        },
      },
    },
  },
});
