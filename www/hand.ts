/** The hand on a canvas: mouse, finger or pen, one at a time, at places in units of the sheet. */
import { type Point, SHEET_SIDE } from './strokes';

export interface HandEvents {
  down(at: Point, event: PointerEvent): void;
  /** Through several places, where the device tells of more than the screen can show. */
  move(through: readonly Point[], event: PointerEvent): void;
  up(event: PointerEvent): void;
  /** What was begun is not to be: the system took the finger away, or it was the palm before the pen. */
  cancel(): void;
  /** It moves above the canvas without touching it. */
  hover(at: Point, event: PointerEvent): void;
}

/** A hand that rests on the glass just after a pen drew is not a finger that draws. */
const PALM_MS = 800;

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

/** CSS pixels in units of the sheet. */
export function unitsOf({ mouse, finger }: Reach, canvas: HTMLCanvasElement, { pointerType }: PointerEvent): number {
  return ((pointerType === 'touch' ? finger : mouse) / canvas.clientWidth) * SHEET_SIDE;
}

export function followHand(canvas: HTMLCanvasElement, events: HandEvents): void {
  let active: Pick<PointerEvent, 'pointerId' | 'pointerType'> | undefined;
  let penSeen = -Infinity;

  const placeOf = (event: PointerEvent): Point => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * SHEET_SIDE;
    const y = ((event.clientY - box.top) / box.height) * SHEET_SIDE;
    return [x, y, event.pressure];
  };

  canvas.addEventListener('pointerdown', (event) => {
    const pen = event.pointerType === 'pen';
    if (pen) penSeen = event.timeStamp;
    else if (event.pointerType === 'touch' && event.timeStamp - penSeen < PALM_MS) return;
    if (active !== undefined) {
      // The palm often lands before the pen does: the pen takes over. A second finger draws nothing.
      if (!pen || active.pointerType !== 'touch') return;
      active = undefined;
      events.cancel();
    }
    if (event.button !== 0 && !erases(event)) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    active = { pointerId: event.pointerId, pointerType: event.pointerType };
    events.down(placeOf(event), event);
  });

  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'pen') penSeen = event.timeStamp;
    if (active === undefined) events.hover(placeOf(event), event);
    if (active?.pointerId !== event.pointerId) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    events.move((coalesced.length > 0 ? coalesced : [event]).map(placeOf), event);
  });

  canvas.addEventListener('pointerup', (event) => {
    if (active?.pointerId !== event.pointerId) return;
    active = undefined;
    events.up(event);
    events.hover(placeOf(event), event);
  });

  canvas.addEventListener('pointercancel', (event) => {
    if (active?.pointerId !== event.pointerId) return;
    active = undefined;
    events.cancel();
  });

  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  // Some browsers scroll or select from a touch that `touch-action: none` alone does not hold back.
  canvas.addEventListener('touchstart', (event) => event.preventDefault(), { passive: false });
}
