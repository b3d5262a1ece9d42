/** Colour hints: who offers them, what the network gets of them, and that they are kept. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { draw, keptMark, look, ready, version } from './drawing';
import { expect, test } from './fixtures';
import { type Colour, networkInput, openWithHints } from './hints';
import { smallModel } from './kept-models';
import { root } from './pack';

const dist = join(root, 'dist');
const models = join(root, 'www/models');

const RED: Colour = [0xd5, 0x35, 0x2c];
const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];

const red = (page: Page) => page.getByRole('radio', { name: 'Red' }).first();

/** A vertical line in black, and across it a stroke in red. */
async function drawCross(page: Page): Promise<void> {
  await page.click('#clear');
  await page.keyboard.press('b');
  await draw(page, [[0.5, 0.2], [0.5, 0.8]]);
  await red(page).click();
  await draw(page, [[0.2, 0.5], [0.8, 0.5]]);
}

test('colours are offered for a model that knows them, and rest for one that does not', async ({ page, serve }) => {
  await openWithHints(page, (await serve(dist)).url);
  await expect(page.locator('.model', { hasText: 'taught here from Coloured' })).toContainText('uses colour hints');
  await expect(page.getByRole('radio', { name: 'Black, for lines' }).first()).toBeChecked();
  await drawCross(page);
  await expect(page.locator('#width-value'), 'hints are wide').toHaveText('10');
  await page.keyboard.press('b');
  await expect(page.locator('#width-value')).toHaveText('2');
  await page.keyboard.press('6');
  await expect(page.getByRole('radio', { name: 'Blue' }).first()).toBeChecked();
  const asDrawn = await look(page, 'sketch');

  await page.setInputFiles('#file', smallModel);
  await expect(page.locator('#palette')).toBeHidden();
  await ready(page);
  await expect(page.locator('#hints-unseen')).toBeVisible();
  expect(await look(page, 'sketch'), 'only a trace of them').not.toBe(asDrawn);
  const unseen = await networkInput(page);
  expect(unseen(80, 128), 'the network gets none').toEqual(WHITE);
  await draw(page, [[0.2, 0.25], [0.8, 0.25]]);
  expect((await networkInput(page))(80, 64), 'the pen draws lines').toEqual(BLACK);

  await page.keyboard.press('Control+z');
  await page.locator('[data-model=taught-colours]').click();
  await expect(page.locator('#palette')).toBeVisible();
  await ready(page);
  await expect(page.locator('#hints-unseen')).toBeHidden();
  expect(await look(page, 'sketch'), 'nothing was lost').toBe(asDrawn);
});

test('a coloured stroke reaches the network beneath the lines, and undo and eraser take it away', async ({ page, serve }) => {
  await openWithHints(page, (await serve(dist)).url);
  await page.click('#clear');
  await draw(page, [[0.5, 0.2], [0.5, 0.8]]);
  await ready(page);
  const plain = await look(page, 'picture');
  await red(page).click();
  const before = await version(page);
  await draw(page, [[0.2, 0.5], [0.8, 0.5]]);
  await expect.poll(() => version(page)).toBeGreaterThan(before);
  const crossed = await networkInput(page);
  expect(crossed(80, 128)).toEqual(RED);
  expect(crossed(80, 125), 'a wide stroke').toEqual(RED);
  expect(crossed(80, 140)).toEqual(WHITE);
  expect(crossed(128, 128), 'the line, which was drawn before, is above').toEqual(BLACK);
  expect(await look(page, 'picture')).not.toBe(plain);

  await page.keyboard.press('Control+z');
  expect((await networkInput(page))(80, 128)).toEqual(WHITE);
  await page.keyboard.press('Control+Shift+z');
  expect((await networkInput(page))(80, 128)).toEqual(RED);

  await page.click('#eraser');
  await draw(page, [[0.3, 0.4], [0.3, 0.6]]);
  expect((await networkInput(page))(77, 128)).toEqual(WHITE);
  // A colour brings the pen back, and goes where was erased.
  await red(page).click();
  await expect(page.locator('#pen')).toHaveAttribute('aria-pressed', 'true');
  await draw(page, [[0.2, 0.5], [0.4, 0.5]]);
  expect((await networkInput(page))(77, 128)).toEqual(RED);
  await page.locator('#palette input[type=color]').fill('#123456');
  await draw(page, [[0.2, 0.75], [0.8, 0.75]]);
  expect((await networkInput(page))(80, 192)).toEqual([0x12, 0x34, 0x56]);
});

test('colours survive a reload', async ({ page, serve }) => {
  await openWithHints(page, (await serve(dist)).url);
  await drawCross(page);
  await ready(page);
  const drawn = await look(page, 'sketch');
  await expect.poll(() => keptMark(page), 'kept a moment after the last stroke').toMatchObject({ colour: '#d5352c' });
  await page.reload();
  await expect(page.locator('[data-model=taught-colours]')).toBeChecked();
  await ready(page);
  expect(await look(page, 'sketch')).toBe(drawn);
  const kept = await networkInput(page);
  expect([kept(80, 128), kept(128, 128)]).toEqual([RED, BLACK]);
});

test('what the page says of a model is what its card says', async ({ page, serve }) => {
  const { url } = await serve(dist);
  await page.goto(url);
  await ready(page);
  let seen = 0;
  for (const tab of ['draw', 'colorize']) {
    await page.click(`#tab-${tab}`);
    const rows = page.locator('.model:visible', { has: page.getByText('model card', { exact: true }) });
    await expect(rows).not.toHaveCount(0);
    for (const row of await rows.all()) {
      seen++;
      const address = (await row.getByText('model card').getAttribute('href'))!;
      const card = await (await fetch(new URL(address, url))).text();
      const said = await row.innerText();
      const [, hints = 'nothing'] = /^\| hints \| (understood|none)\b/m.exec(card) ?? [];
      expect(hints, address).toBe(said.includes('uses colour hints') ? 'understood' : 'none');
      const [, file = '', bytes = ''] = /^\| file \| `([^`]+)`, ([\d,]+) bytes/m.exec(card) ?? [];
      const size = statSync(join(models, file)).size;
      expect(Number(bytes.replaceAll(',', '')), file).toBe(size);
      expect(said).toContain(`${(size / 1e6).toFixed(1)} MB`);
    }
  }
  expect(seen).toBe(readdirSync(models).filter((file) => file.endsWith('.md')).length);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, screen: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('colours are as large as a finger, and both squares are in sight', async ({ page, serve }) => {
    await openWithHints(page, (await serve(dist)).url);
    await page.evaluate(() => window.scrollTo(0, 0));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const sides = await page.locator('#palette .swatch').evaluateAll((swatches) =>
      swatches.map((swatch) => swatch.getBoundingClientRect()).flatMap(({ width, height }) => [width, height]),
    );
    expect(sides).toHaveLength(24);
    expect(Math.min(...sides)).toBeGreaterThanOrEqual(36);
    for (const id of ['#sketch', '#picture']) await expect(page.locator(id)).toBeInViewport({ ratio: 0.9 });
    // The last colour is beyond the edge, where a finger pushes it from and the keyboard finds it.
    await page.locator('#palette input[type=color]').focus();
    await expect(page.locator('#palette input[type=color]')).toBeInViewport({ ratio: 0.9 });
  });

  test('it starts with the model for phones, where there is one, until another is chosen', async ({ page, serve }) => {
    await page.goto((await serve(dist)).url);
    await ready(page);
    const all = await page.locator('.model').allInnerTexts();
    const first = Math.max(0, all.findIndex((row) => row.includes('for phones')));
    await expect(page.locator('.model input').nth(first)).toBeChecked();
    const other = page.locator('.model input').nth(first === 0 ? 1 : 0);
    await other.click();
    await ready(page);
    await page.reload();
    await ready(page);
    await expect(other).toBeChecked();
  });
});
