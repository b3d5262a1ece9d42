/** Sketches out of photos, made again when the strength or the square changes. */
import { edgesOf } from '../shell/edges';
import type { Pair } from './pair';
import type { Pairs } from './pairs';
import { type SquareFit, inPictures } from './pictures';

export interface Making {
  /** More lines, or fewer: 0 to 1. */
  strength: number;
  /** How a photo becomes a square. */
  fit: SquareFit;
}

export interface SketchingEvents {
  /** So many of the sketches that are being remade are done. */
  progress(done: number, of: number): void;
  failed(error: unknown): void;
}

export class Sketching {
  readonly making: Making;
  readonly #pairs: Pairs;
  readonly #events: SketchingEvents;
  #newest = 0;
  /** Squares are being remade: who takes the place of that run makes the rest of them too. */
  #squaresDue = false;

  constructor(pairs: Pairs, making: Making, events: SketchingEvents) {
    this.#pairs = pairs;
    this.making = making;
    this.#events = events;
  }

  /** The square of a photo, and its sketch. */
  async pairOf(photo: Blob, side: number): Promise<{ input: Blob; target: Blob }> {
    const { fit } = this.making;
    const target = await inPictures((pictures) => pictures.fit(photo, side, fit));
    return { input: await this.edges(target), target };
  }

  async edges(picture: Blob): Promise<Blob> {
    const sketch = await edgesOf(picture, this.making.strength);
    return inPictures((pictures) => pictures.encode(sketch));
  }

  /** Makes every sketch that came of a photo again; a newer call takes the place of one that runs. */
  async redo(what: 'edges' | 'squares', side: number): Promise<void> {
    const mine = (this.#newest += 1);
    this.#squaresDue ||= what === 'squares';
    const photos = this.#pairs.all.filter(({ origin, photo }) => origin === 'edges' && photo !== undefined);
    this.#events.progress(0, photos.length);
    try {
      for (const [done, { id, photo }] of photos.entries()) {
        const change =
          !this.#squaresDue || photo === undefined
            ? await this.#newEdges(id)
            : await this.pairOf(photo, side);
        if (mine !== this.#newest) return;
        const pair = this.#pairs.get(id);
        // It may have been deleted or drawn over meanwhile.
        if (pair?.origin === 'edges' && change !== undefined) this.#pairs.put({ ...pair, ...change });
        this.#events.progress(done + 1, photos.length);
      }
      this.#squaresDue = false;
    } catch (error) {
      if (mine !== this.#newest) return;
      this.#events.progress(photos.length, photos.length);
      this.#events.failed(error);
    }
  }

  async #newEdges(id: string): Promise<Pick<Pair, 'input'> | undefined> {
    const pair = this.#pairs.get(id);
    return pair === undefined ? undefined : { input: await this.edges(pair.target) };
  }
}
