/** The loaded model and the newest sketch: one model at a time, and the newest sketch wins. */
import { type LoadOptions, type ModelInfo, Pix2Pix, Pix2PixError } from '../package/client';
import { OtherRoom, roomOf } from './rooms';

export interface PictureSize {
  /** Sides of the picture, in sides of the network's square. */
  readonly scale: number;
  readonly tiles: boolean;
}

export interface TranslatorEvents {
  /** A translation was asked for. */
  working(): void;
  /** The newest finished picture, how long the network took for it, and what it is of. */
  translated(picture: ImageData, milliseconds: number, sketch: ImageData): void;
  /** A translation failed for a reason that the visitor should know. */
  failed(error: unknown): void;
}

export class Translator {
  readonly #events: TranslatorEvents;
  /** Whether hints fill their regions: the model that is loaded learned so. */
  spreadHints = false;
  /** The seed of the colours that closed regions without a hint get, or none do. */
  colors: number | undefined;
  /** How large the pictures are. */
  pictureSize: PictureSize = { scale: 1, tiles: false };
  #model: Pix2Pix | undefined;
  #waiting = 0;
  #finished = 0;

  constructor(events: TranslatorEvents) {
    this.#events = events;
  }

  /** What is loaded: the Teach tab trains it, and translations run between the steps. */
  get model(): Pix2Pix | undefined {
    return this.#model;
  }

  get info(): ModelInfo | undefined {
    return this.#model?.info;
  }

  /** Pixels on a side of the network's square. */
  get size(): number {
    return this.#model?.info.size ?? 256;
  }

  /** Pixels on a side of the pictures. */
  get pictureSide(): number {
    return this.pictureSize.scale * this.size;
  }

  /**
   * Loads a model and takes it into use. The model before stays in use until then, and if it fails.
   *
   * @throws {OtherRoom} where the model colours photos.
   */
  async load(source: string | Blob | readonly File[], options: LoadOptions): Promise<ModelInfo> {
    const model = await Pix2Pix.load(source, options);
    // The signal may have fired while the last message was on its way.
    const room = roomOf(model.info);
    const refused = options.signal?.aborted ? (options.signal.reason as unknown) : room === 'draw' ? undefined : new OtherRoom(room);
    if (refused !== undefined) {
      model.dispose();
      throw refused;
    }
    const before = this.#model;
    this.#model = model;
    before?.dispose();
    return model.info;
  }

  /** Lets go of the model. */
  drop(): void {
    this.#model?.dispose();
    this.#model = undefined;
  }

  /**
   * Translates the sketch, or paints a variation of it: with dropout on, as the original paints, and regions in other colours, by this
   * seed. A sketch that comes while one is being translated takes the waiting one's place.
   */
  async translate(sketch: ImageData, variation?: number): Promise<void> {
    const model = this.#model;
    if (model === undefined) return;
    const asked = performance.now();
    this.#waiting += 1;
    this.#events.working();
    let picture: ImageData;
    try {
      const { spreadHints, colors, pictureSide: size } = this;
      const { scale, tiles } = this.pictureSize;
      const larger = scale > 1 ? { size, tiles } : {};
      const varied = variation !== undefined && { dropout: true, seed: variation };
      const coloured = colors !== undefined && { colors: colors + (variation ?? 0) };
      picture = await model.translate(sketch, { overlap: 'supersede', spreadHints, ...coloured, ...varied, ...larger });
    } catch (error) {
      const superseded = error instanceof Pix2PixError && error.code === 'translate/superseded';
      if (!superseded && model === this.#model) this.#events.failed(error);
      return;
    } finally {
      this.#waiting -= 1;
    }
    if (model !== this.#model) return;
    const now = performance.now();
    // A sketch that waited its turn began when the one before it was done.
    const milliseconds = now - Math.max(asked, this.#finished);
    this.#finished = now;
    this.#events.translated(picture, milliseconds, sketch);
  }

  /** Whether a translation is under way or waits. */
  get busy(): boolean {
    return this.#waiting > 0;
  }
}
