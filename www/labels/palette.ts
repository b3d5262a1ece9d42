/** The labels to paint with: a radio for each, with its colour and its name. */
import type { Labels } from './labels';
import { part } from '../package/drawing/parts';
import { labelName } from '../words/names';

export class LabelPalette {
  readonly #id: string;
  readonly #row = document.createElement('div');
  readonly #choose: (label: string) => void;
  #shown: Labels | undefined;

  constructor(id: string, choose: (label: string) => void) {
    [this.#id, this.#choose] = [id, choose];
    this.#row.className = 'label-chips';
    part(document, id, HTMLElement).append(this.#row);
  }

  /** Marks the label in hand. */
  show(labels: Labels, current: string): void {
    if (labels !== this.#shown) this.#row.replaceChildren(...labels.map(({ name, color }, i) => this.#chip(name, color, i)));
    this.#shown = labels;
    for (const radio of this.#row.querySelectorAll('input')) radio.checked = radio.value === current;
  }

  #chip(name: string, color: string, place: number): HTMLElement {
    const chip = document.createElement('label');
    chip.className = 'label-chip';
    chip.style.setProperty('--colour', color);
    // The keyboard has ten digits.
    if (place < 10) chip.title = `${labelName(name)} (${(place + 1) % 10})`;
    const radio = document.createElement('input');
    Object.assign(radio, { type: 'radio', name: `${this.#id}-label`, value: name });
    // Also where it is chosen already: the visitor may hold the eraser.
    radio.addEventListener('click', () => this.#choose(name));
    chip.append(radio, labelName(name));
    return chip;
  }
}
