/** WebAssembly behind plain functions: the same in a worker and in the caller's thread, and for both engines. */
import type { Model } from '../../../pkg/cpu.js';
import { told } from '../contract/crash.js';
import type { Engine, EngineModel, EnginePair, EngineStep, Portable, StartOptions } from '../contract/engine.js';
import type { Evaluation, Hint, ModelInfo, Preview } from '../contract/protocol.js';
import { pixels, split } from './pixels.js';

/** What of an engine its WebAssembly does not tell. */
type Built = Pick<ModelInfo, 'threads' | 'simd'>;

/** What wasm-bindgen makes of both builds. @internal */
export interface Bindings extends Pick<typeof import('../../../pkg/cpu.js'), 'Model' | 'detect_edges' | 'suggest_hints'> {
  default(start: { module_or_path: WebAssembly.Module; pool: Pick<StartOptions, 'threads' | 'alarm'> }): Promise<unknown>;
}

/** The engine behind these bindings. @internal */
export function engineWith(bindings: Bindings): Engine {
  const { detect_edges, Model, suggest_hints } = bindings;
  let started: Promise<unknown> | undefined;
  let built: Built = { threads: 1, simd: 'fixed' };
  return {
    async start(module, { threads, simd, alarm }) {
      if (started === undefined) {
        built = { threads, simd };
        started = bindings.default({ module_or_path: module, pool: { threads, alarm } });
      }
      await guard(async () => started).catch((error: unknown) => {
        started = undefined; // The next call tries again.
        throw error;
      });
    },
    load: (bytes, options, onProgress) =>
      guard(async () => wrap(await Model.load(new Uint8Array(bytes), options, onProgress), Model, built)),
    loadFiles: (files, options, onProgress) =>
      guard(async () => {
        const [names, contents] = [files.map(({ name }) => name), files.map(({ bytes }) => new Uint8Array(bytes))];
        return wrap(await Model.load_files(names, contents, options, onProgress), Model, built);
      }),
    create: (config, options) => guard(async () => wrap(await Model.create(config, options), Model, built)),
    edges: (picture, options) => guard(async () => detect_edges(await pixels(picture), options)),
    hints: (sketch, options) => guard(async () => suggest_hints(await pixels(sketch), options) as Hint[]),
  };
}

function wrap(model: Model, { memory }: Bindings['Model'], built: Built): EngineModel {
  return {
    info: () => guard(async () => named({ ...(model.info as ModelInfo), ...built })),
    warmUp: (train) => guard(async () => void (await model.warm_up(train))),
    translate: (sketch, options) =>
      guard(async () => (await model.translate(await pixels(sketch), options)) as ImageData),
    colorize: (photo, options) =>
      guard(async () => (await model.colorize(await pixels(photo), options)) as ImageData),
    time: (sketch) =>
      guard(async () => {
        const given = await pixels(sketch);
        const began = performance.now();
        await model.translate(given, {});
        return performance.now() - began;
      }),
    begin: (options) => guard(async () => model.begin(options)),
    add: (pair) =>
      guard(async () => {
        if ('photo' in pair) return model.add_photo(pair.name, await pixels(pair.photo));
        const { input, target } = await halves(pair);
        model.add(pair.name, input, target);
      }),
    step: () => guard(async () => (await model.step()) as EngineStep),
    preview: () => guard(async () => (await model.preview()) as Preview),
    end: () => guard(async () => model.end()),
    evaluate: (pair, options) =>
      guard(async () => {
        if ('photo' in pair) {
          return (await model.evaluate_photo(pair.name, await pixels(pair.photo), options)) as Evaluation;
        }
        const { input, target } = await halves(pair);
        return (await model.evaluate(pair.name, input, target, options)) as Evaluation;
      }),
    loadDiscriminator: (bytes) => guard(async () => model.load_discriminator(new Uint8Array(bytes))),
    trainingMemory: (options) => guard(async () => model.training_memory(options)),
    // A blob goes from thread to thread without its bytes, which may be hundreds of megabytes.
    save: (options) =>
      guard(async () => {
        const pieces = (await model.save(options)) as Uint8Array<ArrayBuffer>[];
        return new Blob(pieces, { type: 'application/octet-stream' });
      }),
    memory: () => guard(async () => memory()),
    deviceMemory: () => guard(async () => model.device_memory()),
    free: () => guard(async () => model.free()),
  };
}

/** Input and target as pixels. */
async function halves(pair: Exclude<EnginePair, { photo: Portable }>): Promise<{ input: ImageData; target: ImageData }> {
  if (!('sideBySide' in pair)) {
    const [input, target] = await Promise.all([pixels(pair.input), pixels(pair.target)]);
    return { input, target };
  }
  const { left, right } = await split(pair.sideBySide);
  return pair.direction === 'AtoB' ? { input: left, target: right } : { input: right, target: left };
}

/** wgpu knows an adapter only by its description, which most browsers leave empty, and not all of its features. */
async function named(info: Omit<ModelInfo, 'features'>): Promise<ModelInfo> {
  if (info.device === 'cpu') return { ...info, features: [] };
  const found = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  const { vendor = '', architecture = '' } = found?.info ?? {};
  const adapter = info.adapter || `${vendor} ${architecture}`.trim() || 'unnamed adapter';
  return { ...info, adapter, features: FEATURES.filter((name) => found?.features.has(name)) };
}

/** Those that an engine could make use of. */
const FEATURES = ['shader-f16', 'subgroups'] as const;

/** Every error leaves as `{ code, message }`, which survives the way between threads. */
async function guard<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw told(error);
  }
}
