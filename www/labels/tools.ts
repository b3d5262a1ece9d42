/** The tools of a label pad: buttons, the width slider, the labels, and the commands that the keyboard shares with them. */
import type { LabelPad, LabelTool } from './pad';
import { LabelPalette } from './palette';
import { ringCursor } from '../package/drawing/cursor';
import type { ToolCommand } from '../package/drawing/keys';
import type { Tools } from '../package/drawing/pad';
import { SHEET_SIDE } from '../package/drawing/strokes';
import { onClick, part } from '../package/drawing/parts';

const TOOLS: readonly LabelTool[] = ['brush', 'rectangle', 'outline', 'fill', 'eraser'];

/** Pixels of the map: an odd width has a pixel in its middle. */
const WIDTH = { min: 1, max: 47, step: 2 };

export class LabelTools implements Tools {
  readonly #pad: LabelPad;
  readonly #id: (name: string) => string;
  readonly #onChoice: () => void;
  readonly #width: HTMLInputElement;
  readonly #value: HTMLOutputElement;
  readonly #palette: LabelPalette;

  /** `prefix`: of the ids of its elements. `onChoice` hears of widths. */
  constructor(pad: LabelPad, prefix: 'label-' | 'drawing-label-', onChoice: () => void = () => undefined) {
    this.#pad = pad;
    this.#id = (name) => prefix + name;
    this.#onChoice = onChoice;
    this.#width = part(document, this.#id('width'), HTMLInputElement);
    this.#value = part(document, this.#id('width-value'), HTMLOutputElement);
    for (const tool of TOOLS) onClick(document, this.#id(tool), () => this.#take(tool));
    Object.assign(this.#width, { min: String(WIDTH.min), max: String(WIDTH.max), step: String(WIDTH.step) });
    this.#width.addEventListener('input', () => this.#setWidth(this.#width.valueAsNumber));
    this.#palette = new LabelPalette(this.#id('palette'), (label) => this.#takeLabel(label));
    new ResizeObserver(() => this.#showCursor()).observe(pad.canvas);
    pad.zoom.addEventListener('change', () => this.#showCursor());
  }

  run(command: ToolCommand): void {
    switch (command) {
      case 'pen':
      case 'black': // The same keys, P and B, mean the brush.
        return this.#take('brush');
      case 'thinner':
        return this.#setWidth(this.#pad.width - WIDTH.step);
      case 'thicker':
        return this.#setWidth(this.#pad.width + WIDTH.step);
      case 'eraser':
      case 'rectangle':
      case 'outline':
      case 'fill':
        return this.#take(command);
      default:
        this.#takeLabel(this.#pad.labels[command.colour]?.name);
    }
  }

  show(): void {
    const { tool, label, labels, width, outlining } = this.#pad;
    for (const each of TOOLS) part(document, this.#id(each), HTMLButtonElement).setAttribute('aria-pressed', String(each === tool));
    this.#width.valueAsNumber = width;
    this.#width.disabled = tool === 'rectangle' || tool === 'fill';
    this.#value.textContent = String(width);
    this.#palette.show(labels, label);
    part(document, this.#id('outlining'), HTMLElement).hidden = !outlining;
    this.#showCursor();
  }

  #take(tool: LabelTool): void {
    this.#pad.tool = tool;
    this.show();
  }

  /** With a label comes what paints. */
  #takeLabel(label: string | undefined): void {
    if (label === undefined) return;
    this.#pad.label = label;
    this.#take(this.#pad.tool === 'eraser' ? 'brush' : this.#pad.tool);
  }

  #setWidth(width: number): void {
    this.#pad.width = Math.min(WIDTH.max, Math.max(WIDTH.min, width));
    this.show();
    this.#onChoice();
  }

  /** Brush and eraser show how far they reach. */
  #showCursor(): void {
    const { canvas, tool, width } = this.#pad;
    const reach = (width / SHEET_SIDE) * canvas.getBoundingClientRect().width;
    canvas.style.cursor = tool === 'brush' || tool === 'eraser' ? ringCursor(reach) : '';
  }
}
