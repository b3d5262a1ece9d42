/** The Colour tab: a photo gets its colours at its own size, they are adjusted, kept and saved; and which models belong there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { pixels, ready } from './drawing';
import { expect, test } from './fixtures';
import { smallModel } from './kept-models';
import { root } from './pack';
import { png } from './png';
import { kept } from './visits';

const dist = join(root, 'dist');
/** Four filters wide, made by pix2pix.py with `--lab_colorization`. */
const colouring = join(root, 'tests/fixtures/lab-weights.safetensors');

/** A grey photo of soft discs, none of it so dark or light that sRGB lacks a colour of that lightness. */
function photo(name: string, width: number, height: number) {
  const rgba = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
    const grey = 128 + 45 * Math.sin(9 * x) * Math.cos(7 * y) + 15 * Math.sin(40 * x * y);
    rgba.set([grey, grey, grey, 255], 4 * i);
  }
  return { name, mimeType: 'image/png', buffer: png(width, height, rgba) };
}

const room = (page: Page) => page.locator('#colorize-room');
const status = (page: Page) => page.locator('#colorize-status');
const slider = (page: Page, name: string) => page.getByRole('group', { name: 'Colours of the photo' }).getByRole('slider', { name });
const coloured = (page: Page) => expect(room(page)).toHaveAttribute('data-phase', 'coloured');

async function open(page: Page, url: string): Promise<void> {
  await page.goto(`${url}#colorize`);
  await expect(page.locator('#panel-colorize')).toHaveAttribute('data-code', 'ready');
}

/** With the small model that colours, and a photo in its colours. */
async function openColoured(page: Page, url: string, given = photo('grandma.jpg', 300, 200)): Promise<void> {
  await open(page, url);
  await page.setInputFiles('#file', colouring);
  await expect(status(page)).toContainText('is ready');
  await page.setInputFiles('#file', given);
  await coloured(page);
}

/** The coloured photo as it is in sight, and as it was. */
const now = (page: Page) => pixels(page, '#colorize-compare-after');
const before = (page: Page) => pixels(page, '#colorize-compare-before');

/** What is kept, as soon as the colours are. */
async function keptWithColours(page: Page): Promise<void> {
  await expect.poll(() =>
    page.evaluate(async () => {
      const answer = <T>(request: IDBRequest<T>) => new Promise<T>((done) => request.addEventListener('success', () => done(request.result)));
      const database = await answer(indexedDB.open('pix2pix-web-teaching'));
      const photos = (await answer(database.transaction('photos').objectStore('photos').getAll())) as { coloured?: object }[];
      database.close();
      return photos.some(({ coloured }) => coloured !== undefined);
    }),
  ).toBe(true);
  await page.waitForTimeout(400); // the moment after which a change is kept
}

async function saved(page: Page) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#colorize-save')]);
  const file = readFileSync(await download.path());
  const base64 = await page.evaluate(async (base64) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]));
    const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d')!;
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    let text = '';
    for (let i = 0; i < data.length; i += 0x8000) text += String.fromCharCode(...data.subarray(i, i + 0x8000));
    return btoa(text);
  }, file.toString('base64'));
  return { name: download.suggestedFilename(), width: file.readUInt32BE(16), height: file.readUInt32BE(20), rgba: Buffer.from(base64, 'base64') };
}

/** CIE L* of each pixel. */
function lightness(rgba: Uint8Array): number[] {
  const linear = (byte: number) => (byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
  return Array.from({ length: rgba.length / 4 }, (_, i) => {
    const [r, g, b] = [rgba[4 * i]!, rgba[4 * i + 1]!, rgba[4 * i + 2]!].map(linear) as [number, number, number];
    return 116 * Math.cbrt(0.2126 * r + 0.7152 * g + 0.0722 * b) - 16;
  });
}

/** The most that red, green and blue of a pixel are apart. */
const colourfulness = (rgba: Uint8Array) =>
  Array.from({ length: rgba.length / 4 }, (_, i) => rgba.subarray(4 * i, 4 * i + 3)).reduce((most, rgb) => Math.max(most, Math.max(...rgb) - Math.min(...rgb)), 0);

const apart = (one: Uint8Array, other: Uint8Array) => one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i]!)), 0);

test('a photo is coloured and saved at its full size, as light in every pixel as it was', async ({ page, serve }) => {
  // Larger than what is shown of it.
  const given = photo('grandma.1931.jpg', 1200, 1000);
  await openColoured(page, (await serve(dist)).url, given);
  await expect(status(page)).toContainText('Coloured by lab-weights.safetensors');
  await expect(page.locator('#colorize-compare-name')).toHaveText('grandma.1931.jpg, 1200 × 1000');
  expect(colourfulness(await before(page))).toBe(0);
  expect(colourfulness(await now(page))).toBeGreaterThan(20);
  const file = await saved(page);
  expect([file.name, file.width, file.height]).toEqual(['grandma.1931-coloured.png', 1200, 1000]);
  expect(colourfulness(file.rgba)).toBeGreaterThan(20);
  const original = lightness(await decoded(page, given.buffer));
  const off = lightness(file.rgba).map((value, i) => Math.abs(value - original[i]!));
  // A byte is up to 0.5 of L.
  expect(off.reduce((a, b) => Math.max(a, b), 0)).toBeLessThan(0.6);
  await expect(status(page)).toHaveText('Photo saved');
});

/** The pixels of a picture's file. */
async function decoded(page: Page, file: Buffer): Promise<Buffer> {
  await page.evaluate(async (base64) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]));
    const canvas = Object.assign(document.createElement('canvas'), { id: 'decoded', width: picture.width, height: picture.height });
    canvas.getContext('2d')!.drawImage(picture, 0, 0);
    document.querySelector('#decoded')?.remove();
    document.body.append(canvas);
  }, file.toString('base64'));
  return pixels(page, '#decoded');
}

test('a photo that comes while a model is being opened waits for it, whichever was first', async ({ page, serve }) => {
  const { url } = await serve(dist);
  await open(page, url);
  const model = { name: 'lab.safetensors', mimeType: '', buffer: readFileSync(colouring) };
  await page.setInputFiles('#file', [model, photo('grandma.jpg', 300, 200)]);
  await coloured(page);
  await page.setInputFiles('#file', colouring);
  await page.setInputFiles('#file', photo('grandpa.jpg', 200, 300));
  await expect(page.locator('#colorize-compare-name')).toContainText('grandpa');
  await coloured(page);
});

test('the sliders change what is seen at once and what is saved, and each change is undone', async ({ page, serve }) => {
  await openColoured(page, (await serve(dist)).url);
  const first = await now(page);
  await slider(page, 'Saturation').fill('0');
  await expect.poll(async () => colourfulness(await now(page))).toBeLessThanOrEqual(1);
  // Without its colours it is the photo again.
  expect(apart(await now(page), await before(page))).toBeLessThanOrEqual(2);
  const grey = await saved(page);
  expect(colourfulness(grey.rgba)).toBeLessThanOrEqual(1);
  expect((await now(page)).equals(grey.rgba)).toBe(true);

  await slider(page, 'Contrast').fill('150');
  const range = (rgba: Buffer) => Math.max(...lightness(rgba)) - Math.min(...lightness(rgba));
  await expect.poll(async () => range(await now(page)) / range(grey.rgba)).toBeCloseTo(1.5, 1);
  await slider(page, 'Green to red').fill('-30');
  const mean = async (channel: number) => (await now(page)).reduce((sum, value, i) => sum + (i % 4 === channel ? value : 0), 0);
  await expect.poll(async () => (await mean(1)) > 1.2 * (await mean(0))).toBe(true);
  await slider(page, 'Blue to yellow').fill('40');
  await expect.poll(async () => (await mean(1)) > 1.5 * (await mean(2))).toBe(true);

  for (const name of ['Blue to yellow', 'Green to red', 'Contrast']) {
    await expect(slider(page, name)).not.toHaveValue(name === 'Contrast' ? '100' : '0');
    await page.keyboard.press('Control+z');
    await expect(slider(page, name)).toHaveValue(name === 'Contrast' ? '100' : '0');
  }
  await expect.poll(async () => (await now(page)).equals(grey.rgba)).toBe(true);
  await page.click('#colorize-undo');
  await expect.poll(async () => (await now(page)).equals(first)).toBe(true);
  await expect(page.locator('#colorize-undo')).toBeDisabled();
  await page.keyboard.press('Control+Shift+z');
  await expect(slider(page, 'Saturation')).toHaveValue('0');
  await page.click('#colorize-reset');
  await expect.poll(async () => (await now(page)).equals(first)).toBe(true);
  await page.keyboard.press('Control+z');
  await expect(slider(page, 'Saturation')).toHaveValue('0');
});

test('all of it works with the keyboard alone, and says what it is and does', async ({ page, serve }) => {
  const site = await serve(dist);
  await page.goto(site.url);
  await page.focus('#tab-draw');
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('tab', { name: 'Colour' })).toBeFocused();
  await expect(page.getByRole('tabpanel', { name: 'Colour' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Choose a photo' })).toBeVisible();
  await page.setInputFiles('#file', colouring);
  await expect(page.getByRole('radio', { name: /lab-weights/ })).toBeChecked();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a photo' }).press('Enter')]);
  await chooser.setFiles(photo('street.png', 240, 160));
  await coloured(page);

  const cut = page.getByRole('slider', { name: 'street.png, 240 × 160: how much of the photo is shown as it was' });
  await cut.focus();
  await expect(cut).toHaveAttribute('aria-valuetext', '50% as it was, 50% coloured');
  await page.keyboard.press('ArrowRight');
  await expect(cut).toHaveAttribute('aria-valuetext', '51% as it was, 49% coloured');
  await page.keyboard.press('Home');
  await expect(cut).toHaveAttribute('aria-valuetext', '0% as it was, 100% coloured');
  const seen = (id: string) => page.locator(id).evaluate((canvas) => getComputedStyle(canvas).clipPath);
  expect(await seen('#colorize-compare-before')).toBe('inset(0px 100% 0px 0px)');
  await expect(page.getByRole('img', { name: 'The photo in colours' })).toBeVisible();

  const balance = slider(page, 'Blue to yellow');
  await balance.focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft');
  await expect(balance).toHaveAttribute('aria-valuetext', '3 towards blue');
  await expect(page.locator('#colorize-b-value')).toHaveText('−3');
  await page.keyboard.press('Control+z');
  await expect(balance, 'keys that follow each other are one change').toHaveAttribute('aria-valuetext', 'as coloured');
  await expect(balance).toBeFocused();
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Control+s')]);
  expect(download.suggestedFilename()).toBe('street-coloured.png');

  await page.getByRole('button', { name: 'Remove' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Choose a photo' })).toBeFocused();
  const unnamed = await page.locator('#panel-colorize :is(button, input, canvas, progress, fieldset)').evaluateAll((controls) =>
    controls.flatMap((control) => {
      const labels = (control as HTMLInputElement).labels ?? [];
      const named = control.getAttribute('aria-label') ?? control.querySelector('legend')?.textContent ?? [...labels].map((label) => label.id + label.textContent).join('');
      return named || control.textContent?.trim() ? [] : [control.id];
    }),
  );
  // The slider over the photo is named with it.
  expect(unnamed.filter((id) => id !== 'colorize-compare-range')).toEqual([]);
});

test('photo, colours and changes outlive a reload, without a network and without the model', async ({ page, serve, context }) => {
  const site = await serve(dist);
  await page.goto(site.url);
  await ready(page);
  await kept(page);
  await page.click('#tab-colorize');
  await page.setInputFiles('#file', colouring);
  await expect(status(page)).toContainText('is ready');
  await page.setInputFiles('#file', photo('grandma.jpg', 300, 200));
  await coloured(page);
  const first = await now(page);
  await slider(page, 'Saturation').fill('200');
  await slider(page, 'Contrast').fill('80');
  await page.click('#colorize-undo');
  await expect.poll(async () => (await now(page)).equals(first)).toBe(false);
  const [was, changed] = [await before(page), await now(page)];
  await keptWithColours(page);
  await context.setOffline(true);
  await page.reload();
  await coloured(page);
  await expect(page.locator('#tab-colorize')).toHaveAttribute('aria-selected', 'true');
  await expect(page.locator('#colorize-compare-name')).toHaveText('grandma.jpg, 300 × 200');
  await expect(status(page)).toHaveText('Coloured by lab-weights.safetensors.');
  expect((await before(page)).equals(was)).toBe(true);
  await expect.poll(async () => (await now(page)).equals(changed)).toBe(true);
  await page.click('#colorize-redo');
  await expect(slider(page, 'Contrast')).toHaveValue('80');
  await page.click('#colorize-undo');
  await page.click('#colorize-undo');
  await expect.poll(async () => (await now(page)).equals(first)).toBe(true);
  expect((await saved(page)).rgba.equals(first)).toBe(true);
});

test('two tabs keep a photo each, and a new one goes on with the newest', async ({ page, serve, context }) => {
  const { url } = await serve(dist);
  await openColoured(page, url, photo('one.png', 120, 80));
  await keptWithColours(page);
  const other = await context.newPage();
  await open(other, url);
  await expect(other.locator('#colorize-compare-name')).toContainText('one.png');
  await slider(page, 'Contrast').fill('120');
  await other.setInputFiles('#file', colouring);
  await coloured(other);
  await other.setInputFiles('#file', photo('two.png', 80, 120));
  await expect(other.locator('#colorize-compare-name')).toContainText('two.png');
  await coloured(other);
  await other.waitForTimeout(1000);
  for (const [tab, name, contrast] of [[page, 'one.png', '120'], [other, 'two.png', '100']] as const) {
    await tab.reload();
    await coloured(tab);
    await expect(tab.locator('#colorize-compare-name')).toContainText(name);
    await expect(slider(tab, 'Contrast')).toHaveValue(contrast);
  }
});

test('a photo that was replaced or removed comes back with its changes', async ({ page, serve }) => {
  await openColoured(page, (await serve(dist)).url, photo('one.png', 120, 80));
  await slider(page, 'Saturation').fill('150');
  const name = page.locator('#colorize-compare-name');
  const undo = page.locator('#colorize-replaced button');
  await keptWithColours(page);
  await page.setInputFiles('#file', photo('two.png', 80, 120));
  await expect(name).toContainText('two.png');
  await coloured(page);
  await expect(slider(page, 'Saturation')).toHaveValue('100');
  await expect(page.locator('#colorize-replaced')).toContainText('one.png was replaced');
  await undo.click();
  await expect(name).toContainText('one.png');
  await coloured(page);
  await expect(slider(page, 'Saturation')).toHaveValue('150');
  await page.click('#colorize-remove');
  await expect(page.locator('#colorize-compare')).toBeHidden();
  await expect(slider(page, 'Saturation')).toBeDisabled();
  await page.waitForTimeout(400);
  await page.reload();
  await expect(page.locator('#panel-colorize')).toHaveAttribute('data-code', 'ready');
  await expect(room(page), 'what was removed is not kept').toHaveAttribute('data-phase', 'empty');
});

test('a colouring can be cancelled, and begun again', async ({ page, serve }) => {
  await page.addInitScript(() => {
    // The engine hears of the photo when the test lets it.
    const post = MessagePort.prototype.postMessage;
    let waiting: (() => void)[] | undefined = [];
    Object.assign(window, { letGo: () => (waiting?.splice(0).forEach((go) => go()), (waiting = undefined)) });
    MessagePort.prototype.postMessage = function (message: { path?: string[] }, ...more: never[]) {
      const go = () => post.call(this, message, ...more);
      if (waiting !== undefined && message?.path?.includes('colorize')) waiting.push(go);
      else go();
    };
  });
  await open(page, (await serve(dist)).url);
  await page.setInputFiles('#file', colouring);
  await expect(status(page)).toContainText('is ready');
  await page.setInputFiles('#file', photo('grandma.jpg', 300, 200));
  await expect(room(page)).toHaveAttribute('data-phase', 'working');
  await expect(page.getByRole('progressbar', { name: 'Colouring' })).toBeVisible();
  await expect(page.locator('#colorize-save')).toBeDisabled();
  await page.locator('#colorize-cancel').press('Enter');
  await expect(room(page)).toHaveAttribute('data-phase', 'plain');
  await expect(page.locator('#colorize-again'), 'the focus is not lost with the button').toBeFocused();
  await expect(status(page)).toHaveText('Cancelled');
  await expect(page.locator('#colorize-compare-range'), 'there is nothing to compare').toBeHidden();
  await page.evaluate(() => (window as unknown as { letGo(): void }).letGo());
  await page.click('#colorize-again');
  await coloured(page);
  await expect(page.locator('#alert')).toBeHidden();
});

test('a model that colours leads from Draw to this tab, and one that draws leads back', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  const used = await page.locator('#model-list input:checked').getAttribute('value');
  await page.setInputFiles('#file', colouring);
  await expect(page.locator('#tab-colorize')).toHaveAttribute('aria-selected', 'true');
  await expect(status(page)).toHaveText('lab-weights.safetensors is ready. Choose a photo.');
  await expect(page.locator('#alert')).toBeHidden();
  await expect(page.locator('#model-list input:checked'), 'Draw keeps its own').toHaveValue(used!);
  await expect(page.locator('body')).toHaveAttribute('data-state', 'ready');
  await page.setInputFiles('#file', photo('grandma.jpg', 90, 60));
  await coloured(page);

  await page.setInputFiles('#file', smallModel);
  await expect(page.locator('#tab-draw')).toHaveAttribute('aria-selected', 'true');
  await expect(page.locator('#model-list [data-model=own]')).toBeChecked();
  await ready(page);
  await expect(page.locator('#alert')).toBeHidden();
  await page.click('#tab-colorize');
  await coloured(page);
  await expect(page.locator('#colorize-model-list input:checked')).toHaveValue('own');
  await expect(page.locator('#colorize-model-list')).toContainText('lab-weights');
});

test('photos are coloured on the device that was chosen on Draw, in the same colours', async ({ page, serve }) => {
  await openColoured(page, (await serve(dist)).url);
  await expect(status(page)).toContainText('on the CPU');
  const onCpu = await now(page);
  await page.click('#tab-draw');
  await ready(page);
  await page.getByLabel('WebGPU', { exact: true }).check();
  await expect(page.locator('#device')).toHaveAttribute('data-device', 'webgpu');
  // The model was let go of with the tab.
  await page.click('#tab-colorize');
  await page.setInputFiles('#file', photo('again.png', 300, 200));
  await expect(status(page)).toContainText('on WebGPU');
  // Sums in another order, through a network that normalises.
  expect(apart(await now(page), onCpu)).toBeLessThanOrEqual(4);
});

test('what cannot be read is told in words, and all stays as it was', async ({ page, serve }) => {
  await openColoured(page, (await serve(dist)).url);
  const first = await now(page);
  await page.setInputFiles('#file', { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await expect(page.locator('#alert')).toContainText('image/unreadable broken.png cannot be read as a picture');
  await page.setInputFiles('#file', { name: 'broken.pict', mimeType: 'application/octet-stream', buffer: Buffer.from('no weights at all') });
  await expect(page.locator('#alert')).toContainText('weights/format');
  await coloured(page);
  expect((await now(page)).equals(first)).toBe(true);
  await expect(page.locator('#colorize-model-list input:checked')).toHaveValue('own');
  await page.click('#tab-draw');
  await expect(page.locator('#alert'), 'it is not said elsewhere').toBeHidden();
  await page.click('#tab-colorize');
  await page.setInputFiles('#file', [photo('two.png', 60, 40), photo('three.png', 60, 40)]);
  await expect(page.locator('#colorize-compare-name')).toContainText('two.png');
});

test('photos that are pasted or dropped are coloured here, and Draw keeps its sketch', async ({ page, serve }) => {
  await openColoured(page, (await serve(dist)).url, photo('one.png', 60, 40));
  const give = (type: 'paste' | 'drop', name: string) =>
    page.evaluate(([type, name, base64]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64!), (c) => c.charCodeAt(0))], name!, { type: 'image/png' }));
      const event = type === 'paste' ? new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true }) : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
    }, [type, name, photo(name, 60, 40).buffer.toString('base64')] as const);
  for (const [type, name] of [['paste', 'pasted.png'], ['drop', 'dropped.png']] as const) {
    await give(type, name);
    await expect(page.locator('#colorize-compare-name')).toContainText(name);
    await coloured(page);
  }
  expect(await page.evaluate(() => document.querySelector('#tab-draw')!.getAttribute('aria-selected'))).toBe('false');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('nothing overflows, fingers find everything, and photo and sliders are in sight together', async ({ page, serve }) => {
    await openColoured(page, (await serve(dist)).url, photo('portrait.png', 200, 300));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const heights = await page.locator('#panel-colorize :is(button, input[type=range]):visible').evaluateAll((controls) => controls.map((control) => control.getBoundingClientRect().height));
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
    await page.locator('.stack').first().evaluate(() => document.querySelector('#colorize-compare .stack')!.scrollIntoView());
    await expect(page.locator('#colorize-compare .stack')).toBeInViewport({ ratio: 0.99 });
    await expect(slider(page, 'Green to red')).toBeInViewport();
    const ratio = await page.locator('#colorize-compare-after').evaluate((canvas) => canvas.clientWidth / canvas.clientHeight);
    expect(ratio).toBeCloseTo(2 / 3, 1);
  });
});

const bundled = join(dist, 'models/colorize-ngf32.safetensors');

test('the model that comes with the page is fetched with the first photo, its size said before, and kept', async ({ page, serve, context }) => {
  test.skip(!existsSync(bundled), 'the page has no model of its own that colours');
  const site = await serve(dist);
  await page.goto(site.url);
  await ready(page);
  await kept(page);
  await page.click('#tab-colorize');
  const fetched = () => site.sent.filter((request) => request.includes('/models/colorize-')).length;
  const megabytes = `${(readFileSync(bundled).length / 1e6).toFixed(1)} MB`;
  await expect(page.locator('#colorize-size')).toContainText(`${megabytes}, is downloaded with the first photo`);
  await expect(page.locator('#colorize-model-list')).toContainText(`${megabytes} to download`);
  expect(fetched()).toBe(0);
  await page.setInputFiles('#file', photo('grandma.jpg', 300, 200));
  await coloured(page);
  expect(fetched()).toBe(1);
  await expect(page.locator('#colorize-model-list')).toContainText(`${megabytes} kept here`);
  await keptWithColours(page);
  await context.setOffline(true);
  await page.reload();
  await coloured(page);
  await page.setInputFiles('#file', photo('street.jpg', 200, 300));
  await expect(page.locator('#colorize-compare-name')).toContainText('street.jpg');
  await coloured(page);
  expect(fetched()).toBe(1);
});
