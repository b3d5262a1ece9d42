/** A pair as data. */
import type { Half } from './pictures';

/** Where a pair's sketch comes from: edges of the photo, the visitor's own lines, or the file itself. */
export type Origin = 'edges' | 'drawn' | 'given';

export interface Pair {
  readonly id: string;
  /** Place in the list. */
  readonly order: number;
  readonly name: string;
  readonly origin: Origin;
  /** Sketch and target, squares of the same size, as PNG. */
  readonly input: Blob;
  readonly target: Blob;
  /** The photo before it became a square, so that it can become another. */
  readonly photo?: Blob;
  /** The half of the file that was taken for the sketch, where the other might be it: the switch decides. */
  readonly sketchOn?: Half;
  /** The visitor's word, or a training's; without either the list decides. */
  readonly heldOut?: boolean;
}

/** The same two pictures, the other way round. */
export function swapped(pair: Pair): Pair {
  const { input, target, sketchOn } = pair;
  return { ...pair, input: target, target: input, ...(sketchOn && { sketchOn: sketchOn === 'left' ? 'right' : 'left' }) };
}
