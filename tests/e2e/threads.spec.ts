/** The engine of the CPU on several threads, in pages that are cross-origin isolated. */
import { join } from 'node:path';
import { ready } from './drawing';
import { expect, test } from './fixtures';
import { inPage } from './in-page';
import { plainSite, root } from './pack';

const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

test('any number of threads paints the same picture and learns the same', async ({ page, serve }) => {
  const { url } = await serve(plainSite, { headers: ISOLATED });
  await page.goto(url);
  const seen = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const results = [];
    for (const threads of [1, 2, 3]) {
      const model = await Pix2Pix.create({ ngf: 8, seed: 5 }, { device: 'cpu', threads });
      const pairs = [{ input: canvas(), target: canvas() }];
      const losses = [];
      for await (const { losses: of } of model.train(pairs, { steps: 3, seed: 1 })) losses.push(of);
      const { data } = await model.translate(canvas());
      const digest = await crypto.subtle.digest('SHA-256', data);
      results.push({ threads: model.info.threads, losses, picture: [...new Uint8Array(digest)] });
      model.dispose();
    }
    return results;
  });
  expect(seen.map(({ threads }) => threads)).toEqual([1, 2, 3]);
  const [{ losses, picture }, ...others] = seen as [(typeof seen)[0], ...typeof seen];
  for (const other of others) expect(other).toMatchObject({ losses, picture });
});

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
  await page.goto((await serve(plainSite, { headers: ISOLATED })).url);
  const [threads, cores] = await count({});
  expect(threads).toBe(cores);
  expect((await count({ worker: false }))[0]).toBe(1);
  await page.goto((await serve(plainSite)).url);
  expect((await count({}))[0]).toBe(1);
  expect((await count({ threads: 4 }))[0]).toBe(1);
});

test('where threads can’t be started there is one', async ({ page, serve }) => {
  // A page whose workers may start no others.
  const { url } = await serve(plainSite, {
    headers: ISOLATED,
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
  await page.goto((await serve(plainSite, { headers: ISOLATED })).url);
  const codes = await inPage(page, async ({ Pix2Pix, failure }) => {
    const codes = [];
    for (const threads of [0, 1.5, -2, 65, NaN]) codes.push((await failure(Pix2Pix.load('/rgb-generator.pict', { threads }))).code);
    return codes;
  });
  expect(codes).toEqual(Array(5).fill('options/invalid'));
});

test('300 pictures and 40 steps on two threads hold no more memory than the first', async ({ page, serve }) => {
  await page.goto((await serve(plainSite, { headers: ISOLATED })).url);
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

test('the built page uses threads where its host isolates it, and works offline with them', async ({ page, serve, context }) => {
  const { url, sent } = await serve(join(root, 'dist'), { headers: ISOLATED });
  await page.goto(url);
  await ready(page);
  expect(sent.filter((request) => request.includes('threads')).length).toBeGreaterThan(0);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.reload();
  await ready(page);
  await context.setOffline(true);
  await page.reload();
  await ready(page);
});
