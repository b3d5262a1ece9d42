/** The Teach tab as the rest of the page sees it. */
import type { Brought } from './brought';
import { nameLanguage } from './language';
import { LazyRoom } from './lazy-room';
import type { Page, Studio } from './studio';
import type { Checkpoint } from './teach/lesson';
import type { TeachTab } from './teach/teach';
import { UnfinishedNote } from './unfinished';

export class Teaching {
  readonly #studio: Studio;
  readonly #lazy: LazyRoom<TeachTab>;

  constructor(page: Page) {
    const unfinished = new UnfinishedNote((checkpoint) => void this.#continue(checkpoint));
    this.#studio = { ...page, unfinished };
    this.#lazy = new LazyRoom('teach', async () => {
      nameLanguage(); // uPlot asks for it as it is loaded.
      const { openTeachTab } = await import('./teach/teach');
      return openTeachTab(this.#studio);
    });
  }

  /** The tab was opened or left. */
  show(visible: boolean): void {
    this.#lazy.show(visible);
  }

  /** Files that become pairs. */
  async take(files: readonly Brought[]): Promise<void> {
    (await this.#lazy.open())?.take(files);
  }

  modelChanged(): void {
    this.#lazy.room?.modelChanged();
  }

  lookForUnfinished(): Promise<void> {
    return this.#studio.unfinished.look();
  }

  async #continue(checkpoint: Checkpoint): Promise<void> {
    this.#studio.openTab();
    await (await this.#lazy.open())?.continue(checkpoint);
  }
}
