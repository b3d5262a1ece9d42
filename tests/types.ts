/** What the package's types allow and refuse; checked by `npm run types`, never run. */
import { type Card, EdgeDetector, type FileSource, type Hint, type ModelInfo, type Pair, Pix2Pix, Pix2PixError, type PrefetchOptions, type Preview, type Progress } from '../pkg/client.js';

export async function allowed(canvas: HTMLCanvasElement, file: File, signal: AbortSignal) {
  const model = await Pix2Pix.load(file, {
    device: 'webgpu',
    onProgress: ({ phase, engine, loaded, total, overall }: Progress) => [phase === 'runtime' ? engine.length : 0, loaded, total ?? 0, overall.total ?? 0],
    signal,
    cache: false,
    worker: true,
    simd: 'fixed',
    wasmUrl: { cpu: new URL('https://example.org/a.wasm'), 'cpu-relaxed': '/c.wasm', webgpu: '/b.wasm' },
    workerUrl: { webgpu: '/worker.js' },
  });
  const later: PrefetchOptions = { device: 'cpu', signal, threads: 2, onProgress: ({ loaded, total }) => [loaded, total ?? 0] };
  await Pix2Pix.prefetch('/a.pict', later);
  await Pix2Pix.prefetch(undefined, { device: 'webgpu' });
  const info: ModelInfo = model.info;
  await model.warmUp({ train: { batchSize: 4, clip: null }, signal });
  const half: boolean = info.features.includes('shader-f16');
  const picture: ImageData = await model.translate(canvas, {
    dropout: true,
    seed: 1,
    statistics: 'running',
    fit: 'cover',
    output: 'square',
    size: [512, 256],
    tiles: true,
    overlap: 'supersede',
    spreadHints: true,
    colors: 7,
    signal,
  });
  const hints: Hint[] = await model.suggestHints(canvas, { seed: 3 });
  const pairs: Pair[] = [
    { input: canvas, target: file },
    { name: 'both', sideBySide: picture, direction: 'BtoA' },
    { photo: file },
  ];
  const colored: ImageData = await model.colorize(file, { size: 'native', dropout: true, seed: 2, signal });
  let l1 = 0;
  for await (const step of model.train(pairs, {
    steps: 10, batchSize: 2, learningRate: 1e-4, loss: 'hinge', freeze: 'inner', decay: { from: 5, to: 10 }, clip: null, signal,
    lines: 'varied', hints: 0.5, recolor: 0.5, spreadHints: true, kernels: 'balanced', chromaWeight: null, slopeFloor: 0.1, average: 0.999,
    onSkip: ({ name, code }) => [name, code],
  })) {
    const preview: Preview = await step.preview();
    l1 = step.averages.l1 + (preview.fake?.values[0] ?? 0);
  }
  // Each brings a default back.
  model.train(pairs, {
    batchSize: null, learningRate: null, beta1: null, beta2: null, epsilon: null, l1Weight: null, ganWeight: null, loss: null, clip: null, decay: null, freeze: null,
    generatorOnly: null, warmup: null, dropout: null, scaleSize: null, cropSize: null, flip: null, lines: null, hints: null, recolor: null, spreadHints: null, kernels: null,
    chromaWeight: null, slopeFloor: null, average: null, fit: null, seed: null, restart: null, traceEvery: null,
  });
  const source: FileSource = new Uint8Array(4);
  await Pix2Pix.load(source);
  for await (const { output } of model.evaluate(pairs, { spreadHints: true, size: 512 })) l1 += output.width;
  await Pix2Pix.load([file, { name: 'model-3.index', bytes: new Uint8Array(1) }, { name: 'options.json', bytes: new Blob() }]);
  await model.loadDiscriminator('/d.safetensors', { signal });
  const created: Pix2Pix = await Pix2Pix.create({ ngf: 8, norm: 'instance', color: 'lab', direction: 'BtoA' }, { device: 'cpu' });
  await Pix2Pix.create({ convolution: 'separable', norm: 'none', patch: 286, activation: 'prelu' });
  const lines: ImageData = await (await EdgeDetector.start()).detect(file, { strength: 0.3, signal });
  const card: Card = { title: 'Fronts', licence: { name: 'MIT' }, classes: [{ name: 'sky', color: '#66ccff' }], scores: { L1: 0.1 } };
  const saved: Blob = await model.save({ what: 'networks', dtype: 'q8', card: { ...model.info.card, ...card } });
  await model.save({ format: 'pict' });
  // @ts-expect-error no format that a page writes
  await model.save({ format: 'onnx' });
  model.dispose();
  const code: string = new Pix2PixError('area/kind', 'message').code;
  return { info, half, picture, colored, hints, saved, code, l1, created, lines };
}

export async function refused(model: Pix2Pix) {
  // @ts-expect-error a device that is none
  await Pix2Pix.load('/a.pict', { device: 'gpu' });
  // @ts-expect-error each engine has an address of its own
  await Pix2Pix.load('/a.pict', { wasmUrl: '/a.wasm' });
  // @ts-expect-error: an engine with relaxed SIMD has no script of its own
  await Pix2Pix.load('/a.pict', { workerUrl: { 'cpu-relaxed': '/a.js' } });
  // @ts-expect-error and its worker a script of its own
  await Pix2Pix.load('/a.pict', { workerUrl: '/worker.js' });
  // @ts-expect-error what is here need not be fetched
  await Pix2Pix.prefetch(new Blob());
  // @ts-expect-error an option that is none
  await Pix2Pix.load('/a.pict', { devise: 'cpu' });
  // @ts-expect-error a number is no source
  await Pix2Pix.load(3);
  // @ts-expect-error addresses are not pictures
  await model.translate('/a.png');
  // @ts-expect-error a fit that is none
  await model.translate(new ImageData(1, 1), { fit: 'fill' });
  // @ts-expect-error a warm-up is no training, of which nothing is left
  await model.warmUp({ train: { steps: 3 } });
  // @ts-expect-error a pair needs its target
  model.train([{ input: new ImageData(1, 1) }]);
  // @ts-expect-error colours of a kind that is none
  await Pix2Pix.create({ color: 'hsv' });
  // @ts-expect-error a loss that is none
  model.train([], { loss: 'wgan' });
  // @ts-expect-error lines of a kind that is none
  model.train([], { lines: 'drawn' });
  // @ts-expect-error a share is a number
  model.train([], { hints: true });
  // @ts-expect-error kernels of a kind that is none
  model.train([], { kernels: 'sharp' });
  // @ts-expect-error a seed of colours is a number
  await model.translate(new ImageData(1, 1), { colors: true });
  // @ts-expect-error only load and create make a model
  new Pix2Pix();
  // @ts-expect-error info is read only
  model.info = model.info;
}
