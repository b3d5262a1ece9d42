/** A drawing's history as data: marks that were made, and those that were undone and can be made again. */

/** What is kept of a drawing. */
export interface Drawing<M> {
  readonly marks: readonly M[];
  readonly undone: readonly M[];
}

/** The same drawing, and another picture of it: `seed` decides what a model leaves to chance. A fresh sheet has none. */
export interface Variation {
  readonly kind: 'variation';
  /** From 1. */
  readonly seed: number;
}

/** A mark of the kind `sheet` covers all before it. */
interface AnyMark {
  readonly kind: string;
}

/** Older sheets cannot be undone back to; it bounds what is kept. */
const SHEETS_KEPT = 20;

export class History<M extends AnyMark> {
  #marks: M[] = [];
  #undone: M[] = [];

  get marks(): readonly M[] {
    return this.#marks;
  }

  /** The sheet that is drawn on: another one is another drawing. Undefined before the first. */
  get sheet(): M | undefined {
    return this.#marks.findLast(({ kind }) => kind === 'sheet');
  }

  /** The newest variation of what is in sight, if any. */
  get variation(): Variation | undefined {
    return variationOf(this.#marks);
  }

  get canUndo(): boolean {
    return this.#marks.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  add(mark: M): void {
    this.#marks.push(mark);
    this.#undone = [];
    const sheets = this.#marks.flatMap(({ kind }, i) => (kind === 'sheet' ? [i] : []));
    if (sheets.length > SHEETS_KEPT) this.#marks.splice(0, sheets.at(-SHEETS_KEPT) ?? 0);
  }

  /** Whether there was something to undo. */
  undo(): boolean {
    return moveLast(this.#marks, this.#undone);
  }

  redo(): boolean {
    return moveLast(this.#undone, this.#marks);
  }

  get drawing(): Drawing<M> {
    return { marks: [...this.#marks], undone: [...this.#undone] };
  }

  /** Takes up a kept drawing. What was drawn before it came stays, above it. */
  restore({ marks, undone }: Drawing<M>): void {
    const untouched = this.#marks.length === 0 && this.#undone.length === 0;
    this.#marks = [...marks, ...this.#marks];
    if (untouched) this.#undone = [...undone];
  }
}

export function variationOf(marks: readonly AnyMark[]): Variation | undefined {
  const newest = marks.findLast(({ kind }) => kind === 'sheet' || kind === 'variation');
  return newest?.kind === 'variation' ? (newest as Variation) : undefined;
}

function moveLast<M>(from: M[], to: M[]): boolean {
  const last = from.pop();
  if (last !== undefined) to.push(last);
  return last !== undefined;
}
