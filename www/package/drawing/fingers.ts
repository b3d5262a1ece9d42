/** Several fingers at once on a canvas: two move and zoom what is seen, and a tap of two or three is a command. */
import { distance, type Place } from './places.js';
import type { Zoom } from './zoom.js';

/** A tap is shorter than this, and its fingers move less than so many CSS pixels. */
const TAP_MS = 350;
const STILL = 12;

interface Finger {
  readonly since: number;
  readonly from: Place;
  at: Place;
}

export class Fingers {
  readonly #zoom: Zoom;
  /** So many fingers tapped. */
  readonly #onTap: (fingers: number) => void;
  readonly #down = new Map<number, Finger>();
  /** From when two are down until all are up. */
  #gesture: { most: number; moves: boolean } | undefined;

  constructor(zoom: Zoom, onTap: (fingers: number) => void) {
    [this.#zoom, this.#onTap] = [zoom, onTap];
  }

  get count(): number {
    return this.#down.size;
  }

  /** Those that were never seen to leave are gone. */
  clear(): void {
    this.#down.clear();
    this.#gesture = undefined;
  }

  down(event: PointerEvent): void {
    const at = placeOf(event);
    this.#down.set(event.pointerId, { since: event.timeStamp, from: at, at });
  }

  /** They are not drawing: what they do now is a gesture. */
  begin(): void {
    this.#gesture = { most: Math.max(this.count, this.#gesture?.most ?? 0), moves: this.#gesture?.moves ?? false };
  }

  move(event: PointerEvent): void {
    const finger = this.#down.get(event.pointerId);
    if (finger === undefined) return;
    const before = this.#pinch;
    finger.at = placeOf(event);
    const gesture = this.#gesture;
    if (gesture === undefined) return;
    if (!gesture.moves) gesture.moves = distance(finger.from, finger.at) > STILL;
    const after = this.#pinch;
    if (gesture.moves && before !== undefined && after !== undefined) this.#zoom.move(before.middle, after.middle, after.apart / before.apart);
  }

  /** `taps`: it was lifted, and not taken away by the system. */
  up(event: PointerEvent, taps: boolean): void {
    const finger = this.#down.get(event.pointerId);
    this.#down.delete(event.pointerId);
    const gesture = this.#gesture;
    if (finger === undefined || gesture === undefined) return;
    if (!taps || event.timeStamp - finger.since > TAP_MS) gesture.moves = true;
    if (this.count > 0) return;
    this.#gesture = undefined;
    if (!gesture.moves) this.#onTap(gesture.most);
  }

  /** The first two. */
  get #pinch() {
    const [one, other] = this.#down.values();
    if (one === undefined || other === undefined) return undefined;
    const middle = { x: (one.at[0] + other.at[0]) / 2, y: (one.at[1] + other.at[1]) / 2 };
    return { middle, apart: Math.max(1, distance(one.at, other.at)) };
  }
}

const placeOf = ({ clientX, clientY }: PointerEvent): Place => [clientX, clientY];
