/** Where a hand went: freely, or straight from where it was told to. */
import { distance, fromSegment, type Place } from './places.js';

/** A line from which the hand strays by no more than this part of its length was meant to be straight, if it is as long as this. */
const STRAY = 0.06;
const SHORTEST = 24;

export class Trail<P extends Place> {
  /** Those that are drawn. There is one at least. */
  readonly points: P[];
  /** The point from which it is straight, by its place among them. */
  #from: number | undefined;

  constructor(first: P) {
    this.points = [first];
  }

  /** Goes on, straight from here or freely. Whether points that were there are so no more. */
  extend(through: readonly P[], straight: boolean): boolean {
    if (straight) this.#from ??= this.points.length - 1;
    else this.#from = undefined;
    if (this.#from === undefined) {
      this.points.push(...through);
      return false;
    }
    const gone = this.points.splice(this.#from + 1).length > 0;
    this.points.push(...through.slice(-1));
    return gone;
  }

  /** Makes what is nearly straight quite straight. False of what is short or a curve. */
  straighten(): boolean {
    const [first, last] = [this.points[0]!, this.points.at(-1)!];
    const length = distance(first, last);
    if (length < SHORTEST || this.points.some((point) => fromSegment(point, first, last) > STRAY * length)) return false;
    this.points.splice(1, Infinity, last);
    return true;
  }
}
