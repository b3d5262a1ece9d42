/** How much the page stores on the device, and the way to free what it can fetch again. */
import { Pix2Pix } from '../pkg/client.js';
import { confirmed } from './confirm';
import { element, onClick } from './page';
import { words } from './words/current';

export class StorageNote {
  readonly #freed: () => void;

  /** `freed` hears that the models are gone. */
  constructor(freed: () => void) {
    this.#freed = freed;
    onClick('free-models', () => void this.#free());
  }

  /** Where the browser tells it. */
  async show(): Promise<void> {
    try {
      const { usage } = await navigator.storage.estimate();
      element('stored', HTMLElement).hidden = usage === undefined;
      if (usage !== undefined) element('stored-bytes', HTMLElement).textContent = words.storage.used(usage);
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
