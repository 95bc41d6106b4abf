import { defineConfig, devices } from '@playwright/test';

const chromium = process.env['CHROMIUM'];
/** Journeys in a real browser against the built browser shell; their file names are sentences. */
export default defineConfig({
  testDir: 'e2e/journeys',
  fullyParallel: false,
  workers: 1,
  // What hangs is ended: a machine may be slow, or busy, and speed is measured elsewhere.
  timeout: 300_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  outputDir: 'test-results/journeys',
  reporter: [['list'], ['json']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
      ],
    },
    trace: 'retain-on-failure',
  },
});
