import { defineConfig } from '@playwright/test';

export default defineConfig({
  testMatch: '*.spec.ts',
  globalSetup: './pack.ts',
  outputDir: '../../target/e2e/results',
  // On a loaded machine a test may come too late. What passes the second time is reported as flaky.
  retries: 1,
  // Two files at a time: most tests leave a core idle.
  workers: 2,
  // The software WebGPU adapter is slow: seconds a picture.
  timeout: 240_000,
  expect: { timeout: 120_000 },
  forbidOnly: Boolean(process.env['CI']),
  reporter: 'list',
  use: {
    launchOptions: {
      executablePath: process.env['CHROME'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--enable-unsafe-webgpu',
        '--use-webgpu-adapter=swiftshader',
      ],
    },
    trace: 'retain-on-failure',
  },
});
