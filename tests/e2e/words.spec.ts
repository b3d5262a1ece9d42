/** The page in other languages, and in its light and dark theme. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { draw, look, pixels, ready, version } from './drawing';
import { expect, test } from './fixtures';
import { root } from './pack';
import { keptAddresses } from './visits';

const dist = join(root, 'dist');

// A phone starts with the smallest model, and has the least room for long words.
test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

const fetched = (requests: readonly string[]) => [...new Set(requests.flatMap((request) => /words-(\w+)-/.exec(request)?.[1] ?? []))];

/** Nothing is wider than the window, and beside the tabs stand no more than two lines. */
const fits = (page: Page) =>
  page.evaluate(() => {
    const words = document.createRange();
    words.selectNodeContents(document.querySelector('.private')!);
    return document.documentElement.scrollWidth <= innerWidth && words.getClientRects().length <= 2;
  });

/** What the header says of each tab, where a window has room for it, and is cut off there. */
const cutTaglines = (page: Page) =>
  page.evaluate(() => {
    const tagline = document.querySelector<HTMLElement>('.tagline')!;
    return [...document.querySelectorAll<HTMLElement>('[role=tab]')].flatMap((tab) => {
      tab.click();
      return tagline.offsetWidth > 0 && tagline.scrollWidth <= tagline.offsetWidth ? [] : [tagline.innerText];
    });
  });

async function drawSomething(page: Page): Promise<void> {
  const [before, blank] = [await version(page), await look(page, 'sketch')];
  await draw(page, [[0.2, 0.2], [0.8, 0.3], [0.7, 0.8]]);
  await expect.poll(() => version(page)).toBeGreaterThan(before);
  await ready(page);
  expect(await look(page, 'sketch')).not.toBe(blank);
}

test.describe('in Germany', () => {
  test.use({ locale: 'de-DE' });

  test('the page is German, Chinese where that is chosen, and stays so, also without a network', async ({ page, serve }) => {
    const { url, requests, stop } = await serve(dist);
    await page.addInitScript(() => {
      const look = (): unknown => {
        const tab = document.querySelector('#tab-draw');
        const seen = tab !== null && getComputedStyle(tab).visibility === 'visible';
        return seen ? Object.assign(window, { first: tab.textContent }) : requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(url);
    await ready(page);
    expect(await page.evaluate(() => (window as unknown as { first: string }).first), 'what was seen first').toBe('Zeichnen');
    expect(fetched(requests)).toEqual(['de']);
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page).toHaveTitle('pix2pix: Linien zeichnen, ein Bild bekommen');
    await expect(page.locator('#status')).toHaveText('Bereit');
    await expect(page.getByRole('button', { name: 'Stift', exact: true })).toHaveAttribute('title', 'Stift (P)');
    await expect(page.locator('#model-list')).toContainText('7,1 MB');
    await expect(page.locator('#gallery')).toContainText('Küken');
    expect(await fits(page)).toBe(true);
    await drawSomething(page);
    await page.getByRole('tab', { name: 'Trainieren' }).tap();
    await expect(page.locator('#train-memory')).toHaveText('Füge zuerst ein paar Paare hinzu.');
    await expect(page.locator('#taught-model')).toContainText('Millionen Gewichte');
    expect(await fits(page)).toBe(true);

    await page.getByLabel('Sprache').selectOption('中文');
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans');
    await expect(page.locator('#train-memory')).toHaveText('请先添加几对图像。');
    await page.getByRole('tab', { name: '绘画' }).tap();
    await ready(page);
    await drawSomething(page);
    expect(await fits(page)).toBe(true);
    await expect.poll(() => keptAddresses(page)).toContainEqual(expect.stringContaining('words-zh'));
    stop();
    await page.reload();
    await ready(page);
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans');
    await expect(page.locator('#status')).toHaveText('就绪');
    await expect(page.getByLabel('语言')).toHaveValue('zh');
    await page.getByLabel('语言').selectOption('Deutsch');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(await cutTaglines(page)).toEqual([]);
  });

  test('where its words cannot be fetched the page is English, and in sight', async ({ page, serve }) => {
    const { url } = await serve(dist, { instead: ({ url = '' }, response) => url.includes('words-de') && Boolean(response.writeHead(404).end()) });
    await page.goto(url);
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(page.getByRole('tab', { name: 'Teach' })).toBeVisible();
    await expect(page.locator('html[data-words]')).toHaveCount(0);
  });
});

test('an English visit fetches no other words, and a theme that was chosen is there before the page is', async ({ page, serve }) => {
  const { url, requests } = await serve(dist);
  /** Of the body as it was made, before anything could be painted. */
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.body === null) return;
      observer.disconnect();
      Object.assign(window, { first: document.documentElement.dataset.theme ?? 'system' });
    }).observe(document, { childList: true, subtree: true });
  });
  const first = () => page.evaluate(() => (window as unknown as { first: string }).first);
  const bar = () =>
    page.evaluate(() => [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')].filter(({ media }) => matchMedia(media).matches).map(({ content }) => content));
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [light, dark] = ['rgb(244, 240, 232)', 'rgb(25, 24, 22)'];
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(url);
  await ready(page);
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  expect(await fits(page)).toBe(true);
  expect([await first(), await ground(), await bar()]).toEqual(['system', light, ['#f4f0e8']]);
  expect(await contrasts(page)).toEqual([]);
  const picture = await pixels(page, '#picture');

  await page.getByLabel('Theme').selectOption('Dark');
  expect([await ground(), await bar()]).toEqual([dark, ['#191816']]);
  expect(await contrasts(page)).toEqual([]);
  await page.reload();
  await ready(page);
  expect([await first(), await ground(), await bar()]).toEqual(['dark', dark, ['#191816']]);
  expect((await pixels(page, '#picture')).equals(picture), 'the picture is the same in the dark').toBe(true);

  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByLabel('Theme').selectOption('Light');
  expect([await ground(), await bar()]).toEqual([light, ['#f4f0e8']]);
  await page.getByLabel('Theme').selectOption('System');
  expect([await ground(), await bar()]).toEqual([dark, ['#191816']]);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  expect(fetched(requests)).toEqual([]);
});

/** Texts in sight with less contrast than 4.5 to what is behind them; those of what is disabled may have less. */
const contrasts = (page: Page) =>
  page.evaluate(async () => {
    // Buttons take their colours in a tenth of a second, a busy machine's in more.
    const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(transitions.map(({ finished }) => finished));
    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;
    const luminance = (colors: readonly string[]): number => {
      context.clearRect(0, 0, 1, 1);
      for (const color of colors) {
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
      }
      const [r = 0, g = 0, b = 0] = [...context.getImageData(0, 0, 1, 1).data].map((value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element: Element): string[] => {
      const { backgroundColor } = getComputedStyle(element);
      return [...(element.parentElement ? behind(element.parentElement) : ['#fff']), backgroundColor];
    };
    return [...document.querySelectorAll<HTMLElement>('body *')].flatMap((element) => {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue!.trim() !== '');
      if (!own || !element.checkVisibility() || element.matches(':disabled, :disabled *, :has(:disabled), option, label:has(:disabled) *, .unseen')) return [];
      const back = behind(element);
      const [one, other] = [luminance(back), luminance([...back, getComputedStyle(element).color])];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return contrast < 4.5 ? [`${element.textContent}: ${contrast.toFixed(2)}`] : [];
    });
  });
