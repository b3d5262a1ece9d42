/** What axe finds on the page, in its dialogs and on the element's examples, light and dark, narrow and wide: nothing. */
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { draw, ready } from './drawing';
import { expect, test } from './fixtures';
import { openWithModels } from './kept-models';
import { examplesSite, root } from './pack';

const FRONTS = { id: 'taught-fronts', name: 'Fronts', taughtFrom: { id: 'own', name: 'Front' }, labels: [{ name: 'sky', color: '#66ccff' }, { name: 'wall', color: '#ffdd55' }] };
const colouring = join(root, 'tests/fixtures/lab-weights.safetensors');
const photo = join(root, 'www/public/icon-192.png');

/** Each scheme and each width once: what depends on both is rare, and a look takes seconds. */
const LOOKS = [['light', 360], ['dark', 1280]] as const;

/** Every rule of axe: those of WCAG 2.0 to 2.2, and what is best practice beside them. */
async function expectNoViolations(page: Page, where: string): Promise<void> {
  for (const [colorScheme, width] of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    // No frame of another origin is in these pages, and no second page is needed to look into one.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary}`).join('; ')}`);
    expect(found, `${where}, ${colorScheme}, ${width} px wide`).toEqual([]);
  }
}

test('axe sees what is wrong', async ({ page, serve }) => {
  await page.goto((await serve(join(root, 'dist'))).url);
  await page.evaluate(() => {
    const pen = document.querySelector('#pen')!;
    for (const name of ['aria-label', 'title']) pen.removeAttribute(name);
  });
  await expect(expectNoViolations(page, 'a button without a name')).rejects.toThrow(/button-name/);
});

test('axe finds nothing on the Draw tab and its help', async ({ page, serve }) => {
  await page.goto((await serve(join(root, 'dist'))).url);
  await ready(page);
  await expectNoViolations(page, 'Draw');
  await page.click('#help');
  await expectNoViolations(page, 'keys and gestures');
});

test('axe finds nothing on the pad for labels', async ({ page, serve }) => {
  await openWithModels(page, (await serve(join(root, 'dist'))).url, [FRONTS], 'taught-fronts');
  await expect(page.locator('#map')).toBeVisible();
  await expectNoViolations(page, 'the pad for labels');
});

test('axe finds nothing on the Teach tab, the dialog to draw in and its question', async ({ page, serve }) => {
  await page.goto(`${(await serve(join(root, 'dist'))).url}#teach`);
  await expect(page.locator('#panel-teach')).toHaveAttribute('data-code', 'ready');
  await expect(page.locator('body')).toHaveAttribute('data-state', 'ready');
  await page.setInputFiles('#pair-files', photo);
  await expect(page.locator('#pairs .pair')).toHaveCount(1);
  await expect(page.locator('#intake')).toBeHidden();
  await expectNoViolations(page, 'Teach');
  await page.locator('#pairs .pair').getByRole('button', { name: /Draw/ }).click();
  await draw(page, [[0.3, 0.3], [0.7, 0.3]], '#drawing-pad');
  await expectNoViolations(page, 'drawing over a photo');
  await page.click('#drawing-cancel');
  await expect(page.locator('#confirm')).toBeVisible();
  await expectNoViolations(page, 'a question');
});

test('axe finds nothing on the Colour tab, without a photo and with one', async ({ page, serve }) => {
  await page.goto(`${(await serve(join(root, 'dist'))).url}#colorize`);
  await expect(page.locator('#panel-colorize')).toHaveAttribute('data-code', 'ready');
  await expectNoViolations(page, 'Colour, without a photo');
  await page.setInputFiles('#file', colouring);
  await expect(page.locator('#colorize-status')).toContainText('is ready');
  await page.setInputFiles('#file', photo);
  await expect(page.locator('#colorize-room')).toHaveAttribute('data-phase', 'coloured');
  await expectNoViolations(page, 'Colour');
});

test('axe finds nothing on the page that opens a model of another host', async ({ page, serve }) => {
  await page.goto(`${(await serve(join(root, 'dist'))).url}?model=https://example.org/a.pict`);
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expectNoViolations(page, 'a model of another host');
});

test('axe finds nothing on the element’s examples, in its shadow trees neither', async ({ page, serve }) => {
  await page.goto((await serve(join(examplesSite, 'dist'), { base: '/docs/' })).url);
  await page.locator('#plain').scrollIntoViewIfNeeded();
  await draw(page, [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7]], '#plain #sketch');
  await expect(page.locator('#plain #picture')).toBeVisible();
  await expectNoViolations(page, 'the examples');
});
