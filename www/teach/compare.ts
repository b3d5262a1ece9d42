/** Before and after, one over the other, with a slider that uncovers the one or the other. */
import { paint } from '../package/drawing/paint';
import { canvas, element } from '../page';

export class Compare {
  readonly #figure = element('compare', HTMLElement);
  readonly #before = canvas('compare-before');
  readonly #after = canvas('compare-after');
  readonly #range = element('compare-range', HTMLInputElement);

  constructor() {
    this.#range.addEventListener('input', () => this.#cut());
    this.#cut();
  }

  show(name: string, before: ImageData, after: ImageData): void {
    paint(this.#before, before);
    paint(this.#after, after);
    element('compare-name', HTMLElement).textContent = name;
    this.#range.setAttribute('aria-label', `${name}: how much of the picture is from before the training`);
    this.#figure.hidden = false;
  }

  hide(): void {
    this.#figure.hidden = true;
  }

  #cut(): void {
    const part = this.#range.valueAsNumber;
    this.#figure.style.setProperty('--cut', `${part}%`);
    this.#range.setAttribute('aria-valuetext', `${part}% before, ${100 - part}% now`);
  }
}
