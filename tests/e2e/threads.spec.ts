/** The engine of the CPU on several threads, in pages that are cross-origin isolated. */
import { join } from 'node:path';
import { ISOLATION } from '../../www/service-worker/isolation';
import { ready } from './drawing';
import { expect, test } from './fixtures';
import { inPage } from './in-page';
import { plainSite, root } from './pack';
import { engineFile, kept, keptFiles, THREADS, threads, visitAgain } from './visits';

const dist = join(root, 'dist');

for (const simd of ['relaxed', 'fixed'] as const) {
  test(`any number of threads paints the same picture and learns the same, with ${simd} SIMD`, async ({ page, serve }) => {
    const { url } = await serve(plainSite, { headers: ISOLATION });
    await page.goto(url);
    const seen = await inPage(page, async ({ Pix2Pix, canvas }, simd) => {
      const results = [];
      for (const threads of [1, 2, 3]) {
        const model = await Pix2Pix.create({ ngf: 8, seed: 5 }, { device: 'cpu', threads, simd });
        const pairs = [{ input: canvas(), target: canvas() }];
        const losses = [];
        for await (const { losses: of } of model.train(pairs, { steps: 3, seed: 1 })) losses.push(of);
        const { data } = await model.translate(canvas());
        const digest = await crypto.subtle.digest('SHA-256', data);
        results.push({ simd: model.info.simd, threads: model.info.threads, losses, picture: [...new Uint8Array(digest)] });
        model.dispose();
      }
      return results;
    }, simd);
    expect(seen.map(({ simd, threads }) => [simd, threads])).toEqual([1, 2, 3].map((threads) => [simd, threads]));
    const [{ losses, picture }, ...others] = seen as [(typeof seen)[0], ...typeof seen];
    for (const other of others) expect(other).toMatchObject({ losses, picture });
  });
}

test('threads are as many as cores where nothing is said, and one where a page is not isolated or has no worker', async ({ page, serve }) => {
  const count = (options: { worker?: boolean; threads?: number }) =>
    inPage(
      page,
      async ({ Pix2Pix }, options) => {
        const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu', ...options });
        const { threads } = model.info;
        model.dispose();
        return [threads, Math.min(navigator.hardwareConcurrency, 8)];
      },
      options,
    );
  const isolated = await serve(plainSite, { headers: ISOLATION });
  await page.goto(isolated.url);
  const [threads, cores] = await count({});
  expect(threads).toBe(cores);
  expect((await count({ worker: false }))[0]).toBe(1);
  // Some browsers isolate pages, and share no memory all the same.
  await page.goto(isolated.url);
  const asked = () => isolated.requests.filter((request) => request.includes('threads')).length;
  const before = asked();
  await page.evaluate(() => delete (globalThis as { SharedArrayBuffer?: unknown }).SharedArrayBuffer);
  expect((await count({ threads: 4 }))[0]).toBe(1);
  expect(asked()).toBe(before);
  await page.goto((await serve(plainSite)).url);
  expect((await count({}))[0]).toBe(1);
  expect((await count({ threads: 4 }))[0]).toBe(1);
});

test('where threads can’t be started there is one', async ({ page, serve }) => {
  // A page whose workers may start no others.
  const { url } = await serve(plainSite, {
    headers: ISOLATION,
    instead: (request, response) => {
      if (!request.url?.includes('threads')) return false;
      response.writeHead(404).end();
      return true;
    },
  });
  await page.goto(url);
  const threads = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu', threads: 2 });
    await model.translate(canvas());
    return model.info.threads;
  });
  expect(threads).toBe(1);
});

test('a wrong number of threads is refused', async ({ page, serve }) => {
  await page.goto((await serve(plainSite, { headers: ISOLATION })).url);
  const codes = await inPage(page, async ({ Pix2Pix, failure }) => {
    const codes = [];
    for (const threads of [0, 1.5, -2, 65, NaN]) codes.push((await failure(Pix2Pix.load('/rgb-generator.pict', { threads }))).code);
    return codes;
  });
  expect(codes).toEqual(Array(5).fill('options/invalid'));
});

test('300 pictures and 40 steps on two threads hold no more memory than the first', async ({ page, serve }) => {
  await page.goto((await serve(plainSite, { headers: ISOLATION })).url);
  const memory = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu', threads: 2 });
    const sketch = canvas();
    const memory = [];
    for (let i = 1; i <= 300; i++) {
      await model.translate(sketch);
      if (i === 50 || i === 300) memory.push(await model.memory());
    }
    const pairs = [{ input: sketch, target: sketch }];
    for await (const { step } of model.train(pairs, { steps: 40 })) {
      if (step === 20 || step === 40) memory.push(await model.memory());
    }
    return memory;
  });
  // Each thread keeps buffers of the largest layer that it was given so far.
  const settling = 16 * 2 ** 20;
  expect(memory[1]).toBeLessThan(memory[0]! + settling);
  expect(memory[3]).toBeLessThan(memory[2]! + settling);
});

test('the built page uses threads where its host isolates it, works offline with them, and fetches no other engine', async ({ page, serve, context }) => {
  const { url, sent } = await serve(dist, { headers: ISOLATION });
  await page.goto(url);
  await ready(page);
  await kept(page, THREADS);
  await visitAgain(page);
  await context.setOffline(true);
  await page.reload();
  await ready(page);
  // The cache of a profile in memory has no room for a file of this size, which is sent again to be kept.
  expect([...new Set(sent.flatMap((request) => engineFile(request) ?? []))].sort()).toEqual(THREADS);
  expect(await keptFiles(page)).toEqual(THREADS);
});

test('where the host can’t isolate the page its service worker does: from the second visit on all cores compute, offline too', async ({ page, serve, context }) => {
  const site = await serve(dist, {
    base: '/some/folder/',
    instead: ({ url }, response) => {
      if (url !== '/some/folder/another/') return false;
      response.setHeader('content-type', 'text/html').end('<title>Another page</title>');
      return true;
    },
  });
  await page.goto(site.url);
  await ready(page);
  expect(await threads(page)).toEqual({ isolated: false, threads: 1 });
  await kept(page);
  const pages = () => site.requests.filter((request) => request === 'GET /some/folder/').length;
  expect(pages(), 'nothing reloads the first visit').toBe(1);

  const cores = await page.evaluate(() => Math.min(navigator.hardwareConcurrency, 8));
  const all = { isolated: true, threads: cores };
  expect(cores).toBeGreaterThan(1);
  await visitAgain(page);
  expect(await threads(page)).toEqual(all);
  await kept(page, THREADS);
  await context.setOffline(true);
  await page.goto(`${site.url}?some=query#teach`);
  await ready(page);
  expect(await threads(page)).toEqual(all);
  expect(pages()).toBe(1);

  await context.setOffline(false);
  await page.goto(`${site.url}another/`);
  await expect(page).toHaveTitle('Another page');
  expect(await page.evaluate(() => crossOriginIsolated), 'pages of others are left alone').toBe(false);
});

test('a second visit without a network has the one thread of the first', async ({ page, serve, context }) => {
  await page.goto((await serve(dist)).url);
  await ready(page);
  await kept(page);
  await context.setOffline(true);
  await page.reload();
  await ready(page);
  expect(await threads(page)).toEqual({ isolated: true, threads: 1 });
});

test('a host that decides against isolation is obeyed', async ({ page, serve }) => {
  await page.goto((await serve(dist, { headers: { 'Cross-Origin-Opener-Policy': 'unsafe-none' } })).url);
  await ready(page);
  await visitAgain(page);
  expect(await threads(page)).toEqual({ isolated: false, threads: 1 });
});
