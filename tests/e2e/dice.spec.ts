/** The dice, which colours a drawing; and models whose hints fill their regions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { draw, look, ready } from './drawing';
import { expect, test } from './fixtures';
import { openWithHints } from './hints';
import { smallModel } from './kept-models';
import { root } from './pack';

const dist = join(root, 'dist');

/** A closed line around eight corners and on over the first; the middle and the radius as parts of the canvas. */
const ring = (x: number, y: number, radius = 0.15) =>
  Array.from({ length: 10 }, (_, i): [number, number] => [x + radius * Math.cos((i * Math.PI) / 4), y + radius * Math.sin((i * Math.PI) / 4)]);

async function drawRings(page: Page): Promise<void> {
  await page.keyboard.press('b');
  await draw(page, ring(0.25, 0.4));
  await draw(page, ring(0.75, 0.4));
}

/** The most frequent colour in a part of the sketch, and the middle of what has it, as parts of the canvas. */
interface Seen {
  colour: string;
  middle: [number, number];
}

/** What is coloured in the upper left, the upper right and the lower part of the sketch. */
function seen(page: Page): Promise<Record<'left' | 'right' | 'below', Seen | undefined>> {
  return page.locator('#sketch').evaluate((canvas: HTMLCanvasElement) => {
    const within = (left: number, top: number, width: number, height: number): Seen | undefined => {
      const side = canvas.width;
      const part = [left, top, width, height].map((value) => Math.round(value * side)) as [number, number, number, number];
      const picture = canvas.getContext('2d')!.getImageData(...part);
      const found = new Map<string, { count: number; x: number; y: number }>();
      for (let i = 0; i < picture.data.length; i += 4) {
        const colour = [...picture.data.subarray(i, i + 3)];
        if (Math.max(...colour) - Math.min(...colour) < 40) continue;
        const name = `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
        const { count, x, y } = found.get(name) ?? { count: 0, x: 0, y: 0 };
        found.set(name, { count: count + 1, x: x + ((i >> 2) % picture.width), y: y + Math.floor((i >> 2) / picture.width) });
      }
      const [most] = [...found].sort(([, a], [, b]) => b.count - a.count);
      if (most === undefined) return undefined;
      const [colour, { count, x, y }] = most;
      return { colour, middle: [left + x / count / side, top + y / count / side] };
    };
    return { left: within(0, 0, 0.5, 0.7), right: within(0.5, 0, 0.5, 0.7), below: within(0, 0.7, 1, 0.3) };
  });
}

const roll = (page: Page) => page.getByRole('button', { name: 'Colour it' }).click();

/** Waits for the sketch to change by `action`. */
async function changing(page: Page, action: () => Promise<void>): Promise<void> {
  const before = await look(page, 'sketch');
  await action();
  await expect.poll(() => look(page, 'sketch')).not.toBe(before);
  await ready(page);
}

test('the dice colours what is closed, other at each press, and leaves alone what a hand moved or recoloured', async ({ page, serve }) => {
  await openWithHints(page, (await serve(dist)).url);
  await page.click('#clear');
  await roll(page);
  await expect(page.locator('#status')).toHaveText(/^No region is closed by lines yet/);
  await drawRings(page);
  const plain = await look(page, 'sketch');
  await changing(page, () => roll(page));
  const first = await seen(page);
  expect([first.left, first.right]).not.toContain(undefined);
  expect(first.below).toBeUndefined();
  await changing(page, () => page.keyboard.press('c'));
  const second = await seen(page);
  expect([second.left?.colour, second.right?.colour]).not.toEqual([first.left?.colour, first.right?.colour]);
  expect(second.below, 'in the same regions').toBeUndefined();
  await page.keyboard.press('Control+z');
  expect(await seen(page)).toEqual(first);
  await page.keyboard.press('Control+z');
  expect(await look(page, 'sketch'), 'each press is undone at once').toBe(plain);
  await page.keyboard.press('Control+Shift+z');

  const { left, right } = first;
  await page.getByRole('radio', { name: 'Red' }).first().click();
  await draw(page, [left!.middle, [0.5, 0.85]]);
  const moved = await seen(page);
  expect([moved.left, moved.right, moved.below?.colour]).toEqual([undefined, right, left!.colour]);
  expect(moved.below!.middle[0]).toBeCloseTo(0.5, 1);
  expect(moved.below!.middle[1]).toBeCloseTo(0.85, 1);
  await draw(page, [right!.middle, right!.middle]);
  expect((await seen(page)).right?.colour, 'tapped with red').toBe('#d5352c');
  await changing(page, () => roll(page));
  const again = await seen(page);
  expect([again.right?.colour, again.below]).toEqual(['#d5352c', moved.below]);
  expect(again.left, 'the empty ring has a dab again').toBeDefined();

  await page.setInputFiles('#file', smallModel);
  await expect(page.locator('#dice'), 'it is not for a model that knows no colours').toBeHidden();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('a finger rolls the dice and drags a dab', async ({ page, serve }) => {
    await openWithHints(page, (await serve(dist)).url);
    await page.tap('#clear');
    await drawRings(page);
    await page.evaluate(() => window.scrollTo(0, 0));
    await expect(page.locator('#dice')).toBeInViewport({ ratio: 1 });
    expect((await page.locator('#dice').boundingBox())!.height).toBeGreaterThanOrEqual(44);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await changing(page, () => page.tap('#dice'));
    const { left } = await seen(page);
    await page.getByRole('radio', { name: 'Red' }).first().tap();
    const box = (await page.locator('#sketch').boundingBox())!;
    const touch = await page.context().newCDPSession(page);
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...at: [number, number][]) =>
      touch.send('Input.dispatchTouchEvent', { type, touchPoints: at.map(([x, y]) => ({ x: box.x + x * box.width, y: box.y + y * box.height })) });
    // A finger is not exact.
    await send('touchStart', [left!.middle[0] + 0.04, left!.middle[1]]);
    await send('touchMove', [0.4, 0.7]);
    await send('touchMove', [0.54, 0.85]);
    await send('touchEnd');
    const moved = await seen(page);
    expect([moved.left, moved.below?.colour]).toEqual([undefined, left!.colour]);
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
  });
});

test('hints fill their regions for a model that learned so, and for what is taught from it', async ({ page, serve }) => {
  await openWithHints(page, (await serve(dist)).url);
  await page.click('#clear');
  await draw(page, ring(0.5, 0.5, 0.3));
  await page.getByRole('radio', { name: 'Red' }).first().click();
  await draw(page, [[0.5, 0.5], [0.51, 0.5]]);
  await ready(page);
  const asDrawn = await look(page, 'picture');
  // The same weights, and the same sketch.
  await page.locator('[data-model=taught-spread]').click();
  await expect.poll(() => look(page, 'picture')).not.toBe(asDrawn);
  await ready(page);

  await page.click('#tab-teach');
  await page.setInputFiles('#pair-files', [join(dist, 'icon-192.png'), join(dist, 'icon-512.png')]);
  await expect(page.locator('#pairs .pair')).toHaveCount(2);
  await page.fill('#train-steps', '1');
  await page.click('#train-start');
  await expect(page.locator('body')).toHaveAttribute('data-training', 'done');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#train-download-checkpoint')]);
  const file = readFileSync(await download.path());
  const header = JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE()))) as { __metadata__: Record<string, string> };
  expect(JSON.parse(header.__metadata__['pix2pix-web/training']!)).toMatchObject({ options: { hints: 0.5, spreadHints: true } });
  await page.fill('#train-name', 'Heir');
  await page.click('#train-save');
  await expect(page.locator('#keep-status')).toContainText('Saved as Heir');

  await page.reload();
  await page.click('#tab-draw');
  await expect(page.locator('.model', { hasText: 'Heir' }).locator('input')).toBeChecked();
  await ready(page);
  const heirs = await look(page, 'picture');
  // What the page passes decides it: without it the same file paints another picture.
  await page.evaluate(async () => {
    const answer = <T>(request: IDBRequest<T>) => new Promise<T>((done) => request.addEventListener('success', () => done(request.result)));
    const database = await answer(indexedDB.open('pix2pix-web-teaching'));
    const models = database.transaction('models', 'readwrite').objectStore('models');
    const heir = ((await answer(models.getAll())) as { name: string }[]).find(({ name }) => name === 'Heir');
    await answer(models.put({ ...heir, spreadHints: false }));
    database.close();
  });
  await page.reload();
  await ready(page);
  expect(await look(page, 'picture')).not.toBe(heirs);
});

test('a closed shape gets a colour by itself, until the box is cleared; the choice stays', async ({ page, serve }) => {
  const { url } = await serve(dist);
  await page.goto(url);
  await ready(page);
  const colourful = () =>
    page.locator('#picture').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      const blue = (i: number) => data[i + 2]! - Math.max(data[i]!, data[i + 1]!) > 15;
      return Array.from({ length: data.length / 4 }, (_, i) => i * 4).filter(blue).length;
    });
  await page.click('#clear');
  await drawRings(page);
  await expect.poll(colourful).toBeGreaterThan(2000);
  const box = page.getByLabel('Colour shapes automatically');
  await box.uncheck();
  await expect.poll(colourful).toBeLessThan(500);
  await page.reload();
  await ready(page);
  await expect(box).not.toBeChecked();
});
