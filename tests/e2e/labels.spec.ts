/** Models that paint from a map of labels: its tools, what the network gets, what is kept, and how such a model is taught. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { draw, keptMark, look, ready, version } from './drawing';
import { expect, test } from './fixtures';
import { type Colour, networkInput } from './hints';
import { openWithModels } from './kept-models';
import { root } from './pack';

const dist = join(root, 'dist');

const SKY: Colour = [0x66, 0xcc, 0xff];
const WALL: Colour = [0xff, 0xdd, 0x55];
const DOOR: Colour = [0x80, 0x40, 0x00];

const labels = [
  { name: 'sky', color: '#66ccff' },
  { name: 'wall', color: '#ffdd55' },
  { name: 'door', color: '#804000' },
];

/** With a model that was taught here from one that paints house fronts, and with its twin for sketches. */
async function openWithLabels(page: Page, url: string): Promise<void> {
  const fronts = { id: 'taught-fronts', name: 'Fronts', taughtFrom: { id: 'own', name: 'Front' }, labels };
  const sketches = { id: 'taught-sketches', name: 'Sketches', taughtFrom: { id: 'own', name: 'Sketch' } };
  await openWithModels(page, url, [fronts, sketches], 'taught-fronts');
  await expect(page.locator('#map')).toBeVisible();
  await ready(page);
}

const label = (page: Page, name: string) => page.getByRole('radiogroup', { name: 'Label to paint with' }).getByRole('radio', { name });
const tool = (page: Page, name: string) => page.getByRole('group', { name: 'Tools for labels' }).getByRole('button', { name });
const take = async (page: Page, toolName: string, labelName: string) => {
  await tool(page, toolName).click();
  await label(page, labelName).check();
};
const drawOnMap = (page: Page, ...points: [number, number][]) => draw(page, points, '#map');

/** Every colour of the map. */
const colours = (page: Page): Promise<string[]> =>
  page.locator('#map').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return [...new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 4).join()))].sort();
  });

test('a model with labels has a map and its tools in place of the sketch and its colours', async ({ page, serve }) => {
  await openWithLabels(page, (await serve(dist)).url);
  for (const id of ['#sketch', '#pen', '#dice', '#palette', '#auto-colour-line', '#examples']) await expect(page.locator(id)).toBeHidden();
  await expect(label(page, 'wall')).toBeChecked();
  await expect(tool(page, 'Brush')).toHaveAttribute('aria-pressed', 'true');
  for (const [key, name] of Object.entries({ r: 'Rectangle', o: 'Outline', f: 'Fill', e: 'Eraser', b: 'Brush' })) {
    await page.keyboard.press(key);
    await expect(tool(page, name)).toHaveAttribute('aria-pressed', 'true');
    await expect(page.locator('.label-tools [aria-pressed=true]:visible')).toHaveCount(1);
  }
  await page.keyboard.press('3');
  await expect(label(page, 'door')).toBeChecked();
  await page.locator('[data-model=taught-sketches]').click();
  await expect(page.locator('#sketch')).toBeVisible();
  for (const id of ['#map', '#label-palette', '#label-brush']) await expect(page.locator(id)).toBeHidden();
});

test('what the tools draw reaches the network in the exact colours of the labels, and the picture follows', async ({ page, serve }) => {
  await openWithLabels(page, (await serve(dist)).url);
  const before = await look(page, 'picture');
  await take(page, 'Rectangle', 'wall');
  await drawOnMap(page, [0.2, 0.3], [0.8, 0.9]);
  await expect.poll(() => look(page, 'picture')).not.toBe(before);
  await take(page, 'Outline', 'door');
  await drawOnMap(page, [0.4, 0.5], [0.6, 0.8]);
  const drawn = await networkInput(page);
  expect([drawn(128, 40), drawn(70, 100), drawn(105, 180), drawn(128, 170)]).toEqual([SKY, WALL, DOOR, WALL]);
  await take(page, 'Fill', 'door');
  await drawOnMap(page, [0.5, 0.7]);
  expect((await networkInput(page))(128, 170)).toEqual(DOOR);
  await page.keyboard.press('Control+z');
  expect((await networkInput(page))(128, 170)).toEqual(WALL);

  await take(page, 'Outline', 'wall');
  for (const corner of [[0.1, 0.3], [0.5, 0.05], [0.9, 0.28]] as const) await drawOnMap(page, [...corner]);
  await expect(page.locator('#label-outlining')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.locator('#label-outlining')).toBeHidden();
  await take(page, 'Fill', 'wall');
  await drawOnMap(page, [0.5, 0.2]);
  await page.click('#label-eraser');
  await page.locator('#label-width').fill('31');
  await drawOnMap(page, [0.1, 0.97], [0.9, 0.6]);
  const roofed = await networkInput(page);
  expect([roofed(128, 50), roofed(230, 155), roofed(10, 10)]).toEqual([WALL, SKY, SKY]);
  expect(await colours(page), 'no edge is smoothed').toEqual(['102,204,255,255', '128,64,0,255', '255,221,85,255']);
  await page.keyboard.press('Delete');
  expect(await colours(page)).toEqual(['102,204,255,255']);
  await expect(page.locator('#clear')).toBeDisabled();
});

test('map and sketch survive a reload and each other', async ({ page, serve }) => {
  await openWithLabels(page, (await serve(dist)).url);
  await take(page, 'Brush', 'door');
  await drawOnMap(page, [0.2, 0.2], [0.8, 0.6]);
  const map = await look(page, 'map');
  await page.locator('[data-model=taught-sketches]').click();
  await expect(page.locator('#sketch')).toBeVisible();
  await page.keyboard.press('Delete');
  await draw(page, [[0.2, 0.5], [0.8, 0.5]]);
  const sketch = await look(page, 'sketch');
  await page.locator('[data-model=taught-fronts]').click();
  await expect(page.locator('#map')).toBeVisible();
  expect(await look(page, 'map')).toBe(map);
  await ready(page);
  await expect.poll(() => keptMark(page), 'kept a moment after the last stroke').toMatchObject({ kind: 'stroke' });
  await page.reload();
  await expect(page.locator('#map')).toBeVisible();
  await ready(page);
  expect(await look(page, 'map')).toBe(map);
  await page.keyboard.press('Control+z');
  expect(await colours(page), 'with its history').toEqual(['102,204,255,255']);
  await page.locator('[data-model=taught-sketches]').click();
  await expect(page.locator('#sketch')).toBeVisible();
  await ready(page);
  expect(await look(page, 'sketch')).toBe(sketch);
});

test('a picture that is opened becomes the nearest labels', async ({ page, serve }) => {
  await openWithLabels(page, (await serve(dist)).url);
  await page.setInputFiles('#file', join(dist, 'icon-192.png'));
  await expect.poll(async () => (await colours(page)).length).toBeGreaterThan(1);
  const known = ['102,204,255,255', '128,64,0,255', '255,221,85,255'];
  expect((await colours(page)).filter((colour) => !known.includes(colour))).toEqual([]);
});

test('such a model is taught with maps, and what comes of it paints from them too', async ({ page, serve }) => {
  await openWithLabels(page, (await serve(dist)).url);
  await page.click('#tab-teach');
  await expect(page.locator('#panel-teach')).toHaveAttribute('data-code', 'ready');
  await page.setInputFiles('#pair-files', [join(dist, 'icon-192.png')]);
  await expect(page.locator('#pairs .pair')).toHaveCount(1);
  await expect(page.locator('#train-memory')).toContainText('no map of labels yet');
  await page.click('[aria-label^="Draw the sketch"]');
  await page.keyboard.press('r');
  await page.keyboard.press('2');
  await draw(page, [[0.25, 0.25], [0.75, 0.75]], '#drawing-map');
  await page.click('#drawing-done');
  await expect(page.locator('#pairs .pair')).toHaveAttribute('data-origin', 'drawn');
  const painted = await page.locator('.pair img').first().evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    const context = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext('2d')!;
    context.drawImage(image, 0, 0);
    return [10, image.naturalWidth / 2].map((at) => [...context.getImageData(at, at, 1, 1).data.slice(0, 3)]);
  });
  expect(painted).toEqual([SKY, WALL]);
  await page.fill('#train-steps', '1');
  await page.click('#train-start');
  await expect(page.locator('body')).toHaveAttribute('data-training', 'done');
  await page.fill('#train-name', 'Heir');
  await page.click('#train-save');
  await expect(page.locator('#keep-status')).toContainText('Saved as Heir');
  await page.reload();
  await page.click('#tab-draw');
  await expect(page.locator('.model', { hasText: 'Heir' }).locator('input')).toBeChecked();
  await expect(page.locator('#map')).toBeVisible();
  await expect(label(page, 'door')).toBeVisible();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, screen: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('a finger paints, nothing overflows, and both squares are in sight', async ({ page, serve }) => {
    await openWithLabels(page, (await serve(dist)).url);
    await page.evaluate(() => window.scrollTo(0, 0));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    for (const id of ['#map', '#picture']) await expect(page.locator(id)).toBeInViewport({ ratio: 0.9 });
    const sides = await page.locator('#label-palette .label-chip, .desk .label-tools .tool').evaluateAll((controls) =>
      controls.map((control) => control.getBoundingClientRect()).flatMap(({ width, height }) => [width, height]),
    );
    expect(Math.min(...sides)).toBeGreaterThanOrEqual(36);
    const before = await version(page);
    const box = (await page.locator('#map').boundingBox())!;
    const touch = await page.context().newCDPSession(page);
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...at: [number, number][]) =>
      touch.send('Input.dispatchTouchEvent', { type, touchPoints: at.map(([x, y]) => ({ x: box.x + x * box.width, y: box.y + y * box.height })) });
    await send('touchStart', [0.3, 0.3]);
    await send('touchMove', [0.5, 0.6]);
    await send('touchMove', [0.6, 0.8]);
    await send('touchEnd');
    expect(await colours(page)).toContain(`${WALL.join()},255`);
    expect(await page.evaluate(() => window.scrollY), 'the page did not scroll under the finger').toBe(0);
    await expect.poll(() => version(page)).toBeGreaterThan(before);
  });
});
