/** The live camera of the Draw tab, with Chromium's own moving picture in the camera's place. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { draw, look, ready, tooLow, version } from './drawing';
import { expect, test } from './fixtures';
import { networkInput } from './hints';
import { smallModels } from './kept-models';
import { root } from './pack';

const dist = join(root, 'dist');

test.use({
  permissions: ['camera'],
  launchOptions: {
    executablePath: process.env['CHROME'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--use-fake-device-for-media-stream=device-count=2', '--use-fake-ui-for-media-stream'],
  },
});

interface Watched {
  cameras: { stream: MediaStream; asked: MediaTrackConstraints }[];
}

/** The page, with every camera that it opens in sight of the test. */
async function openPage(page: Page, url: string): Promise<void> {
  await page.addInitScript(() => {
    const watched: Watched = { cameras: [] };
    Object.assign(window, watched);
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      const stream = await ask(constraints);
      watched.cameras.push({ stream, asked: constraints!.video as MediaTrackConstraints });
      return stream;
    };
  });
  await page.goto(url);
  await ready(page);
}

/** Of each camera that was opened, whether it still runs. */
const running = (page: Page) => page.evaluate(() => (window as unknown as Watched).cameras.map(({ stream }) => stream.active));

/** Clicks Camera, and waits until its lines are in sight. */
async function goLive(page: Page): Promise<void> {
  await page.click('#live');
  await expect(page.locator('#live-keep')).toBeEnabled();
}

test('what the camera sees becomes lines, and these a picture, again and again; its lines are kept as the sketch', async ({ page, serve }) => {
  await openPage(page, (await serve(dist, smallModels)).url);
  const drawn = await look(page, 'sketch');
  expect(await running(page), 'nothing is asked for before a click').toEqual([]);
  await goLive(page);
  await expect(page.locator('#status')).toHaveText('Live from the camera');
  const first = await version(page);
  await expect.poll(() => version(page)).toBeGreaterThan(first + 3);
  const lines = await look(page, 'live-sketch');
  await expect.poll(() => look(page, 'live-sketch')).not.toBe(lines);
  await expect(page.locator('#sketch')).toBeHidden();
  // The pair that is saved is of one frame.
  const live = await networkInput(page);
  const places = Array.from({ length: 128 * 128 }, (_, i) => [2 * (i % 128), 2 * Math.floor(i / 128)] as const);
  expect(places.some(([x, y]) => live(x, y)[0] < 60), 'black lines').toBe(true);
  expect(places.filter(([x, y]) => live(x, y)[0] > 200).length, 'on white').toBeGreaterThan(places.length / 2);

  await page.click('#live-keep');
  expect(await running(page)).toEqual([false]);
  await expect(page.locator('#sketch')).toBeVisible();
  await expect(page.getByLabel('Trace the picture')).toBeVisible();
  await expect(page.locator('#status')).toHaveText('Ready');
  const sketch = await networkInput(page);
  expect(places.some(([x, y]) => sketch(x, y)[0] < 60)).toBe(true);
  expect(await look(page, 'sketch')).not.toBe(drawn);
  await draw(page, [[0.1, 0.05], [0.9, 0.05]]);
  await page.click('#undo');
  await page.click('#undo');
  await expect.poll(() => look(page, 'sketch'), 'and can be undone').toBe(drawn);
});

test('no frame waits behind another: where the network is slow, the newest lines alone are translated', async ({ page, serve }) => {
  await page.addInitScript(() => {
    const sent = { translate: 0, edges: 0 };
    /** A translation that was asked for, and how many lines are found before the network gets it. */
    let held: { post: () => void; frames: number } | undefined;
    const release = (frames = 0): void => {
      if (held === undefined || frames < held.frames) return;
      held.post();
      held = undefined;
    };
    const slow = { frames: 4, release };
    Object.assign(window, { sent, slow });
    for (const { prototype } of [MessagePort, Worker]) {
      const send = prototype.postMessage as (this: MessagePort | Worker, ...given: unknown[]) => void;
      Object.assign(prototype, {
        postMessage(this: MessagePort | Worker, ...given: unknown[]) {
          const post = () => send.apply(this, given);
          const { type, path } = given[0] as { type?: string; path?: string[] };
          const [what] = type === 'APPLY' ? (path ?? []) : [];
          if (what === 'translate') {
            sent.translate += 1;
            held = { post, frames: sent.edges + slow.frames };
            return release(sent.edges);
          }
          post();
          if (what === 'edges') release((sent.edges += 1));
        },
      });
    }
    // The page's first picture comes before the camera.
    slow.frames = 0;
  });
  await openPage(page, (await serve(dist, smallModels)).url);
  const sent = () => page.evaluate(() => ({ ...(window as unknown as { sent: { translate: number; edges: number } }).sent }));
  const before = await sent();
  const framesToWait = (frames: number) =>
    page.evaluate((frames) => {
      const { slow } = window as unknown as { slow: { frames: number; release: (frames: number) => void } };
      slow.frames = frames;
      if (frames === 0) slow.release(Infinity);
    }, frames);
  await framesToWait(4);
  await goLive(page);
  await expect.poll(async () => (await sent()).translate).toBeGreaterThan(before.translate + 3);
  const live = await sent();
  expect(live.edges).toBeGreaterThanOrEqual(4 * (live.translate - before.translate - 1));
  await page.click('#live-stop');
  await framesToWait(0);
  await expect(page.locator('#status')).toHaveText('Ready');
  const after = await sent();
  expect(after.translate - live.translate, 'the drawing, and at most the lines that waited').toBeLessThanOrEqual(3);
  await page.evaluate(() => new Promise(requestAnimationFrame));
  expect(await sent(), 'nothing goes on').toEqual(after);
});

test('the camera is let go of at once, however it ends, and the drawing is there again', async ({ page, serve }) => {
  await openPage(page, (await serve(dist, smallModels)).url);
  const drawn = await look(page, 'sketch');
  const picture = () => look(page, 'picture');
  const ofDrawing = await picture();
  const ends: [string, () => Promise<void>][] = [
    ['Stop', () => page.click('#live-stop')],
    ['another tab', () => page.click('#tab-teach')],
    ['another model', () => page.click('[data-model=labels2front]')],
    ['an example', () => page.locator('#gallery button').first().click()],
    ['a page out of sight', () =>
      page.evaluate(() => {
        Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
        delete (document as { visibilityState?: string }).visibilityState;
      })],
    ['a page that is left', () => page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pagehide')))],
  ];
  for (const [how, end] of ends) {
    await goLive(page);
    expect((await running(page)).at(-1), how).toBe(true);
    await end();
    await expect.poll(() => running(page), how).not.toContain(true);
    await expect(page.locator('#live-view'), how).toBeHidden();
    if (how === 'another tab') await page.click('#tab-draw');
    if (how === 'another model') {
      await ready(page);
      await expect(page.locator('#live'), 'it paints from labels').toBeHidden();
      await page.click('[data-model=edges2photo]');
      await expect(page.locator('#sketch')).toBeVisible();
    }
    await ready(page);
    if (how === 'an example') await page.click('#undo');
    await expect.poll(() => look(page, 'sketch'), how).toBe(drawn);
    await expect.poll(picture, how).toBe(ofDrawing);
  }
});

test('with several cameras one is chosen, and the one that faces the visitor is mirrored', async ({ page, serve }) => {
  await openPage(page, (await serve(dist, smallModels)).url);
  await goLive(page);
  const list = page.locator('#live-cameras');
  await expect(list.locator('option')).toHaveCount(2);
  const asked = () => page.evaluate(() => (window as unknown as Watched).cameras.map(({ asked }) => asked));
  expect((await asked())[0]).toMatchObject({ facingMode: { ideal: 'environment' } });
  const [first, other] = await list.locator('option').evaluateAll((options: HTMLOptionElement[]) => options.map(({ value }) => value));
  await list.selectOption(await list.inputValue() === first ? other! : first!);
  await expect(page.locator('#live-keep')).toBeEnabled();
  expect(await running(page), 'never two at a time').toEqual([false, true]);
  expect((await asked())[1]).toMatchObject({ deviceId: { exact: await list.inputValue() } });
  const mirror = page.getByRole('checkbox', { name: 'Mirror' });
  await expect(mirror, 'a camera that does not say where it looks').toBeChecked();
  await expect(page.locator('#live-video')).toHaveAttribute('data-mirrored', '');
  await page.click('#live-stop');
  await page.evaluate(() => {
    const settings = MediaStreamTrack.prototype.getSettings;
    MediaStreamTrack.prototype.getSettings = function () {
      return { ...settings.call(this), facingMode: 'environment' };
    };
  });
  await goLive(page);
  await expect(mirror).not.toBeChecked();
  await expect(page.locator('#live-video')).not.toHaveAttribute('data-mirrored', '');
});

test('the mirror shows what lies left on the right', async ({ page, serve }) => {
  await openPage(page, (await serve(dist, smallModels)).url);
  // A camera that sees a disc on the left.
  await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [640, 480];
    const context = canvas.getContext('2d')!;
    const paint = () => {
      context.fillStyle = '#fff';
      context.fillRect(0, 0, 640, 480);
      context.fillStyle = '#a22';
      context.beginPath();
      context.arc(200, 240, 60, 0, 7);
      context.fill();
    };
    setInterval(paint, 50);
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream();
  });
  await goLive(page);
  const mirror = page.getByRole('checkbox', { name: 'Mirror' });
  const side = () =>
    page.locator('#live-sketch').evaluate((canvas: HTMLCanvasElement) => {
      const { data, width } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let [left, right] = [0, 0];
      for (let i = 0; i < data.length; i += 4) if (data[i]! < 128) (i / 4) % width < width / 2 ? left++ : right++;
      return left > 20 && right === 0 ? 'left' : right > 20 && left === 0 ? 'right' : `${left} left, ${right} right`;
    });
  await mirror.setChecked(true);
  await expect.poll(side).toBe('right');
  await mirror.setChecked(false);
  await expect.poll(side).toBe('left');
});

test('why there is no camera is said with what to do about it, and nothing is lost', async ({ page, serve }) => {
  await openPage(page, (await serve(dist, smallModels)).url);
  const drawn = await look(page, 'sketch');
  const refuse = (name: string) =>
    page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', name));
    }, name);
  const alert = page.locator('#alert-text');
  const isWhole = async (code: string, remedy: string) => {
    await expect(alert).toContainText(`${code} `);
    await expect(alert).toContainText(remedy);
    await expect(page.locator('#live-view')).toBeHidden();
    await expect.poll(() => look(page, 'sketch')).toBe(drawn);
    await ready(page);
  };
  await goLive(page);
  await page.evaluate(() => {
    const [track] = (window as unknown as Watched).cameras[0]!.stream.getTracks();
    track!.dispatchEvent(new Event('ended')); // as where it is pulled out
  });
  await isWhole('camera/lost', 'Connect it again');
  expect(await running(page)).toEqual([false]);
  for (const [name, code, remedy] of [
    ['NotAllowedError', 'camera/denied', 'Allow the camera'],
    ['NotFoundError', 'camera/none', 'Connect one'],
    ['NotReadableError', 'camera/busy', 'Close that program'],
    ['OverconstrainedError', 'camera/none', 'choose another one'],
  ] as const) {
    await refuse(name);
    await page.click('#live');
    await isWhole(code, remedy);
  }
  await page.evaluate(() => void delete (Navigator.prototype as { mediaDevices?: MediaDevices }).mediaDevices);
  await page.click('#live');
  await isWhole('camera/insecure', 'https');
});

test('a camera that is allowed only after the visitor left is let go of', async ({ page, serve }) => {
  await openPage(page, (await serve(dist, smallModels)).url);
  await page.evaluate(() => {
    const ask = navigator.mediaDevices.getUserMedia;
    navigator.mediaDevices.getUserMedia = (constraints) =>
      new Promise((done) => Object.assign(window, { allow: () => done(ask(constraints)) }));
  });
  await page.click('#live');
  await expect(page.locator('#live-status')).toHaveText('Waiting for the camera');
  await page.click('#tab-teach');
  await page.evaluate(() => (window as unknown as { allow: () => void }).allow());
  await expect.poll(() => running(page)).toEqual([false]);
  await page.click('#tab-draw');
  await expect(page.locator('#live-view')).toBeHidden();
  await ready(page);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('nothing overflows, and every button is large enough for a finger', async ({ page, serve }) => {
    await openPage(page, (await serve(dist, smallModels)).url);
    await goLive(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await tooLow(page, '#live, #live-view :is(button, select, label)', 40)).toEqual([]);
  });
});
