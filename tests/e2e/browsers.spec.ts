/** The page in browsers as old as the README's table allows: what they lack is taken away, in the page and its workers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lacks, without } from '../browsers';
import { chromium } from '@playwright/test';
import { draw, ready, version } from './drawing';
import { expect, test } from './fixtures';
import { root } from './pack';

const dist = join(root, 'dist');

for (const { browser: old, names } of lacks()) {
  test(`two visits, a drawing, a key and the other tabs need nothing that ${old} lacks`, async ({ serve, browser }) => {
    const site = await serve(dist, {
      instead: (request, response) => {
        const [, script] = /(\/assets\/[^/]*worker[^/]*\.js)$/.exec(request.url ?? '') ?? [];
        if (script === undefined) return false;
        response.setHeader('content-type', 'text/javascript').end(without(names) + readFileSync(join(dist, script), 'utf8'));
        return true;
      },
    });
    // A phone starts with the smallest model.
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    await context.addInitScript(without(names));
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    for (const visit of [1, 2]) {
      await page.goto(site.url);
      await ready(page);
      await expect(page.locator('#alert'), `visit ${visit}`).toBeHidden();
    }
    const before = await version(page);
    await draw(page, [[0.2, 0.3], [0.8, 0.3]]);
    await expect.poll(() => version(page)).toBeGreaterThan(before);
    await page.keyboard.press('Escape');
    await page.click('#tab-teach');
    await expect(page.locator('#panel-teach')).toHaveAttribute('data-code', 'ready');
    await page.click('#tab-colorize');
    await page.setInputFiles('#file', join(root, 'tests/fixtures/lab-weights.safetensors'));
    await page.setInputFiles('#file', join(dist, 'icon-192.png'));
    await expect(page.locator('#colorize-room')).toHaveAttribute('data-phase', 'coloured');
    await page.locator('#colorize-saturation').fill('50');
    await page.click('#colorize-save');
    await expect(page.locator('#colorize-status')).toHaveText('Photo saved');
    expect(errors).toEqual([]);
    await context.close();
  });
}

test('on an insecure address the page works, and says what needs a secure one', async ({ serve, launchOptions }) => {
  const { url } = await serve(dist);
  // Localhost alone is secure without https.
  const browser = await chromium.launch({ ...launchOptions, args: [...(launchOptions.args ?? []), '--host-resolver-rules=MAP page.test 127.0.0.1'] });
  const page = await browser.newPage({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url.replace('localhost', 'page.test'));
  expect(await page.evaluate(() => window.isSecureContext)).toBe(false);
  await ready(page);
  await page.click('#copy');
  await expect(page.locator('#alert')).toContainText('needs a secure address');
  await page.click('#tab-teach');
  await page.setInputFiles('#pair-files', [1, 2].map((i) => ({ name: `${i}.png`, mimeType: 'image/png', buffer: readFileSync(join(dist, 'icon-192.png')) })));
  await expect(page.locator('#pairs .pair')).toHaveCount(2);
  await expect(page.locator('#skipped')).toBeHidden();
  await page.click('summary');
  await page.selectOption('#train-freeze', 'inner');
  await page.fill('#train-steps', '1');
  await page.click('#train-start');
  await expect(page.locator('body')).toHaveAttribute('data-training', 'done');
  await page.click('#train-save');
  await expect(page.locator('#keep-status')).toContainText('Saved as');
  expect(errors).toEqual([]);
  await browser.close();
});
