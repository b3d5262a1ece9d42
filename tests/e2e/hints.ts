/** The page with a model that knows colours, and what of them reaches the network. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { ready } from './drawing';
import { expect } from './fixtures';
import { openWithModels } from './kept-models';

export type Colour = [number, number, number];

/** Opens the page with a model that was taught here from one that understands hints, or with its twin, whose hints fill their regions. */
export async function openWithHints(page: Page, url: string, use: 'taught-colours' | 'taught-spread' = 'taught-colours'): Promise<void> {
  const colours = { id: 'taught-colours', name: 'Colours', taughtFrom: { id: 'own', name: 'Coloured' }, hints: true };
  const filling = { id: 'taught-spread', name: 'Filled', taughtFrom: { id: 'own', name: 'Filling' }, hints: true, spreadHints: true };
  await openWithModels(page, url, [colours, filling], use);
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
