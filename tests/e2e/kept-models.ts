/** Small models: kept on the device, as if they had been taught here, or in the place of the page's own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { ready } from './drawing';
import type { ServeOptions } from './fixtures';
import { root } from './pack';

/** Four filters wide. */
export const smallModel = join(root, 'tests/fixtures/rgb-weights.safetensors');

/** For a server of the page: small models in the place of its own, so that a picture takes no time. */
export const smallModels: ServeOptions = {
  instead(request, response) {
    const asked = /\/models\/(?!.*discriminator).*\.safetensors$/.test(request.url ?? '');
    if (asked) response.end(readFileSync(smallModel));
    return asked;
  },
};

interface Kept {
  readonly id: string;
  readonly name: string;
  readonly taughtFrom: { readonly id: string; readonly name: string };
  readonly [more: string]: unknown;
}

/** Opens the page with small models in its list, and with one of them in use. */
export async function openWithModels(page: Page, url: string, models: readonly Kept[], use: string): Promise<void> {
  await page.goto(url);
  await ready(page);
  await page.evaluate(
    async ([base64, models]) => {
      const database = await new Promise<IDBDatabase>((done, failed) => {
        const opening = indexedDB.open('pix2pix-web-teaching');
        opening.addEventListener('success', () => done(opening.result));
        opening.addEventListener('error', () => failed(opening.error));
      });
      const transaction = database.transaction('models', 'readwrite');
      const file = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
      for (const model of models) transaction.objectStore('models').put({ steps: 1, saved: new Date(), file, ...model });
      await new Promise((done) => transaction.addEventListener('complete', done));
      database.close();
    },
    [readFileSync(smallModel, 'base64'), models] as const,
  );
  await page.reload();
  await ready(page);
  await page.locator(`[data-model=${use}]`).click();
}
