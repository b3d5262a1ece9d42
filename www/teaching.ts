/** The Teach side as the rest of the page sees it. Its code is fetched when it is first opened. */
import type { ModelInUse } from './model-in-use';
import type { Model } from './models';
import { element, onClick } from './page';
import type { Checkpoint } from './teach/checkpoint';
import type { TeachTab } from './teach/teach';
import type { Translator } from './translator';
import { UnfinishedNote } from './unfinished';
import type { View } from './view';

/** What teaching needs of the page. */
export interface Page {
  readonly inUse: ModelInUse;
  readonly translator: Translator;
  readonly view: View;
  /** Every model that the page lists. */
  readonly models: () => readonly Model[];
  openTab(): void;
  /** The weights changed, so the sketch's picture is not what the model would paint now. */
  pictureIsOld(): void;
  /** The model in use was saved as this one. */
  saved(model: Model): Promise<void>;
}

/** What the Teach side is given besides. */
export interface Studio extends Page {
  readonly unfinished: UnfinishedNote;
}

export class Teaching {
  readonly #studio: Studio;
  #opening: Promise<TeachTab> | undefined;
  #tab: TeachTab | undefined;
  #visible = false;

  constructor(page: Page) {
    const unfinished = new UnfinishedNote((checkpoint) => void this.#continue(checkpoint));
    this.#studio = { ...page, unfinished };
    onClick('teach-retry', () => void this.#open());
  }

  /** The tab was opened or left. */
  show(visible: boolean): void {
    this.#visible = visible;
    if (visible) void this.#open();
    this.#tab?.show(visible);
  }

  /** Files that become pairs. */
  async take(files: readonly File[]): Promise<void> {
    (await this.#open())?.take(files);
  }

  modelChanged(): void {
    this.#tab?.modelChanged();
  }

  lookForUnfinished(): Promise<void> {
    return this.#studio.unfinished.look();
  }

  async #continue(checkpoint: Checkpoint): Promise<void> {
    this.#studio.openTab();
    await (await this.#open())?.continue(checkpoint);
  }

  async #open(): Promise<TeachTab | undefined> {
    const panel = element('panel-teach', HTMLElement);
    if (this.#tab !== undefined) return this.#tab;
    panel.dataset.code = 'loading';
    this.#opening ??= import('./teach/teach').then(({ openTeachTab }) => openTeachTab(this.#studio));
    try {
      const tab = await this.#opening;
      if (this.#tab === undefined) {
        this.#tab = tab;
        panel.dataset.code = 'ready';
        tab.show(this.#visible);
      }
      return tab;
    } catch (error) {
      // Offline, most likely: the next visit to the tab tries again.
      this.#opening = undefined;
      panel.dataset.code = 'failed';
      console.warn('the Teach side could not be opened', error);
      return undefined;
    }
  }
}
