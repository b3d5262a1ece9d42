/** Variations of a picture, and the row of the last pictures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { draw, keptMark, keptUndone, look, pixels, ready, version } from './drawing';
import { expect, test } from './fixtures';
import { root } from './pack';

const dist = join(root, 'dist');

// A phone starts with the smallest model.
test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

/** Waits for the picture that `action` leads to. */
async function next(page: Page, action: () => Promise<unknown>): Promise<void> {
  const before = await version(page);
  await action();
  await expect.poll(() => version(page)).toBeGreaterThan(before);
  await ready(page);
}

const row = (page: Page) => page.locator('#shelf-row button');

/** Puts pictures into the row, `old-1` and so on, as if they had been painted after a time. */
function addPictures(page: Page, count: number, after: number): Promise<void> {
  const icon = readFileSync(join(dist, 'icon-192.png'), 'base64');
  return page.evaluate(async ([base64, count, after]) => {
    const answer = <T>(request: IDBRequest<T>) => new Promise<T>((done) => request.addEventListener('success', () => done(request.result)));
    const database = await answer(indexedDB.open('pix2pix-web-teaching'));
    const pictures = database.transaction('pictures', 'readwrite').objectStore('pictures');
    const picture = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], { type: 'image/png' });
    for (let i = 1; i <= count; i++) {
      await answer(pictures.put({ id: `old-${i}`, at: after + i, picture, by: { id: 'gone', name: 'Gone' } }));
    }
    database.close();
  }, [icon, count, after] as const);
}

/** When each of the pictures that are kept was put into the row. */
const times = (page: Page) =>
  page.evaluate(async () => {
    const answer = <T>(request: IDBRequest<T>) => new Promise<T>((done) => request.addEventListener('success', () => done(request.result)));
    const database = await answer(indexedDB.open('pix2pix-web-teaching'));
    const kept = (await answer(database.transaction('pictures').objectStore('pictures').getAll())) as { at: number }[];
    database.close();
    return kept.map(({ at }) => at);
  });

/** The pictures of the row, as text. */
const shelved = async (page: Page) => {
  const count = await row(page).count();
  return Promise.all(Array.from({ length: count }, (_, i) => pixels(page, `#shelf-row button:nth-child(${i + 1}) img`)));
};

test('a drawing has variations, which can be undone; each is kept, seen again and continued', async ({ page, serve }) => {
  const { url } = await serve(dist);
  await page.goto(url);
  await ready(page);
  await expect(page.locator('#shelf'), 'an example is not the visitor’s').toBeHidden();
  await next(page, () => page.tap('#clear'));
  await next(page, () => draw(page, [[0.2, 0.2], [0.8, 0.3], [0.7, 0.8], [0.3, 0.8], [0.2, 0.2]]));
  const [plain, drawn] = [await pixels(page, '#picture'), await look(page, 'sketch')];
  await next(page, () => page.tap('#vary'));
  await expect(page.locator('#status')).toHaveText('Variation 1');
  const first = await pixels(page, '#picture');
  expect(first.equals(plain)).toBe(false);
  await next(page, () => page.keyboard.press('v'));
  const second = await pixels(page, '#picture');
  expect(second.equals(first)).toBe(false);
  await next(page, () => page.tap('#undo'));
  expect((await pixels(page, '#picture')).equals(first), 'the seed decides').toBe(true);
  await next(page, () => page.tap('#undo'));
  expect((await pixels(page, '#picture')).equals(plain)).toBe(true);
  await expect(page.locator('#status')).toHaveText('Ready');
  await next(page, () => page.tap('#clear'));
  // The one that was left twice came once.
  await expect(row(page)).toHaveCount(3);
  const kept = await shelved(page);
  expect(kept.filter((picture) => [plain, first, second].some((one) => one.equals(picture)))).toHaveLength(3);
  await expect(page.locator('#vary'), 'of nothing there is no other picture').toBeDisabled();

  await expect.poll(() => keptMark(page), 'the next visit begins with a fresh sheet').toMatchObject({ kind: 'sheet' });
  await page.reload();
  await ready(page);
  await expect(row(page)).toHaveCount(3);
  const pictures = await shelved(page);
  await row(page).nth(pictures.findIndex((picture) => picture.equals(second))).tap();
  const [download] = await Promise.all([page.waitForEvent('download'), page.tap('#shelved-save')]);
  expect(readFileSync(await download.path()).readUInt32BE(16), 'as the network made it').toBe(256);
  await next(page, () => page.tap('#shelved-continue'));
  expect([await look(page, 'sketch'), (await pixels(page, '#picture')).equals(second)]).toEqual([drawn, true]);
  await expect(page.locator('#status')).toHaveText('Variation 2');

  await row(page).first().tap();
  await page.tap('#shelved-delete');
  await expect(row(page)).toHaveCount(2);
  await page.tap('#shelf-deleted button');
  await expect(row(page)).toHaveCount(3);
});

test('a drawing that is gone on with at the next visit keeps its place in the row', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  await next(page, () => page.tap('#clear'));
  await next(page, () => draw(page, [[0.2, 0.2], [0.8, 0.3]]));
  await next(page, () => page.tap('#vary'));
  await next(page, () => page.tap('#undo'));
  await expect(row(page), 'both are in it, as each was left for the other').toHaveCount(2);
  await expect.poll(() => keptUndone(page)).toBe(1);
  const before = await times(page);
  await page.reload();
  await ready(page);
  await next(page, () => page.tap('#vary'));
  await next(page, () => page.tap('#clear'));
  await expect.poll(async () => (await times(page)).filter((time) => !before.includes(time)), 'both are put there again').toHaveLength(2);
  await expect(row(page)).toHaveCount(2);
});

/** Draws a line, and leaves its picture for another sheet once it is painted. */
async function another(page: Page, to: [number, number]): Promise<void> {
  await next(page, () => draw(page, [[0.2, 0.2], to]));
  await page.tap('#vary');
  await expect(page.locator('#status')).toHaveText('Variation 1');
  await next(page, () => page.tap('#clear'));
}

test('a picture with a name stays, by that name, until the name is taken away', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  await next(page, () => page.tap('#clear'));
  await another(page, [0.8, 0.3]);
  await row(page).first().tap();
  await page.fill('#shelved-name', ' <b>Our</b> house ');
  await page.keyboard.press('Escape');
  await expect(page.locator('#shelved')).toBeHidden();
  const named = row(page).filter({ has: page.locator('span') });
  await expect(named, 'text, and no markup').toHaveText('<b>Our</b> house');

  await page.reload();
  await ready(page);
  await expect(named).toHaveCount(1);
  await addPictures(page, 25, Date.now());
  await another(page, [0.8, 0.4]);
  await expect(row(page)).toHaveCount(25);
  await named.tap();
  await expect(page.locator('#shelved-title')).toHaveText('<b>Our</b> house');
  await page.fill('#shelved-name', '  ');
  await page.locator('#shelved-name').blur();
  await expect(page.locator('#shelved-title')).toContainText(' · ');
  await page.keyboard.press('Escape');
  await expect(named).toHaveCount(0);
  await another(page, [0.8, 0.5]);
  await expect(row(page)).toHaveCount(24);
});

test('a write that fails midway is noted, and no error of the page', async ({ page, serve }) => {
  const errors: string[] = [];
  const notes: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => notes.push(message.text()));
  await page.goto((await serve(dist)).url);
  await ready(page);
  await next(page, () => page.tap('#clear'));
  await page.evaluate(() => {
    const { getAll } = IDBIndex.prototype;
    IDBIndex.prototype.getAll = function (...range) {
      const request = getAll.apply(this, range);
      if (this.objectStore.transaction.mode === 'readwrite') this.objectStore.transaction.abort();
      return request;
    };
  });
  await another(page, [0.8, 0.3]);
  await expect.poll(() => notes.filter((note) => note.startsWith('the picture could not be kept'))).toHaveLength(1);
  await expect(page.locator('#shelf')).toBeHidden();
  expect(errors).toEqual([]);
});

test('the row is bounded, and the other tab has it too', async ({ page, serve, context }) => {
  const { url } = await serve(dist);
  await page.goto(url);
  await ready(page);
  await addPictures(page, 24, 0);
  const other = await context.newPage();
  await other.goto(url);
  await ready(other);
  await expect(row(other)).toHaveCount(24);
  await next(page, () => draw(page, [[0.2, 0.2], [0.8, 0.3]]));
  await next(page, () => page.tap('#clear'));
  for (const tab of [page, other]) {
    await expect(row(tab)).toHaveCount(24);
    await expect(tab.locator('[data-picture=old-1]')).toHaveCount(0);
    await expect(tab.locator('[data-picture=old-24]')).toHaveCount(1);
  }
});

test('a model without dropout says that it has one picture for each drawing', async ({ page, serve }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  await next(page, () => page.setInputFiles('#file', join(root, 'tests/fixtures/pytorch/script-batch.onnx')));
  await next(page, () => page.tap('#vary'));
  await expect(page.locator('#status')).toHaveText('This model has one picture for each drawing');
  await next(page, () => page.setInputFiles('#file', join(root, 'tests/fixtures/pytorch/script-batch-training.onnx')));
  await next(page, () => page.tap('#vary'));
  await expect(page.locator('#status'), 'this one has dropout').toHaveText('Variation 2');
});
