import { defineConfig } from '@playwright/test';
import browser from '../e2e/playwright.config';

const { globalSetup: _, retries: __, ...shared } = browser;

export default defineConfig({
  ...shared,
  workers: 1,
  outputDir: '../../target/soak/results',
  timeout: (2 * Number(process.env['SOAK_MINUTES'] ?? 10) + 10) * 60_000,
});
