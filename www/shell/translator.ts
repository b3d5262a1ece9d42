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
  /** The newest finished picture, how long the network took for it, unless it was not asked, and what it is of. */
  translated(picture: ImageData, milliseconds: number | undefined, sketch: ImageData): void;
  /** A translation failed for a reason that the visitor should know. */
  failed(error: unknown): void;
}

/** What is as light as this in all channels is paper to an eye. */
const PAPER = 250;

export class Translator {
  readonly #events: TranslatorEvents;
  /** Whether hints fill their regions: the model that is loaded learned so. */
  spreadHints = false;
  /** Whether the picture of a sheet without a line is white paper: the model draws things on it. */
  onWhite = false;
  /** The seed of the colours that shapes without a hint get, or none do. */
  colors: number | undefined;
  /** How large the pictures are. */
  pictureSize: PictureSize = { scale: 1, tiles: false };
  #model: Pix2Pix | undefined;
  /** The sketches whose translations are under way or wait. */
  readonly #waiting = new Set<ImageData>();
  /** Ends them. */
  #given = new AbortController();
  /** When this model's last picture came. */
  #finished: number | undefined;

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
    this.#finished = undefined;
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
   * seed. A sketch that comes while one is being translated takes the waiting one's place; one without a line goes to no network
   * that draws on white.
   */
  async translate(sketch: ImageData, variation?: number): Promise<void> {
    const model = this.#model;
    if (model === undefined) return;
    if (this.onWhite && isBlank(sketch)) return this.#showPaper(model, sketch);
    const asked = performance.now();
    const { signal } = this.#given;
    this.#waiting.add(sketch);
    this.#events.working();
    let picture: ImageData;
    try {
      const { spreadHints, colors, pictureSide: size } = this;
      const { scale, tiles } = this.pictureSize;
      const larger = scale > 1 ? { size, tiles } : {};
      const varied = variation !== undefined && { dropout: true, seed: variation };
      const coloured = colors !== undefined && { colors: colors + (variation ?? 0) };
      picture = await model.translate(sketch, { overlap: 'supersede', signal, spreadHints, ...coloured, ...varied, ...larger });
    } catch (error) {
      const superseded = error instanceof Pix2PixError && error.code === 'translate/superseded';
      if (!superseded && !signal.aborted && model === this.#model) this.#events.failed(error);
      return;
    } finally {
      this.#waiting.delete(sketch);
    }
    if (signal.aborted || model !== this.#model) return;
    const now = performance.now();
    // A sketch that waited its turn began when the one before it was done.
    const milliseconds = now - Math.max(asked, this.#finished ?? 0);
    this.#finished = now;
    this.#events.translated(picture, milliseconds, sketch);
  }

  /** Whether a translation is under way or waits. */
  get busy(): boolean {
    return this.#waiting.size > 0;
  }

  /** What is under way would come after it, and is no longer wanted. */
  #showPaper(model: Pix2Pix, sketch: ImageData): void {
    this.#given.abort();
    this.#given = new AbortController();
    this.#waiting.clear();
    const paper = new ImageData(this.pictureSide, this.pictureSide);
    paper.data.fill(255);
    this.#events.translated(paper, undefined, sketch);
    // The first stroke is not to wait for what a first picture has to prepare. What fails here fails again there, and is said then.
    if (this.#finished === undefined) model.warmUp().catch(() => undefined);
  }
}

/** Nothing is drawn, or all of it was rubbed out. */
function isBlank({ data }: ImageData): boolean {
  return data.every((value) => value >= PAPER);
}
