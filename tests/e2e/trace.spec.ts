/** A picture that is opened on the Draw tab and traced: seen by the hand, and not by the network. */
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
