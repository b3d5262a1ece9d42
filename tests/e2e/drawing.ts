/** The page as tests use it: wait, draw, look. */
import type { Page } from '@playwright/test';
import { expect } from './fixtures';

/** Waits until the newest sketch has its picture. */
export async function ready(page: Page): Promise<void> {
  await expect(page.locator('body')).toHaveAttribute('data-state', 'ready');
  await expect(page.locator('#picture')).not.toHaveAttribute('data-version', '0');
}

/** The pixels of a canvas or an image, of the picture that it has by then; as text, since a list of numbers is slow to hand over. */
export async function pixels(page: Page, selector: string): Promise<Buffer> {
  const base64 = await page.evaluate(async (selector) => {
    const source = document.querySelector<HTMLCanvasElement | HTMLImageElement>(selector)!;
    const read = async (): Promise<ImageBitmap> => {
      if (!(source instanceof HTMLImageElement)) return createImageBitmap(source);
      const { src } = source;
      try {
        await source.decode();
        return await createImageBitmap(source);
      } catch (error) {
        // It got another picture meanwhile, and neither is there in between.
        if (source.src === src) throw error;
        return read();
      }
    };
    const bitmap = await read();
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const url = await new Promise<string>((done) => {
      const reader = new FileReader();
      reader.addEventListener('load', () => done(String(reader.result)));
      reader.readAsDataURL(new Blob([data]));
    });
    return url.slice(url.indexOf(',') + 1);
  }, selector);
  return Buffer.from(base64, 'base64');
}

/** All of a canvas as one text, to compare it as a whole. */
export const look = (page: Page, id: string) => page.locator(`#${id}`).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

export const version = async (page: Page) => Number(await page.locator('#picture').getAttribute('data-version'));

/** Draws a line through points given as parts of the canvas. Each move waits for a frame, so between many points there is none. */
export async function draw(page: Page, points: [number, number][], canvas = '#sketch'): Promise<void> {
  await page.locator(canvas).scrollIntoViewIfNeeded();
  const box = (await page.locator(canvas).boundingBox())!;
  const at = ([x, y]: [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(points[0]!));
  await page.mouse.down();
  const steps = Math.ceil(5 / (points.length - 1));
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps });
  await page.mouse.up();
}

/** The sketch that was kept last on the device, its marks without their points. */
const keptSketch = (page: Page) =>
  page.evaluate(async () => {
    const answer = <T>(request: IDBRequest<T>) =>
      new Promise<T>((done, failed) => {
        request.addEventListener('success', () => done(request.result));
        request.addEventListener('error', () => failed(request.error));
      });
    const database = await answer(indexedDB.open('pix2pix-web-teaching'));
    interface Mark {
      kind: string;
      colour?: string;
    }
    const kept = (await answer(database.transaction('drawings').objectStore('drawings').getAll())) as
      { at: number; sketch?: { marks: Mark[]; undone: Mark[] } }[];
    database.close();
    const sketch = kept.sort((a, b) => b.at - a.at)[0]?.sketch;
    const plain = (marks: Mark[]) => marks.map(({ kind, colour }) => ({ kind, colour }));
    return sketch && { marks: plain(sketch.marks), undone: plain(sketch.undone) };
  });

/** Its newest mark. */
export const keptMark = async (page: Page) => (await keptSketch(page))?.marks.at(-1);

/** How many of its marks are undone. */
export const keptUndone = async (page: Page) => (await keptSketch(page))?.undone.length;

/** The visible ones of these controls that are lower than a finger needs, by their ids or words. */
export const tooLow = (page: Page, controls: string, pixels: number) =>
  page.locator(controls).evaluateAll(
    (found, pixels) =>
      (found as HTMLElement[])
        .filter((control) => control.offsetParent !== null && control.getBoundingClientRect().height < pixels)
        .map((control) => control.id || control.textContent),
    pixels,
  );
