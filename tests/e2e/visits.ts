/** Visits to the built page through its service worker, and what it keeps of the engines. */
import type { Page } from '@playwright/test';
import { ready } from './drawing';
import { expect } from './fixtures';

// Of a browser that has relaxed SIMD, as Chromium.
export const CPU = ['cpu-relaxed_bg.wasm', 'cpu-worker.js'];
export const THREADS = ['threads-relaxed_bg.wasm', 'threads-worker.js'];
export const WEBGPU = ['webgpu-worker.js', 'webgpu_bg.wasm'];

/** `webgpu_bg.wasm`, say, of an address where the name has a hash; undefined for what is of no engine. */
export function engineFile(address: string): string | undefined {
  const [, name, ending] = /\/assets\/((?:cpu|threads|webgpu)(?:-relaxed)?(?:_bg|-worker|-engine))-[^/]*\.(js|wasm)$/.exec(address) ?? [];
  return name && `${name}.${ending}`;
}

/** The addresses of what is kept of the engines for offline. */
export function keptAddresses(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    // To open it would make it.
    if (!(await caches.has('pix2pix-web-engines'))) return [];
    const cache = await caches.open('pix2pix-web-engines');
    return (await cache.keys()).map(({ url }) => url);
  });
}

export const keptFiles = async (page: Page) => (await keptAddresses(page)).flatMap((address) => engineFile(address) ?? []).sort();

/** Waits until the service worker has everything that the next visit needs, with the engine that was used. */
export async function kept(page: Page, engine = CPU): Promise<void> {
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await expect.poll(() => keptFiles(page)).toEqual(expect.arrayContaining(engine));
}

/** Another visit, through the service worker, which has all that it keeps by then. */
export async function visitAgain(page: Page): Promise<void> {
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.reload();
  await ready(page);
}

/** How many threads compute, and whether the page may have more than one. */
export async function threads(page: Page): Promise<{ isolated: boolean; threads: number }> {
  const isolated = await page.evaluate(() => crossOriginIsolated);
  return { isolated, threads: Number(await page.locator('#device').getAttribute('data-threads')) };
}
