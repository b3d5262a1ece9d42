/** How much the page stores on the device, whether that is enough for a visit without a network, and the way to free what it can fetch again. */
import { Pix2Pix } from '../package/client';
import { confirmed } from './confirm';
import { worksOffline } from './offline';
import { type Model, START_MODEL } from '../models/models';
import { element, onClick } from './page';
import { words } from '../words/current';

export class StorageNote {
  readonly #model: () => Model;
  readonly #freed: () => void;

  /** `model` is the one in use; `freed` hears that the fetched ones are gone. */
  constructor(model: () => Model, freed: () => void) {
    this.#model = model;
    this.#freed = freed;
    onClick('free-models', () => void this.#free());
  }

  /** Where the browser tells it. */
  async show(): Promise<void> {
    try {
      const { usage } = await navigator.storage.estimate();
      element('stored', HTMLElement).hidden = usage === undefined;
      if (usage !== undefined) element('stored-bytes', HTMLElement).textContent = words.storage.used(usage);
      element('offline-ready', HTMLElement).hidden = !(await worksOffline(neededBy(this.#model())));
    } catch {
      // Insecure addresses have no such thing, and private windows may forbid it.
    }
  }

  /** What was drawn, taught or brought stays. */
  async #free(): Promise<void> {
    if (!(await confirmed(words.storage.confirm, words.delete))) return;
    await Pix2Pix.forget();
    this.#freed();
    await this.show();
  }
}

/** The address of the model that the next visit starts with; a model that was taught here is kept as it is. */
function neededBy({ source, taughtFrom }: Model): string | undefined {
  if (typeof source === 'string') return source;
  return taughtFrom === undefined ? (START_MODEL.source as string) : undefined;
}
