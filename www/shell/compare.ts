/** Two pictures, one over the other, with a slider that uncovers the one or the other. */
import { canvas, element } from './page';
import { paint } from '../package/drawing/paint';
import { words } from '../words/current';

export interface CompareWords {
  /** What the slider moves, for the screen reader. */
  readonly slider: (name: string) => string;
  /** What lies to the left of the cut, and to the right. */
  readonly left: string;
  readonly right: string;
}

export class Compare {
  readonly #figure: HTMLElement;
  readonly #before: HTMLCanvasElement;
  readonly #after: HTMLCanvasElement;
  readonly #name: HTMLElement;
  readonly #range: HTMLInputElement;
  readonly #words: CompareWords;

  /** `prefix`: of the ids of its figure, canvases, slider and name. */
  constructor(prefix: 'compare' | 'colorize-compare', words: CompareWords) {
    this.#figure = element(prefix, HTMLElement);
    this.#before = canvas(`${prefix}-before`);
    this.#after = canvas(`${prefix}-after`);
    this.#name = element(`${prefix}-name`, HTMLElement);
    this.#range = element(`${prefix}-range`, HTMLInputElement);
    this.#words = words;
    this.#range.addEventListener('input', () => this.#cut());
    this.#cut();
  }

  /** Both pictures are of one size. */
  show(name: string, before: ImageData, after: ImageData): void {
    paint(this.#before, before);
    this.showAfter(after);
    this.#name.textContent = name;
    this.#range.setAttribute('aria-label', this.#words.slider(name));
    this.#figure.hidden = false;
  }

  /** Another picture in place of the one to the right. */
  showAfter(after: ImageData): void {
    paint(this.#after, after);
  }

  hide(): void {
    this.#figure.hidden = true;
  }

  #cut(): void {
    const part = this.#range.valueAsNumber;
    this.#figure.style.setProperty('--cut', `${part}%`);
    this.#range.setAttribute('aria-valuetext', words.compare.cut(part / 100, this.#words.left, this.#words.right));
  }
}
