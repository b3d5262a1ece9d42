/** The adjustments of a photo, one after the other, so that each can be undone. */
import { type Drawing, History } from '../package/drawing/history';
import { type Adjustment, isSame, NEUTRAL } from './adjustment';

/** What a slider changes. */
export type Slider = keyof Adjustment;

/** All sliders as they stood after a change. */
export interface Adjusted {
  readonly kind: 'adjusted';
  readonly adjustment: Adjustment;
}

/** Changes of one slider that follow each other so soon are one: a key that is held down makes many. */
const ONE_CHANGE_MS = 1000;

export class Adjustments {
  #history = new History<Adjusted>();
  /** The slider that was changed last, and when. */
  #last: { readonly slider: Slider; readonly at: number } | undefined;

  get current(): Adjustment {
    return this.#history.marks.at(-1)?.adjustment ?? NEUTRAL;
  }

  get isNeutral(): boolean {
    return isSame(this.current, NEUTRAL);
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  /** `now`: milliseconds of a clock. */
  change(slider: Slider, value: number, now: number): void {
    const adjustment = { ...this.current, [slider]: value };
    if (isSame(adjustment, this.current)) return;
    const last = this.#last;
    if (last?.slider === slider && now - last.at < ONE_CHANGE_MS) this.#history.undo();
    this.#last = this.#add(adjustment) ? { slider, at: now } : undefined;
  }

  /** Back to the photo as it was coloured; it can be undone. */
  reset(): void {
    this.#last = undefined;
    this.#add(NEUTRAL);
  }

  undo(): void {
    this.#last = undefined;
    this.#history.undo();
  }

  redo(): void {
    this.#last = undefined;
    this.#history.redo();
  }

  /** What is kept of them. */
  get kept(): Drawing<Adjusted> {
    return this.#history.drawing;
  }

  /** Takes up what was kept, or begins with none, in the place of all that was there. */
  restore(kept: Drawing<Adjusted> = { marks: [], undone: [] }): void {
    this.#last = undefined;
    this.#history = new History();
    this.#history.restore(kept);
  }

  /** Whether it changed anything: a slider may be back where it began. */
  #add(adjustment: Adjustment): boolean {
    if (isSame(adjustment, this.current)) return false;
    this.#history.add({ kind: 'adjusted', adjustment });
    return true;
  }
}
