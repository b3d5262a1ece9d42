/** A room of the page behind a tab, whose code is fetched when it is first opened. */
import { element, onClick } from './page';
import type { Tab } from './page-state';

export interface Room {
  /** It came into sight, or left it. */
  show(visible: boolean): void;
}

export class LazyRoom<R extends Room> {
  readonly #tab: Tab;
  readonly #fetch: () => Promise<R>;
  #opening: Promise<R> | undefined;
  #room: R | undefined;
  #visible = false;

  constructor(tab: Tab, fetch: () => Promise<R>) {
    [this.#tab, this.#fetch] = [tab, fetch];
    // Browsers remember that a script could not be fetched: only a page that starts again asks again. It comes back to this tab.
    onClick(`${tab}-reload`, () => location.reload());
  }

  /** Undefined until it was opened. */
  get room(): R | undefined {
    return this.#room;
  }

  /** The tab was opened or left. */
  show(visible: boolean): void {
    this.#visible = visible;
    if (visible) void this.open();
    this.#room?.show(visible);
  }

  /** Undefined where its code cannot be had; the panel says so. */
  async open(): Promise<R | undefined> {
    const panel = element(`panel-${this.#tab}`, HTMLElement);
    if (this.#room !== undefined) return this.#room;
    panel.dataset.code = 'loading';
    this.#opening ??= this.#fetch();
    try {
      const room = await this.#opening;
      if (this.#room === undefined) {
        this.#room = room;
        panel.dataset.code = 'ready';
        room.show(this.#visible);
      }
      return room;
    } catch (error) {
      // Offline, most likely, or this release of the page was replaced on the server.
      this.#opening = undefined;
      panel.dataset.code = 'failed';
      console.warn(`the tab ${this.#tab} could not be opened`, error);
      return undefined;
    }
  }
}
