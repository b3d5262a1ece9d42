/** The drawing tools: buttons, the width slider, and the commands that the keyboard shares with them. */
import type { Command } from './keys';
import { button, canvas, element, onClick } from './page';
import type { SketchPad } from './sketch';
import { SHEET_SIDE, type Tool } from './strokes';

/** The slider's range for each tool, in units of the sheet. */
const WIDTHS: Record<Tool, { min: number; max: number; step: number }> = {
  pen: { min: 1, max: 10, step: 0.5 },
  eraser: { min: 4, max: 48, step: 2 },
};

export class Toolbar {
  readonly #pad: SketchPad;
  readonly #onWidth: () => void;
  readonly #width = element('width', HTMLInputElement);
  readonly #value = element('width-value', HTMLOutputElement);
  readonly #canvas = canvas('sketch');

  constructor(pad: SketchPad, onWidth: () => void) {
    this.#pad = pad;
    this.#onWidth = onWidth;
    for (const command of ['pen', 'eraser', 'undo', 'redo', 'clear'] as const) onClick(command, () => this.run(command));
    this.#width.addEventListener('input', () => this.#setWidth(this.#width.valueAsNumber));
    new ResizeObserver(() => this.#showCursor()).observe(this.#canvas);
  }

  run(command: Exclude<Command, 'save' | 'copy' | 'help'>): void {
    const pad = this.#pad;
    switch (command) {
      case 'pen':
      case 'eraser':
        pad.tool = command;
        return this.show();
      case 'thinner':
        return this.#setWidth(pad.widths[pad.tool] - WIDTHS[pad.tool].step);
      case 'thicker':
        return this.#setWidth(pad.widths[pad.tool] + WIDTHS[pad.tool].step);
      case 'undo':
        return pad.undo();
      case 'redo':
        return pad.redo();
      case 'clear':
        return pad.clear();
    }
  }

  /** Brings buttons and slider in line with the pad. */
  show(): void {
    const { tool, widths, canUndo, canRedo, isBlank } = this.#pad;
    for (const name of ['pen', 'eraser'] as const) button(name).setAttribute('aria-pressed', String(name === tool));
    button('undo').disabled = !canUndo;
    button('redo').disabled = !canRedo;
    button('clear').disabled = isBlank;
    const { min, max, step } = WIDTHS[tool];
    Object.assign(this.#width, { min: String(min), max: String(max), step: String(step) });
    this.#width.valueAsNumber = widths[tool];
    this.#value.textContent = String(widths[tool]);
    this.#showCursor();
  }

  #setWidth(width: number): void {
    const { tool, widths } = this.#pad;
    const { min, max } = WIDTHS[tool];
    widths[tool] = Math.min(max, Math.max(min, width));
    this.show();
    this.#onWidth();
  }

  /** The eraser shows how far it reaches. */
  #showCursor(): void {
    const { tool, widths } = this.#pad;
    const size = Math.round((widths.eraser / SHEET_SIDE) * this.#canvas.clientWidth);
    // Browsers show no cursor above 128 pixels.
    if (tool === 'pen' || size < 4 || size > 126) {
      this.#canvas.style.cursor = '';
      return;
    }
    const [box, middle] = [size + 2, size / 2 + 1];
    const ring = (colour: string, radius: number): string =>
      `<circle cx="${middle}" cy="${middle}" r="${radius}" fill="none" stroke="${colour}"/>`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${box}" height="${box}">${ring('#000', size / 2)}${ring('#fff', size / 2 - 1)}</svg>`;
    this.#canvas.style.cursor = `url("data:image/svg+xml,${encodeURIComponent(svg)}") ${Math.round(middle)} ${Math.round(middle)}, crosshair`;
  }
}
