/** The Teach tab as the rest of the page sees it. Its code is fetched when it is first opened. */
import type { Brought } from './brought';
import { element, onClick } from './page';
import type { Page, Studio } from './studio';
import type { Checkpoint } from './teach/lesson';
import type { TeachTab } from './teach/teach';
import { UnfinishedNote } from './unfinished';

export class Teaching {
  readonly #studio: Studio;
  #opening: Promise<TeachTab> | undefined;
  #tab: TeachTab | undefined;
  #visible = false;

  constructor(page: Page) {
    const unfinished = new UnfinishedNote((checkpoint) => void this.#continue(checkpoint));
    this.#studio = { ...page, unfinished };
    // Browsers remember that a script could not be fetched: only a page that starts again asks again. It comes back to this tab.
    onClick('teach-reload', () => location.reload());
  }

  /** The tab was opened or left. */
  show(visible: boolean): void {
    this.#visible = visible;
    if (visible) void this.#open();
    this.#tab?.show(visible);
  }

  /** Files that become pairs. */
  async take(files: readonly Brought[]): Promise<void> {
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
      // Offline, most likely, or this release of the page was replaced on the server.
      this.#opening = undefined;
      panel.dataset.code = 'failed';
      console.warn('the Teach tab could not be opened', error);
      return undefined;
    }
  }
}
