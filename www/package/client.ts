/** The npm package: load a model, turn sketches into pictures. Importing it touches no browser global. */
import { read } from './download.js';
import type { Engine, EngineModel } from './engine.js';
import {
  type LoadOptions,
  type ModelInfo,
  Pix2PixError,
  type SaveOptions,
  type Source,
  type TranslateOptions,
} from './protocol.js';
import { Queue } from './queue.js';
import { compile } from './runtime.js';
import { type Thread, inCallersThread, inWorker } from './thread.js';
import { portable } from './portable.js';

export * from './protocol.js';

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
  /** What was loaded, where it runs, and why there. */
  readonly info: ModelInfo;
  readonly #thread: Thread;
  readonly #model: EngineModel;
  readonly #queue = new Queue();

  private constructor(thread: Thread, model: EngineModel, info: ModelInfo) {
    this.#thread = thread;
    this.#model = model;
    this.info = info;
  }

  /**
   * Loads a model from an address, a file or bytes. The format is told from the bytes: `.pict`, or
   * `.safetensors` with our names or TensorFlow's.
   *
   * @throws {Pix2PixError} `weights/…` for a file that can't be read, `network/…` for one that can't be had,
   * `device/unavailable` where WebGPU was asked for and is not there, `options/invalid`.
   */
  static async load(
    source: string | URL | Blob | ArrayBuffer | Uint8Array<ArrayBuffer>,
    options: LoadOptions = {},
  ): Promise<Pix2Pix> {
    const { onProgress, signal, cache, worker, wasmUrl, workerUrl, ...plain } = options;
    signal?.throwIfAborted();
    const [{ bytes, keep }, module] = await orAborted(
      Promise.all([
        read(source, { onProgress, signal, cache: cache ?? true }),
        compile(wasmUrl ?? new URL('./pix2pix_web_bg.wasm', import.meta.url), onProgress),
      ]),
      signal,
    );
    const thread = await (worker ?? true ? inWorker(workerUrl) : inCallersThread());
    const stop = () => thread.end();
    signal?.addEventListener('abort', stop);
    let model: EngineModel | undefined;
    try {
      const engine: Engine = thread.engine;
      await thread.call(engine.start(module));
      const report = thread.listener((loaded: number, total: number) =>
        onProgress?.({ phase: 'weights', loaded, total }),
      );
      model = await thread.call(engine.load(thread.give(bytes), plain, report));
      await keep();
      signal?.throwIfAborted();
      return new Pix2Pix(thread, model, await thread.call(model.info()));
    } catch (error) {
      thread.end(undefined, model);
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /**
   * The picture for a sketch of any size and kind.
   *
   * @throws {Pix2PixError} `translate/superseded` where a newer call took this one's place,
   * `image/unreadable`, `model/running-statistics`, `model/channels`, `model/disposed`, `device/lost`,
   * `options/invalid`.
   */
  async translate(source: Source, options: TranslateOptions = {}): Promise<ImageData> {
    const { signal, overlap, ...plain } = options;
    if (overlap !== undefined && overlap !== 'queue' && overlap !== 'supersede') {
      const message = `the options of translate: overlap is ${String(overlap)}, expected queue or supersede`;
      throw new Pix2PixError('options/invalid', message);
    }
    // What the caller drew is taken now, since it may be drawn over while this call waits; the place in the
    // line is taken now too, so that a picture that is slow to take does not come after a newer one.
    const taking = portable(source);
    let given = false;
    try {
      return await this.#queue.run(
        async () => {
          const sketch = await taking;
          given = true;
          return this.#thread.call(this.#model.translate(this.#thread.give(sketch), plain));
        },
        { signal, supersede: overlap === 'supersede' },
      );
    } finally {
      if (!given) {
        taking.then((sketch) => sketch instanceof ImageBitmap && sketch.close()).catch(() => undefined);
      }
    }
  }

  /**
   * The model as a `.safetensors` file of our own naming.
   *
   * @throws {Pix2PixError} `model/disposed`, `device/lost`, `options/invalid`.
   */
  async save(options: SaveOptions = {}): Promise<Blob> {
    const file = await this.#queue.run(() => this.#thread.call(this.#model.save(options)), {});
    return new Blob([file], { type: 'application/octet-stream' });
  }

  /** Bytes of WebAssembly memory at their peak. The memory of a GPU is not among them. */
  memory(): Promise<number> {
    return this.#queue.run(() => this.#thread.call(this.#model.memory()), {});
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
    this.#thread.end(error, this.#model);
  }
}

/** Waits for `promise`, but no longer than until the signal fires. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  promise.catch(() => undefined); // It may fail after everybody has gone.
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
