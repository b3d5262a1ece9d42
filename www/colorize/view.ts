/** What the Colour tab shows: the photo as it was and in its colours, what is under way, and what can be pressed now. */
import { Compare } from '../shell/compare';
import { LoadProgress } from '../shell/load-progress';
import { Pix2Pix } from '../package/client';
import type { Model } from '../models/models';
import { button, canvas, element } from '../shell/page';
import type { Shown } from './adjuster';
import { words } from '../words/current';

/** `plain`: the photo has no colours yet. */
export type Phase = 'empty' | 'plain' | 'working' | 'coloured';

export class ColorizeView {
  readonly progress = new LoadProgress('colorize-progress');
  readonly #room = element('colorize-room', HTMLElement);
  readonly #status = element('colorize-status', HTMLElement);
  readonly #compare = new Compare('colorize-compare', {
    slider: words.colorize.slider,
    left: words.colorize.asItWas,
    right: words.colorize.coloured,
  });

  /** A word in the status line. Saying the same again would make a screen reader repeat it. */
  say(text: string): void {
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  /** Shows a photo; without `before`, the same as it was, there is nothing to compare. */
  photo(name: string, { picture, width, height }: Shown, before: ImageData = picture): void {
    this.#compare.show(words.colorize.size(name, width, height), before, picture);
    this.#room.style.setProperty('--ratio', String(picture.width / picture.height));
  }

  /** The coloured photo with other colours. */
  adjusted(picture: ImageData): void {
    this.#compare.showAfter(picture);
  }

  noPhoto(): void {
    this.#compare.hide();
  }

  /** `coloured`: whether the photo in sight has its colours, also while something is under way. */
  show(phase: Phase, { photo, coloured, models }: { readonly photo: boolean; readonly coloured: boolean; readonly models: boolean }): void {
    this.#room.dataset.phase = phase;
    this.#room.toggleAttribute('data-coloured', coloured);
    element('colorize-empty', HTMLElement).hidden = photo;
    element('colorize-photo', HTMLElement).hidden = !photo;
    element('colorize-loading', HTMLElement).hidden = phase !== 'working';
    element('colorize-no-model', HTMLElement).hidden = models;
    button('colorize-again').hidden = phase !== 'plain';
    canvas('colorize-compare-before').hidden = !coloured;
    element('colorize-compare-range', HTMLInputElement).hidden = !coloured;
    canvas('colorize-compare-after').setAttribute('aria-label', coloured ? words.colorize.inColours : words.colorize.before);
    for (const id of ['colorize-save', 'colorize-copy']) button(id).disabled = phase !== 'coloured';
    this.#keepFocus();
  }

  /** A button that went away hands the keyboard's focus to one that came. */
  #keepFocus(): void {
    const focused = document.activeElement;
    if (!(focused instanceof HTMLElement) || !this.#room.contains(focused) || isVisible(focused)) return;
    ['colorize-cancel', 'colorize-again', 'colorize-other', 'colorize-choose'].map(button).find(isVisible)?.focus();
  }

  /** The size of a model is said before it is downloaded. */
  async sayWhatIsDownloaded(model: Model | undefined): Promise<void> {
    const hint = element('colorize-size', HTMLElement);
    if (model === undefined) hint.textContent = words.colorize.needsModel;
    else if (typeof model.source !== 'string' || (await Pix2Pix.isCached(model.source))) hint.textContent = '';
    else hint.textContent = words.colorize.isDownloaded(model.bytes);
  }
}

const isVisible = (control: HTMLElement): boolean => control.offsetParent !== null;
