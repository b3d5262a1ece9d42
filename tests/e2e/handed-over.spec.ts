/** Files that the system hands to the installed page: opened with it, or shared by other apps. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from '@playwright/test';
import { look, ready } from './drawing';
import { expect, type ServeOptions, test } from './fixtures';
import { smallModel, smallModels } from './kept-models';
import { root } from './pack';
import { visitAgain } from './visits';

const dist = join(root, 'dist');
const icon = join(root, 'dist/icon-192.png');

/** Another app on the device: a page that posts a form, as browsers do for what is shared. */
const FORM = '<!doctype html><form method="post" enctype="multipart/form-data" action="share"><input type="file" name="files" multiple><button>Share</button></form>';

const withAnotherApp: ServeOptions = {
  instead(request, response) {
    if (!request.url?.endsWith('/another-app')) return smallModels.instead!(request, response);
    response.setHeader('Content-Type', 'text/html').end(FORM);
    return true;
  },
};

async function share(page: Page, url: string, files: string[], answer = 'Open'): Promise<void> {
  await page.goto(`${url}another-app`);
  await page.setInputFiles('input', files);
  await page.click('button');
  // The page is not installed: any site could have posted it.
  await expect(page.locator('#confirm-question')).toContainText(basename(files[0]!));
  await page.locator('#confirm').getByRole('button', { name: answer }).click();
}

/** The sketch of a visit through the service worker. */
async function drawing(page: Page, url: string): Promise<string> {
  await page.goto(url);
  await ready(page);
  await visitAgain(page);
  return look(page, 'sketch');
}

const sharedAndKept = (page: Page) => page.evaluate(async () => (await (await caches.open('pix2pix-web-shared')).keys()).length);

test('a picture that another app shares becomes the sketch, and a model is taken into use; the network sees neither', async ({ page, serve }) => {
  const site = await serve(dist, withAnotherApp);
  const drawn = await drawing(page, site.url);
  await share(page, site.url, [icon]);
  await ready(page);
  await expect.poll(() => look(page, 'sketch')).not.toBe(drawn);
  await expect(page.getByLabel('Trace the picture')).toBeVisible();
  expect(page.url(), 'no other address is left').toBe(site.url);
  expect(await sharedAndKept(page)).toBe(0);
  await page.click('#undo');
  await expect.poll(() => look(page, 'sketch'), 'and can be undone').toBe(drawn);

  await share(page, site.url, [smallModel]);
  await expect(page.getByRole('radio', { name: 'rgb-weights.safetensors' })).toBeChecked();
  await ready(page);
  expect(await sharedAndKept(page)).toBe(0);
  expect(site.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
});

test('what is shared while the page is not open waits for it, and comes once', async ({ page, serve }) => {
  const site = await serve(dist, withAnotherApp);
  const drawn = await drawing(page, site.url);
  // The browser is closed before the page comes.
  await page.goto(`${site.url}another-app`);
  await page.evaluate(async (base64) => {
    const form = new FormData();
    form.append('files', new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], 'größer.png', { type: 'image/png' }));
    const { type } = await fetch('share', { method: 'POST', body: form, redirect: 'manual' });
    if (type !== 'opaqueredirect') throw new Error(`answered ${type}`);
  }, readFileSync(icon, 'base64'));
  expect(await sharedAndKept(page)).toBe(1);
  await page.goto(site.url);
  await page.click('#confirm-yes');
  await ready(page);
  await expect.poll(() => look(page, 'sketch')).not.toBe(drawn);
  expect(await sharedAndKept(page)).toBe(0);
  await page.click('#undo');
  await expect.poll(() => look(page, 'sketch')).toBe(drawn);
  await page.waitForTimeout(400); // the moment after which a drawing is kept
  await page.reload();
  await ready(page);
  expect(await look(page, 'sketch')).toBe(drawn);
});

test('what a visitor does not want from another site is not opened, and not kept', async ({ page, serve }) => {
  const site = await serve(dist, withAnotherApp);
  const drawn = await drawing(page, site.url);
  await share(page, site.url, [icon], 'Cancel');
  await ready(page);
  expect(await look(page, 'sketch')).toBe(drawn);
  expect(await sharedAndKept(page)).toBe(0);
});

test('what could not be kept is said', async ({ page, serve }) => {
  const site = await serve(dist, withAnotherApp);
  await page.goto(`${site.url}?shared=failed`);
  await ready(page);
  await expect(page.locator('#alert-text')).toContainText('no more room');
  expect(page.url()).toBe(site.url);
});

test('files that are opened with the page go the way of those that are chosen', async ({ page, serve }) => {
  await page.addInitScript(() => {
    // Headless browsers install no pages.
    Object.defineProperty(window, 'launchQueue', { value: { setConsumer: (open: unknown) => Object.assign(window, { open }) } });
  });
  const { url } = await serve(dist, smallModels);
  await page.goto(`${url}#teach`);
  await expect(page.locator('#panel-teach')).toHaveAttribute('data-code', 'ready');
  const open = (name: string, type: string, base64: string | undefined) =>
    page.evaluate(
      ([name, type, base64]) => {
        const getFile = async () => {
          if (base64 === undefined) throw new DOMException('gone', 'NotFoundError');
          return new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], name!, { type: type! });
        };
        (window as unknown as { open: (launch: unknown) => void }).open({ files: [{ getFile }] });
      },
      [name, type, base64] as const,
    );
  await open('picture.png', 'image/png', readFileSync(icon, 'base64'));
  await expect(page.locator('#panel-draw'), 'where it is').toBeVisible();
  await expect(page.getByLabel('Trace the picture')).toBeVisible();
  await open('mine.safetensors', '', readFileSync(smallModel, 'base64'));
  await expect(page.getByRole('radio', { name: 'mine.safetensors' })).toBeChecked();
  await ready(page);
  await open('moved.png', 'image/png', undefined);
  await expect(page.locator('#alert-text')).toContainText('open it again');
});

test('the browser understands the web manifest', async ({ page, serve }) => {
  await page.goto((await serve(dist, smallModels)).url);
  const session = await page.context().newCDPSession(page);
  const { errors, data } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const manifest = JSON.parse(data!) as { file_handlers: { accept: Record<string, string[]> }[]; share_target: { action: string } };
  const opened = Object.values(manifest.file_handlers[0]!.accept).flat();
  const chosen = (await page.locator('#file').getAttribute('accept'))!.split(',');
  expect(['.pict', '.safetensors', '.pth', '.pt', '.onnx'].filter((type) => !opened.includes(type) || !chosen.includes(type))).toEqual([]);
});
