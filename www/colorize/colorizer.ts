/** The model that colours photos: loaded when it is first needed, and again after a crash. */
import { isLost } from '../package/contract/lost';
import type { Model } from '../models/models';
import { type DeviceChoice, type ModelInfo, Pix2Pix, type Progress } from '../package/client';
import { OtherRoom, roomOf } from '../shell/rooms';

export interface Work {
  readonly device: DeviceChoice;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** The model is there, and begins. */
  readonly coloring: () => void;
}

export interface Coloured {
  readonly picture: ImageData;
  readonly milliseconds: number;
  /** Where it was coloured. */
  readonly device: ModelInfo['device'];
}

export class Colorizer {
  #loaded: { readonly model: Model; readonly network: Pix2Pix } | undefined;
  /** Where models run after a crash in place of what the visitor chose, for the rest of the visit. */
  #refuge: DeviceChoice | undefined;

  /** @throws {OtherRoom} where the model does not colour photos. */
  async load(model: Model, { device, signal, onProgress }: Omit<Work, 'coloring'>): Promise<Pix2Pix> {
    if (this.#loaded?.model.source === model.source) return this.#loaded.network;
    const network = await Pix2Pix.load(model.source, { device: this.#refuge ?? device, signal, onProgress });
    // The signal may have fired while the last message was on its way.
    const refused = signal.aborted ? (signal.reason as unknown) : roomOf(network.info) === 'colorize' ? undefined : new OtherRoom('draw');
    if (refused !== undefined) {
      network.dispose();
      throw refused;
    }
    this.drop();
    this.#loaded = { model, network };
    return network;
  }

  /** The photo in the model's colours, as large as it is. Where a GPU fails it, the CPU tries again. */
  async color(photo: Blob, model: Model, work: Work): Promise<Coloured> {
    const network = await this.load(model, work);
    work.coloring();
    const began = performance.now();
    try {
      const picture = await network.colorize(photo, { signal: work.signal });
      return { picture, milliseconds: performance.now() - began, device: network.info.device };
    } catch (error) {
      if (!isLost(error)) throw error;
      this.drop();
      if (network.info.device === 'cpu') throw error;
      this.#refuge = 'cpu';
      return this.color(photo, model, work);
    }
  }

  /** Lets go of the model and its memory. */
  drop(): void {
    this.#loaded?.network.dispose();
    this.#loaded = undefined;
  }
}
