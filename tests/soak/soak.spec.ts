/** One tab that stays open and one that comes and goes, for minutes or an hour: nothing grows, nothing is lost, nothing goes wrong. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { draw, look, ready, version } from '../e2e/drawing';
import { expect, served as test } from '../e2e/fixtures';
import { root } from '../e2e/pack';
import { png } from '../e2e/png';
import { CPU, kept } from '../e2e/visits';
import { COUNT_BLOBS, COUNT_WASM, growth, HEAD, Meter, rowOf, type Sample } from './measure';

const dist = join(root, 'dist');
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 10);
const STEPS = 3;

/** The same numbers in each run. */
function random(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

const pick = random(8);
const anywhere = (): [number, number] => [0.1 + 0.8 * pick(), 0.1 + 0.8 * pick()];

/** A pair of a square and its outline, or one of them alone, `width` pixels wide. */
function picture(name: string, width: number, shade: number) {
  const rgba = new Uint8Array(4 * width * 256).fill(255);
  for (let i = 0; i < width * 256; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const [right, at] = [x >= 256, x % 256];
    const inside = at > 60 && at < 190 && y > 60 && y < 190;
    const edge = inside && (at < 64 || at > 186 || y < 64 || y > 186);
    if (right ? inside : edge) rgba.set(right ? [shade, 90, 60] : [0, 0, 0], 4 * i);
  }
  return { name, mimeType: 'image/png', buffer: png(width, 256, rgba) };
}

async function strokes(page: Page, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const before = await version(page);
    await draw(page, [anywhere(), anywhere(), anywhere()]);
    // Most strokes come while a picture of an earlier one is on its way.
    if (i % 5 === 4) await expect.poll(() => version(page)).toBeGreaterThan(before);
  }
  await ready(page);
}

/** Draws, goes back and forth, lets the dice colour it, and takes another sheet. */
async function drawing(page: Page): Promise<void> {
  await page.click('#tab-draw');
  await strokes(page, 15);
  for (const key of ['z', 'z', 'z', 'Shift+z']) await page.keyboard.press(`Control+${key}`);
  await page.click('#dice');
  await ready(page);
  await page.click('#clear');
  await strokes(page, 3);
}

/** Teaches a few steps; every other lesson is saved, and its model deleted again, the others are undone. */
async function lesson(page: Page, save: boolean): Promise<void> {
  await page.click('#tab-teach');
  await page.fill('#train-steps', String(STEPS));
  await page.click('#train-start');
  await expect(page.locator('body')).toHaveAttribute('data-training', 'done');
  if (!save) {
    await page.click('#train-undo');
    await expect(page.locator('body')).toHaveAttribute('data-training', 'idle');
    await page.click('#train-discard');
    await page.click('#confirm-yes');
    await expect(page.locator('#unfinished')).toBeHidden();
    return;
  }
  await page.fill('#train-name', 'Soak');
  await page.click('#train-save');
  await expect(page.locator('#keep-status')).toContainText('Saved as Soak');
  await page.click('#tab-draw');
  await page.click('[aria-label="Delete Soak"]');
  await expect(page.locator('.model', { hasText: 'Soak' })).toHaveCount(0);
  await page.locator('[data-model=edges2emoji-small]').click();
  await ready(page);
}

async function photo(page: Page, number: number): Promise<void> {
  await page.click('#tab-colorize');
  await page.setInputFiles('#file', picture(`photo-${number}.png`, 512, 200));
  await expect(page.locator('#colorize-compare-name')).toContainText(`photo-${number}`);
  await expect(page.locator('#colorize-room')).toHaveAttribute('data-phase', 'coloured');
  await page.locator('#colorize-saturation').fill(String(50 + (number % 50)));
  await page.click('#tab-draw');
}

test(`${MINUTES} minutes of use leave memory, storage and open handles flat, and lose nothing`, async ({ serve, browser }) => {
  const site = await serve(dist, {
    instead: (request, response) => {
      const [script] = /\/assets\/(cpu|threads|webgpu)-worker[^/]*\.js$/.exec(request.url ?? '') ?? [];
      if (script === undefined) return false;
      response.setHeader('content-type', 'text/javascript').end(COUNT_WASM + readFileSync(join(dist, script), 'utf8'));
      return true;
    },
  });
  const context = await browser.newContext();
  await context.addInitScript(COUNT_BLOBS);
  const errors: string[] = [];
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('console', (message) => message.type() === 'error' && !message.text().includes('ERR_INTERNET_DISCONNECTED') && errors.push(message.text()));
  const open = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(site.url);
    await ready(page);
    return page;
  };
  const meter = new Meter(context);
  const stays = await open();
  await stays.locator('[data-model=edges2emoji-small]').click();
  await ready(stays);
  await kept(stays, CPU);
  await stays.reload(); // From now on as on every visit but the first: through the service worker, and in threads.
  await ready(stays);
  await stays.click('#tab-teach');
  await stays.setInputFiles('#pair-files', [50, 100, 150, 200].map((shade) => picture(`pair-${shade}.png`, 512, shade)));
  await expect(stays.locator('#pairs .pair')).toHaveCount(4);
  const comes = await open();

  const samples: Sample[] = [];
  const end = performance.now() + MINUTES * 60_000;
  console.log(HEAD);
  for (let round = 0; performance.now() < end; round++) {
    await stays.bringToFront();
    await drawing(stays);
    if (round % 3 === 0) await lesson(stays, round % 2 === 0);
    if (round % 3 === 1) await photo(stays, round);
    await stays.click('#tab-draw');

    await comes.bringToFront();
    const offline = round % 2 === 1;
    await context.setOffline(offline);
    await strokes(comes, 3);
    const drawn = await look(comes, 'sketch');
    await comes.waitForTimeout(1500); // A drawing is kept a moment after the last stroke.
    await comes.reload();
    await ready(comes);
    expect((await look(comes, 'sketch')) === drawn, 'the drawing was kept').toBe(true);
    await strokes(comes, 1);
    await context.setOffline(false);
    if (round % 4 === 3) await comes.click('#clear');

    samples.push(await meter.sample());
    console.log(rowOf(samples.at(-1)!));
  }
  await stays.reload();
  await ready(stays);
  await stays.click('#tab-teach');
  await expect(stays.locator('#pairs .pair'), 'the pairs were kept').toHaveCount(4);
  await context.close();
  expect(errors).toEqual([]);
  expect(samples.length, 'rounds enough to compare; else give it more minutes').toBeGreaterThan(5);
  expect(growth(samples)).toEqual([]);
});
