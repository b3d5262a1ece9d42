/** The npm package: load a model, turn sketches into pictures. Importing it touches no browser global. */
import { isKept, letGo } from './caller/bounded.js';
import { absolute, isFiles, type Read, read, readAll, store, tell } from './caller/download.js';
import { portable } from './caller/portable.js';
import { Queue } from './caller/queue.js';
import { remember } from './caller/remembered.js';
import { checkDevice, type Options, start } from './caller/start.js';
import type { Thread } from './caller/thread.js';
import { overallOnly, withOverall } from './caller/together.js';
import { type Work, evaluate, train } from './caller/training.js';
import { type Runner, takeFaster } from './caller/trial.js';
import type { EngineDevice, EngineModel } from './contract/engine.js';
import {
  type ColorizeOptions,
  type CreateConfig,
  type EvaluateOptions,
  type Evaluation,
  type FileSource,
  type Hint,
  type HintOptions,
  type LoadOptions,
  type ModelInfo,
  type ModelSource,
  type NamedFile,
  type Pair,
  type PhaseProgress,
  Pix2PixError,
  type PrefetchOptions,
  type SaveOptions,
  type Source,
  type TrainOptions,
  type TrainStep,
  type TranslateOptions,
  type WarmUpOptions,
} from './contract/protocol.js';

export { EdgeDetector } from './caller/edges.js';
export * from './contract/protocol.js';

/**
 * A pix2pix model that turns sketches into pictures, in a worker unless told otherwise.
 *
 * ```ts
 * import { Pix2Pix } from 'pix2pix-web';
 *
 * const model = await Pix2Pix.load(modelUrl, { onProgress: (p) => console.log(p.phase, p.loaded, p.total) });
 * const picture = await model.translate(sketchCanvas);
 * pictureCanvas.getContext('2d')!.putImageData(picture, 0, 0);
 * model.dispose();
 * ```
 */
export class Pix2Pix {
  readonly #queue = new Queue();
  readonly #work: Work;
  #info: ModelInfo;
  /** Times both devices after the first picture, where that is to be done. */
  #trial: Trial | undefined;
  /** What was warmed up: the picture, and trainings by their options. */
  readonly #warm = new Set<string>();

  private constructor({ thread, model }: Runner, info: ModelInfo, trial: Trial | undefined) {
    this.#work = { thread, model, queue: this.#queue, touched: new AbortController(), training: false, learned: () => this.#readKernels() };
    this.#info = info;
    this.#trial = trial;
    // It holds a copy of the file.
    this.#work.touched.signal.addEventListener('abort', () => (this.#trial = undefined));
  }

  /** What was loaded, where it runs, and why there. */
  get info(): ModelInfo {
    return this.#info;
  }

  get #thread(): Thread {
    return this.#work.thread;
  }

  get #model(): EngineModel {
    return this.#work.model;
  }

  /**
   * Loads a model from an address, a file or bytes. The format is told from the bytes: `.pict`, `.safetensors` with our
   * names or TensorFlow's, `.pth`, `.onnx`, or a zip of a TensorFlow checkpoint. An array gives the files of a checkpoint, or an
   * ONNX file with that of its values.
   *
   * @throws {Pix2PixError} `weights/…` for a file that can't be read, `network/…` for one that can't be had,
   * `device/unavailable` where WebGPU was asked for and is not there, `options/invalid`.
   */
  static async load(source: ModelSource, options: LoadOptions = {}): Promise<Pix2Pix> {
    if (isFiles(source)) return Pix2Pix.#loadFiles(source, options);
    const onProgress = withOverall(options.onProgress, 'engine', 'model');
    const file = () => read(source, { signal: options.signal, cache: options.cache ?? true, onProgress });
    const bring = async (thread: Thread, bytes: ArrayBuffer, plain: EngineDevice, report: Report) => {
      const listener = thread.listener((loaded: number, total: number) => report({ phase: 'weights', loaded, total }));
      return thread.call(thread.engine.load(thread.give(bytes), plain, listener));
    };
    const make = async (thread: Thread, { bytes, keep, drop }: Read, plain: EngineDevice) => {
      const model = await dropIfDamaged(drop, bring(thread, bytes, plain, onProgress));
      await keep();
      return model;
    };
    return Pix2Pix.#open({ ...options, onProgress }, file, make, ({ spare }) => {
      const blob = spare();
      return async (thread, plain) => bring(thread, await blob.arrayBuffer(), plain, () => undefined);
    });
  }

  static #loadFiles(files: readonly (File | NamedFile)[], options: LoadOptions): Promise<Pix2Pix> {
    const onProgress = withOverall(options.onProgress, 'engine');
    return Pix2Pix.#open({ ...options, onProgress }, () => readAll(files), (thread, read, plain) => {
      const report = thread.listener((loaded: number, total: number) => onProgress({ phase: 'weights', loaded, total }));
      const given = thread.give(read, read.map(({ bytes }) => bytes));
      return thread.call(thread.engine.loadFiles(given, plain, report));
    });
  }

  /**
   * Fetches what a later {@link Pix2Pix.load} of this address with the same options needs, so that the load transfers nothing: the model into the
   * cache where `load` keeps models, unless it is there as the server has it; and the engine, which is compiled, with its worker's script into
   * the browser's own cache, as far as the server's `Cache-Control` allows. Without an address it is the engine alone. A discriminator's address
   * works too. Whether the file is a model is seen by `load`, which lets go of one that is none. A `load` that does not wait for the end of this
   * shares the engine's download, and fetches the model itself.
   *
   * ```ts
   * await Pix2Pix.prefetch(modelUrl, { onProgress: ({ loaded, total }) => console.log(loaded, total) });
   * ```
   *
   * @throws {Pix2PixError} `network/unreachable`, `network/status`, `weights/format` for a web page in the model's place, `storage/failed`
   * where nothing can be stored, `runtime/failed`, `worker/failed`, `options/invalid`.
   */
  static async prefetch(source?: string | URL, options: PrefetchOptions = {}): Promise<void> {
    const { device, signal, worker, threads, simd, wasmUrl, workerUrl, onProgress, ...others } = options;
    const unknown = Object.keys(others)[0];
    if (unknown !== undefined) throw new Pix2PixError('options/invalid', `the options of prefetch: ${unknown} is none`);
    if (source !== undefined && typeof source !== 'string' && !(source instanceof URL)) {
      throw new Pix2PixError('options/invalid', 'prefetch takes an address; what is here already need not be fetched');
    }
    checkDevice(device);
    const report = source === undefined ? overallOnly(onProgress, 'engine') : overallOnly(onProgress, 'engine', 'model');
    const files = async () => source && store(source, { signal, onProgress: report });
    const { thread } = await start({ device, signal, worker, threads, simd, wasmUrl, workerUrl, onProgress: report }, files);
    thread.end();
  }

  /** Whether the model of this address is kept on the device, so that {@link Pix2Pix.load} fetches nothing unless the server has another version. */
  static async isCached(source: string | URL): Promise<boolean> {
    return isKept(absolute(source));
  }

  /** Lets go of the kept model of this address, or without one of every model that is kept. Whether there was one. */
  static async forget(source?: string | URL): Promise<boolean> {
    return letGo(source === undefined ? undefined : absolute(source));
  }

  /**
   * A new model with random weights, as training from nothing starts from.
   *
   * @throws {Pix2PixError} `options/invalid`, `device/unavailable`.
   */
  static create(config: CreateConfig = {}, options: LoadOptions = {}): Promise<Pix2Pix> {
    return Pix2Pix.#open({ ...options, onProgress: withOverall(options.onProgress, 'engine') }, async () => config, (thread, config, plain) =>
      thread.call(thread.engine.create(config, plain)),
    );
  }

  static async #open<T>(
    { device, onDevice, onProgress, signal, cache: _, worker = true, threads, simd, wasmUrl, workerUrl, ...others }: Omit<LoadOptions, 'onProgress'> & Pick<Options, 'onProgress'>,
    prepare: () => Promise<T>,
    make: (thread: Thread, prepared: T, plain: EngineDevice) => Promise<EngineModel>,
    again?: (prepared: T) => (thread: Thread, plain: EngineDevice) => Promise<EngineModel>,
  ): Promise<Pix2Pix> {
    const files = { worker, threads, simd, wasmUrl, workerUrl };
    const { prepared, thread, engine, reason, untimed } = await start({ ...files, device, onProgress, signal }, prepare);
    // In the caller's thread, the CPU's turn would stop the page.
    const bringAgain = untimed !== undefined && worker ? again?.(prepared) : undefined;
    const makeAgain = bringAgain && ((thread: Thread, plain: EngineDevice) => bringAgain(thread, { ...others, ...plain }));
    const stop = () => thread.end();
    signal?.addEventListener('abort', stop);
    let model: EngineModel | undefined;
    try {
      // Other options are none, and the engine says so.
      model = await make(thread, prepared, { ...others, device, reason: engine === 'cpu' ? reason : undefined });
      signal?.throwIfAborted();
      const info = await thread.call(model.info());
      // The engine of WebGPU opens the CPU where it fails to open a GPU, and says why itself.
      if (engine === 'webgpu' && info.device === engine && reason !== undefined) info.reason = reason;
      const trial = untimed !== undefined && makeAgain && info.device === 'webgpu' ? { adapter: untimed, makeAgain, files, onDevice } : undefined;
      return new Pix2Pix({ thread, model }, info, trial);
    } catch (error) {
      thread.end(undefined, model);
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /**
   * Prepares the first picture, so that it takes no longer than later ones: a GPU's programs are compiled, which takes many times as long as
   * a picture, and weights are laid out. With `train`, the first step of a training too. Nothing of the model changes; what is prepared
   * already is not prepared again, and other calls wait for their turn meanwhile.
   *
   * ```ts
   * const model = await Pix2Pix.load(modelUrl);
   * await model.warmUp(); // while the visitor looks for the pen
   * ```
   *
   * @throws {Pix2PixError} `model/disposed`, `device/lost`; of a training as {@link Pix2Pix.train}: `options/invalid`, `image/size`,
   * `model/channels`, `model/untrainable`.
   */
  async warmUp({ train, signal, ...others }: WarmUpOptions = {}): Promise<void> {
    const unknown = Object.keys(others)[0];
    if (unknown !== undefined) throw new Pix2PixError('options/invalid', `the options of warmUp: ${unknown} is none`);
    const key = JSON.stringify(train) ?? '';
    const prepare = async () => {
      if (this.#warm.has(key)) return;
      await this.#thread.call(this.#model.warmUp(train));
      // A training's picture is prepared with it.
      this.#warm.add(key).add('');
    };
    await this.#queue.run(prepare, { signal });
  }

  /**
   * The picture for a sketch of any size and kind.
   *
   * @throws {Pix2PixError} `translate/superseded` where a newer call took this one's place,
   * `image/unreadable`, `image/size`, `model/running-statistics`, `model/channels`, `model/disposed`, `device/lost`,
   * `options/invalid`.
   */
  async translate(source: Source, options: TranslateOptions = {}): Promise<ImageData> {
    const { signal, overlap, ...plain } = options;
    if (overlap !== undefined && overlap !== 'queue' && overlap !== 'supersede') {
      const message = `the options of translate: overlap is ${String(overlap)}, expected queue or supersede`;
      throw new Pix2PixError('options/invalid', message);
    }
    const picture = await this.#queue.runWith(
      portable(source),
      (sketch) => this.#thread.call(this.#model.translate(this.#thread.give(sketch), plain)),
      { signal, supersede: overlap === 'supersede' },
    );
    void this.#timeBoth();
    return picture;
  }

  /** A model that learns translates by other kernels than it was loaded with. */
  async #readKernels(): Promise<void> {
    if (this.#info.kernelDtype === 'f32') return;
    const { kernelDtype, kernelReason } = await this.#queue.run(() => this.#thread.call(this.#model.info()), {});
    this.#info = { ...this.#info, kernelDtype, kernelReason };
  }

  async #timeBoth(): Promise<void> {
    const trial = this.#trial;
    this.#trial = undefined;
    if (trial === undefined) return;
    const { signal } = this.#work.touched;
    try {
      const timed = await takeFaster(this.#work, this.#info.size, () => openOnCpu(trial, signal));
      if (timed === undefined) return;
      const { engine, reason } = timed;
      if (engine === 'cpu') this.#warm.clear();
      // It is remembered of the default alone, which most models are loaded with.
      const isDefault = this.#info.kernelDtype === 'f32';
      const { device, adapter, features, kernelDtype, kernelReason, threads, simd } = engine === 'cpu' ? await this.#thread.call(this.#model.info()) : this.#info;
      this.#info = { ...this.#info, device, adapter, features, kernelDtype, kernelReason, threads, simd, reason };
      if (isDefault) await remember(trial.adapter, timed);
      if (!this.#queue.closed) tell(trial.onDevice, this.#info);
    } catch {
      // Whatever was in the way, the model runs where it ran. Another one will be timed.
    }
  }

  /**
   * A photograph in the model's colours, as large as it is and as light in every pixel: for models that were trained in
   * `lab` ({@link CreateConfig.color}).
   *
   * @throws {Pix2PixError} `model/channels` where the model does not colour photographs, `image/unreadable`, `image/size`,
   * `model/running-statistics`, `model/disposed`, `device/lost`, `options/invalid`.
   */
  async colorize(photo: Source, options: ColorizeOptions = {}): Promise<ImageData> {
    const { signal, ...plain } = options;
    return this.#queue.runWith(
      portable(photo),
      (given) => this.#thread.call(this.#model.colorize(this.#thread.give(given), plain)),
      { signal },
    );
  }

  /**
   * Colours for a plain drawing: a dab for each region without a hint that lines close, or almost close, all of one harmonious
   * palette. Draw them beneath the lines, or let `translate` lay them with its option `colors`.
   *
   * @throws {Pix2PixError} `image/unreadable`, `options/invalid`, `model/disposed`.
   */
  suggestHints(sketch: Source, options: HintOptions = {}): Promise<Hint[]> {
    return this.#queue.runWith(
      portable(sketch),
      (given) => this.#thread.call(this.#thread.engine.hints(this.#thread.give(given), options)),
      {},
    );
  }

  /**
   * Trains the model, step by step; each turn of the loop is one step. The loop may take as long as it likes
   * between two steps, `translate` works there, and `break` ends the training. The model keeps its optimisers,
   * so that another `train` goes on.
   *
   * ```ts
   * for await (const step of model.train(pairs, { steps: 150 })) {
   *   console.log(step.step, step.averages.l1, step.secondsLeft);
   * }
   * const file = await model.save({ what: 'networks' });
   * ```
   *
   * @throws {Pix2PixError} `train/no-pairs`, `train/running` (one training at a time), `train/diverged` (a loss or
   * a gradient is no longer a number; the weights are those before that step), `options/invalid`, `image/size` (`cropSize`),
   * `model/disposed`, `device/lost`. A pair of the wrong kind (a photo for a model of pairs, or the other way) is
   * `pair/kind`, and skipped.
   */
  train(
    pairs: Iterable<Pair> | AsyncIterable<Pair>,
    options: TrainOptions = {},
  ): AsyncGenerator<TrainStep, void, undefined> {
    return train(this.#work, pairs, options);
  }

  /**
   * The model's pictures for pairs that it need not have learned from, with how far they are off.
   *
   * @throws {Pix2PixError} `image/unreadable`, `image/size`, `pair/size`, `pair/kind`, `model/channels`, `model/disposed`,
   * `device/lost`, `options/invalid`.
   */
  evaluate(
    pairs: Iterable<Pair> | AsyncIterable<Pair>,
    options: EvaluateOptions = {},
  ): AsyncGenerator<Evaluation, void, undefined> {
    return evaluate(this.#work, pairs, options);
  }

  /**
   * Takes a discriminator to train with, from a `.safetensors` file that holds one. Without any, `train` starts
   * from a new one.
   *
   * @throws {Pix2PixError} as {@link Pix2Pix.load}: `weights/missing` where it holds no discriminator, `weights/shape`
   * where that does not fit the generator; `train/running`.
   */
  async loadDiscriminator(source: FileSource, options: Pick<LoadOptions, 'onProgress' | 'signal' | 'cache'> = {}): Promise<void> {
    this.#work.touched.abort();
    const { signal, cache = true } = options;
    const { bytes, keep, drop } = await read(source, { signal, cache, onProgress: withOverall(options.onProgress, 'model') });
    const loading = this.#queue.run(() => this.#thread.call(this.#model.loadDiscriminator(this.#thread.give(bytes))), { signal });
    await dropIfDamaged(drop, loading);
    this.#warm.clear();
    await keep();
  }

  /**
   * About how many bytes a training with these options needs, on the device: weights, gradients, optimisers and
   * what one step holds on to.
   *
   * @throws {Pix2PixError} `options/invalid`, `image/size` (`cropSize`), `model/disposed`.
   */
  trainingMemory(options: Pick<TrainOptions, 'batchSize' | 'freeze' | 'generatorOnly' | 'average' | 'cropSize'> = {}): Promise<number> {
    return this.#queue.run(() => this.#thread.call(this.#model.trainingMemory(options)), {});
  }

  /**
   * The model as a file: `.safetensors` of our own naming, or `.pict`.
   *
   * @throws {Pix2PixError} `train/none` (a checkpoint, where nothing was trained), `weights/incompatible` (a checkpoint
   * in `q8`, what a `.pict` can't hold), `weights/card`, `weights/nan`, `model/disposed`, `device/lost`, `options/invalid`.
   */
  save(options: SaveOptions = {}): Promise<Blob> {
    return this.#queue.run(() => this.#thread.call(this.#model.save(options)), {});
  }

  /** Bytes of WebAssembly memory at their peak. The memory of a GPU is not among them. */
  memory(): Promise<number> {
    return this.#queue.run(() => this.#thread.call(this.#model.memory()), {});
  }

  /** Bytes that the pools of the GPU hold, those kept for reuse among them. Undefined on the CPU. */
  deviceMemory(): Promise<number | undefined> {
    return this.#queue.run(() => this.#thread.call(this.#model.deviceMemory()), {});
  }

  /**
   * Frees the model: in a worker all its memory, on the device too; in the caller's thread what the model
   * held, while the GPU device and WebAssembly's memory stay. What still waits is rejected with
   * `model/disposed`.
   */
  dispose(): void {
    if (this.#queue.closed) return;
    const error = new Pix2PixError('model/disposed', 'this model was disposed; load it again');
    this.#queue.close(error);
    this.#work.touched.abort();
    this.#thread.end(error, this.#model);
  }
}

type Report = (progress: PhaseProgress) => void;

/** Codes of files that did not come as they were sent, or are no model at all. Others are models, of which this is not the right one. */
const DAMAGED = ['weights/format', 'weights/truncated', 'weights/index', 'weights/checksum', 'weights/nan'];

/** What a promise brings. A stored file that turns out to be damaged is let go of, so that the next load fetches it. */
async function dropIfDamaged<T>(drop: Read['drop'], loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (error) {
    if (error instanceof Pix2PixError && DAMAGED.includes(error.code)) await drop();
    throw error;
  }
}

/** What it takes to time both devices. */
interface Trial {
  /** For whose sake. */
  readonly adapter: string;
  readonly makeAgain: (thread: Thread, plain: EngineDevice) => Promise<EngineModel>;
  readonly files: Pick<LoadOptions, 'worker' | 'wasmUrl' | 'workerUrl'>;
  readonly onDevice: LoadOptions['onDevice'];
}

/** The same model once more, with nothing said of its progress. */
async function openOnCpu({ files, makeAgain }: Trial, signal: AbortSignal): Promise<Runner> {
  const device = 'cpu';
  const { thread } = await start({ ...files, device, signal }, async () => undefined);
  const stop = () => thread.end();
  signal.addEventListener('abort', stop);
  try {
    const model = await makeAgain(thread, { device, reason: undefined });
    signal.throwIfAborted();
    return { thread, model };
  } catch (error) {
    thread.end();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
