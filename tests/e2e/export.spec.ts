/** Pairs as a zip: out of the page, into it again, and for the command line. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { BlobReader, BlobWriter, type FileEntry, ZipReader } from '@zip.js/zip.js';
import { pixels } from './drawing';
import { expect, test } from './fixtures';
import { commandLine, root } from './pack';

const dist = join(root, 'dist');

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

/** What the cards say and show. */
async function cards(page: Page) {
  const count = await page.locator('#pairs .pair').count();
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const card = `#pairs .pair:nth-child(${i + 1})`;
      const said = await page.locator(card).evaluate((element: HTMLElement) => [element.dataset['origin'], element.dataset['heldOut'] !== undefined, element.querySelector<HTMLElement>('[title]')?.title]);
      return { said, sketch: (await pixels(page, `${card} img:nth-of-type(1)`)).toString('base64'), target: (await pixels(page, `${card} img:nth-of-type(2)`)).toString('base64') };
    }),
  );
}

/** Writes the zip's files to a folder. */
async function unpack(zip: Buffer, folder: string): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const entries = await new ZipReader(new BlobReader(new Blob([new Uint8Array(zip)]))).getEntries();
  for (const entry of entries as FileEntry[]) {
    writeFileSync(join(folder, entry.filename), Buffer.from(await (await entry.getData(new BlobWriter())).arrayBuffer()));
  }
  return entries.map(({ filename }) => filename);
}

test('pairs are downloaded as a zip, come back as they were, and train the command line’s model', async ({ page, serve }) => {
  await page.goto(`${(await serve(dist)).url}#teach`);
  await expect(page.locator('#panel-teach')).toHaveAttribute('data-code', 'ready');
  await expect(page.locator('body')).toHaveAttribute('data-state', 'ready');
  await page.setInputFiles('#pair-files', [join(dist, 'icon-192.png'), join(dist, 'icon-512.png'), join(root, 'www/screenshot.png')]);
  await expect(page.locator('#pairs .pair')).toHaveCount(3);
  await expect(page.locator('#intake')).toBeHidden();
  await page.getByRole('button', { name: 'Hold out icon-512.png' }).tap();
  const before = await cards(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.tap('#download-pairs')]);
  expect(download.suggestedFilename()).toBe('pix2pix-pairs.zip');
  await expect(page.locator('#download-pairs')).toHaveText('Download all');
  const zip = readFileSync(await download.path());

  await page.tap('#remove-all');
  await expect(page.locator('#pairs .pair')).toHaveCount(0);
  await page.setInputFiles('#pair-files', { name: 'mine.zip', mimeType: 'application/zip', buffer: zip });
  await expect(page.locator('#pairs .pair')).toHaveCount(3);
  await expect(page.locator('#skipped')).toBeHidden();
  expect(await cards(page)).toEqual(before);
  await expect(page.locator('#edges'), 'lines can be made anew').toBeVisible();

  const folder = join(root, 'target/e2e/exported');
  expect(await unpack(zip, folder)).toEqual(['0001-icon-192.png', '0002-icon-512.png', '0003-screenshot.png', 'pairs.json']);
  const said = execFileSync(commandLine, ['train', '--input', folder, '--output', join(root, 'target/e2e/trained'), '--max-steps', '1', '--ngf', '2', '--ndf', '2', '--device', 'cpu', '--force'], { encoding: 'utf8', stdio: 'pipe' });
  expect(said).toMatch(/^3 pairs, AtoB/m);
});
