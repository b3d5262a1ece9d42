/** The engines of the CPU with and without relaxed SIMD. */
import { ISOLATION } from '../../www/service-worker/isolation';
import { type Served, expect, test } from './fixtures';
import { inPage } from './in-page';
import { plainSite } from './pack';

/** Which WebAssembly was asked for, in order. */
const asked = ({ requests }: Served) => requests.flatMap((request) => /[^/]*\.wasm$/.exec(request) ?? []);

test('relaxed SIMD paints and learns what fixed SIMD does, up to rounding', async ({ page, serve }) => {
  const site = await serve(plainSite);
  await page.goto(site.url);
  const { relaxed, fixed, painted, learned } = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const compute = async (simd: 'relaxed' | 'fixed') => {
      const model = await Pix2Pix.load('/rgb-weights.safetensors', { device: 'cpu', simd });
      const { data: painted } = await model.translate(canvas());
      const losses: { [name: string]: number | undefined }[] = [];
      for await (const step of model.train([{ input: canvas(), target: canvas() }], { steps: 2, seed: 1 })) losses.push({ ...step.losses });
      const { data: learned } = await model.translate(canvas());
      const { info } = model;
      model.dispose();
      return { simd: info.simd, losses, painted, learned };
    };
    const [relaxed, fixed] = [await compute('relaxed'), await compute('fixed')];
    const apart = (a: Uint8ClampedArray, b: Uint8ClampedArray) => {
      const differences = Array.from(a, (value, i) => Math.abs(value - b[i]!));
      const most = differences.reduce((most, difference) => Math.max(most, difference));
      return { most, mean: differences.reduce((sum, difference) => sum + difference) / a.length };
    };
    return {
      relaxed: { simd: relaxed.simd, losses: relaxed.losses },
      fixed: { simd: fixed.simd, losses: fixed.losses },
      painted: apart(relaxed.painted, fixed.painted),
      learned: apart(relaxed.learned, fixed.learned),
    };
  });
  expect([relaxed.simd, fixed.simd]).toEqual(['relaxed', 'fixed']);
  expect(asked(site)).toEqual(['cpu-relaxed_bg.wasm', 'cpu_bg.wasm']);
  console.log('relaxed against fixed:', JSON.stringify({ painted, learned, relaxed: relaxed.losses, fixed: fixed.losses }));

  // A product and its sum are rounded once in place of twice: some 1e-6 of a value after all layers, which can tip a channel of a pixel over the
  // edge between two of its 256 steps.
  expect(painted.most).toBeLessThanOrEqual(1);
  // The losses of the first step are of the same weights. Adam's first step moves each weight by the sign of its gradient, whatever its size,
  // so that weights whose gradients are near zero part there: what follows agrees less well.
  for (const [step, tolerance] of [1e-5, 1e-4].entries()) {
    for (const name of ['discriminator', 'gan', 'l1']) {
      const [loss, other] = [fixed.losses[step]![name]!, relaxed.losses[step]![name]!];
      expect(Math.abs(other - loss), `${name} of step ${step + 1}`).toBeLessThanOrEqual(tolerance * Math.abs(loss));
    }
  }
  expect(learned.mean).toBeLessThan(0.1);
});

test('a browser without relaxed SIMD fetches the engines without it', async ({ page, serve }) => {
  for (const headers of [{}, ISOLATION]) {
    const site = await serve(plainSite, { headers });
    await page.goto(site.url);
    const simd = await inPage(page, async ({ Pix2Pix, canvas }) => {
      WebAssembly.validate = () => false;
      const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu', threads: 2, simd: 'relaxed' });
      await model.translate(canvas());
      return model.info.simd;
    });
    expect(simd).toBe('fixed');
    expect(asked(site)).toEqual([headers === ISOLATION ? 'threads_bg.wasm' : 'cpu_bg.wasm']);
  }
});

test('where the engine with relaxed SIMD is missing, that without it takes its place', async ({ page, serve }) => {
  const site = await serve(plainSite, {
    headers: ISOLATION,
    instead: (request, response) => {
      if (!request.url?.includes('-relaxed')) return false;
      response.writeHead(404).end();
      return true;
    },
  });
  await page.goto(site.url);
  const info = await inPage(page, async ({ Pix2Pix }) => (await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu', threads: 2 })).info);
  expect(info).toMatchObject({ simd: 'fixed', threads: 2 });
  expect(asked(site)).toEqual(['threads-relaxed_bg.wasm', 'threads_bg.wasm']);
});

test('addresses of the engines without relaxed SIMD alone are those that are used', async ({ page, serve }) => {
  const site = await serve(plainSite);
  await page.goto(site.url);
  const simd = await inPage(page, async ({ Pix2Pix }) => {
    const [plain, relaxed] = ['cpu', 'cpu-relaxed'].map((name) => `/node_modules/pix2pix-web/pkg/${name}_bg.wasm`) as [string, string];
    const simdOf = async (wasmUrl: Record<string, string>) => (await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu', wasmUrl })).info.simd;
    return [await simdOf({ cpu: plain }), await simdOf({ cpu: plain, 'cpu-relaxed': relaxed })];
  });
  expect(simd).toEqual(['fixed', 'relaxed']);
  expect(asked(site)).toEqual(['cpu_bg.wasm', 'cpu-relaxed_bg.wasm']);
});

test('SIMD that is neither is refused', async ({ page, serve }) => {
  await page.goto((await serve(plainSite)).url);
  const failed = await inPage(page, async ({ Pix2Pix, failure }) => failure(Pix2Pix.load('/rgb-generator.pict', { simd: 'wide' as 'fixed' })));
  expect(failed).toEqual({ code: 'options/invalid', message: 'simd is wide, expected relaxed or fixed' });
});
