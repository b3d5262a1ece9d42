/** The worker that shows photos, adjusts coloured ones and writes them, started with the first photo. */
import { transfer } from 'comlink';
import { LazyWorker } from '../shell/lazy-worker';
import { type Adjustment, NEUTRAL } from './adjustment';
import { words } from '../words/current';

/** A photo to look at: no larger than a screen shows, so that a slider moves it at once. */
export interface Shown {
  readonly picture: ImageData;
  /** Pixels of the photo itself. */
  readonly width: number;
  readonly height: number;
}

export interface AdjustWorker {
  /** A photo to look at, on white; with the size that it is to be shown at, if that is known. */
  show(photo: Blob, size?: { readonly width: number; readonly height: number }): Promise<Shown>;
  /** Takes a coloured photo in the place of the one before, as pixels or as a file. */
  open(coloured: ImageData | Blob): Promise<Shown>;
  /** What `open` showed last, adjusted. */
  adjust(adjustment: Adjustment): ImageData;
  /** All of the coloured photo, adjusted, as a PNG. */
  png(adjustment: Adjustment): Promise<Blob>;
}

export class Adjuster {
  readonly #worker = new LazyWorker<AdjustWorker>(
    () => new Worker(new URL('./adjuster.worker.ts', import.meta.url), { type: 'module' }),
    () => words.workers.adjusts,
  );
  readonly #adjusted: (picture: ImageData) => void;
  readonly #failed: (error: unknown) => void;
  /** The newest adjustment that was not begun yet. */
  #next: Adjustment | undefined;
  #busy = false;
  /** How many photos were opened: an answer about one before is late. */
  #opened = 0;

  constructor(events: { adjusted(picture: ImageData): void; failed(error: unknown): void }) {
    [this.#adjusted, this.#failed] = [events.adjusted, events.failed];
  }

  /** Rejects where it is no picture. */
  show(photo: Blob, size?: { readonly width: number; readonly height: number }): Promise<Shown> {
    return this.#worker.run((worker) => worker.show(photo, size));
  }

  /** Pixels are given away. */
  open(coloured: ImageData | Blob): Promise<Shown> {
    this.#opened += 1;
    this.#next = undefined;
    const given = coloured instanceof ImageData ? transfer(coloured, [coloured.data.buffer]) : coloured;
    return this.#worker.run((worker) => worker.open(given));
  }

  /** Shows the adjustment as soon as can be; one that waits is passed over. */
  async adjust(adjustment: Adjustment): Promise<void> {
    this.#next = adjustment;
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#take(); next !== undefined; next = this.#take()) {
        const [adjustment, opened] = [next, this.#opened];
        const picture = await this.#worker.run((worker) => worker.adjust(adjustment));
        if (opened === this.#opened) this.#adjusted(picture);
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
    }
  }

  png(adjustment: Adjustment = NEUTRAL): Promise<Blob> {
    return this.#worker.run((worker) => worker.png(adjustment));
  }

  #take(): Adjustment | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }
}
