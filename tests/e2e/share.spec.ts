/** A model by the address of the page, `?model=`, and what is stored of models. */
import { join } from 'node:path';
import { ready } from './drawing';
import { expect, type Served, test } from './fixtures';
import { root } from './pack';

const dist = join(root, 'dist');
const fixtures = join(root, 'tests/fixtures');

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

const asking = ({ url }: Served, model: string) => `${url}?model=${encodeURIComponent(model)}`;

test('a model of the list is opened by its name, and the address forgets it when another is chosen', async ({ page, serve }) => {
  const site = await serve(dist);
  await page.goto(asking(site, 'labels2room'));
  await expect(page.locator('[data-model=labels2room]')).toBeChecked();
  await ready(page);
  await page.reload();
  await expect(page.locator('[data-model=labels2room]')).toBeChecked();
  await ready(page);
  await page.locator('[data-model=edges2emoji-small]').tap();
  await expect(page).toHaveURL(site.url);
});

test('a model of another origin is fetched after asking, by a page of its own, and once', async ({ page, serve }) => {
  const site = await serve(dist);
  const other = await serve(fixtures, { headers: { 'Access-Control-Allow-Origin': '*' } });
  const model = `${other.url}rgb-generator.pict`;
  await page.goto(asking(site, model));
  await expect(page.getByRole('heading', { name: `Open a model from ${new URL(other.url).host}?` })).toBeVisible();
  await expect(page.locator('#about')).toContainText('rgb-generator.pict');
  expect(other.requests, 'nothing before').toEqual([]);
  await page.getByRole('button', { name: 'Open it' }).tap();
  await expect(page.locator('#model-list strong', { hasText: 'rgb-generator.pict' })).toBeVisible();
  await expect(page.locator('[data-model=own]')).toBeChecked();
  await ready(page);
  await expect(page).toHaveURL(asking(site, model));
  await page.reload();
  await expect(page.locator('[data-model=own]')).toBeChecked();
  await ready(page);
  expect(other.requests).toEqual(['GET /rgb-generator.pict']);
});

test('what can’t be fetched says why, and what is none leaves the page with a model', async ({ page, serve }) => {
  const site = await serve(dist);
  const [closed, open] = [await serve(fixtures), await serve(fixtures, { headers: { 'Access-Control-Allow-Origin': '*' } })];
  for (const [model, why] of [[`${closed.url}rgb-generator.pict`, /must send the header Access-Control-Allow-Origin/], [`${open.url}gone.pict`, /answered 404/]] as const) {
    await page.goto(asking(site, model));
    await page.getByRole('button', { name: 'Open it' }).tap();
    await expect(page.locator('#failed')).toContainText(why);
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  }
  await page.getByRole('link', { name: 'Back to drawing' }).tap();
  await ready(page);
  await page.goto(asking(site, `${open.url}rgb-history.json`));
  await page.getByRole('button', { name: 'Open it' }).tap();
  await expect(page.locator('#alert')).toContainText('weights/');
  await ready(page);
  await expect(page.locator('[data-model=edges2emoji-small]')).toBeChecked();
  await page.goto(asking(site, 'javascript:alert(1)'));
  await expect(page.locator('#alert')).toContainText('neither a model of this page nor an address');
  await ready(page);
});

test('fetched models can be deleted, and are fetched again when they are chosen', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  await expect(page.locator('#stored-bytes')).toHaveText(/^This page stores \d+\.\d MB on this device\.$/);
  const size = page.locator('[data-size-of=edges2emoji-small]');
  await expect(size).toContainText('kept here');
  await expect(page.locator('#offline-ready')).not.toHaveAttribute('hidden');
  await page.getByRole('button', { name: 'Delete fetched models' }).tap();
  await page.locator('#confirm').getByRole('button', { name: 'Cancel' }).tap();
  await expect(size).toContainText('kept here');
  await page.getByRole('button', { name: 'Delete fetched models' }).tap();
  await page.locator('#confirm-yes').tap();
  await expect(size).toContainText('to download');
  await expect(page.locator('#offline-ready'), 'a visit without a network would find no model').toHaveAttribute('hidden');
  await page.reload();
  await ready(page);
  await expect(size).toContainText('kept here');
});
