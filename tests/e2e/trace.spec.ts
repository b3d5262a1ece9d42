/** What is drawn on and with: a picture that is traced, which the network does not see; straight lines; sketches as files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { draw, look, pixels, ready } from './drawing';
import { expect, test } from './fixtures';
import { networkInput } from './hints';
import { root } from './pack';

const dist = join(root, 'dist');

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

/** How dark what the network gets is at most, and whether the line is there that is drawn above it. */
async function darkness(page: Page): Promise<{ line: boolean; elsewhere: number }> {
  const at = await networkInput(page);
  const dark = (x: number, y: number) => 255 - Math.min(...at(x, y));
  const grid = Array.from({ length: 24 * 24 }, (_, i) => dark(8 + 10 * (i % 24), 40 + 9 * Math.floor(i / 24)));
  return { line: dark(128, 13) > 150, elsewhere: Math.max(...grid) };
}

test('an opened picture is traced: the network sees the lines alone, until it is to see the picture too', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  const trace = page.getByLabel('Trace the picture');
  await expect(trace).toBeHidden();
  const sketch = await look(page, 'sketch');
  await page.setInputFiles('#file', join(dist, 'icon-512.png'));
  await expect.poll(() => look(page, 'sketch')).not.toBe(sketch);
  await ready(page);
  await expect(trace).toBeVisible();
  expect((await darkness(page)).elsewhere).toBeGreaterThan(100);
  await trace.check();
  expect((await darkness(page)).elsewhere).toBe(0);
  const faint = await pixels(page, '#sketch');
  expect(faint.some((value, i) => i % 4 < 3 && value < 230), 'the hand sees it').toBe(true);
  expect(faint.every((value, i) => i % 4 === 3 || value > 140), 'faintly').toBe(true);
  await draw(page, [[0.1, 0.05], [0.9, 0.05]]);
  expect(await darkness(page)).toEqual({ line: true, elsewhere: 0 });
  const drawn = await pixels(page, '#sketch');
  await page.waitForTimeout(400); // the moment after which a drawing is kept
  await page.reload();
  await ready(page);
  await expect(trace).toBeChecked();
  // The picture was a canvas, and is a PNG now: it is shrunk a little otherwise.
  const again = await pixels(page, '#sketch');
  expect(again.reduce((sum, value, i) => sum + Math.abs(value - drawn[i]!), 0) / drawn.length).toBeLessThan(1);
  await trace.uncheck();
  expect((await darkness(page)).elsewhere).toBeGreaterThan(100);
  await page.tap('#undo');
  await expect(trace).toBeChecked();
  expect(await darkness(page)).toEqual({ line: true, elsewhere: 0 });
  await page.tap('#clear');
  await expect(trace).toBeHidden();
});

test('Shift draws a straight line', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  await page.tap('#clear');
  await page.keyboard.down('Shift');
  await draw(page, [[0.1, 0.05], [0.5, 0.8], [0.9, 0.05]]);
  await page.keyboard.up('Shift');
  expect(await darkness(page)).toEqual({ line: true, elsewhere: 0 });
});

test('the sketch is saved as an SVG that looks like it, and is drawn on when it is opened', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  await page.tap('#clear');
  await page.getByRole('radio', { name: 'Red' }).first().tap();
  await draw(page, [[0.2, 0.5], [0.8, 0.5]]);
  await page.keyboard.press('b');
  await draw(page, [[0.5, 0.2], [0.6, 0.7], [0.3, 0.8]]);
  await page.tap('#eraser');
  await draw(page, [[0.3, 0.4], [0.3, 0.6]]);
  const drawn = await pixels(page, '#sketch');
  const [download] = await Promise.all([page.waitForEvent('download'), page.tap('#save-sketch')]);
  expect(download.suggestedFilename()).toBe('pix2pix-sketch.svg');
  const svg = readFileSync(await download.path());
  const shown = await page.evaluate(async (text) => {
    const canvas = document.querySelector<HTMLCanvasElement>('#sketch')!;
    const image = new Image(canvas.width, canvas.height);
    image.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
    await image.decode();
    const context = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const [svg, ours] = [context, canvas.getContext('2d')!].map((each) => each.getImageData(0, 0, canvas.width, canvas.height).data);
    return svg!.reduce((sum, value, i) => sum + Math.abs(value - ours![i]!), 0) / svg!.length;
  }, svg.toString());
  expect(shown).toBeLessThan(0.5);
  await page.tap('#clear');
  const file = (buffer: Buffer) => ({ name: 'mine.svg', mimeType: 'image/svg+xml', buffer });
  await page.setInputFiles('#file', file(svg));
  const apart = async () => (await pixels(page, '#sketch')).reduce((sum, value, i) => sum + Math.abs(value - drawn[i]!), 0) / drawn.length;
  await expect.poll(apart).toBeLessThan(0.1);
  await page.setInputFiles('#file', file(Buffer.from(svg.toString().replace('"tool":"pen"', '"tool":"brush"'))));
  await expect(page.locator('#alert')).toContainText('its stroke 1 is damaged');
});

test('a sketch that is traced goes with its picture', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  await page.setInputFiles('#file', join(dist, 'icon-192.png'));
  const trace = page.getByLabel('Trace the picture');
  await trace.check();
  const seen = await pixels(page, '#sketch');
  const [download] = await Promise.all([page.waitForEvent('download'), page.tap('#save-sketch')]);
  const buffer = readFileSync(await download.path());
  await page.tap('#clear');
  await expect(trace).toBeHidden();
  await page.setInputFiles('#file', { name: 'mine.svg', mimeType: 'image/svg+xml', buffer });
  await expect(trace).toBeChecked();
  const again = await pixels(page, '#sketch');
  expect(again.reduce((sum, value, i) => sum + Math.abs(value - seen[i]!), 0) / seen.length).toBeLessThan(1);
});
