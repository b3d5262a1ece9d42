/** Dabs of colour: hints that are no longer than a dot. The dice lays them, and a hand moves them or gives them another colour. */
import { distance, fromSegment, type Place } from './places.js';
import { penStroke, SHEET_SIDE, type Stroke } from './strokes.js';

/** A hint that reaches no further than this is a dab, in units of the sheet: a hand does not tap without a tremble. */
const DOT = 2;

/** A dab of the dice. `radius` is in units of the sheet, as `x` and `y` are. */
export function rolledDab({ x, y, radius, color }: { x: number; y: number; radius: number; color: string }): Stroke {
  return { ...penStroke([[x, y]], 2 * radius, color), dice: 'rolled' };
}

/** The places of the dabs that the dice laid and nobody touched. */
export function rolledPlaces(strokes: readonly Stroke[]): number[] {
  return strokes.flatMap(({ dice }, place) => (dice === 'rolled' ? [place] : []));
}

/** The place of the nearest dab around `at` that is not erased; `reach` is how far beyond its rim it can be taken hold of. */
export function dabAt(strokes: readonly Stroke[], at: Place, reach: number): number | undefined {
  let [found, nearest]: [number | undefined, number] = [undefined, Infinity];
  for (const [place, stroke] of strokes.entries()) {
    const [middle] = stroke.points;
    if (middle === undefined || !isDab(stroke)) continue;
    const away = distance(middle, at);
    if (away > stroke.width / 2 + reach || away > nearest || isErased(middle, strokes.slice(place + 1))) continue;
    [found, nearest] = [place, away];
  }
  return found;
}

/** The dab elsewhere, though never off the sheet. It is the visitor's from then on. */
export function movedBy(dab: Stroke, x: number, y: number): Stroke {
  const onSheet = (at: number): number => Math.min(SHEET_SIDE, Math.max(0, at));
  return { ...kept(dab), points: dab.points.map(([fromX, fromY, pressure]) => [onSheet(fromX + x), onSheet(fromY + y), pressure]) };
}

/** The dab in another colour. It is the visitor's from then on. */
export function recoloured(dab: Stroke, colour: string): Stroke {
  return { ...kept(dab), colour };
}

function kept(dab: Stroke): Stroke {
  return dab.dice === undefined ? dab : { ...dab, dice: 'kept' };
}

function isDab({ colour, points }: Stroke): boolean {
  const [first] = points;
  return colour !== undefined && first !== undefined && points.every((point) => distance(first, point) <= DOT);
}

function isErased(at: Place, later: readonly Stroke[]): boolean {
  return later.some(({ tool, width, points }) => {
    if (tool !== 'eraser') return false;
    return points.some((point, i) => fromSegment(at, points[i - 1] ?? point, point) < width / 2);
  });
}
