/** Training through the packed package, in a page without a bundler. */
import type * as Package from '../../pkg/client.js';
import { expect, test } from './fixtures';
import { type Tools, inPage } from './in-page';
import { plainSite } from './pack';

test.beforeEach(async ({ page, serve }) => {
  await page.goto((await serve(plainSite)).url);
});

/** Three pairs of sketch and picture; travels to the page as text. */
const pairs = ({ canvas }: Tools): Package.Pair[] =>
  [0, 1, 2].map((i) => {
    const target = canvas();
    const context = target.getContext('2d')!;
    context.fillStyle = ['#c33', '#3a3', '#33c'][i]!;
    context.fill();
    return { name: `pair ${i}`, input: canvas(), target };
  });

const withPairs = `const pairs = ${pairs.toString()};`;

/** {@link inPage} with the function `pairs` known there. */
function teach<T>(page: Parameters<typeof inPage>[0], task: (tools: Tools, make: typeof pairs) => Promise<T>): Promise<T> {
  return inPage(
    page,
    async (tools, source) => {
      const { run, pairs } = new Function(`${source}; return { run, pairs };`)() as {
        run: (tools: Tools, make: unknown) => Promise<T>;
        pairs: unknown;
      };
      return run(tools, pairs);
    },
    `${withPairs} const run = ${task.toString()};`,
  );
}

test('each turn of the loop is a step, and translate works between two', async ({ page }) => {
  const outcome = await teach(page, async (tools, pairs) => {
    const model = await tools.Pix2Pix.load('/rgb-weights.safetensors', { device: 'cpu' });
    const before = await model.translate(tools.canvas());
    const steps: Package.TrainStep[] = [];
    const pictures: ImageData[] = [];
    let maps: (Package.ScoreMap | undefined)[] = [];
    for await (const step of model.train(pairs(tools), { steps: 4, seed: 7, traceEvery: 2 })) {
      steps.push(step);
      pictures.push(await model.translate(tools.canvas()));
      const preview = await step.preview();
      maps = [preview.real, preview.fake];
    }
    const changed = (a: ImageData, b: ImageData) => a.data.some((v, i) => v !== b.data[i]);
    const trace = JSON.parse(await steps[1]!.trace!.text()) as { traceEvents: { name: string }[] };
    return {
      numbers: steps.map((s) => s.step),
      left: steps.map((s) => s.secondsLeft! > 0),
      names: new Set(steps.slice(0, 3).flatMap((s) => s.pairs)).size,
      losses: steps.every((s) => s.losses.l1 > 0 && s.losses.gan! > 0 && s.losses.discriminator! > 0),
      debiased: steps[0]!.averages.l1 - steps[0]!.losses.l1,
      raw: steps[0]!.rawAverages.l1 / steps[0]!.losses.l1,
      speed: steps[3]!.imagesPerSecond > 0,
      traced: steps.map((s) => s.trace !== undefined),
      events: trace.traceEvents.some((e) => e.name === 'generator backward'),
      changed: [changed(before, pictures[0]!), changed(pictures[0]!, pictures[3]!)],
      maps: maps.map((m) => [m!.width, m!.height, m!.values.length, m!.values.every((v) => v > 0 && v < 1)]),
    };
  });
  expect(outcome).toMatchObject({
    numbers: [1, 2, 3, 4], left: [true, true, true, false], names: 3, losses: true, speed: true,
    traced: [false, true, false, true], events: true, changed: [true, true],
    maps: [[30, 30, 900, true], [30, 30, 900, true]],
  });
  expect(Math.abs(outcome.debiased)).toBeLessThan(1e-9);
  expect(outcome.raw).toBeCloseTo(0.01);
});

test('a training ends by break or by its signal, and goes on where it stopped', async ({ page }) => {
  const outcome = await teach(page, async (tools, pairs) => {
    const model = await tools.Pix2Pix.load('/rgb-weights.safetensors', { device: 'cpu' });
    const seen: (number | string)[] = [];
    for await (const { step } of model.train(pairs(tools))) {
      seen.push(step);
      if (step === 2) break;
    }
    const controller = new AbortController();
    const { code } = await tools.failure(
      (async () => {
        for await (const { step } of model.train(pairs(tools), { signal: controller.signal })) {
          seen.push(step);
          if (step === 4) controller.abort();
        }
      })(),
    );
    seen.push(code);
    const loop = model.train(pairs(tools));
    await loop.next();
    seen.push((await tools.failure(model.train(pairs(tools)).next())).code);
    await loop.return();
    for await (const { step } of model.train(pairs(tools), { steps: 1, restart: true })) seen.push(step);
    seen.push((await model.translate(tools.canvas())).width);
    return seen;
  });
  expect(outcome).toEqual([1, 2, 3, 4, 'AbortError is no Pix2PixError', 'train/running', 1, 256]);
});

test('a checkpoint goes on as if never stopped; other files hold less', async ({ page }) => {
  const outcome = await teach(page, async (tools, pairs) => {
    const load = (source: string | Blob) => tools.Pix2Pix.load(source, { device: 'cpu' });
    const run = async (model: Package.Pix2Pix, steps: number, options = {}) => {
      for await (const _ of model.train(pairs(tools), { ...options, steps }));
    };
    const whole = await load('/rgb-weights.safetensors');
    await run(whole, 4, { seed: 3, learningRate: 1e-3 });
    const first = await load('/rgb-weights.safetensors');
    await run(first, 2, { seed: 3, learningRate: 1e-3 });
    const files = {
      checkpoint: await first.save({ what: 'checkpoint' }),
      networks: await first.save({ what: 'networks' }),
      generator: await first.save(),
    };
    const resumed = await load(files.checkpoint);
    const { step } = resumed.info;
    await run(resumed, 2);
    const same = async (a: Package.Pix2Pix, b: Package.Pix2Pix) => {
      const [x, y] = [await a.translate(tools.canvas()), await b.translate(tools.canvas())];
      return x.data.every((v, i) => v === y.data[i]);
    };
    const tuned = await load(files.generator);
    const sizes = [files.generator, files.networks, files.checkpoint].map((file) => file.size);
    return {
      step, same: await same(resumed, whole), different: await same(tuned, whole), ndf: tuned.info.ndf,
      again: await same(tuned, first), order: sizes[0]! < sizes[1]! && 2.9 * sizes[1]! < sizes[2]!,
      nothing: (await tools.failure(tuned.save({ what: 'checkpoint' }))).code,
    };
  });
  expect(outcome).toEqual({
    step: 2, same: true, different: false, ndf: undefined, again: true, order: true, nothing: 'train/none',
  });
});

test('a pair that can’t be used is named and skipped; without any there is no training', async ({ page }) => {
  const outcome = await teach(page, async (tools, pairs) => {
    const model = await tools.Pix2Pix.load('/rgb-weights.safetensors', { device: 'cpu' });
    const skipped: Package.Skipped[] = [];
    const broken: Package.Pair = { sideBySide: new File(['no picture'], 'broken.png') };
    const odd: Package.Pair = { name: 'odd', sideBySide: tools.canvas(255, 100) };
    const apart: Package.Pair = { name: 'apart', input: tools.canvas(100, 100), target: tools.canvas(100, 50) };
    const side: Package.Pair = { name: 'side', sideBySide: tools.canvas(512, 256), direction: 'BtoA' };
    const used = new Set<string>();
    const all = [broken, odd, apart, side, ...pairs(tools)];
    for await (const step of model.train(all, { steps: 4, onSkip: (s) => skipped.push(s) })) used.add(step.pairs[0]!);
    const fails = async (pairs: Package.Pair[], options?: Package.TrainOptions) =>
      tools.failure(model.train(pairs, options).next());
    return {
      skipped: skipped.map(({ name, code }) => [name, code]),
      used: [...used].sort(),
      direction: (await fails([{ ...side, direction: 'atob' as 'AtoB' }])).code,
      nan: (await fails(all, { learningRate: Number.NaN })).message,
      evaluated: (await tools.failure(model.evaluate([broken]).next())).message,
      errors: [await fails([]), await fails([broken, odd]), await fails(all, { learnRate: 1 } as Package.TrainOptions), await fails(all, { steps: -1 })],
    };
  });
  expect(outcome.skipped).toEqual([['broken.png', 'image/unreadable'], ['odd', 'pair/size'], ['apart', 'pair/size']]);
  expect(outcome.used).toEqual(['pair 0', 'pair 1', 'pair 2', 'side']);
  expect(outcome.errors.map((e) => e.code)).toEqual(['train/no-pairs', 'train/no-pairs', 'options/invalid', 'options/invalid']);
  expect(outcome.direction).toBe('options/invalid');
  expect(outcome.nan).toContain('learningRate is NaN');
  expect(outcome.evaluated).toContain('broken.png');
  expect(outcome.errors[1]!.message).toContain('broken.png');
});

test('a training that diverges says so and keeps the weights', async ({ page }) => {
  const outcome = await teach(page, async (tools, pairs) => {
    const model = await tools.Pix2Pix.load('/rgb-weights.safetensors', { device: 'cpu' });
    const before = await model.translate(tools.canvas());
    const { code } = await tools.failure(model.train(pairs(tools), { l1Weight: 1e39 }).next());
    const after = await model.translate(tools.canvas());
    return [code, before.data.every((v, i) => v === after.data[i])];
  });
  expect(outcome).toEqual(['train/diverged', true]);
});

test('a new model learns one pair, and evaluate says how well', async ({ page }) => {
  const outcome = await teach(page, async (tools, pairs) => {
    const model = await tools.Pix2Pix.create({ ngf: 4, depth: 6, seed: 1 }, { device: 'cpu' });
    const one = pairs(tools).slice(0, 1);
    const score = async () => {
      for await (const { l1, output } of model.evaluate(one)) return { l1, width: output.width };
      return undefined;
    };
    const before = await score();
    const options = { steps: 200, learningRate: 5e-3, dropout: false, flip: false, scaleSize: 64 };
    for await (const _ of model.train(one, options));
    return { before, after: await score(), format: model.info.format, ndf: model.info.ndf };
  });
  expect(outcome).toMatchObject({ format: 'new', ndf: 4, after: { width: 64 } });
  // By how much depends on how rounding errors grow in 200 steps against a discriminator.
  expect(outcome.after!.l1).toBeLessThan(0.3 * outcome.before!.l1);
});

test('a discriminator is taken from another file, and a wrong one is refused', async ({ page }) => {
  const outcome = await inPage(page, async ({ Pix2Pix, failure }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const { code } = await failure(model.loadDiscriminator('/rgb-generator.pict'));
    await model.loadDiscriminator('/rgb-weights.safetensors');
    const file = await model.save({ what: 'networks' });
    return [model.info.ndf, code, (await Pix2Pix.load(file, { device: 'cpu' })).info.ndf];
  });
  expect(outcome).toEqual([undefined, 'weights/missing', 4]);
});

test('edges of a picture are lines, more of them the stronger', async ({ page }) => {
  const outcome = await inPage(page, async ({ EdgeDetector, canvas, failure }) => {
    const detector = await EdgeDetector.start();
    const ink = async (strength: number) => {
      const { data, width, height } = await detector.detect(canvas(200, 100), { strength });
      return { ink: data.filter((v, i) => i % 4 === 0 && v === 0).length, width, height };
    };
    const [few, many] = [await ink(0), await ink(1)];
    const codes = [await failure(detector.detect(canvas(), { strength: 2 })), await failure(detector.detect(new Blob(['x'])))];
    detector.dispose();
    codes.push(await failure(detector.detect(canvas())));
    return { few, many, codes: codes.map((c) => c.code) };
  });
  expect(outcome.few).toMatchObject({ width: 200, height: 100 });
  expect(outcome.few.ink).toBeGreaterThan(100);
  expect(outcome.many.ink).toBeGreaterThanOrEqual(outcome.few.ink);
  expect(outcome.codes).toEqual(['options/invalid', 'image/unreadable', 'model/disposed']);
});

test('training leaves the main thread free', async ({ page }) => {
  const longest = await teach(page, async (tools, pairs) => {
    const model = await tools.Pix2Pix.load('/rgb-weights.safetensors', { device: 'cpu' });
    const given = pairs(tools);
    let longest = 0;
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration);
    });
    observer.observe({ type: 'longtask' });
    for await (const step of model.train(given, { steps: 10 })) await step.preview();
    await model.save({ what: 'checkpoint' });
    await new Promise((later) => setTimeout(later, 100));
    for (const entry of observer.takeRecords()) longest = Math.max(longest, entry.duration);
    return longest;
  });
  console.log(`longest task of the main thread while training: ${longest || 'under 50'} ms`);
});
