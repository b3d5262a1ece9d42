/** The packed package in a page without a bundler: every call, every kind of picture, every way to fail. */
import { cpSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Package from '../../pkg/client.js';
import { type Served, expect, test } from './fixtures';
import { PASS_FOR_GPU } from './gpu';
import { CLIENT, inPage } from './in-page';
import { plainSite, root } from './pack';

let site: Served;
test.beforeEach(async ({ page, serve }) => {
  site = await serve(plainSite);
  await page.goto(site.url);
});

test('every kind of picture gives the same answer', async ({ page }) => {
  const differences = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const drawn = canvas();
    const pixels = drawn.getContext('2d')!.getImageData(0, 0, 256, 256);
    const png = await new Promise<Blob>((done) => drawn.toBlob((blob) => done(blob!)));
    const offscreen = new OffscreenCanvas(256, 256);
    offscreen.getContext('2d')!.drawImage(drawn, 0, 0);
    const image = new Image();
    image.src = URL.createObjectURL(png);
    await image.decode();
    const bitmap = await createImageBitmap(drawn);
    const expected = await model.translate(pixels);
    const others = [drawn, offscreen, bitmap, png, new File([png], 'a.png'), image];
    const differences = [];
    for (const source of others) {
      const picture = await model.translate(source);
      differences.push(picture.data.filter((v, i) => v !== expected.data[i]).length);
    }
    // What the caller gave is still the caller's.
    const still = [pixels.data.length, bitmap.width, (await model.translate(pixels)).width];
    model.dispose();
    return [...differences, still];
  });
  expect(differences).toEqual([0, 0, 0, 0, 0, 0, [256 * 256 * 4, 256, 256]]);
});

test('a video is translated as the frame that it shows, and a VideoFrame stays its owner’s', async ({ page }) => {
  const seen = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const drawn = canvas();
    const video = document.createElement('video');
    const early = await model.translate(video).catch((error: { code?: string; message: string }) => [error.code, error.message]);
    video.muted = true;
    video.srcObject = drawn.captureStream();
    // A canvas is a video of one frame until it is drawn on.
    drawn.getContext('2d')!.fillRect(0, 0, 1, 1);
    await video.play();
    video.pause();
    const frame = new VideoFrame(video);
    const shown = new OffscreenCanvas(256, 256);
    shown.getContext('2d')!.drawImage(video, 0, 0);
    const pixels = (source: HTMLCanvasElement | OffscreenCanvas) => (source as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, 256, 256).data;
    const given = pixels(drawn);
    // Video has less colour than a canvas.
    const apart = pixels(shown).reduce((sum, value, i) => sum + Math.abs(value - given[i]!), 0) / given.length;
    const expected = await model.translate(shown);
    const differences = [];
    for (const source of [video, frame]) {
      const picture = await model.translate(source);
      differences.push(picture.data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected.data[i]!)), 0));
    }
    const still = frame.codedWidth;
    frame.close();
    const closed = await model.translate(frame).catch((error: { code?: string }) => error.code);
    model.dispose();
    return { early, apart, differences, still, closed };
  });
  expect(seen.early).toEqual(['image/unreadable', expect.stringContaining('wait for its event loadeddata')]);
  expect(seen.apart).toBeLessThan(3);
  expect(seen.differences).toEqual([0, 0]);
  expect(seen.still).toBe(256);
  expect(seen.closed).toBe('image/unreadable');
});

test('auto takes the CPU where WebGPU is only software, and says why', async ({ page }) => {
  const info = await inPage(page, async ({ Pix2Pix }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict');
    return model.info;
  });
  expect(info).toMatchObject({
    device: 'cpu', format: 'pict', dtype: 'q8', ngf: 4, depth: 8, size: 256, bias: true,
    inChannels: 3, outChannels: 3, bytes: 219_429, runningStatistics: false, ignored: [], convolution: 'full', activation: 'leakyrelu', norm: 'batch',
  });
  expect(info.reason).toContain('software');
});

/** How often each file of an engine was fetched. */
const engineFiles = ({ requests }: Served) =>
  Object.fromEntries(
    ['cpu.js', 'cpu-relaxed_bg.wasm', 'cpu_bg.wasm', 'webgpu.js', 'webgpu_bg.wasm'].map((name) => [name, requests.filter((r) => r.endsWith(`/pkg/${name}`)).length]),
  );

/** An engine's bindings and its WebAssembly, or none of it. */
const times = (cpu: number, webgpu: number) => ({ 'cpu.js': cpu, 'cpu-relaxed_bg.wasm': cpu, 'cpu_bg.wasm': 0, 'webgpu.js': webgpu, 'webgpu_bg.wasm': webgpu });

test('the engine that is used is fetched, and no other; each once', async ({ page }) => {
  const engines = await inPage(page, async ({ EdgeDetector, Pix2Pix, canvas }) => {
    const engines = new Set();
    const onProgress = ({ engine }: Package.Progress) => engine && engines.add(engine);
    const detector = await EdgeDetector.start({ onProgress, worker: false });
    await detector.detect(canvas());
    const auto = await Pix2Pix.load('/rgb-generator.pict', { onProgress, worker: false });
    await auto.suggestHints(canvas());
    return [...engines];
  });
  expect(engines).toEqual(['cpu-relaxed']);
  expect(engineFiles(site)).toEqual(times(1, 0));
});

test('both engines run side by side in one thread, and agree with those in workers', async ({ page }) => {
  const outcome = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const load = (device: 'cpu' | 'webgpu') => Pix2Pix.load('/rgb-generator.pict', { device, worker: false });
    const models = await Promise.all([load('cpu'), load('webgpu'), load('cpu'), load('webgpu')]);
    const pictures = await Promise.all(models.map((model) => model.translate(canvas())));
    const first = pictures[0]!.data;
    return {
      pictures: models.map(({ info }, i) => `${info.device} ${pictures[i]!.width}`),
      apart: pictures.map(({ data }) => data.reduce((sum, v, i) => sum + Math.abs(v - first[i]!), 0) / data.length),
      first: [...first],
    };
  });
  expect(outcome.pictures).toEqual(['cpu 256', 'webgpu 256', 'cpu 256', 'webgpu 256']);
  expect(engineFiles(site)).toEqual(times(1, 1));
  const workers = await inPage(page, async ({ Pix2Pix, canvas }, first) => {
    const outcome = [];
    for (const device of ['cpu', 'webgpu'] as const) {
      const model = await Pix2Pix.load('/rgb-generator.pict', { device });
      const { data } = await model.translate(canvas());
      const { device: opened, adapter, features } = model.info;
      outcome.push({ device: opened, adapter, features, apart: data.reduce((sum, v, i) => sum + Math.abs(v - first[i]!), 0) / data.length });
      model.dispose();
    }
    return outcome;
  }, outcome.first);
  expect(workers.map(({ device }) => device)).toEqual(['cpu', 'webgpu']);
  const known = await page.evaluate(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    return (['shader-f16', 'subgroups'] as const).filter((name) => adapter!.features.has(name));
  });
  expect(workers.map(({ features }) => features)).toEqual([[], known]);
  expect(workers[1]!.adapter).toContain('swiftshader');
  // Random weights magnify round-off at single pixels; see tests/web.rs.
  for (const apart of [...outcome.apart, ...workers.map(({ apart }) => apart)]) expect(apart).toBeLessThan(0.02);
});

test('where the engine of WebGPU can’t be started, auto takes that of the CPU and says so, and webgpu is refused', async ({ page }) => {
  const outcome = await inPage(page, async ({ Pix2Pix, canvas, failure }) => {
    // As with a GPU. The engine asks in its worker, and is not asked here.
    GPU.prototype.requestAdapter = async () => ({ info: { isFallbackAdapter: false } }) as GPUAdapter;
    const outcome = [];
    for (const missing of [{ wasmUrl: { webgpu: '/nowhere.wasm' } }, { workerUrl: { webgpu: '/nowhere.js' } }]) {
      const { code } = await failure(Pix2Pix.load('/rgb-generator.pict', { device: 'webgpu', ...missing }));
      const model = await Pix2Pix.load('/rgb-generator.pict', missing);
      const { width } = await model.translate(canvas());
      outcome.push({ code, width, device: model.info.device, reason: model.info.reason });
    }
    // What is wrong with the model is not tried again.
    const codes = [await failure(Pix2Pix.load('/no-such-file.pict'))].map(({ code }) => code);
    return { outcome, codes };
  });
  expect(outcome.outcome).toEqual([
    { code: 'network/status', width: 256, device: 'cpu', reason: expect.stringMatching(/WebGPU.*nowhere\.wasm answered 404/) },
    { code: 'worker/failed', width: 256, device: 'cpu', reason: expect.stringMatching(/WebGPU.*workerUrl/) },
  ]);
  expect(outcome.codes).toEqual(['network/status']);
});

test('auto times a picture on both devices, moves to the faster one with the same weights, and takes that at once the next time', async ({ page }) => {
  writeFileSync(join(plainSite, 'pass-for-gpu.js'), PASS_FOR_GPU);
  writeFileSync(join(plainSite, 'worker-with-gpu.js'), `import './pass-for-gpu.js';\nimport '${CLIENT.replace('client', 'webgpu-worker')}';`);
  await page.evaluate(PASS_FOR_GPU);
  const count = (file: string) => site.requests.filter((request) => request.endsWith(`/${file}`)).length;
  const first = await inPage(page, async ({ Pix2Pix, canvas }) => {
    let heard: (info: Package.ModelInfo) => void = () => undefined;
    const told = new Promise<Package.ModelInfo>((done) => (heard = done));
    const model = await Pix2Pix.load('/rgb-generator.pict', { workerUrl: { webgpu: '/worker-with-gpu.js' }, onDevice: heard });
    const before = { info: model.info, picture: await model.translate(canvas()) };
    const after = { told: await told, info: model.info, picture: await model.translate(canvas()), memory: [await model.deviceMemory()] };
    model.dispose();
    const apart = after.picture.data.reduce((sum, v, i) => sum + Math.abs(v - before.picture.data[i]!), 0) / after.picture.data.length;
    return { before: before.info, info: after.info, told: after.told, memory: after.memory, apart };
  });
  expect(first.before).toMatchObject({ device: 'webgpu', reason: 'WebGPU is available' });
  console.log(first.info.reason);
  expect(first.info).toEqual({ ...first.before, device: 'cpu', adapter: 'Burn Flex', features: [], simd: 'relaxed', reason: expect.stringMatching(/a picture takes \d+ ms, and .* ms on WebGPU/) });
  expect(first.told).toEqual(first.info);
  expect(first.apart).toBeLessThan(0.02);
  expect(first.memory, 'it is the CPU indeed').toEqual([undefined]);
  expect(['rgb-generator.pict', 'worker-with-gpu.js', 'webgpu_bg.wasm', 'cpu-relaxed_bg.wasm'].map(count)).toEqual([1, 1, 1, 1]);

  await page.reload();
  await page.evaluate(PASS_FOR_GPU);
  const next = await inPage(page, async ({ Pix2Pix }) => (await Pix2Pix.load('/rgb-generator.pict')).info);
  expect(next).toEqual(first.info);
  expect(site.requests.filter((request) => /\/(webgpu-worker\.js|worker-with-gpu\.js|webgpu_bg\.wasm)$/.test(request))).toHaveLength(3);
});

test('both TensorFlow layouts load, and our own file is written and read', async ({ page }) => {
  const formats = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const formats = [];
    for (const url of ['/rgb-weights.safetensors', '/classic-weights.safetensors']) {
      const model = await Pix2Pix.load(url, { device: 'cpu' });
      const before = await model.translate(canvas());
      const half = await Pix2Pix.load(await model.save({ what: 'networks', dtype: 'f16' }), { device: 'cpu' });
      const after = await half.translate(canvas());
      const errors = after.data.map((v, i) => Math.abs(v - before.data[i]!));
      const { format, bias, ndf } = model.info;
      formats.push({ format, bias, ndf, again: half.info.format, dtype: half.info.dtype,
        close: errors.reduce((sum, e) => sum + e, 0) / errors.length < 0.5 });
    }
    return formats;
  });
  const again = { ndf: 4, again: 'pix2pix-web', dtype: 'f16', close: true };
  expect(formats).toEqual([
    { format: 'tensorflow-2018', bias: true, ...again },
    { format: 'tensorflow-2017', bias: false, ...again },
  ]);
});

test('the picture has the aspect ratio of what went in', async ({ page }) => {
  const sizes = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const size = async (options: Package.TranslateOptions) => {
      const { width, height } = await model.translate(canvas(600, 300), options);
      return [width, height];
    };
    return [
      await size({}), await size({ fit: 'stretch' }), await size({ fit: 'cover' }),
      await size({ output: 'square' }),
    ];
  });
  expect(sizes).toEqual([[256, 128], [256, 128], [256, 256], [256, 256]]);
});

test('a plain drawing gets colours by a seed, and translate lays them itself where it is told to', async ({ page }) => {
  const outcome = await inPage(page, async ({ Pix2Pix, canvas, failure }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const drawn = canvas(512, 256);
    const [hints, again, others] = [
      await model.suggestHints(drawn, { seed: 7 }), await model.suggestHints(drawn, { seed: 7 }), await model.suggestHints(drawn, { seed: 8 }),
    ];
    const picture = async (options: Package.TranslateOptions) => [...(await model.translate(drawn, options)).data].join();
    const pictures = [await picture({}), await picture({ colors: 7 }), await picture({ colors: 7 }), await picture({ colors: 8 })];
    const wrong = [await failure(model.suggestHints(drawn, { seed: -1 })), await failure(model.translate(drawn, { colors: 0.5 }))];
    return {
      hints, again, others, wrong: wrong.map(({ code }) => code),
      pictures: [pictures[0] !== pictures[1], pictures[1] === pictures[2], pictures[1] !== pictures[3]],
    };
  });
  expect(outcome.hints).toEqual([{ x: expect.any(Number), y: expect.any(Number), radius: expect.any(Number), color: expect.stringMatching(/^#[0-9a-f]{6}$/) }]);
  const [{ x, y, radius }] = outcome.hints as [Package.Hint];
  expect(Math.hypot(x - 0.4 * 512, y - 0.5 * 256), 'in the middle of the ellipse').toBeLessThan(20);
  expect(radius).toBeGreaterThan(0);
  expect(outcome.again).toEqual(outcome.hints);
  expect(outcome.others[0]?.color).not.toBe(outcome.hints[0]?.color);
  expect(outcome).toMatchObject({ pictures: [true, true, true], wrong: ['options/invalid', 'options/invalid'] });
});

test('EXIF orientation is honoured', async ({ page }) => {
  const size = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const jpeg = await new Promise<Blob>((done) =>
      canvas(600, 300).toBlob((blob) => done(blob!), 'image/jpeg'),
    );
    // An APP1 segment behind the start marker: big-endian TIFF with one tag, orientation 6.
    const exif = new Uint8Array([
      0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8,
      0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
    ]);
    const turned = new Blob([jpeg.slice(0, 2), exif, jpeg.slice(2)], { type: 'image/jpeg' });
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const { width, height } = await model.translate(turned);
    return [width, height];
  });
  expect(size).toEqual([128, 256]);
});

test('overlapping calls wait in line, or take the waiting one’s place', async ({ page }) => {
  const outcome = await inPage(page, async ({ Pix2Pix, canvas, failure }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const queued = await Promise.all([1, 2, 3].map(() => model.translate(canvas())));
    const running = model.translate(canvas(), { overlap: 'supersede' });
    const waiting = model.translate(canvas(), { overlap: 'supersede' });
    const newest = model.translate(canvas(), { overlap: 'supersede' });
    const codes = await Promise.all([running, waiting, newest].map(failure));
    return { queued: queued.length, codes: codes.map((c) => c.code) };
  });
  expect(outcome).toEqual({
    queued: 3,
    codes: ['nothing failed', 'translate/superseded', 'nothing failed'],
  });
});

test('a seed repeats dropout', async ({ page }) => {
  const same = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const run = async (options: Package.TranslateOptions) => (await model.translate(canvas(), options)).data.join();
    const first = await run({ dropout: true, seed: 7 });
    return [
      first === (await run({ dropout: true, seed: 7 })),
      first === (await run({ dropout: true, seed: 8 })),
      first === (await run({})),
    ];
  });
  expect(same).toEqual([true, false, false]);
});

test('signals stop loading and translating', async ({ page }) => {
  const outcome = await inPage(page, async ({ Pix2Pix, canvas, failure }) => {
    const stopped = new AbortController();
    const loading = Pix2Pix.load('/rgb-weights.safetensors', {
      signal: stopped.signal, cache: false, onProgress: () => stopped.abort(),
    });
    const codes = [await failure(loading)];
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    codes.push(await failure(model.translate(canvas(), { signal: AbortSignal.abort() })));
    const later = new AbortController();
    const running = model.translate(canvas(), { signal: later.signal });
    later.abort();
    codes.push(await failure(running));
    return [...codes.map((c) => c.code), (await model.translate(canvas())).width];
  });
  const abort = 'AbortError is no Pix2PixError';
  expect(outcome).toEqual([abort, abort, abort, 256]);
});

test('a photo is coloured at its own size by a model of Lab alone, and signals stop that', async ({ page }) => {
  const outcome = await inPage(page, async ({ Pix2Pix, canvas, failure }) => {
    const model = await Pix2Pix.create({ color: 'lab', ngf: 2, depth: 5 }, { device: 'cpu' });
    const { width, height } = await model.colorize(canvas(90, 41));
    const stopped = failure(model.colorize(canvas(), { signal: AbortSignal.abort() }));
    const later = new AbortController();
    const running = failure(model.colorize(canvas(), { signal: later.signal }));
    later.abort();
    const sketches = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const codes = [await stopped, await running, await failure(sketches.colorize(canvas()))].map(({ code }) => code);
    return { width, height, codes, info: [model.info.color, model.info.inChannels, model.info.outChannels] };
  });
  const abort = 'AbortError is no Pix2PixError';
  expect(outcome).toEqual({ width: 90, height: 41, codes: [abort, abort, 'model/channels'], info: ['lab', 1, 2] });
});

test('a disposed model rejects what waits and what comes', async ({ page }) => {
  const codes = await inPage(page, async ({ Pix2Pix, canvas, failure }) => {
    const codes = [];
    for (const worker of [true, false]) {
      const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu', worker });
      const waiting = [model.translate(canvas()), model.translate(canvas())];
      // In the caller's thread a translation would be done by then.
      if (worker) await new Promise((later) => setTimeout(later, 0));
      model.dispose();
      codes.push((await failure(waiting[1]!)).code, (await failure(model.translate(canvas()))).code);
      await failure(waiting[0]!);
      model.dispose(); // twice does no harm
    }
    return codes;
  });
  expect(codes).toEqual(Array(4).fill('model/disposed'));
});

test('broken inputs: each has its code, and the model before stays usable', async ({ page }) => {
  const outcome = await inPage(page, async ({ Pix2Pix, canvas, failure }) => {
    const good = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const pict = new Uint8Array(await (await fetch('/rgb-generator.pict')).arrayBuffer());
    const tensors = new Uint8Array(await (await fetch('/rgb-weights.safetensors')).arrayBuffer());
    const nan = tensors.slice();
    nan.set([0, 0, 0xc0, 0x7f], nan.length - 4);
    const renamed = tensors.slice();
    const header = new TextDecoder().decode(renamed.subarray(0, 20_000));
    renamed.set(new TextEncoder().encode('encoder_9'), header.indexOf('encoder_3/conv2d/kernel'));
    const load = (source: Package.FileSource, options = {}) =>
      failure(Pix2Pix.load(source, options as Package.LoadOptions));
    const codes = [
      await load('/no-such-file.pict'),
      await load('/index.html'),
      await load(new Uint8Array()),
      await load(pict.slice(0, 100_000)),
      await load(tensors.slice(0, 500_000)),
      await load(nan),
      await load(renamed),
      await load(new Blob(['PK\x03\x04 a PyTorch file'])),
      await load(pict, { devise: 'cpu' }),
      await load(pict, { device: 'quantum' }),
      await load(pict, { wasmUrl: '/cpu_bg.wasm' }),
      await load(pict, { workerUrl: '/cpu-worker.js' }),
      await failure(good.translate(new Blob(['no picture']))),
      await failure(good.translate(canvas(), { colour: true } as Package.TranslateOptions)),
      await failure(good.translate(canvas(), { seed: -1 })),
      await failure(good.translate(canvas(), { statistics: 'running' })),
      await failure(good.translate(canvas(), { overlap: 'never' as 'queue' })),
      await load('http://localhost:1/model.pict'),
    ];
    return { codes, width: (await good.translate(canvas())).width };
  });
  expect(outcome.codes.map((c) => c.code)).toEqual([
    'network/status', 'weights/format', 'weights/format', 'weights/truncated', 'weights/truncated',
    'weights/nan', 'weights/missing', 'weights/format', 'options/invalid', 'options/invalid', 'options/invalid',
    'options/invalid',
    'image/unreadable', 'options/invalid', 'options/invalid', 'model/running-statistics',
    'options/invalid', 'network/unreachable',
  ]);
  expect(outcome.codes[6]!.message).toContain('generator/encoder_3/conv2d/kernel');
  expect(outcome.codes[8]!.message).toContain('devise');
  expect(outcome.width).toBe(256);
});

test('a TensorFlow checkpoint opens by its files', async ({ page }) => {
  const { info, width, missing } = await inPage(page, async ({ Pix2Pix, canvas, failure }) => {
    const names = ['model-3.index', 'model-3.data-00000-of-00001', 'options.json'];
    const file = async (name: string) => ({ name, bytes: await (await fetch(`/checkpoint/${name}`)).arrayBuffer() });
    const files = await Promise.all(names.map(file));
    const model = await Pix2Pix.load(files, { device: 'cpu' });
    const { info } = model;
    const { width } = await model.translate(canvas());
    model.dispose();
    // The caller's bytes are still the caller's.
    const missing = await failure(Pix2Pix.load(files.slice(0, 1), { device: 'cpu' }));
    return { info, width, missing };
  });
  expect([info.format, info.ngf, info.ndf, info.step, width]).toEqual(['tensorflow-2018', 4, 4, 3, 256]);
  expect(missing.code).toBe('weights/missing');
});

test('progress counts real bytes, and a model is fetched once', async ({ page }) => {
  const load = (cache: boolean) =>
    inPage(
      page,
      async ({ Pix2Pix }, cache) => {
        const last: Record<string, unknown> = {};
        const model = await Pix2Pix.load('/rgb-generator.pict', {
          device: 'cpu', cache, onProgress: ({ phase, loaded, total }) => (last[phase] = { loaded, total }),
        });
        model.dispose();
        return last;
      },
      cache,
    );
  const fetched = () => site.sent.filter((r) => r === 'GET /rgb-generator.pict').length;
  const first = await load(true);
  expect(first['download']).toEqual({ loaded: 219_429, total: 219_429 });
  expect(first['runtime']).toBeTruthy();
  expect(fetched()).toBe(1);
  const second = await load(true);
  expect(second['download']).toBeUndefined();
  expect(second['weights']).toBeTruthy();
  expect(fetched(), 'the server was asked, and sent nothing').toBe(1);
  expect(site.requests.filter((r) => r.endsWith('/rgb-generator.pict')), 'once a visit').toEqual(Array(2).fill('GET /rgb-generator.pict'));
});

test('a kept model is not sent again where the browser’s own cache has not got it', async ({ page, context }) => {
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.setCacheDisabled', { cacheDisabled: true });
  const before = site.requests.length;
  for (let visit = 0; visit < 2; visit++) {
    await inPage(page, async ({ Pix2Pix }) => (await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' })).dispose());
  }
  const asked = site.requests.slice(before).filter((r) => r.endsWith('/rgb-generator.pict'));
  expect([asked.length, site.sent.filter((r) => r.endsWith('/rgb-generator.pict')).length]).toEqual([2, 1]);
});

test('what was prefetched is there without a network, engine and all, and is fetched no more', async ({ page, serve }) => {
  // As hosts of static files send it.
  const site = await serve(plainSite, { headers: { 'cache-control': 'public, max-age=600' } });
  await page.goto(site.url);
  const heard = await inPage(page, async ({ Pix2Pix }) => {
    const heard: Package.Bytes[] = [];
    await Pix2Pix.prefetch('/rgb-generator.pict', { device: 'cpu', onProgress: (progress) => heard.push(progress) });
    return heard;
  });
  const total = 219_429 + statSync(join(root, 'pkg/cpu-relaxed_bg.wasm')).size;
  expect(new Set(heard.map((progress) => progress.total)), 'known from the first event on').toEqual(new Set([total]));
  expect(heard.at(-1)!.loaded).toBe(total);
  const asked = site.requests.length;
  site.stop();
  const width = await inPage(page, async ({ Pix2Pix, canvas }) => {
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' });
    const { width } = await model.translate(canvas());
    model.dispose();
    return width;
  });
  expect([width, site.requests.length]).toEqual([256, asked]);
});

test('the package works from another origin, such as a CDN, worker and all', async ({ page, serve }) => {
  const cdn = await serve(plainSite, { headers: { 'access-control-allow-origin': '*' } });
  const picture = await page.evaluate(async (url) => {
    const { Pix2Pix } = (await import(`${url}node_modules/pix2pix-web/pkg/client.js`)) as typeof Package;
    const model = await Pix2Pix.load(`${url}rgb-generator.pict`, { device: 'cpu' });
    const { width } = await model.translate(new ImageData(256, 256));
    model.dispose();
    return width;
  }, cdn.url);
  expect(picture).toBe(256);
  expect(cdn.requests).toContain('GET /node_modules/pix2pix-web/pkg/cpu-worker.js');
});

test('a newer version on the server replaces the kept one', async ({ page }) => {
  const bytes = await inPage(page, async ({ Pix2Pix }) => {
    const cache = await caches.open('pix2pix-web-models');
    const url = new URL('/rgb-generator.pict', location.href).href;
    await cache.put(url, new Response('an older version', { headers: { etag: 'W/"older"' } }));
    return (await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' })).info.bytes;
  });
  expect(bytes).toBe(219_429);
});

test('an answer that is no model is not kept', async ({ page, serve }) => {
  let portal = true;
  const moody = await serve(plainSite, {
    instead: (request, response) => {
      if (!portal || request.url !== '/rgb-generator.pict') return false;
      response.end('<!doctype html><title>Sign in to this network</title>');
      return true;
    },
  });
  await page.goto(moody.url);
  const load = () =>
    inPage(page, async ({ Pix2Pix, failure }) => (await failure(Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' }))).code);
  expect(await load()).toBe('weights/format');
  portal = false;
  expect(await load()).toBe('nothing failed');
});

test('a server that never answers does not hold up a kept model', async ({ page, serve }) => {
  let dead = false;
  const dying = await serve(plainSite, { instead: (request) => dead && request.url === '/rgb-generator.pict' });
  await page.goto(dying.url);
  const load = () => inPage(page, async ({ Pix2Pix }) => (await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu' })).info.ngf);
  expect(await load()).toBe(4);
  dead = true;
  expect(await load()).toBe(4);
});

test('a connection that breaks midway is an error of the network', async ({ page, serve }) => {
  const breaking = await serve(plainSite, {
    instead: (request, response) => {
      if (!/\/(broken\.pict|broken\.wasm)$/.test(request.url ?? '')) return false;
      response.writeHead(200, { 'content-length': '100000' });
      response.write('a beginning');
      setTimeout(() => response.destroy(), 50);
      return true;
    },
  });
  await page.goto(breaking.url);
  const codes = await inPage(page, async ({ Pix2Pix, failure }) => [
    (await failure(Pix2Pix.load('/broken.pict'))).code,
    (await failure(Pix2Pix.load('/rgb-generator.pict', { wasmUrl: { cpu: '/broken.wasm' } }))).code,
  ]);
  expect(codes).toEqual(['network/unreachable', 'network/unreachable']);
});

test('a device that goes away is an error with its code, and a new one can be opened', async ({ page }) => {
  const outcome = await inPage(page, async ({ Pix2Pix, canvas, failure, shallow }) => {
    const devices: GPUDevice[] = [];
    const original = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await original.call(this, descriptor);
      devices.push(device);
      return device;
    };
    const options = { device: 'webgpu' as const, worker: false };
    const file = await shallow();
    const model = await Pix2Pix.load(file, options);
    const before = await model.translate(canvas());
    devices[0]!.destroy();
    await devices[0]!.lost;
    const { code } = await failure(model.translate(canvas()));
    const again = await Pix2Pix.load(file, options);
    const after = await again.translate(canvas());
    return { code, same: before.data.every((v, i) => Math.abs(v - after.data[i]!) <= 1) };
  });
  expect(outcome).toEqual({ code: 'device/lost', same: true });
});

test('the files may lie elsewhere, under the Content-Security-Policy that the README names', async ({ page, serve }) => {
  cpSync(join(plainSite, 'node_modules/pix2pix-web/pkg'), join(plainSite, 'elsewhere'), { recursive: true });
  writeFileSync(join(plainSite, 'strict.html'), '<!doctype html><script type="module" src="/strict.js"></script>');
  writeFileSync(
    join(plainSite, 'strict.js'),
    `import { Pix2Pix } from '${CLIENT}';
    const of = (file) => ({ cpu: '/elsewhere/cpu' + file, webgpu: '/elsewhere/webgpu' + file });
    const wasmUrl = of('_bg.wasm'), workerUrl = of('-worker.js');
    const done = [];
    for (const device of ['cpu', 'webgpu']) {
      const model = await Pix2Pix.load('/rgb-generator.pict', { device, wasmUrl, workerUrl });
      done.push(model.info.device);
    }
    // Nothing more is fetched for a picture, which is made of the same; WebGPU's takes seconds.
    const model = await Pix2Pix.load('/rgb-generator.pict', { device: 'cpu', wasmUrl, workerUrl });
    done.push((await model.translate(new ImageData(256, 256))).width);
    document.title = done.join(' ');`,
  );
  const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
  const strict = await serve(plainSite, { headers: { 'content-security-policy': policy } });
  await page.goto(`${strict.url}strict.html`);
  await expect(page).toHaveTitle('cpu webgpu 256');
  for (const file of ['cpu-worker.js', 'cpu_bg.wasm', 'webgpu-worker.js', 'webgpu_bg.wasm']) {
    expect(strict.requests).toContain(`GET /elsewhere/${file}`);
  }
});

test('a worker or a runtime that is not there is an error with its code', async ({ page }) => {
  const codes = await inPage(page, async ({ Pix2Pix, failure }) => [
    (await failure(Pix2Pix.load('/rgb-generator.pict', { workerUrl: { cpu: '/nowhere.js' } }))).code,
    (await failure(Pix2Pix.load('/rgb-generator.pict', { wasmUrl: { cpu: '/nowhere.wasm' } }))).code,
    (await failure(Pix2Pix.load('/rgb-generator.pict', { wasmUrl: { cpu: '/index.html' } }))).code,
  ]);
  expect(codes).toEqual(['worker/failed', 'network/status', 'runtime/failed']);
});

for (const [device, few, many] of [['cpu', 50, 1000], ['webgpu', 10, 200]] as const) {
  test(`${many} translations on ${device} hold no more memory than ${few}`, async ({ page }) => {
    const [early, late] = await inPage(
      page,
      async ({ Pix2Pix, canvas, shallow }, [device, few, many]) => {
        const model = await Pix2Pix.load(device === 'cpu' ? '/rgb-generator.pict' : await shallow(), { device });
        const sketch = canvas();
        const memory = [];
        for (let i = 1; i <= many; i++) {
          await model.translate(sketch);
          if (i === few || i === many) memory.push(await model.memory());
        }
        return memory;
      },
      [device, few, many] as const,
    );
    expect(late).toBe(early);
  });
}

test('a model of ngf 64 needs little more memory than its weights', async ({ page }) => {
  const weights = 4 * 54_414_976;
  const peak = (device: 'cpu' | 'webgpu') =>
    inPage(
      page,
      async ({ Pix2Pix, canvas }, device) => {
        // A .pict of the layout of 2017 with random codes.
        const widths = [1, 2, 4, 8, 8, 8, 8, 8].map((m) => 64 * m);
        const list: { name: string; shape: number[] }[] = [];
        for (let i = 0; i < 8; i++) {
          const [w, below] = [widths[i]!, widths[i - 1] ?? 3];
          const inner = i === 7 ? w : 2 * w;
          list.push({ name: `generator/encoder_${i + 1}/conv/filter`, shape: [4, 4, below, w] });
          list.push({ name: `generator/decoder_${i + 1}/deconv/filter`, shape: [4, 4, below, inner] });
          for (const [layer, channels] of [[`encoder_${i + 1}`, w], [`decoder_${i + 1}`, below]] as const) {
            if (i === 0) continue;
            list.push({ name: `generator/${layer}/batchnorm/scale`, shape: [channels] });
            list.push({ name: `generator/${layer}/batchnorm/offset`, shape: [channels] });
          }
        }
        const index = new TextEncoder().encode(JSON.stringify(list));
        const book = Float32Array.from({ length: 256 }, (_, i) => (i - 127.5) / 2500);
        const codes = new Uint8Array(list.reduce((n, t) => n + t.shape.reduce((a, b) => a * b), 0));
        for (let i = 0, state = 1; i < codes.length; i++) codes[i] = (state = (state * 16_807) % 2_147_483_647) >> 8;
        const length = (n: number) => new Uint8Array([n >> 24, n >> 16, n >> 8, n]);
        const file = new Blob([length(index.length), index, length(1024), book, length(codes.length), codes]);
        const model = await Pix2Pix.load(file, { device });
        await model.translate(canvas());
        const peak = await model.memory();
        const { parameters } = model.info;
        model.dispose();
        return { peak, parameters };
      },
      device,
    );
  const cpu = await peak('cpu');
  const gpu = await peak('webgpu');
  console.log(`ngf 64: ${JSON.stringify({ cpu: cpu.peak / weights, webgpu: gpu.peak / weights })} of the f32 weights`);
  expect(cpu.parameters).toBe(54_414_976);
  expect(cpu.peak).toBeLessThan(1.3 * weights);
  expect(gpu.peak).toBeLessThan(0.35 * weights); // the largest tensor alone is 0.15
});
