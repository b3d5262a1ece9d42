/** The Teach tab as the rest of the page sees it. */
import type { Brought } from '../shell/brought';
import { LazyRoom } from '../shell/lazy-room';
import type { TeachPage, Studio } from './page';
import type { Checkpoint } from './lesson';
import type { TeachTab } from './teach';
import { UnfinishedNote } from './unfinished';

export class Teaching {
  readonly #studio: Studio;
  readonly #lazy: LazyRoom<TeachTab>;

  constructor(page: TeachPage) {
    const unfinished = new UnfinishedNote((checkpoint) => void this.#continue(checkpoint));
    this.#studio = { ...page, unfinished };
    this.#lazy = new LazyRoom('teach', async () => {
      nameLanguage(); // uPlot asks for it as it is loaded.
      const { openTeachTab } = await import('./teach');
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

/** A language that browsers can count in: where the system has none, WebKitGTK calls the page's `C`, of which `Intl` throws. */
function nameLanguage(): void {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
  }
}
