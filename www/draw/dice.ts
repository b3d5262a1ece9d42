/** The dice: colours a plain drawing at once, with dabs of one palette, and of another at each roll. */
import { rolledDab } from '../package/drawing/dabs';
import type { SketchPad } from '../package/drawing/sketch';
import { contextOf, SHEET_SIDE } from '../package/drawing/strokes';
import { showAlert } from '../shell/alert';
import type { Translator } from '../shell/translator';
import type { View } from './view';
import { words } from '../words/current';

export class Dice {
  readonly #pad: SketchPad;
  readonly #translator: Translator;
  readonly #view: View;
  #seed = Math.floor(Math.random() * 2 ** 32);
  #rolling = false;

  constructor(pad: SketchPad, translator: Translator, view: View) {
    [this.#pad, this.#translator, this.#view] = [pad, translator, view];
  }

  /** Lays other dabs than before; those that were moved or got another colour stay. */
  async roll(): Promise<void> {
    const model = this.#translator.model;
    if (model === undefined || this.#rolling || !this.#pad.hintsSeen) return;
    this.#rolling = true;
    this.#seed = (this.#seed + 1) >>> 0;
    try {
      const canvas = this.#pad.renderUnrolled(SHEET_SIDE);
      const sketch = contextOf(canvas).getImageData(0, 0, SHEET_SIDE, SHEET_SIDE);
      const hints = await model.suggestHints(sketch, { seed: this.#seed });
      if (!this.#pad.hintsSeen) return; // Another model was taken meanwhile.
      if (hints.length > 0) this.#pad.roll(hints.map(rolledDab));
      else this.#view.say(words.page.nothingClosed(this.#pad.hasHints));
    } catch (error) {
      if (model === this.#translator.model) showAlert(error);
    } finally {
      this.#rolling = false;
    }
  }
}
