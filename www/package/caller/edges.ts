/** Sketches out of photos, in a worker of its own, by the engine of the CPU. */
import { type EdgeOptions, type LoadOptions, Pix2PixError, type Source } from '../contract/protocol.js';
import { portable } from './portable.js';
import { Queue } from './queue.js';
import { start } from './start.js';
import type { Thread } from './thread.js';
import { withOverall } from './together.js';

/**
 * Finds the edges of pictures: black lines on white, as the bundled models have learned from. (Canny's edges of
 * each colour channel, after a bilateral filter.)
 *
 * ```ts
 * const detector = await EdgeDetector.start();
 * const sketch = await detector.detect(photo, { strength: 0.5 });
 * ```
 */
export class EdgeDetector {
  readonly #thread: Thread;
  readonly #queue = new Queue();

  private constructor(thread: Thread) {
    this.#thread = thread;
  }

  /** @throws {Pix2PixError} `network/…`, `runtime/failed`, `worker/failed`. */
  static async start(
    options: Pick<LoadOptions, 'onProgress' | 'signal' | 'worker' | 'simd' | 'wasmUrl' | 'workerUrl'> = {},
  ): Promise<EdgeDetector> {
    const { thread } = await start({ ...options, onProgress: withOverall(options.onProgress, 'engine'), device: 'cpu', threads: 1 }, async () => undefined);
    return new EdgeDetector(thread);
  }

  /**
   * The edges of a picture, as large as the picture. The models know lines of 256 by 256 pixels: give it that size.
   *
   * @throws {Pix2PixError} `image/unreadable`, `options/invalid`, `model/disposed`.
   */
  detect(source: Source, { signal, ...plain }: EdgeOptions = {}): Promise<ImageData> {
    return this.#queue.runWith(
      portable(source),
      (picture) => this.#thread.call(this.#thread.engine.edges(this.#thread.give(picture), plain)),
      { signal },
    );
  }

  /** Ends the worker. */
  dispose(): void {
    if (this.#queue.closed) return;
    const error = new Pix2PixError('model/disposed', 'this edge detector was disposed; start another');
    this.#queue.close(error);
    this.#thread.end(error);
  }
}
