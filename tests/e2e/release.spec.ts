/** A new release of the page is deployed while the last one is open: it waits to be taken, and nothing of the last one breaks. */
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page } from '@playwright/test';
import { ready } from './drawing';
import { expect, test } from './fixtures';
import { root } from './pack';
import { kept, keptAddresses, THREADS, visitAgain } from './visits';

const dist = join(root, 'dist');

/** Brings another release into the folder: its scripts and engines have other names, its words differ, and so does a model. */
function deploy(folder: string): void {
  const assets = join(folder, 'assets');
  const edit = (name: string, change: (text: string) => string) => writeFileSync(join(folder, name), change(readFileSync(join(folder, name), 'utf8')));
  const named = readdirSync(assets).filter((name) => /\.(js|wasm)$/.test(name));
  const renamed = (text: string): string => named.reduce((text, name) => text.replaceAll(name, nameOfAnother(name)), text);
  for (const name of named) {
    renameSync(join(assets, name), join(assets, nameOfAnother(name)));
    if (name.endsWith('.js')) edit(join('assets', nameOfAnother(name)), renamed);
  }
  edit('index.html', (text) => renamed(text).replace('Nothing leaves your device.', 'The new release.'));
  const revision = createHash('md5').update(readFileSync(join(folder, 'index.html'))).digest('hex');
  edit('sw.js', (text) => renamed(text).replace(/(revision":")[^"]*(","url":"index.html")/, `$1${revision}$2`));
  cpSync(join(folder, modelFile(folder, 'edges2emoji-ngf16')), join(folder, modelFile(folder, 'edges2emoji-ngf32')));
}

/** A script or an engine of the other release: what is within one is within the hash in its name. */
const nameOfAnother = (name: string): string => name.replace(/\.(js|wasm)$/, '_another.$1');

/** Where the page has a model. */
function modelFile(folder: string, name: string): string {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) => path.includes(name) && /(?<!discriminator.*)\.safetensors$/.test(path));
  if (found === undefined) throw new Error(`${folder} has no ${name}`);
  return found;
}

const lookForRelease = (page: Page) => page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));

test('a new release is offered, waits while a model is trained, and is taken in the tab that asks for it', async ({ page, serve, context }, info) => {
  test.slow(); // Each visit loads the model, and there are many.
  const folder = info.outputPath('site');
  rmSync(folder, { recursive: true, force: true });
  cpSync(dist, folder, { recursive: true });
  await page.goto((await serve(folder)).url);
  await ready(page);
  await visitAgain(page);
  const note = page.locator('#new-release');
  await expect(note).toBeHidden();
  const other = await context.newPage();
  await other.goto(page.url());
  await ready(other);
  await other.evaluate(() => (document.title = 'as it was'));

  deploy(folder);
  await lookForRelease(page);
  await expect(note).toBeVisible();
  await expect(other.locator('#new-release')).toBeVisible();
  await page.locator('body').evaluate((body) => (body.dataset['training'] = 'running'));
  await expect(note).toBeHidden();
  await page.locator('body').evaluate((body) => (body.dataset['training'] = 'idle'));

  // A model that this page has not fetched yet still has its address.
  await page.locator('[data-model=edges2emoji]').click();
  await expect(page.locator('#status')).toHaveText('Ready');
  await expect(page.locator('#alert')).toBeHidden();
  await expect(page.locator('[data-model=edges2emoji]')).toBeChecked();

  await page.click('#new-release-reload');
  await expect(page.locator('.private')).toHaveText('The new release.');
  await ready(page);
  await expect(note).toBeHidden();
  await expect(other, 'nobody reloaded it').toHaveTitle('as it was');
  await other.click('#new-release-reload');
  await expect(other.locator('.private')).toHaveText('The new release.');
  await ready(other);
});

test('a tab that trains keeps the release back in every tab', async ({ page, serve, context }, info) => {
  const folder = info.outputPath('site');
  cpSync(dist, folder, { recursive: true });
  await page.goto((await serve(folder)).url);
  await ready(page);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const other = await context.newPage();
  await other.goto(page.url());
  await ready(other);
  await other.evaluate(() => {
    void navigator.locks.request('pix2pix-web-teaching', () => new Promise<void>((done) => Object.assign(window, { done })));
  });
  deploy(folder);
  await lookForRelease(page);
  await page.click('#new-release-reload');
  await expect(page.locator('#new-release-text')).toContainText('Another tab is training');
  await other.evaluate(() => (window as unknown as { done(): void }).done());
  await page.click('#new-release-reload');
  await expect(page.locator('.private')).toHaveText('The new release.');
});

test('a new release works offline at once where the last one did, and keeps no engine of it', async ({ page, serve, context }, info) => {
  const folder = info.outputPath('site');
  cpSync(dist, folder, { recursive: true });
  await page.goto((await serve(folder)).url);
  await ready(page);
  await kept(page);
  await visitAgain(page);
  await kept(page, THREADS);
  deploy(folder);
  await lookForRelease(page);
  await expect(page.locator('#new-release')).toBeVisible();
  await context.setOffline(true);
  await page.click('#new-release-reload');
  await expect(page.locator('.private')).toHaveText('The new release.');
  await ready(page);
  expect(await page.locator('#device').getAttribute('data-threads')).not.toBe('1');
  const engines = (await keptAddresses(page)).filter((address) => address.endsWith('.wasm'));
  expect(engines).toHaveLength(2);
  for (const engine of engines) expect(engine).toContain('another');
});
