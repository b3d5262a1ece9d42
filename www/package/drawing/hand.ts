/** The hand on a canvas: mouse, finger or pen, one at a time, at places in units of the sheet. */
import { Fingers } from './fingers.js';
import { type Point, SHEET_SIDE } from './strokes.js';
import type { Zoom } from './zoom.js';

export interface HandEvents {
  down(at: Point, event: PointerEvent): void;
  /** Through several places, where the device tells of more than the screen can show. */
  move(through: readonly Point[], event: PointerEvent): void;
  up(event: PointerEvent): void;
  /** What was begun is not to be: it was a palm, or the first finger of two. */
  cancel(): void;
  /** It moves above the canvas without touching it. */
  hover(at: Point, event: PointerEvent): void;
  /** So many fingers tapped at once, two or more. */
  tap(fingers: number): void;
}

/** A hand that rests on the glass just after a pen drew is not a finger that draws. */
const PALM_MS = 800;

/** A finger that the system takes away, or that another joins, within this time was not drawing. */
const BEGINNING_MS = 300;

/** The button that is the eraser end of a pen. */
const ERASER = 5;

export function erases({ button }: PointerEvent): boolean {
  return button === ERASER;
}

/** Lengths in CSS pixels: a finger is not as exact as a mouse or a pen. */
export interface Reach {
  readonly mouse: number;
  readonly finger: number;
}

/** CSS pixels in units of the sheet, as close as it is seen. */
export function unitsOf({ mouse, finger }: Reach, canvas: HTMLCanvasElement, { pointerType }: PointerEvent): number {
  return ((pointerType === 'touch' ? finger : mouse) / canvas.getBoundingClientRect().width) * SHEET_SIDE;
}

/** Two fingers and the wheel change what is seen by `zoom`. */
export function followHand(canvas: HTMLCanvasElement, zoom: Zoom, events: HandEvents): void {
  let active: (Pick<PointerEvent, 'pointerId' | 'pointerType'> & { readonly since: number }) | undefined;
  let penSeen = -Infinity;
  const fingers = new Fingers(zoom, (count) => events.tap(count));

  const placeOf = (event: PointerEvent): Point => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * SHEET_SIDE;
    const y = ((event.clientY - box.top) / box.height) * SHEET_SIDE;
    return [x, y, event.pressure];
  };

  /** Whether the stroke that is being drawn is a finger's, and has only begun. */
  const begins = ({ timeStamp }: Event): boolean =>
    active?.pointerType === 'touch' && timeStamp - active.since < BEGINNING_MS;

  const cancel = (): void => {
    active = undefined;
    events.cancel();
  };

  canvas.addEventListener('pointerdown', (event) => {
    const [pen, finger] = [event.pointerType === 'pen', event.pointerType === 'touch'];
    // The first one of several: others that were never seen to leave are gone.
    if (finger && event.isPrimary) fingers.clear();
    if (finger) fingers.down(event);
    if (pen) penSeen = event.timeStamp;
    else if (finger && event.timeStamp - penSeen < PALM_MS) return;
    if (active !== undefined) {
      // The palm often lands before the pen does: the pen takes over. Of two fingers that come together neither draws.
      if (active.pointerType === 'touch' && (pen || (finger && begins(event)))) cancel();
      if (active !== undefined) return;
    }
    if (finger && fingers.count > 1) return fingers.begin();
    if (event.button !== 0 && !erases(event)) return;
    event.preventDefault();
    // Keys mean this pad from now on; a hand need not be shown where it draws.
    canvas.focus({ preventScroll: true, focusVisible: false });
    canvas.setPointerCapture(event.pointerId);
    active = { pointerId: event.pointerId, pointerType: event.pointerType, since: event.timeStamp };
    events.down(placeOf(event), event);
  });

  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'pen') penSeen = event.timeStamp;
    if (event.pointerType === 'touch') fingers.move(event);
    if (active === undefined) events.hover(placeOf(event), event);
    if (active?.pointerId !== event.pointerId) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    events.move((coalesced.length > 0 ? coalesced : [event]).map(placeOf), event);
  });

  /** The stroke ends here, and stays. */
  const end = (event: PointerEvent): boolean => {
    if (active?.pointerId !== event.pointerId) return false;
    active = undefined;
    events.up(event);
    return true;
  };

  canvas.addEventListener('pointerup', (event) => {
    fingers.up(event, true);
    if (end(event)) events.hover(placeOf(event), event);
  });

  // The system takes the pointer away: for a gesture of its own, a call, or because it was a palm.
  canvas.addEventListener('pointercancel', (event) => {
    fingers.up(event, false);
    if (active?.pointerId === event.pointerId && begins(event)) cancel();
    else end(event);
  });

  canvas.addEventListener('lostpointercapture', (event) => {
    end(event);
  });

  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  // Some browsers scroll or select from a touch that `touch-action: none` alone does not hold back.
  canvas.addEventListener('touchstart', (event) => event.preventDefault(), { passive: false });
}
