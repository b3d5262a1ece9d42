/** The choice of the picture's size on the Draw tab. */
import { join } from 'node:path';
import { type Page } from '@playwright/test';
import { look, ready, version } from './drawing';
import { expect, test } from './fixtures';
import { openWithModels } from './kept-models';
import { root } from './pack';

const dist = join(root, 'dist');

const side = (page: Page) => page.locator('#picture').evaluate(({ width, height }: HTMLCanvasElement) => [width, height]);

test('a picture twice as large comes from the network, whole or in tiles, and is what is saved', async ({ page, serve }) => {
  const sketches = { id: 'taught-sketches', name: 'Sketches', taughtFrom: { id: 'own', name: 'Sketch' } };
  const filled = { ...sketches, id: 'taught-filled', name: 'Regions of colour', hints: true, spreadHints: true };
  await openWithModels(page, (await serve(dist)).url, [sketches, filled], 'taught-sketches');
  await ready(page);
  const [normal, twice, tiles] = [page.getByRole('radio', { name: 'Normal' }), page.getByRole('radio', { name: 'Twice as large' }), page.locator('#tiles')];
  await expect(normal).toBeChecked();
  await expect(tiles).toBeDisabled();
  await expect.poll(() => side(page)).toEqual([256, 256]);
  const small = await look(page, 'picture');

  await twice.check();
  await expect.poll(() => side(page)).toEqual([512, 512]);
  const whole = await look(page, 'picture');
  const saving = page.waitForEvent('download');
  await page.locator('#save').click();
  const saved = await page.evaluate(
    async (png) => {
      const { width, height } = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))]));
      return [width, height];
    },
    Buffer.concat(await (await (await saving).createReadStream()).toArray()).toString('base64'),
  );
  expect(saved).toEqual([512, 512]);

  const before = await version(page);
  await tiles.check();
  await expect.poll(() => version(page)).toBeGreaterThan(before);
  expect(await side(page)).toEqual([512, 512]);
  expect(await look(page, 'picture'), 'tiles see less at once').not.toBe(whole);

  await normal.check();
  await expect.poll(() => look(page, 'picture')).toBe(small);
  await expect(tiles).toBeDisabled();

  await twice.check();
  await expect.poll(() => side(page)).toEqual([512, 512]);
  await page.locator('[data-model=taught-filled]').click();
  await expect(page.locator('#sizes'), 'larger pictures of such models are worse').toBeHidden();
  await expect.poll(() => side(page)).toEqual([256, 256]);
});
