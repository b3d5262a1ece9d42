/** The button that shows the whole sheet again, there while less of it is seen. */
import type { Pad } from './pad.js';
import { onClick, part, type Root } from './parts.js';

export class FitButton {
  readonly #pad: () => Pad;
  readonly #button: HTMLButtonElement;

  /** `pads`: all that it is for; `pad`: the one in use. `id`: of the button in `root`. */
  constructor(pads: readonly Pad[], pad: () => Pad, root: Root, id: 'fit' | 'drawing-fit') {
    this.#pad = pad;
    this.#button = part(root, id, HTMLButtonElement);
    onClick(root, id, () => pad().zoom.fit());
    for (const { zoom } of pads) zoom.addEventListener('change', () => this.show());
  }

  show(): void {
    const { canvas, zoom } = this.#pad();
    const hidden = zoom.scale === 1;
    // Who pressed it goes on with the pad.
    if (hidden && this.#button.matches(':focus')) canvas.focus({ preventScroll: true });
    this.#button.hidden = hidden;
  }
}
