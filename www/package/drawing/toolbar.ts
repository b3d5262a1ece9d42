/** The sketch's tools: buttons, the width slider, the palette, and the commands that the keyboard shares with them. */
import { ringCursor } from './cursor.js';
import type { ToolCommand } from './keys.js';
import type { Tools } from './pad.js';
import { COLOURS, Palette, type PaletteNames } from './palette.js';
import { onClick, part, type Root } from './parts.js';
import type { Nib, SketchPad } from './sketch.js';
import { SHEET_SIDE } from './strokes.js';

/** The slider's range for each nib, in units of the sheet. */
export const WIDTHS: Record<Nib, { min: number; max: number; step: number }> = {
  pen: { min: 1, max: 10, step: 0.5 },
  // What models learn from is 3 to 12 wide.
  hint: { min: 3, max: 16, step: 1 },
  eraser: { min: 4, max: 48, step: 2 },
};

export class Toolbar implements Tools {
  readonly #pad: SketchPad;
  readonly #root: Root;
  readonly #id: (name: string) => string;
  readonly #onChoice: () => void;
  readonly #width: HTMLInputElement;
  readonly #value: HTMLOutputElement;
  readonly #palette: Palette;
  /** The visitor's own colour, chosen or not; skin at first, which the palette lacks. */
  ownColour = '#f0b48a';

  /** `root`: where its elements are. `prefix`: of their ids. `onChoice` hears of widths and colours. `names`: of the colours. */
  constructor(pad: SketchPad, root: Root, prefix: '' | 'drawing-', onChoice: () => void = () => undefined, names?: PaletteNames) {
    [this.#pad, this.#root] = [pad, root];
    this.#id = (name) => prefix + name;
    this.#onChoice = onChoice;
    this.#width = part(root, this.#id('width'), HTMLInputElement);
    this.#value = part(root, this.#id('width-value'), HTMLOutputElement);
    for (const command of ['pen', 'eraser'] as const) onClick(root, this.#id(command), () => this.run(command));
    this.#width.addEventListener('input', () => this.#setWidth(this.#width.valueAsNumber));
    this.#palette = new Palette(root, this.#id('palette'), (colour) => this.#takeColour(colour), names);
    new ResizeObserver(() => this.#showCursor()).observe(pad.canvas);
    pad.zoom.addEventListener('change', () => this.#showCursor());
  }

  run(command: ToolCommand): void {
    const pad = this.#pad;
    switch (command) {
      case 'pen':
      case 'eraser':
        pad.tool = command;
        return this.show();
      case 'black':
        return this.#takeColour(undefined);
      case 'thinner':
        return this.#setWidth(pad.widths[pad.nib] - WIDTHS[pad.nib].step);
      case 'thicker':
        return this.#setWidth(pad.widths[pad.nib] + WIDTHS[pad.nib].step);
      case 'rectangle':
      case 'outline':
      case 'fill':
        return; // A sketch has none of these.
      default:
        if (pad.hintsSeen) this.#takeColour(COLOURS[command.colour]?.value);
    }
  }

  show(): void {
    const { tool, nib, colour, widths } = this.#pad;
    for (const name of ['pen', 'eraser'] as const) {
      part(this.#root, this.#id(name), HTMLButtonElement).setAttribute('aria-pressed', String(name === tool));
    }
    const { min, max, step } = WIDTHS[nib];
    Object.assign(this.#width, { min: String(min), max: String(max), step: String(step) });
    this.#width.valueAsNumber = widths[nib];
    this.#value.textContent = String(widths[nib]);
    this.#palette.show(colour, this.ownColour);
    this.#showCursor();
  }

  /** With a colour comes the pen. */
  #takeColour(colour: string | undefined): void {
    this.#pad.tool = 'pen';
    this.#pad.colour = colour;
    if (colour !== undefined && COLOURS.every(({ value }) => value !== colour)) this.ownColour = colour;
    this.show();
    this.#onChoice();
  }

  #setWidth(width: number): void {
    const { nib, widths } = this.#pad;
    const { min, max } = WIDTHS[nib];
    widths[nib] = Math.min(max, Math.max(min, width));
    this.show();
    this.#onChoice();
  }

  /** Eraser and hints show how far they reach, and hints their colour. */
  #showCursor(): void {
    const { canvas, nib, colour, widths } = this.#pad;
    const reach = (widths[nib] / SHEET_SIDE) * canvas.getBoundingClientRect().width;
    canvas.style.cursor = nib === 'pen' ? '' : ringCursor(reach, nib === 'hint' ? colour : undefined);
  }
}
