/**
 * A closer look at a canvas: which part of the sheet is seen. Two fingers, the wheel with Ctrl and the keyboard change it. The canvas is
 * transformed as a whole, so that its box on the screen tells where a hand is, and the drawing stays in its own units.
 */

/** A place in the window, in CSS pixels. */
export interface WindowPlace {
  readonly x: number;
  readonly y: number;
}

/** A line of 2 units is then as wide as a finger. */
const CLOSEST = 8;

/** What is hardly closer is the whole sheet. */
const WHOLE = 1.02;

/** One press of a key. */
const STEP = 1.5;

/** The wheel's own units, in pixels, where it does not tell pixels; and how far it turns for twice as close. */
const LINE = 16;
const TWICE = 200;

/** Tells of a `change`. */
export class Zoom extends EventTarget {
  readonly #canvas: HTMLElement;
  readonly #along: readonly HTMLElement[];
  #scale = 1;
  /** The part of the sheet that is beyond the upper left corner, of 1. */
  #left = 0;
  #top = 0;

  /** What lies `along` with the canvas, in the same box, is seen as close. */
  constructor(canvas: HTMLElement, along: readonly HTMLElement[] = []) {
    super();
    [this.#canvas, this.#along] = [canvas, along];
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
  }

  /** 1 shows the whole sheet, 8 an eighth of its side. */
  get scale(): number {
    return this.#scale;
  }

  /** What was under one place comes under another, and all is closer by a factor. Whether anything moved. */
  move(from: WindowPlace, to: WindowPlace, factor: number): boolean {
    const box = this.#canvas.getBoundingClientRect();
    const side = box.width / this.#scale;
    const [frameLeft, frameTop] = [box.left + this.#left * box.width, box.top + this.#top * box.height];
    const closer = Math.min(CLOSEST, this.#scale * factor);
    const scale = closer < WHOLE ? 1 : closer;
    const beyond = (frame: number, before: number, from: number, to: number): number => {
      const place = before + (from - frame) / side / this.#scale;
      return Math.min(1 - 1 / scale, Math.max(0, place - (to - frame) / side / scale));
    };
    return this.#show(scale, beyond(frameLeft, this.#left, from.x, to.x), beyond(frameTop, this.#top, from.y, to.y));
  }

  /** One step closer to the middle of what is seen, or back. */
  step(closer: boolean): void {
    const middle = (beyond: number): number => beyond + 0.5 / this.#scale;
    const box = this.#canvas.getBoundingClientRect();
    const at = { x: box.left + middle(this.#left) * box.width, y: box.top + middle(this.#top) * box.height };
    this.move(at, at, closer ? STEP : 1 / STEP);
  }

  /** Shows the whole sheet. */
  fit(): void {
    this.#show(1, 0, 0);
  }

  #show(scale: number, left: number, top: number): boolean {
    if (scale === this.#scale && left === this.#left && top === this.#top) return false;
    [this.#scale, this.#left, this.#top] = [scale, left, top];
    const percent = (beyond: number): string => `${-100 * beyond * scale}%`;
    for (const { style } of [this.#canvas, ...this.#along]) {
      style.transformOrigin = '0 0';
      style.transform = scale === 1 ? '' : `translate(${percent(left)}, ${percent(top)}) scale(${scale})`;
    }
    this.dispatchEvent(new Event('change'));
    return true;
  }

  /** With Ctrl, which is also how browsers tell of a trackpad's pinch, the wheel zooms. Without it a whole sheet is left to the page's scrolling. */
  #wheel(event: WheelEvent): void {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE;
    const [x, y] = [event.deltaX * unit, event.deltaY * unit];
    const at = { x: event.clientX, y: event.clientY };
    const zooms = event.ctrlKey || event.metaKey;
    if (!zooms && this.#scale === 1) return;
    const moved = zooms ? this.move(at, at, 2 ** (-y / TWICE)) : this.move(at, { x: at.x - x, y: at.y - y }, 1);
    if (moved || zooms) event.preventDefault();
  }
}
