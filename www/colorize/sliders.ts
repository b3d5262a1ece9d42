/** The sliders for the colours, with undo, redo and reset. */
import { button, element, onClick } from '../shell/page';
import type { Adjustment } from './adjustment';
import { Adjustments, type Slider } from './adjustments';
import { words } from '../words/current';
import type { Words } from '../words/en';

/** For each: what its value means, for the screen reader and beside it. */
const SLIDERS: Readonly<Record<Slider, (value: number) => { text: string; spoken: string }>> = {
  a: (value) => signed(value, 'green', 'red'),
  b: (value) => signed(value, 'blue', 'yellow'),
  saturation: percent,
  contrast: percent,
};

type Hue = keyof Words['colorize']['towards'];

function signed(value: number, low: Hue, high: Hue): { text: string; spoken: string } {
  if (value === 0) return { text: '0', spoken: words.colorize.neutral };
  const size = Math.abs(value);
  return { text: `${value < 0 ? '−' : '+'}${size}`, spoken: words.colorize.towards[value < 0 ? low : high](size) };
}

function percent(value: number): { text: string; spoken: string } {
  const text = words.colorize.percent(value);
  return { text, spoken: value === 100 ? words.colorize.neutral : text };
}

export interface SliderEvents {
  /** A slider moves. */
  moved(adjustment: Adjustment): void;
  /** What can be undone is another now. */
  changed(): void;
}

export class Sliders {
  readonly adjustments = new Adjustments();
  readonly #field = element('colorize-sliders', HTMLFieldSetElement);
  readonly #events: SliderEvents;
  readonly #ranges: readonly [Slider, HTMLInputElement][];

  constructor(events: SliderEvents) {
    this.#events = events;
    this.#ranges = (Object.keys(SLIDERS) as Slider[]).map((slider) => [slider, element(`colorize-${slider}`, HTMLInputElement)]);
    for (const [slider, range] of this.#ranges) {
      range.addEventListener('input', () => {
        this.#name(slider, range);
        events.moved(this.#read());
      });
      range.addEventListener('change', () => {
        this.adjustments.change(slider, range.valueAsNumber, performance.now());
        this.#changed();
      });
    }
    onClick('colorize-undo', () => this.undo());
    onClick('colorize-redo', () => this.redo());
    onClick('colorize-reset', () => {
      this.adjustments.reset();
      this.#changed();
    });
  }

  undo(): void {
    this.adjustments.undo();
    this.#changed();
  }

  redo(): void {
    this.adjustments.redo();
    this.#changed();
  }

  /** Brings them in line with the adjustments; there may be nothing to adjust. */
  show(usable: boolean): void {
    const { current, canUndo, canRedo, isNeutral } = this.adjustments;
    this.#field.disabled = !usable;
    for (const [slider, range] of this.#ranges) {
      range.valueAsNumber = current[slider];
      this.#name(slider, range);
    }
    button('colorize-undo').disabled = !usable || !canUndo;
    button('colorize-redo').disabled = !usable || !canRedo;
    button('colorize-reset').disabled = !usable || isNeutral;
  }

  #changed(): void {
    this.show(true);
    this.#events.moved(this.adjustments.current);
    this.#events.changed();
  }

  #read(): Adjustment {
    const values = this.#ranges.map(([slider, range]) => [slider, range.valueAsNumber] as const);
    return Object.fromEntries(values) as Record<Slider, number>;
  }

  #name(slider: Slider, range: HTMLInputElement): void {
    const { text, spoken } = SLIDERS[slider](range.valueAsNumber);
    element(`colorize-${slider}-value`, HTMLOutputElement).textContent = text;
    range.setAttribute('aria-valuetext', spoken);
  }
}
