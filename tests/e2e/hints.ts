/** The page with a model that knows colours, and what of them reaches the network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { ready } from './drawing';
import { expect } from './fixtures';
import { root } from './pack';

/** Four filters wide. */
export const smallModel = join(root, 'tests/fixtures/rgb-weights.safetensors');

export type Colour = [number, number, number];

/** Opens the page with a model that was taught here from one that understands hints, or with its twin, whose hints fill their regions. */
export async function openWithHints(page: Page, url: string, use: 'taught-colours' | 'taught-spread' = 'taught-colours'): Promise<void> {
  await page.goto(url);
  await ready(page);
  await page.evaluate(async (base64) => {
    const database = await new Promise<IDBDatabase>((done, failed) => {
      const opening = indexedDB.open('pix2pix-web-teaching');
      opening.addEventListener('success', () => done(opening.result));
      opening.addEventListener('error', () => failed(opening.error));
    });
    const transaction = database.transaction('models', 'readwrite');
    const file = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
    const model = { hints: true, steps: 1, saved: new Date(), file };
    transaction.objectStore('models').put({ ...model, id: 'taught-colours', name: 'Colours', taughtFrom: { id: 'own', name: 'Coloured' } });
    transaction.objectStore('models').put({ ...model, id: 'taught-spread', name: 'Filled', taughtFrom: { id: 'own', name: 'Filling' }, spreadHints: true });
    await new Promise((done) => transaction.addEventListener('complete', done));
    database.close();
  }, readFileSync(smallModel, 'base64'));
  await page.reload();
  await ready(page);
  await page.locator(`[data-model=${use}]`).click();
  await expect(page.locator('#palette')).toBeVisible();
  await ready(page);
}

/** The sketch as the network gets it, which is the left half of a saved pair; colours by place, in pixels of 256. */
export async function networkInput(page: Page): Promise<(x: number, y: number) => Colour> {
  await ready(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-pair')]);
  const { side, base64 } = await page.evaluate(async (png) => {
    const pair = new Image();
    pair.src = `data:image/png;base64,${png}`;
    await pair.decode();
    const side = pair.height;
    const context = new OffscreenCanvas(side, side).getContext('2d')!;
    context.drawImage(pair, 0, 0);
    const { data } = context.getImageData(0, 0, side, side);
    return { side, base64: btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join('')) };
  }, readFileSync(await download.path(), 'base64'));
  const data = Buffer.from(base64, 'base64');
  return (x, y) => {
    const at = 4 * (Math.round((y / 256) * side) * side + Math.round((x / 256) * side));
    return [data[at]!, data[at + 1]!, data[at + 2]!];
  };
}
