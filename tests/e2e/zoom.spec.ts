/** Zooming into a drawing: with two fingers, the wheel and keys, on both pads, in the dialog and in the element. */
import { join } from 'node:path';
import type { CDPSession, Locator, Page } from '@playwright/test';
import { draw, look, ready } from './drawing';
import { expect, test } from './fixtures';
import { plainSite, root } from './pack';

const dist = join(root, 'dist');

/** Fingers at parts of the box that the canvas is seen in. */
async function touching(page: Page, box: Locator): Promise<(type: 'touchStart' | 'touchMove' | 'touchEnd', ...at: [number, number][]) => Promise<void>> {
  await box.scrollIntoViewIfNeeded();
  const { x, y, width } = (await box.boundingBox())!;
  const touch: CDPSession = await page.context().newCDPSession(page);
  return async (type, ...at) => {
    await touch.send('Input.dispatchTouchEvent', { type, touchPoints: at.map(([partX, partY], id) => ({ x: x + partX * width, y: y + partY * width, id })) });
  };
}

/** How close the canvas is seen. */
const scale = (canvas: Locator) => canvas.evaluate((element: HTMLElement) => element.getBoundingClientRect().width / element.offsetWidth);

/** Where ink is, as parts of the sheet: left, top, right, bottom. */
const inked = (page: Page, id = 'sketch') =>
  page.locator(`#${id}`).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    const dark = Array.from({ length: data.length / 4 }, (_, i) => i).filter((i) => data[4 * i]! < 128);
    const [xs, ys] = [dark.map((i) => i % canvas.width), dark.map((i) => Math.floor(i / canvas.width))];
    const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b), 0) / canvas.width;
    const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b), canvas.width) / canvas.width;
    return dark.length === 0 ? [] : [least(xs), least(ys), most(xs), most(ys)];
  });

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('two fingers zoom into the drawing, and tap to undo; what is drawn lies where it is seen', async ({ page, serve }) => {
    await page.goto((await serve(dist)).url);
    await ready(page);
    await page.tap('#clear');
    const [sketch, box] = [page.locator('#sketch'), page.locator('.paper').first()];
    await expect(page.locator('#fit')).toBeHidden();
    const touch = await touching(page, box);
    await touch('touchStart', [0.45, 0.5], [0.55, 0.5]);
    for (const apart of [0.1, 0.15, 0.2]) await touch('touchMove', [0.5 - apart, 0.5], [0.5 + apart, 0.5]);
    await touch('touchEnd');
    await expect(page.locator('#fit')).toBeInViewport({ ratio: 1 });
    expect((await page.locator('#fit').boundingBox())!.height).toBeGreaterThanOrEqual(44);
    const close = await scale(sketch);
    expect(close).toBeGreaterThan(2.5);
    expect(await inked(page)).toEqual([]);
    expect(await page.evaluate(() => [window.scrollY, visualViewport!.scale]), 'of the page nothing moved').toEqual([0, 1]);
    // The middle half of what is seen is a smaller part of the sheet.
    await touch('touchStart', [0.25, 0.5]);
    await touch('touchMove', [0.5, 0.5]);
    await touch('touchMove', [0.75, 0.5]);
    await touch('touchEnd');
    const [left, top, right, bottom] = await inked(page);
    expect(right! - left!).toBeCloseTo(0.5 / close, 1);
    expect(bottom! - top!, 'as thin as ever on the sheet').toBeLessThan(0.02);
    await touch('touchStart', [0.3, 0.3], [0.6, 0.3]);
    await touch('touchEnd');
    expect(await inked(page)).toEqual([]);
    await touch('touchStart', [0.3, 0.3], [0.6, 0.3], [0.4, 0.6]);
    await touch('touchEnd');
    expect(await inked(page)).not.toEqual([]);
    await page.tap('#fit');
    expect(await scale(sketch)).toBe(1);
    await expect(page.locator('#fit')).toBeHidden();
  });

  test('a map of labels is zoomed in the same way', async ({ page, serve }) => {
    await page.goto((await serve(dist)).url);
    await ready(page);
    await page.locator('[data-model=labels2front]').tap();
    await expect(page.locator('#map')).toBeVisible();
    await ready(page);
    await page.tap('#clear');
    const touch = await touching(page, page.locator('.paper').first());
    await touch('touchStart', [0.05, 0.05], [0.15, 0.15]);
    await touch('touchMove', [0.05, 0.05], [0.45, 0.45]);
    await touch('touchEnd');
    expect(await scale(page.locator('#map'))).toBeGreaterThan(3);
    const before = await look(page, 'map');
    await touch('touchStart', [0.3, 0.3]);
    await touch('touchMove', [0.7, 0.3]);
    await touch('touchEnd');
    const painted = await page.locator('#map').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, 256, 256);
      const colour = (i: number) => data.subarray(4 * i, 4 * i + 3).join();
      return Array.from({ length: 256 * 256 }, (_, i) => i).filter((i) => colour(i) !== colour(256 * 256 - 1)).map((i) => i % 256);
    });
    expect(Math.max(...painted), 'the upper left quarter alone').toBeLessThan(100);
    expect(await look(page, 'map')).not.toBe(before);
  });
});

test('the wheel with Ctrl and keys zoom, the wheel moves what is zoomed, and the page scrolls where there is nothing to move', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  const sketch = page.locator('#sketch');
  const box = (await page.locator('.paper').first().boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.wheel(0, 100);
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(0);
  expect(await scale(sketch)).toBe(1);
  await page.evaluate(() => window.scrollTo(0, 0));
  const before = await sketch.evaluate((canvas: HTMLCanvasElement) => canvas.width);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await expect.poll(() => scale(sketch)).toBe(2);
  await expect.poll(() => sketch.evaluate((canvas: HTMLCanvasElement) => canvas.width), 'as crisp as before').toBe(Math.min(2048, 2 * before));
  const left = () => sketch.evaluate((canvas) => canvas.getBoundingClientRect().left);
  const from = await left();
  await page.mouse.wheel(50, 0);
  await expect.poll(left).toBe(from - 50);
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
  await page.keyboard.press('-');
  await page.keyboard.press('-');
  expect(await scale(sketch)).toBe(1);
  await page.keyboard.press('+');
  expect(await scale(sketch)).toBe(1.5);
  await page.click('#fit');
  expect(await scale(sketch)).toBe(1);
  await page.keyboard.press('+');
  await page.click('#clear');
  expect(await scale(sketch), 'a fresh sheet is seen whole').toBe(1);
});

test('in the dialog the photo is as close as what is drawn over it', async ({ page, serve }) => {
  await page.goto(`${(await serve(dist)).url}#teach`);
  await expect(page.locator('#panel-teach')).toHaveAttribute('data-code', 'ready');
  await page.setInputFiles('#pair-files', join(dist, 'icon-512.png'));
  await page.locator('#pairs .pair [aria-label^="Draw"]').first().click();
  await expect(page.locator('#drawing')).toBeVisible();
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  const boxes = await Promise.all(['#drawing-pad', '#drawing-photo'].map((each) => page.locator(each).evaluate((element) => JSON.stringify(element.getBoundingClientRect()))));
  expect(boxes[0]).toBe(boxes[1]);
  expect(await scale(page.locator('#drawing-pad'))).toBe(2.25);
  await page.click('#drawing-fit');
  expect(await scale(page.locator('#drawing-photo'))).toBe(1);
});

test('the element zooms, and leaves the page its wheel', async ({ page, serve }) => {
  const site = await serve(plainSite, {
    instead: (request, response) => {
      if (request.url !== '/pad') return false;
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>pad</title><body style="height: 3000px"><pix2pix-pad width="600"></pix2pix-pad><script type="module" src="/node_modules/pix2pix-web/pkg/element.js"></script>');
      return true;
    },
  });
  await page.goto(`${site.url}pad`);
  const sketch = page.locator('pix2pix-pad #sketch');
  await draw(page, [[0.2, 0.2], [0.8, 0.8]], 'pix2pix-pad #sketch');
  await page.mouse.wheel(0, 100);
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(0);
  expect(await scale(sketch)).toBe(1);
  await page.keyboard.press('+');
  expect(await scale(sketch)).toBe(1.5);
  await page.locator('pix2pix-pad #fit').click();
  expect(await scale(sketch)).toBe(1);
  await page.keyboard.press('+');
  expect(await scale(sketch), 'the keyboard is still the pad’s').toBe(1.5);
});
