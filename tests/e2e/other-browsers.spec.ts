/** The built page, the package and its element in Firefox and WebKit, each from the first visit to one without a network. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Package from '../../pkg/client.js';
import { type Driver, missing, type Point, startBrowser } from './drivers';
import { expect, served } from './fixtures';
import { CLIENT } from './in-page';
import { smallModel } from './kept-models';
import { examplesSite, plainSite, root } from './pack';

const dist = join(root, 'dist');

/** Runs before all else of a page, also where there is no network: what goes wrong in it, whichever browser it is. */
const WATCH = `globalThis.wrong = [];
for (const type of ['error', 'unhandledrejection', 'securitypolicyviolation']) {
  addEventListener(type, (event) => wrong.push(type + ': ' + (event.message ?? event.reason ?? event.violatedDirective)));
}
`;

/** Answers for the first script of a built page in place of a folder: with the same, watched. */
const watched = (folder: string) => ({
  instead: (request: { url?: string }, response: { setHeader(name: string, value: string): { end(text: string): void } }) => {
    const [script] = /\/assets\/index-[^/]*\.js$/.exec(request.url ?? '') ?? [];
    if (script === undefined) return false;
    response.setHeader('content-type', 'text/javascript').end(WATCH + readFileSync(join(folder, script), 'utf8'));
    return true;
  },
});

const wrong = (browser: Driver) => browser.evaluate(() => (globalThis as unknown as { wrong: string[] }).wrong);

/** An element by its selector, or by that of its host and its own in the host's tree. */
type Path = readonly string[];

/** Where an element is in the viewport, after it came there. */
async function boxOf(browser: Driver, path: Path) {
  return browser.evaluate((path) => {
    const at = path.reduce<Element | null>((host, selector) => (host?.shadowRoot ?? document).querySelector(selector), null);
    if (at === null) throw new Error(`there is no ${path.join(' ')}`);
    at.scrollIntoView({ block: 'center' });
    const { x, y, width, height } = at.getBoundingClientRect();
    return { x, y, width, height };
  }, path);
}

/** Draws through points given as parts of the element. */
async function draw(browser: Driver, points: readonly Point[], ...path: Path): Promise<void> {
  const { x, y, width, height } = await boxOf(browser, path);
  await browser.drag(points.map(([partX, partY]): Point => [x + partX * width, y + partY * height]));
}

const click = (browser: Driver, ...path: Path) => draw(browser, [[0.5, 0.5]], ...path);

const attribute = (browser: Driver, selector: string, name: string) =>
  browser.evaluate((selector, name) => document.querySelector(selector)?.getAttribute(name) ?? '', selector, name);

const text = (browser: Driver, selector: string) => browser.evaluate((selector) => document.querySelector(selector)?.textContent ?? '', selector);

const look = (browser: Driver, selector: string) => browser.evaluate((selector) => document.querySelector<HTMLCanvasElement>(selector)!.toDataURL(), selector);

const fill = (browser: Driver, selector: string, value: string) =>
  browser.evaluate((selector, value) => {
    const field = document.querySelector<HTMLInputElement>(selector)!;
    field.value = value;
    for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }));
  }, selector, value);

const version = async (browser: Driver) => Number(await attribute(browser, '#picture', 'data-version'));

/** Waits until the newest drawing has its picture. */
async function ready(browser: Driver, after = 0): Promise<void> {
  await expect.poll(() => version(browser)).toBeGreaterThan(after);
  await expect.poll(() => attribute(browser, 'body', 'data-state')).toBe('ready');
}

/** A closed shape. */
const SQUARE: readonly Point[] = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7], [0.3, 0.29]];

/** Small pictures of blobs: each a pair, the sketch on its left. */
async function pairs(browser: Driver, count: number): Promise<string[]> {
  const files = await browser.evaluate((count) =>
    Array.from({ length: count }, (_, i) => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [512, 256];
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#fff';
      context.fillRect(0, 0, 512, 256);
      for (const side of [0, 256]) {
        context.beginPath();
        context.ellipse(side + 120, 130, 60 + 10 * i, 80, 0, 0, 7);
        context.fillStyle = `hsl(${90 * i} 75% 40%)`;
        if (side > 0) context.fill();
        else context.stroke();
      }
      return canvas.toDataURL().split(',')[1]!;
    }), count);
  return files.map((base64, i) => {
    const path = join(browser.downloads, `pair-${i}.png`);
    writeFileSync(path, base64, 'base64');
    return path;
  });
}

/** A file that the page let the browser download, once it is whole. */
async function downloaded({ downloads }: Driver, name: string): Promise<Buffer> {
  const path = join(downloads, name);
  let size = -1;
  await expect.poll(() => {
    const before = size;
    size = existsSync(path) ? statSync(path).size : -1;
    return size > 0 && size === before;
  }, name).toBe(true);
  return readFileSync(path);
}

for (const name of ['Firefox', 'WebKit'] as const) {
  // Under WebDriver it opens private windows, in which WebKit keeps no files.
  const keepsFiles = name !== 'WebKit';
  const test = served.extend<{ driver: Driver }>({
    driver: async ({}, use) => {
      const why = missing(name);
      if (why !== undefined) {
        if (process.env['CI']) throw new Error(why);
        console.log(why);
        served.skip(true, why);
      }
      const driver = await startBrowser(name);
      await use(driver);
      await driver.end();
    },
  });

  test(`${name}: a visitor draws, undoes, saves, colours a photo, teaches, and comes back without a network`, async ({ driver, serve }) => {
    const site = await serve(dist, watched(dist));
    console.log(driver.version);
    await driver.resize(1280, 900);
    await driver.open(site.url);
    await ready(driver);
    const first = await version(driver);
    await click(driver, '[data-model=edges2emoji-small]');
    await ready(driver, first);

    await click(driver, '#clear');
    await ready(driver, first + 1);
    const [blank, paper] = [await look(driver, '#sketch'), await look(driver, '#picture')];
    const before = await version(driver);
    await draw(driver, SQUARE, '#sketch');
    await ready(driver, before);
    const drawn = await look(driver, '#sketch');
    expect(drawn !== blank && (await look(driver, '#picture')) !== paper, 'lines, and a picture of them').toBe(true);
    await driver.control('z');
    expect((await look(driver, '#sketch')) === blank, 'undone').toBe(true);
    await click(driver, '#redo');
    expect((await look(driver, '#sketch')) === drawn, 'redone').toBe(true);

    await click(driver, '#save');
    const png = await downloaded(driver, 'pix2pix-picture.png');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([256, 256]);

    await click(driver, '#tab-colorize');
    await expect.poll(() => attribute(driver, '#panel-colorize', 'data-code')).toBe('ready');
    await driver.upload('#file', [join(root, 'tests/fixtures/lab-weights.safetensors')]);
    await expect.poll(() => text(driver, '#colorize-status')).toContain('is ready');
    await driver.upload('#file', [join(dist, 'icon-192.png')]);
    await expect.poll(() => attribute(driver, '#colorize-room', 'data-phase')).toBe('coloured');

    await click(driver, '#tab-teach');
    await expect.poll(() => attribute(driver, '#panel-teach', 'data-code')).toBe('ready');
    await driver.upload('#file', [smallModel]);
    await expect.poll(() => text(driver, '#taught-model')).toContain('rgb-weights');
    await driver.upload('#pair-files', await pairs(driver, 2));
    const cards = () => driver.evaluate(() => document.querySelectorAll('#pairs .pair').length);
    await expect.poll(cards).toBe(2);
    await fill(driver, '#train-steps', '2');
    await click(driver, '#train-start');
    await expect.poll(() => attribute(driver, 'body', 'data-training')).toBe('done');
    expect(await attribute(driver, '#train-step', 'data-step')).toBe('2');
    await fill(driver, '#train-name', 'Blobs');
    await click(driver, '#train-save');
    if (keepsFiles) await expect.poll(() => text(driver, '#keep-status')).toContain('Saved as Blobs');
    else {
      await expect.poll(() => text(driver, '#alert-text')).toContain('this browser keeps no files in a private window. Download it instead');
      await click(driver, '#train-download');
      await downloaded(driver, 'blobs.safetensors');
    }

    await click(driver, '#tab-draw');
    await driver.resize(1280, 900); // MiniBrowser tells of downloads below the page.
    await driver.reload();
    await ready(driver);
    expect((await look(driver, '#sketch')) === drawn, 'the drawing was kept').toBe(true);
    if (keepsFiles) expect(await text(driver, '#model-list')).toContain('Blobs');
    await driver.evaluate(async () => void (await navigator.serviceWorker.ready));
    await expect.poll(() => driver.evaluate(async () => (await (await caches.open('pix2pix-web-engines')).keys()).length)).toBeGreaterThan(0);
    expect(await wrong(driver)).toEqual([]);

    site.stop();
    await driver.reload();
    await ready(driver);
    expect((await look(driver, '#sketch')) === drawn, 'without a network').toBe(true);
    const offline = await version(driver);
    await draw(driver, [[0.2, 0.5], [0.8, 0.5]], '#sketch');
    await ready(driver, offline);
    expect(await wrong(driver)).toEqual([]);
  });

  test(`${name}: the package computes the same pictures and losses as in Chromium, with threads too`, async ({ driver, serve, page }) => {
    const compute = async (client: string) => {
      const { Pix2Pix } = (await import(client)) as typeof Package;
      const sketch = new ImageData(256, 256);
      sketch.data.forEach((_, i) => (sketch.data[i] = i % 4 === 3 || (i >> 6) % 3 > 0 ? 255 : 0));
      const model = await Pix2Pix.load('/rgb-weights.safetensors', { device: 'cpu', simd: 'fixed' });
      const { data } = await model.translate(sketch);
      let hash = 0;
      for (const value of data) hash = (31 * hash + value) | 0;
      const losses: unknown[] = [];
      for await (const { losses: step } of model.train([{ input: sketch, target: sketch }], { steps: 2 })) losses.push(step);
      const { threads } = model.info;
      model.dispose();
      return { isolated: crossOriginIsolated, threads, hash, losses };
    };
    const open: Record<string, string> = {};
    for (const headers of [open, { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }]) {
      const { url } = await serve(plainSite, { headers });
      await driver.open(url);
      await page.goto(url);
      const [here, there] = [await driver.evaluate(compute, CLIENT), await page.evaluate(compute, CLIENT)];
      console.log(`${name}: ${here.isolated ? '' : 'not '}isolated, ${here.threads} threads; Chromium: ${there.threads}`);
      expect({ ...here, threads: 0 }).toEqual({ ...there, threads: 0 });
    }
  });

  test(`${name}: the examples of the element draw`, async ({ driver, serve }) => {
    const folder = join(examplesSite, 'dist');
    const { url } = await serve(folder, watched(folder));
    await driver.resize(1280, 900);
    await driver.open(url);
    for (const id of ['plain', 'react', 'vue', 'svelte']) {
      const host = `#${id} pix2pix-pad`;
      await draw(driver, SQUARE, host, '#sketch');
      if (id === 'react') await click(driver, host, '[part~=translate]');
      await expect.poll(() => driver.evaluate((host) => document.querySelector<HTMLElement & { picture: unknown }>(host)!.picture != null, host), id).toBe(true);
    }
    expect(await wrong(driver)).toEqual([]);
  });
}
