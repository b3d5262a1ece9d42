/** The engines in the built page: each visit fetches the one that it uses, once, and works offline with it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, chromium } from '@playwright/test';
import { draw, ready, version } from './drawing';
import { type Served, expect, test } from './fixtures';
import { PASS_FOR_GPU } from './gpu';
import { root } from './pack';
import { CPU, engineFile, kept, keptFiles, THREADS, visitAgain, WEBGPU } from './visits';

const dist = join(root, 'dist');

/** What was sent of the engines. */
const sent = (site: Served) => site.sent.flatMap((request) => engineFile(request) ?? []).sort();

async function choose(page: Page, device: 'WebGPU' | 'CPU'): Promise<void> {
  const before = await version(page);
  await page.getByLabel(device, { exact: true }).check();
  await expect(page.locator('#device')).toHaveAttribute('data-device', device.toLowerCase());
  await expect.poll(() => version(page)).toBeGreaterThan(before);
  await ready(page);
}

test('a visit without a GPU fetches the engine of the CPU alone, and later visits that with threads, once', async ({ page, serve }) => {
  const site = await serve(dist);
  await page.goto(site.url);
  await ready(page);
  expect(sent(site)).toEqual(CPU);
  await kept(page);
  await expect(page.locator('#offline-ready'), 'the page says so').not.toHaveAttribute('hidden');
  await visitAgain(page);
  await visitAgain(page);
  expect(sent(site)).toEqual([...CPU, ...THREADS]);
  expect(await keptFiles(page)).toEqual([...CPU, ...THREADS]);
});

test('the engine of WebGPU is fetched when it is asked for, and once; after that it is there offline', async ({ page, serve, context }) => {
  const site = await serve(dist, { base: '/some/folder/' });
  await page.goto(site.url);
  await ready(page);
  await visitAgain(page);
  for (const device of ['WebGPU', 'CPU', 'WebGPU'] as const) await choose(page, device);
  await kept(page, WEBGPU);
  expect(sent(site)).toEqual([...CPU, ...THREADS, ...WEBGPU]);

  await context.setOffline(true);
  await page.reload();
  await ready(page);
  await expect(page.locator('#device')).toHaveAttribute('data-device', 'webgpu');
  await choose(page, 'CPU');
});

test('a first visit that uses WebGPU keeps its engine too, out of the browser’s cache', async ({ serve, launchOptions }, info) => {
  const site = await serve(dist);
  // A profile on the disk: the cache of others has no room for a file of this size.
  const context = await chromium.launchPersistentContext(info.outputPath('profile'), launchOptions);
  try {
    const page = await context.newPage();
    // Nothing is registered until the engine was used.
    await page.addInitScript(() => {
      const { register } = ServiceWorkerContainer.prototype;
      const used = new Promise((go) => Object.assign(window, { go }));
      ServiceWorkerContainer.prototype.register = async function (...args) {
        await used;
        return register.apply(this, args);
      };
    });
    await page.goto(site.url);
    await ready(page);
    await choose(page, 'WebGPU');
    expect(await keptFiles(page)).toEqual([]);
    await page.evaluate(() => (window as unknown as { go(): void }).go());
    await kept(page, [...CPU, ...WEBGPU]);
    expect(sent(site)).toEqual([...CPU, ...WEBGPU]);
  } finally {
    await context.close();
  }
});

test.describe('with a GPU that is slower than the CPU', () => {
  // A phone starts with the smallest model.
  test.use({ viewport: { width: 360, height: 740 }, screen: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('the page moves to the CPU, says why, and starts there the next time', async ({ page, serve }) => {
    test.setTimeout(300_000);
    const site = await serve(dist, {
      headers: { 'Cross-Origin-Embedder-Policy': 'unsafe-none' }, // One engine of the CPU at every visit.
      instead: (request, response) => {
        const [script] = /\/assets\/webgpu-worker[^/]*\.js$/.exec(request.url ?? '') ?? [];
        if (script === undefined) return false;
        response.setHeader('content-type', 'text/javascript').end(PASS_FOR_GPU + readFileSync(join(dist, script), 'utf8'));
        return true;
      },
    });
    await page.addInitScript(PASS_FOR_GPU);
    await page.goto(site.url);
    await ready(page);
    const device = page.locator('#device');
    // A machine that is too busy to tell is asked again at the next visit.
    await expect(async () => {
      await expect(device).toContainText('it was timed', { timeout: 10_000 }).catch(async (error: unknown) => {
        await page.reload();
        await ready(page);
        throw error;
      });
    }).toPass();
    await expect(device).toHaveAttribute('data-device', 'cpu');
    const text = await device.textContent();
    expect(text).toMatch(/^CPU: it was timed: a picture takes \d+ ms, and .* on WebGPU$/);
    expect(sent(site)).toEqual(expect.arrayContaining([...CPU, ...WEBGPU]));

    const ofWebGpu = () => site.requests.filter((request) => engineFile(request)?.startsWith('webgpu')).length;
    const before = ofWebGpu();
    await visitAgain(page);
    expect(await device.textContent()).toBe(text);
    expect(ofWebGpu()).toBe(before);
  });
});

test('a GPU that goes away leaves the page on the engine of the CPU', async ({ page, serve, browser }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  await choose(page, 'WebGPU');
  const gpu = await browser.newBrowserCDPSession();
  await gpu.send('Browser.crashGpuProcess').catch(() => undefined); // It does not live to answer.
  const shown = await version(page);
  await draw(page, [[0.2, 0.5], [0.8, 0.5]]);
  await expect(page.locator('#alert')).toContainText('device/lost');
  await expect(page.locator('#device')).toHaveAttribute('data-device', 'cpu');
  await expect.poll(() => version(page)).toBeGreaterThan(shown);
  await ready(page);
});
