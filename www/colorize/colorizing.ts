/** The Colour tab as the rest of the page sees it. */
import type { ColorizeRoom } from './colorize';
import type { Command } from '../package/drawing/keys';
import { LazyRoom } from '../shell/lazy-room';
import type { Model } from '../models/models';
import type { ColorizePage } from './page';

export class Colorizing {
  readonly #page: ColorizePage;
  readonly #lazy: LazyRoom<ColorizeRoom>;

  constructor(page: ColorizePage) {
    this.#page = page;
    this.#lazy = new LazyRoom('colorize', () => import('./colorize').then(({ openColorizeRoom }) => openColorizeRoom(page)));
  }

  /** The tab was opened or left. */
  show(visible: boolean): void {
    this.#lazy.show(visible);
  }

  /** A photo to colour. */
  async take(photo: File): Promise<void> {
    await (await this.#lazy.open())?.take(photo);
  }

  /** Opens the tab, and takes a model into use there. */
  async use(model: Model): Promise<void> {
    this.#page.openTab();
    await (await this.#lazy.open())?.use(model);
  }

  /** Whether the command means something here. */
  run(command: Command): boolean {
    return this.#lazy.room?.run(command) ?? false;
  }

  /** A word in the status line. */
  say(text: string): void {
    this.#lazy.room?.say(text);
  }
}
