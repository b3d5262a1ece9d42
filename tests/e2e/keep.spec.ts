/** What outlives a reload: two tabs, storage that hangs or is blocked, a drawing that was begun too early, one crash. */
import { join } from 'node:path';
import { type Page } from '@playwright/test';
import { crash, letCrash } from './crash';
import { draw, keptMark, keptUndone, pixels, ready } from './drawing';
import { expect, test } from './fixtures';
import { openWithModels } from './kept-models';
import { root } from './pack';

const dist = join(root, 'dist');

// A phone starts with the smallest model.
test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

const ink = async (page: Page) => (await pixels(page, '#sketch')).filter((value, i) => i % 4 === 0 && value < 128).length;

/** Rows of a drawing, from the top. */
async function rows(page: Page, ...heights: number[]): Promise<void> {
  for (const height of heights) await draw(page, [[0.1, height], [0.9, height]]);
}

/** Which of ten heights have a line across. */
const lines = async (page: Page) => {
  const sketch = await pixels(page, '#sketch');
  const side = Math.sqrt(sketch.length / 4);
  const dark = (y: number) => [0.3, 0.5, 0.7].every((x) => [-2, -1, 0, 1, 2].some((off) => sketch[4 * (Math.round(y * side + off) * side + Math.round(x * side))]! < 128));
  return Array.from({ length: 9 }, (_, i) => i + 1).filter((i) => dark(i / 10));
};

test('two tabs draw, and neither loses its drawing', async ({ page, serve, context }) => {
  test.slow(); // Each visit loads the model, and there are many.
  const { url } = await serve(dist);
  await page.goto(url);
  await ready(page);
  await page.click('#clear');
  await rows(page, 0.1, 0.2);
  await expect.poll(() => keptMark(page)).toMatchObject({ kind: 'stroke' });
  const other = await context.newPage();
  await other.goto(url);
  await ready(other);
  expect(await lines(other), 'a new tab goes on with the newest drawing').toEqual([1, 2]);
  await rows(page, 0.3, 0.4);
  await rows(other, 0.8);
  await other.waitForTimeout(400); // the moment after which a drawing is kept
  for (const [tab, drawn] of [[page, [1, 2, 3, 4]], [other, [1, 2, 8]]] as const) {
    await tab.reload();
    await ready(tab);
    expect(await lines(tab)).toEqual(drawn);
  }
  // The tabs are closed: a new one has the newest, and the other is offered.
  await rows(other, 0.9);
  await other.waitForTimeout(400);
  await other.close();
  await page.close();
  const later = await context.newPage();
  await later.goto(url);
  await ready(later);
  expect(await lines(later)).toEqual([1, 2, 8, 9]);
  await later.locator('[data-sample^=kept-]').click();
  expect(await lines(later)).toEqual([1, 2, 3, 4]);
  await later.click('#undo');
  expect(await lines(later)).toEqual([1, 2, 8, 9]);
  // What a tab went on with is not kept twice.
  await rows(later, 0.5);
  await later.waitForTimeout(400);
  await later.reload();
  await ready(later);
  await expect(later.locator('[data-sample^=kept-]')).toHaveCount(1);
});

test('a tab that only looks leaves nothing behind', async ({ page, serve, context }) => {
  const { url } = await serve(dist);
  await page.goto(url);
  await ready(page);
  await page.click('#clear');
  await rows(page, 0.2);
  await expect.poll(() => keptMark(page)).toMatchObject({ kind: 'stroke' });
  const other = await context.newPage();
  await other.goto(url);
  await ready(other);
  await other.waitForTimeout(400);
  await other.close();
  await rows(page, 0.4);
  await page.waitForTimeout(400);
  await page.reload();
  await ready(page);
  expect(await lines(page)).toEqual([2, 4]);
  await expect(page.locator('[data-sample^=kept-]')).toHaveCount(0);
});

test('a tab that is duplicated is another tab', async ({ page, serve, context }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  const [twin] = await Promise.all([context.waitForEvent('page'), page.evaluate(() => void window.open(location.href))]);
  await ready(twin);
  await page.click('#clear');
  await rows(page, 0.2);
  await twin.click('#clear');
  await rows(twin, 0.7);
  await twin.waitForTimeout(400);
  await page.reload();
  await ready(page);
  expect(await lines(page)).toEqual([2]);
});

test('a model that one tab deletes or brings back is so in the other', async ({ page, serve, context }) => {
  const { url } = await serve(dist);
  await openWithModels(page, url, [{ id: 'taught-1', name: 'Blobs', taughtFrom: { id: 'own', name: 'mine' } }], 'edges2emoji-small');
  const other = await context.newPage();
  await other.goto(url);
  await ready(other);
  const listed = other.locator('.model', { hasText: 'Blobs' });
  await expect(listed).toHaveCount(1);
  await page.click('[aria-label="Delete Blobs"]');
  await expect(listed).toHaveCount(0);
  await page.click('#forgotten button');
  await expect(listed).toHaveCount(1);
});

test('storage that hangs does not hold up the page', async ({ page, serve }) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest;
  });
  await page.goto((await serve(dist)).url);
  await ready(page);
  await rows(page, 0.9);
  await page.click('#tab-teach');
  await expect(page.locator('#panel-teach')).toHaveAttribute('data-code', 'ready');
});

test('what is drawn before the kept drawing has come stays, above it', async ({ page, serve, context }) => {
  test.slow();
  const { url } = await serve(dist);
  await page.goto(url);
  await ready(page);
  await page.click('#clear');
  await rows(page, 0.2);
  await expect.poll(() => keptMark(page)).toMatchObject({ kind: 'stroke' });
  for (const late of [false, true]) {
    const tab = await context.newPage();
    await tab.addInitScript((late) => {
      const { getAll } = IDBObjectStore.prototype;
      const go = new Promise<void>((go) => Object.assign(window, { go }));
      // However slow the machine is, that is in time, unless it is meant to be late.
      const { setTimeout: wait } = window;
      if (!late) Object.assign(window, { setTimeout: (then: () => void, ms?: number) => wait(then, ms === 2000 ? 100_000 : ms) });
      IDBObjectStore.prototype.getAll = function (...args) {
        const request = getAll.apply(this, args);
        if (this.name !== 'drawings') return request;
        // Its answer is heard of when the test says so.
        const listen = request.addEventListener.bind(request);
        request.addEventListener = (type: string, hear: EventListenerOrEventListenerObject) =>
          listen(type, (event) => void go.then(() => (hear as EventListener)(event)));
        return request;
      };
    }, late);
    await tab.goto(url);
    if (late) {
      await ready(tab);
      expect(await ink(tab), 'an example greets who waits').toBeGreaterThan(0);
      await tab.click('#clear');
    }
    await rows(tab, 0.5, 0.6);
    await tab.evaluate(() => (window as unknown as { go(): void }).go());
    await ready(tab);
    await expect.poll(() => lines(tab)).toEqual(late ? [5, 6] : [2, 5, 6]);
    for (let i = 0; i < (late ? 4 : 2); i++) await tab.click('#undo');
    await expect.poll(() => lines(tab)).toEqual([2]);
    // The next tab goes on from what this one leaves.
    await expect.poll(() => keptUndone(tab)).toBe(late ? 4 : 2);
    await tab.close();
  }
});

test('a browser without locks for tabs starts, and trains', async ({ page, serve }) => {
  await page.addInitScript(() => {
    const denied = () => Promise.reject(new DOMException('denied', 'SecurityError'));
    LockManager.prototype.request = denied;
    LockManager.prototype.query = denied;
  });
  await page.goto((await serve(dist)).url);
  await ready(page);
  await expect(page.locator('#alert')).toBeHidden();
  await expect(page.locator('#unfinished')).toBeHidden();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
});

test('one crash does not change the device that was chosen', async ({ page, serve }) => {
  await letCrash(page);
  await page.goto((await serve(dist)).url);
  await ready(page);
  const auto = page.locator('input[value=auto]');
  await expect(auto).toBeChecked();
  await crash(page);
  await rows(page, 0.9);
  await expect(page.locator('#alert')).toContainText('engine/crashed');
  await expect(page.locator('body')).toHaveAttribute('data-state', 'ready');
  await expect(page.locator('input[value=cpu]'), 'for the rest of the visit').toBeChecked();
  await page.locator('[data-model=edges2emoji-small]').click();
  await page.reload();
  await ready(page);
  await expect(auto).toBeChecked();
});

test('a visit without a GPU does not change the device that was chosen', async ({ page, serve, context }) => {
  const { url } = await serve(dist);
  await page.goto(url);
  await ready(page);
  /** Asks the settings that are kept, or changes their device. */
  const chosen = (page: Page, device?: string) =>
    page.evaluate(async (device) => {
      const answer = <T>(request: IDBRequest<T>) => new Promise<T>((done) => request.addEventListener('success', () => done(request.result)));
      const database = await answer(indexedDB.open('pix2pix-web-teaching'));
      const store = database.transaction('settings', 'readwrite').objectStore('settings');
      const settings = (await answer(store.get('all'))) as { device: string; penWidth: number };
      if (device !== undefined) await answer(store.put({ ...settings, device, penWidth: 7 }, 'all'));
      database.close();
      return settings;
    }, device);
  await chosen(page, 'webgpu');
  const other = await context.newPage();
  await other.addInitScript(() => delete (Navigator.prototype as { gpu?: unknown }).gpu);
  await other.goto(url);
  await ready(other);
  await expect(other.locator('#device')).toHaveAttribute('data-device', 'cpu');
  await other.locator('#width').fill('5');
  await expect.poll(() => chosen(other)).toMatchObject({ device: 'webgpu', penWidth: 5 });
});

test('what an earlier release kept is taken over', async ({ page, serve }) => {
  const { url } = await serve(dist);
  await page.goto(`${url}icon.svg`);
  await page.evaluate(async () => {
    const opening = indexedDB.open('pix2pix-web-teaching', 2);
    opening.addEventListener('upgradeneeded', () => {
      for (const store of ['pairs', 'models', 'drawings']) opening.result.createObjectStore(store, { keyPath: 'id' });
      for (const store of ['checkpoints', 'bases', 'settings', 'choices']) opening.result.createObjectStore(store);
    });
    await new Promise((done) => opening.addEventListener('success', done));
    const transaction = opening.result.transaction('settings', 'readwrite');
    transaction.objectStore('settings').put({ penWidth: 7 }, 'all');
    await new Promise((done) => transaction.addEventListener('complete', done));
    opening.result.close();
  });
  await page.goto(url);
  await ready(page);
  await expect(page.locator('#width')).toHaveValue('7');
  await page.click('#clear');
  await rows(page, 0.2);
  await expect.poll(() => keptMark(page)).toMatchObject({ kind: 'stroke' });
});
