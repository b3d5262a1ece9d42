/** The drawing tools: buttons, the width slider, the palette, and the commands that the keyboard shares with them. */
import type { Command } from './keys';
import { button, element, onClick } from './page';
import { COLOURS, Palette } from './palette';
import type { Nib, SketchPad } from './sketch';
import { SHEET_SIDE } from './strokes';

/** The slider's range for each nib, in units of the sheet. */
const WIDTHS: Record<Nib, { min: number; max: number; step: number }> = {
  pen: { min: 1, max: 10, step: 0.5 },
  // What models learn from is 3 to 12 wide.
  hint: { min: 3, max: 16, step: 1 },
  eraser: { min: 4, max: 48, step: 2 },
};

/** Those that mean the sketch alone. */
export type DrawingCommand = Exclude<Command, 'save' | 'copy' | 'dice' | 'help'>;

export class Toolbar {
  readonly #pad: SketchPad;
  readonly #id: (name: string) => string;
  readonly #onChoice: () => void;
  readonly #width: HTMLInputElement;
  readonly #value: HTMLOutputElement;
  readonly #palette: Palette;
  /** The visitor's own colour, chosen or not; skin at first, which the palette lacks. */
  ownColour = '#f0b48a';

  /** `prefix`: of the ids of its elements. `onChoice` hears of widths and colours. */
  constructor(pad: SketchPad, prefix: '' | 'drawing-', onChoice: () => void = () => undefined) {
    this.#pad = pad;
    this.#id = (name) => prefix + name;
    this.#onChoice = onChoice;
    this.#width = element(this.#id('width'), HTMLInputElement);
    this.#value = element(this.#id('width-value'), HTMLOutputElement);
    for (const command of ['pen', 'eraser', 'undo', 'redo', 'clear'] as const) {
      onClick(this.#id(command), () => this.run(command));
    }
    this.#width.addEventListener('input', () => this.#setWidth(this.#width.valueAsNumber));
    this.#palette = new Palette(this.#id('palette'), (colour) => this.#takeColour(colour));
    new ResizeObserver(() => this.#showCursor()).observe(pad.canvas);
  }

  run(command: DrawingCommand): void {
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
      case 'undo':
        return pad.undo();
      case 'redo':
        return pad.redo();
      case 'clear':
        return pad.clear();
      default:
        if (pad.hintsSeen) this.#takeColour(COLOURS[command.colour]?.value);
    }
  }

  /** Brings buttons, slider and palette in line with the pad. */
  show(): void {
    const { tool, nib, colour, widths, canUndo, canRedo, isBlank } = this.#pad;
    for (const name of ['pen', 'eraser'] as const) {
      button(this.#id(name)).setAttribute('aria-pressed', String(name === tool));
    }
    button(this.#id('undo')).disabled = !canUndo;
    button(this.#id('redo')).disabled = !canRedo;
    button(this.#id('clear')).disabled = isBlank;
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
    const size = Math.round((widths[nib] / SHEET_SIDE) * canvas.clientWidth);
    // Browsers show no cursor above 128 pixels.
    if (nib === 'pen' || size < 4 || size > 126) {
      canvas.style.cursor = '';
      return;
    }
    const [box, middle] = [size + 2, size / 2 + 1];
    const ring = (stroke: string, radius: number, fill: string): string =>
      `<circle cx="${middle}" cy="${middle}" r="${radius}" fill="${fill}" stroke="${stroke}"/>`;
    const fill = nib === 'hint' && colour !== undefined ? colour : 'none';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${box}" height="${box}">${ring('#000', size / 2, fill)}${ring('#fff', size / 2 - 1, 'none')}</svg>`;
    canvas.style.cursor = `url("data:image/svg+xml,${encodeURIComponent(svg)}") ${Math.round(middle)} ${Math.round(middle)}, crosshair`;
  }
}
