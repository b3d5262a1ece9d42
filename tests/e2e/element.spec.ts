/** `<pix2pix-pad>` out of the packed package: in a page without a bundler, and in the examples for the frameworks. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type * as Package from '../../pkg/client.js';
import type { Pix2PixPad } from '../../www/package/element';
import { crash, letCrash } from './crash';
import { draw } from './drawing';
import { expect, type Served, test } from './fixtures';
import { CLIENT } from './in-page';
import { examplesSite, plainSite } from './pack';

type Pad = Pix2PixPad & HTMLElement;

/** What reached the window: the event's name, the pad's id, and of the detail what is short. */
type Heard = [type: string, id: string, detail?: unknown];

declare global {
  interface Window {
    heard: Heard[];
    pad: (id: string) => Pad;
    Pix2Pix: typeof Package.Pix2Pix;
  }
}

const MODEL = '/rgb-generator.pict';
const ELEMENT = '<script type="module" src="/node_modules/pix2pix-web/pkg/element.js"></script>';

const LISTEN = `<script>
  window.heard = [];
  window.pad = (id) => document.getElementById(id);
  for (const type of ['progress', 'ready', 'change', 'picture', 'error']) {
    addEventListener('pix2pix-' + type, ({ target, detail }) => {
      heard.push([type, target.id, type === 'error' ? detail.code : type === 'progress' ? detail.phase : undefined]);
    });
  }
</script>`;

/** Opens a page of the packed package with this in its body. */
async function open(
  page: Page,
  serve: (folder: string, options: object) => Promise<Served>,
  body: string,
  { scripts = ELEMENT, headers = {} }: { scripts?: string; headers?: Record<string, string> } = {},
): Promise<Served> {
  const site = await serve(plainSite, {
    headers,
    instead: (request: { url?: string }, response: { setHeader(name: string, value: string): void; end(text: string): void }) => {
      if (request.url !== '/pad') return false;
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><html lang="en"><title>pad</title><link rel="icon" href="data:," />${LISTEN}<body>${body}${scripts}</body></html>`);
      return true;
    },
  });
  await page.goto(`${site.url}pad`);
  return site;
}

const pads = (...ids: string[]) => ids.map((id) => `<pix2pix-pad id="${id}" model="${MODEL}" device="cpu"></pix2pix-pad>`).join('');

/** How often an event came. */
const count = (page: Page, type: string, id = 'a') => page.evaluate(([type, id]) => window.heard.filter((each) => each[0] === type && each[1] === id).length, [type, id] as const);

const state = (page: Page, id = 'a') => page.evaluate((id) => window.pad(id).state, id);

/** Draws a line on a pad, and waits for the picture of it. */
async function drawn(page: Page, y: number, id = 'a'): Promise<void> {
  const before = await count(page, 'picture', id);
  await draw(page, [[0.2, y], [0.8, y]], `#${id} #sketch`);
  await expect.poll(() => count(page, 'picture', id)).toBeGreaterThan(before);
}

const ofModel = ({ requests }: Served) => requests.filter((request) => /\.(pict|safetensors)$/.test(request));

test('a drawing has the picture that the model makes of it, and the page hears of each step', async ({ page, serve }) => {
  await open(page, serve, pads('a'));
  await expect(page.locator('#a #placeholder')).toBeVisible();
  await drawn(page, 0.3);
  await expect(page.locator('#a #placeholder')).toBeHidden();
  const types = await page.evaluate(() => [...new Set(window.heard.map(([type]) => type))]);
  expect(types).toEqual(['progress', 'ready', 'change', 'picture']);
  const difference = await page.evaluate(async ([client, url]) => {
    const { Pix2Pix } = (await import(client!)) as typeof Package;
    const model = await Pix2Pix.load(url!, { device: 'cpu' });
    const sketch = (await window.pad('a').toBlob({ what: 'sketch' }))!;
    const expected = await model.translate(sketch, { spreadHints: true });
    const blank = await model.translate(new ImageData(new Uint8ClampedArray(4 * 256 * 256).fill(255), 256, 256));
    model.dispose();
    const { data } = window.pad('a').picture!;
    const canvas = window.pad('a').shadowRoot!.querySelector<HTMLCanvasElement>('#picture')!;
    const shown = canvas.getContext('2d')!.getImageData(0, 0, 256, 256).data;
    const differ = (other: Uint8ClampedArray) => data.filter((v, i) => v !== other[i]).length;
    return { expected: differ(expected.data), shown: differ(shown), blank: differ(blank.data) > 0 };
  }, [CLIENT, MODEL]);
  expect(difference).toEqual({ expected: 0, shown: 0, blank: true });
});

test('several pads share one model; one that is moved keeps all, and the model goes with the last', async ({ page, serve }) => {
  const site = await open(page, serve, `${pads('a', 'b')}<div id="elsewhere"></div>`);
  await drawn(page, 0.3, 'a');
  await drawn(page, 0.6, 'b');
  expect([ofModel(site).length, page.workers().length]).toEqual([1, 1]);
  const look = () => page.evaluate(async () => {
    const { size } = (await window.pad('a').toBlob({ what: 'sketch' }))!;
    return [size, window.pad('a').picture!.data.reduce((sum, v) => sum + v, 0), window.pad('a').canUndo];
  });
  const before = await look();
  await page.evaluate(() => document.querySelector('#elsewhere')!.append(window.pad('a')));
  await page.waitForTimeout(1500); // It would have let go by then.
  expect([await look(), ofModel(site).length, page.workers().length, await state(page)]).toEqual([before, 1, 1, 'ready']);
  // For good, and back again later.
  await page.evaluate(() => {
    Object.assign(window, { gone: window.pad('a') });
    window.pad('a').remove();
  });
  await page.waitForTimeout(1500);
  expect(page.workers().length, 'the other one has it still').toBe(1);
  await drawn(page, 0.8, 'b');
  await page.evaluate(() => window.pad('b').remove());
  await expect.poll(() => page.workers().length).toBe(0);
  await page.evaluate(() => document.body.append((window as unknown as { gone: Pad }).gone));
  expect(await look()).toEqual(before);
  await drawn(page, 0.5, 'a');
  expect(page.workers().length).toBe(1);
});

test('the model is fetched when a pad is seen, drawn on or asked, and not before', async ({ page, serve }) => {
  const site = await open(page, serve, `<div style="height: 4000px"></div>${pads('a')}<div style="display: none">${pads('b')}</div>`);
  await page.waitForLoadState('networkidle');
  expect([ofModel(site), await state(page)]).toEqual([[], 'idle']);
  await page.locator('#a').scrollIntoViewIfNeeded();
  await expect.poll(() => state(page)).toBe('ready');
  expect([ofModel(site).length, await state(page, 'b')]).toEqual([1, 'idle']);
  const asked = await page.evaluate(async () => [(await window.pad('b').start()).device, (await window.pad('b').translate()).width]);
  expect(asked).toEqual(['cpu', 256]);
});

test('what a page set before the element was defined counts, and attributes and properties are one', async ({ page, serve }) => {
  await open(page, serve, '<pix2pix-pad id="a" width="320" color="rebeccapurple" tool="eraser"></pix2pix-pad>', { scripts: '' });
  const seen = await page.evaluate(async (model) => {
    const pad = window.pad('a');
    Object.assign(pad, { model, colors: 3, disabled: true, auto: 'live', brush: 4, threads: 1, device: 'cpu' });
    await import('/node_modules/pix2pix-web/pkg/element.js' as string);
    const attribute = (name: string) => pad.getAttribute(name);
    const set = ['model', 'colors', 'disabled', 'auto', 'brush', 'threads'].map(attribute);
    const got = [pad.width, pad.color, pad.tool, pad.disabled, pad.brush, pad.delay, pad.hints, pad.seed];
    [pad.seed, pad.colors, pad.width, pad.disabled, pad.dropout, pad.name, pad.color, pad.hints] = [7, null, null, false, true, 'drawing', 'rgb(255 0 0)', 'plain'];
    const after = ['seed', 'colors', 'width', 'disabled', 'dropout', 'name', 'hints'].map(attribute);
    const made = document.createElement('pix2pix-pad');
    made.auto = 'off';
    return { set, got, after, color: pad.color, made: [made.getAttribute('auto'), made.model, made.state] };
  }, MODEL);
  expect(seen).toEqual({
    set: [MODEL, '3', '', 'live', '4', '1'],
    got: [320, '#663399', 'eraser', true, 4, 150, 'spread', null],
    after: ['7', null, null, null, '', 'drawing', 'plain'],
    color: '#ff0000',
    made: ['off', '', 'idle'],
  });
  await expect.poll(() => state(page)).toBe('ready');
});

test('an attribute that is wrong is told of by a code and with what is expected, and does as its default', async ({ page, serve }) => {
  const said: string[] = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  await open(page, serve, pads('a'));
  const wrong = { auto: 'sometimes', width: 'wide', color: 'transparent', brush: '30', hints: 'yes', tool: 'brush', seed: '-1' };
  const seen = await page.evaluate((wrong) => {
    const pad = window.pad('a');
    for (const [name, value] of Object.entries(wrong)) pad.setAttribute(name, value);
    return [pad.auto, pad.width, pad.color, pad.brush, pad.hints, pad.tool, pad.seed, ...window.heard.map(([, , code]) => code).filter((code) => code === 'options/invalid')];
  }, wrong);
  expect(seen).toEqual(['stroke', null, '', 2, 'spread', 'pen', null, ...Array<string>(7).fill('options/invalid')]);
  for (const [name, value] of Object.entries(wrong)) expect(said.join('\n')).toContain(`the attribute ${name} of a pix2pix-pad is ${value}, expected `);
  await expect(page.locator('#a #error'), 'it is nothing to visitors').toBeHidden();
});

test('keys are the page’s, where the focus is in the pad, and not on what the page put into it', async ({ page, serve }) => {
  await open(page, serve, `<input id="outside" /><pix2pix-pad id="a" model="${MODEL}" device="cpu"><input id="slotted" slot="tools" /></pix2pix-pad>`);
  const tools = () => page.evaluate(() => [window.pad('a').tool, window.pad('a').color, window.pad('a').brush]);
  for (const id of ['#outside', '#slotted']) {
    await page.locator(id).pressSequentially('e1]');
    expect(await tools(), id).toEqual(['pen', '', 2]);
  }
  await page.locator('#a #pen').focus();
  await page.keyboard.press(']');
  await page.keyboard.press('e');
  expect(await tools()).toEqual(['eraser', '', 2.5]);
  await expect(page.locator('#a #eraser')).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('1');
  expect(await tools()).toEqual(['pen', '#d5352c', 2.5]);
  await draw(page, [[0.2, 0.3], [0.8, 0.3]], '#a #sketch');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Control+z');
  expect(await page.evaluate(() => [window.pad('a').isBlank, window.pad('a').canRedo])).toEqual([false, true]);
  await page.keyboard.press('Control+Shift+z');
  expect(await page.evaluate(() => window.pad('a').isBlank)).toBe(true);
  // All that a mouse can reach: the tools, the width, the colours.
  const stops: string[] = [];
  await page.locator('#outside').focus();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => window.pad('a').shadowRoot!.activeElement?.getAttribute('aria-label') ?? document.activeElement!.id));
  }
  for (const stop of ['Pen', 'Eraser', 'Undo', 'Width', 'slotted', 'Red', 'Any other colour']) expect(stops).toContain(stop);
});

test('it translates after the hand rested, while it draws, or when it is asked', async ({ page, serve }) => {
  const site = [['a', 'delay="6000"'], ['b', 'auto="live"'], ['c', 'auto="off"']].map(([id, more]) => `<pix2pix-pad id="${id}" model="${MODEL}" device="cpu" width="300" ${more}></pix2pix-pad>`).join('');
  await open(page, serve, site);
  for (const id of ['a', 'b', 'c']) {
    await page.locator(`#${id}`).scrollIntoViewIfNeeded();
    await expect.poll(() => state(page, id)).toBe('ready');
  }
  for (const y of [0.2, 0.4, 0.6]) await draw(page, [[0.2, y], [0.8, y]], '#a #sketch');
  await expect.poll(() => count(page, 'picture', 'a')).toBe(1);
  await page.locator('#b #sketch').scrollIntoViewIfNeeded();
  const box = (await page.locator('#b #sketch').boundingBox())!;
  await page.mouse.move(box.x + 30, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + 90, box.y + 60, { steps: 3 });
  await expect.poll(() => count(page, 'picture', 'b')).toBeGreaterThan(0);
  expect(await count(page, 'change', 'b'), 'the stroke grows').toBe(0);
  await page.mouse.up();
  await draw(page, [[0.2, 0.2], [0.8, 0.2]], '#c #sketch');
  await page.waitForTimeout(600);
  expect(await count(page, 'picture', 'c')).toBe(0);
  await expect(page.locator('#a #translate')).toBeHidden();
  await page.locator('#c #translate').click();
  await expect.poll(() => count(page, 'picture', 'c')).toBe(1);
  expect(await count(page, 'picture', 'a'), 'three strokes, one picture').toBe(1);
});

test('a blank sheet has no picture, and what is undone has its own again', async ({ page, serve }) => {
  await open(page, serve, pads('a'));
  await drawn(page, 0.3);
  const sum = () => page.evaluate(() => window.pad('a').picture?.data.reduce((sum, v) => sum + v, 0) ?? null);
  // Where the hand rested midway, the first picture is of half the stroke.
  await page.evaluate(() => window.pad('a').translate());
  const before = await sum();
  await page.evaluate(() => window.pad('a').clear());
  await expect.poll(sum).toBe(null);
  await expect(page.locator('#a #placeholder')).toBeVisible();
  expect(await page.evaluate(() => window.pad('a').toBlob())).toBe(null);
  await page.evaluate(() => window.pad('a').undo());
  await expect.poll(sum).toBe(before);
  const painted = await count(page, 'picture');
  await page.evaluate(() => (window.pad('a').colors = 5));
  await expect.poll(() => count(page, 'picture')).toBe(painted + 1);
});

test('colours are hints: a model that knows none gets none, and is offered none', async ({ page, serve }) => {
  await open(page, serve, pads('a'));
  await page.locator('#a').getByRole('radio', { name: 'Green' }).click();
  await drawn(page, 0.5);
  const greens = () => page.evaluate(async () => {
    const bitmap = await createImageBitmap((await window.pad('a').toBlob({ what: 'sketch' }))!);
    const context = new OffscreenCanvas(256, 256).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, 256, 256);
    return data.filter((_, i) => i % 4 === 0 && data[i]! < 120 && data[i + 1]! > 140).length;
  });
  expect(await greens()).toBeGreaterThan(500);
  await page.evaluate(() => (window.pad('a').hints = 'none'));
  expect(await greens()).toBe(0);
  await expect(page.locator('#a #palette')).toBeHidden();
});

test('a picture is laid to draw on; what is none is refused, in words', async ({ page, serve }) => {
  await open(page, serve, pads('a'));
  const laid = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(64, 32);
    const context = canvas.getContext('2d')!;
    context.fillStyle = '#000';
    context.fillRect(0, 0, 64, 32);
    await window.pad('a').load(context.getImageData(0, 0, 64, 32));
    const bitmap = await createImageBitmap((await window.pad('a').toBlob({ what: 'sketch' }))!);
    const drawn = new OffscreenCanvas(256, 256).getContext('2d')!;
    drawn.drawImage(bitmap, 0, 0);
    return [[128, 128], [128, 20]].map(([x, y]) => drawn.getImageData(x!, y!, 1, 1).data[0]);
  });
  expect(laid, 'whole, and on white').toEqual([0, 255]);
  const refused = await page.evaluate(() => window.pad('a').load(new Blob(['no picture'])).catch((error: { code: string }) => error.code));
  expect(refused).toBe('image/unreadable');
  await expect(page.locator('#a #error')).toContainText('image/unreadable the picture can\'t be read');
  await expect(page.locator('#a #retry')).toBeHidden();
});

test('a model that can’t be had is told of in words, by an event, and tried again', async ({ page, serve }) => {
  let missing = true;
  const site = await open(page, serve, `<pix2pix-pad id="a" model="later.pict" device="cpu"></pix2pix-pad>`);
  await page.route('**/later.pict', (route) => (missing ? route.fulfill({ status: 503 }) : route.continue({ url: `${site.url}rgb-generator.pict` })));
  await page.reload();
  await expect(page.locator('#a #error')).toContainText('network/status');
  await expect(page.locator('#a').getByRole('alert')).toContainText('503');
  expect([await state(page), await page.evaluate(() => window.heard.at(-1))]).toEqual(['failed', ['error', 'a', 'network/status']]);
  await draw(page, [[0.2, 0.3], [0.8, 0.3]], '#a #sketch');
  missing = false;
  await page.locator('#a').getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => count(page, 'picture'), 'of what was drawn meanwhile').toBe(1);
  await expect(page.locator('#a #error')).toBeHidden();
  const none = await page.evaluate(() => document.createElement('pix2pix-pad').translate().catch((error: { code: string; message: string }) => [error.code, error.message]));
  expect(none).toEqual(['options/invalid', 'this pad has no model: give its address in the attribute model']);
});

test('after a crash the model is loaded again, on the CPU, and the stroke has its picture', async ({ page, serve }) => {
  await letCrash(page);
  await open(page, serve, pads('a', 'b'));
  await drawn(page, 0.2, 'a');
  await drawn(page, 0.2, 'b');
  await crash(page);
  await drawn(page, 0.4, 'a');
  await drawn(page, 0.4, 'b');
  const errors = await page.evaluate(() => window.heard.filter(([type]) => type === 'error'));
  expect([errors, page.workers().length]).toEqual([[['error', 'a', 'engine/crashed'], ['error', 'b', 'engine/crashed']], 1]);
  // Not in a circle.
  await crash(page);
  await draw(page, [[0.2, 0.6], [0.8, 0.6]], '#a #sketch');
  await expect.poll(() => state(page)).toBe('failed');
  await page.locator('#a #retry').click();
  await expect.poll(() => state(page)).toBe('ready');
});

test('a model of the page’s own serves too, and stays the page’s', async ({ page, serve }) => {
  await open(page, serve, '<pix2pix-pad id="a"></pix2pix-pad><pix2pix-pad id="b"></pix2pix-pad>');
  const names = await page.evaluate(async ([client, url]) => {
    const { Pix2Pix } = (await import(client!)) as typeof Package;
    const model = await Pix2Pix.load(url!, { device: 'cpu' });
    Object.assign(window, { model });
    window.pad('a').modelObject = model as unknown as Pad['modelObject']; // Its type is that of the sources.
    window.pad('b').modelObject = await (await fetch(url!)).blob();
    window.pad('b').device = 'cpu';
    return [(await window.pad('a').start()).format, (await window.pad('b').start()).format];
  }, [CLIENT, MODEL]);
  expect(names).toEqual(['pict', 'pict']);
  await drawn(page, 0.3, 'a');
  await drawn(page, 0.3, 'b');
  expect(page.workers().length).toBe(2);
  await page.evaluate(() => document.querySelectorAll('pix2pix-pad').forEach((pad) => pad.remove()));
  await expect.poll(() => page.workers().length).toBe(1);
  expect(await page.evaluate(async () => (await (window as unknown as { model: Package.Pix2Pix }).model.translate(new ImageData(4, 4))).width)).toBe(256);
});

test('another model, or the same elsewhere, takes the place of the one before', async ({ page, serve }) => {
  const site = await open(page, serve, pads('a'));
  await drawn(page, 0.3);
  await page.evaluate(() => {
    const pad = window.pad('a');
    // Each would be a load of its own.
    Object.assign(pad, { model: 'rgb-weights.safetensors', device: 'auto', threads: 1 });
    pad.device = 'cpu';
  });
  await expect.poll(() => count(page, 'picture')).toBe(2);
  expect(site.requests.filter((request) => request.endsWith('.safetensors')).length).toBe(1);
  expect([await count(page, 'ready'), await count(page, 'error')]).toEqual([2, 0]);
  await expect.poll(() => page.workers().length).toBe(1);
  const [asked, left] = await page.evaluate(async (model) => {
    const pad = window.pad('a');
    const code = (promise: Promise<unknown>) => promise.then(() => 'done', (error: { code: string }) => error.code);
    pad.model = model;
    const asked = code(pad.translate());
    await asked;
    pad.threads = null;
    const left = code(pad.translate());
    pad.model = 'rgb-weights.safetensors';
    return [await asked, await left];
  }, MODEL);
  expect([asked, left], 'at once; and one whose model was replaced').toEqual(['done', 'model/disposed']);
});

test('in a form it sends its picture, is emptied with it, and disabled by it', async ({ page, serve }) => {
  await open(page, serve, `<form><fieldset><pix2pix-pad id="a" name="apple" model="${MODEL}" device="cpu"></pix2pix-pad></fieldset></form>`);
  const sent = () => page.evaluate(() => {
    const value = new FormData(document.forms[0]!).get('apple');
    return value instanceof File ? [value.name, value.type, value.size > 500] : value;
  });
  expect(await sent()).toBe(null);
  await drawn(page, 0.3);
  await expect.poll(sent).toEqual(['apple.png', 'image/png', true]);
  expect(await page.evaluate(() => window.pad('a').form === document.forms[0])).toBe(true);
  await page.evaluate(() => document.forms[0]!.reset());
  await expect.poll(sent).toBe(null);
  expect(await page.evaluate(() => [window.pad('a').isBlank, window.pad('a').canUndo])).toEqual([true, false]);
  for (const [selector, by] of [['fieldset', 'a field set'], ['pix2pix-pad', 'itself']] as const) {
    await page.evaluate((selector) => document.querySelector(selector)!.toggleAttribute('disabled', true), selector);
    await draw(page, [[0.2, 0.3], [0.8, 0.3]], '#a #sketch');
    expect(await page.evaluate(() => window.pad('a').isBlank), by).toBe(true);
    await expect(page.locator('#a #pen')).toBeDisabled();
    await expect(page.locator('#a').getByRole('radio', { name: 'Red' })).toBeDisabled();
    await page.evaluate((selector) => document.querySelector(selector)!.toggleAttribute('disabled', false), selector);
  }
  await drawn(page, 0.3);
});

test('it needs no style of the page, none of a policy’s, and takes on the colour of the text around it', async ({ page, serve }) => {
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'; style-src 'self'; img-src 'self' data:";
  await open(page, serve, pads('a'), { headers: { 'content-security-policy': policy } });
  const look = () => page.evaluate(() => {
    const pad = window.pad('a');
    const part = (name: string) => getComputedStyle(pad.shadowRoot!.querySelector(`[part~=${name}]`)!);
    return { width: pad.offsetWidth, ink: part('pen').color, paper: part('sketch').backgroundColor, radius: part('picture').borderRadius };
  });
  expect(await look()).toEqual({ width: 640, ink: 'rgb(0, 0, 0)', paper: 'rgb(255, 255, 255)', radius: '4px' });
  await page.evaluate(() => {
    document.body.style.setProperty('color', 'rgb(240, 230, 220)');
    const { style } = window.pad('a');
    style.setProperty('--pix2pix-paper', 'rgb(255, 250, 240)');
    style.setProperty('--pix2pix-radius', '12px');
    window.pad('a').width = 400;
  });
  expect(await look()).toEqual({ width: 400, ink: 'rgb(240, 230, 220)', paper: 'rgb(255, 250, 240)', radius: '12px' });
  await drawn(page, 0.3);
});

test('the picture is beside the pad where there is room and below it elsewhere, never wider than its place, and as high as is said', async ({ page, serve }) => {
  await open(page, serve, `<div id="place" style="display: flex; width: 900px">${pads('a')}</div>`);
  const boxes = () => page.evaluate(() => {
    const of = (name: string) => window.pad('a').shadowRoot!.querySelector(`[part=${name}]`)!.getBoundingClientRect();
    const [sketch, picture, all] = [of('sketch'), of('picture'), window.pad('a').getBoundingClientRect()];
    const square = [sketch, picture].every(({ width, height }) => Math.abs(width - height) < 1 && width > 100);
    return { beside: picture.left >= sketch.right, below: picture.top >= sketch.bottom, square, width: all.width, inside: picture.bottom <= all.bottom + 1, height: all.height };
  });
  expect(await boxes()).toMatchObject({ beside: true, below: false, square: true, width: 640, inside: true });
  await page.evaluate(() => (window.pad('a').height = 360));
  expect(await boxes()).toMatchObject({ beside: true, square: true, height: 360, inside: true });
  await page.evaluate(() => document.querySelector<HTMLElement>('#place')!.style.setProperty('width', '300px'));
  await page.evaluate(() => window.pad('a').removeAttribute('height'));
  expect(await boxes()).toMatchObject({ beside: false, below: true, square: true, width: 300, inside: true });
  expect(await page.evaluate(() => window.pad('a').scrollWidth)).toBeLessThanOrEqual(300);
});

test('lines have the screen’s own pixels, at every size', async ({ browser, serve }) => {
  const context = await browser.newContext({ deviceScaleFactor: 2 });
  const page = await context.newPage();
  await open(page, serve, pads('a'));
  const pixels = () => page.locator('#a #sketch').evaluate((canvas: HTMLCanvasElement) => [canvas.width, Math.round(2 * canvas.getBoundingClientRect().width)]);
  await expect.poll(pixels).toEqual([2 * 312, 2 * 312]);
  await page.evaluate(() => (window.pad('a').width = 1000));
  await expect.poll(pixels).toEqual([2 * 492, 2 * 492]);
  await context.close();
});

test('a finger and a pen draw, and the page does not scroll under them', async ({ browser, serve }) => {
  const context = await browser.newContext({ hasTouch: true, viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  await open(page, serve, `${pads('a')}<div style="height: 2000px"></div>`);
  await page.locator('#a #sketch').tap({ position: { x: 100, y: 100 } });
  await expect.poll(() => count(page, 'change')).toBe(1);
  await page.locator('#a #sketch').evaluate((canvas) => {
    const { left, top } = canvas.getBoundingClientRect();
    const send = (type: string, x: number, pressure: number) =>
      canvas.dispatchEvent(new PointerEvent(type, { pointerType: 'pen', pointerId: 7, clientX: left + x, clientY: top + 50, pressure, bubbles: true, cancelable: true }));
    canvas.setPointerCapture = () => undefined; // It knows no such pen.
    send('pointerdown', 20, 0.2);
    send('pointermove', 200, 0.9);
    send('pointerup', 200, 0);
  });
  expect(await count(page, 'change')).toBe(2);
  expect(await page.locator('#a #sketch').evaluate((canvas) => getComputedStyle(canvas).touchAction)).toBe('none');
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await context.close();
});

test('it works in another’s shadow tree and in a frame, and in forced colours what is chosen can be told', async ({ page, serve }) => {
  await open(page, serve, '<div id="host"></div><iframe id="frame" style="width: 700px; height: 500px"></iframe>');
  await page.evaluate((model) => {
    const shadow = document.querySelector('#host')!.attachShadow({ mode: 'open' });
    const pad = document.createElement('pix2pix-pad');
    Object.assign(pad, { id: 'a', model, device: 'cpu', width: 500 });
    shadow.append(pad);
    window.pad = () => pad;
    // From within the tree its host is the target.
    addEventListener('pix2pix-picture', ({ target }) => (target as Element).id === 'host' && window.heard.push(['picture', 'a']));
  }, MODEL);
  await drawn(page, 0.3);
  await page.emulateMedia({ forcedColors: 'active' });
  const backgrounds = await page.evaluate(() => ['pen', 'eraser'].map((id) => getComputedStyle(window.pad('a').shadowRoot!.getElementById(id)!).backgroundColor));
  expect(backgrounds[0]).not.toBe(backgrounds[1]);
  await page.emulateMedia({ forcedColors: 'none' });
  await page.evaluate(() => document.querySelector<HTMLIFrameElement>('#frame')!.contentDocument!.body.append(window.pad('a')));
  const [width, display] = await page.evaluate(() => [window.pad('a').offsetWidth, getComputedStyle(window.pad('a').shadowRoot!.getElementById('pad')!).display]);
  expect([width, display]).toEqual([500, 'grid']);
});

test('everything has a name for those who do not see it', async ({ page, serve }) => {
  await open(page, serve, pads('a'));
  const pad = page.locator('#a');
  await expect(pad.getByRole('group', { name: 'Drawing pad' })).toBeVisible();
  for (const name of ['Pen', 'Eraser', 'Undo', 'Redo', 'Clear the drawing']) await expect(pad.getByRole('button', { name, exact: true })).toBeVisible();
  await expect(pad.getByRole('slider', { name: 'Width' })).toBeVisible();
  await expect(pad.getByRole('radio', { name: 'Black, for lines' })).toBeChecked();
  await expect(pad.getByRole('img', { name: /^Sketch/ })).toBeVisible();
  await drawn(page, 0.3);
  await expect(pad.getByRole('img', { name: /^Picture/ })).toBeVisible();
  await expect(pad.locator('#status')).toHaveText('Ready');
  await page.evaluate(() => window.pad('a').setAttribute('aria-label', 'Draw an apple'));
  await expect(pad.getByRole('group', { name: 'Draw an apple' })).toBeVisible();
});

test('the examples run, in plain HTML, React, Vue and Svelte, with one model for all', async ({ page, serve }) => {
  const site = await serve(join(examplesSite, 'dist'), { base: '/docs/' });
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(site.url);
  const picture = (id: string) => page.locator(`#${id} #picture`);
  const words = (id: string) => page.locator(`#${id} output:not([for])`);
  const square = async (id: string) => {
    await page.locator(`#${id}`).scrollIntoViewIfNeeded();
    await draw(page, [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7], [0.3, 0.29]], `#${id} #sketch`);
  };

  await square('plain');
  await expect(words('plain')).toContainText('It took');
  await expect(picture('plain')).toBeVisible();
  const saved = page.waitForEvent('download');
  await page.locator('#plain').getByRole('button', { name: 'Save' }).click();
  expect((await saved).suggestedFilename()).toBe('picture.png');

  await expect(words('react')).toContainText('Nothing is drawn yet');
  await square('react');
  await expect(words('react')).toContainText('Press Translate');
  await page.locator('#react').getByRole('button', { name: 'Translate' }).click();
  await expect(words('react')).toContainText('It took');
  await page.locator('#react').getByRole('button', { name: 'New sheet' }).click();
  await expect(words('react')).toContainText('Press Translate');

  const pictures = async () => Number((await words('vue').textContent())!.replace(/\D/g, ''));
  await square('vue');
  await expect.poll(pictures).toBeGreaterThan(0);
  const look = () => picture('vue').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  await expect.poll(() => page.locator('#vue pix2pix-pad').evaluate((pad: Pad) => pad.state)).toBe('ready');
  const before = await look();
  await page.locator('#vue').getByRole('button', { name: 'Other colours' }).click();
  await expect.poll(look).not.toBe(before);

  const undo = page.locator('#svelte > .example > p').getByRole('button', { name: 'Undo' });
  await expect(undo).toBeDisabled();
  await square('svelte');
  await expect(picture('svelte')).toBeVisible();
  await page.locator('#svelte input[type=color]').last().fill('#3b7fd4');
  await expect.poll(() => page.locator('#svelte pix2pix-pad').evaluate((pad: Pad) => pad.color)).toBe('#3b7fd4');
  await undo.click();
  await expect(picture('svelte')).toBeHidden();

  expect([ofModel(site).length, page.workers().length, errors]).toEqual([1, 1, []]);
  for (const id of ['plain', 'react', 'vue', 'svelte']) await expect(page.locator(`#${id} code`)).toContainText("import 'pix2pix-web/element'");
});
