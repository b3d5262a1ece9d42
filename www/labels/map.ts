/**
 * A map of labels as data, and the one way to draw it: on a grid of pixels that each have one label, so that no edge is
 * smoothed into a colour that means nothing. Coordinates are those of the grid; pixel (0, 0) covers 0 to 1.
 */
import { floodFill } from './flood-fill';
import { type Labels, placeOf } from './labels';
import type { Variation } from '../package/drawing/history';
import { fromSegment, type Place } from '../package/drawing/places';
import { SHEET_SIDE } from '../package/drawing/strokes';

/** Left, top, right, bottom. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** A movement of the round brush. */
interface BrushStroke {
  readonly kind: 'stroke';
  readonly label: string;
  readonly width: number;
  readonly points: readonly Place[];
}

interface Rectangle {
  readonly kind: 'rectangle';
  readonly label: string;
  readonly box: Box;
  /** Width of its outline, which lies within the box; without one it is filled. */
  readonly outline?: number;
}

interface Polygon {
  readonly kind: 'polygon';
  readonly label: string;
  readonly corners: readonly Place[];
  /** Width of its outline; without one it is filled. */
  readonly outline?: number;
}

/** Another label for all that hangs together with a pixel and has its label. */
interface Fill {
  readonly kind: 'fill';
  readonly label: string;
  readonly at: Place;
}

export type Shape = BrushStroke | Rectangle | Polygon | Fill;

/** A fresh sheet that covers all before it: background, with an example's shapes, or with a whole map. */
export interface MapSheet {
  readonly kind: 'sheet';
  readonly shapes: readonly Shape[];
  /** For each pixel, row by row, the place of its label. */
  readonly places?: Uint8Array;
}

/** One step of the history; undo takes one away. */
export type MapMark = Shape | MapSheet | Variation;

/** The map that the marks make: for each pixel, row by row, the place of its label in the list. */
export function mapOf(marks: readonly MapMark[], labels: Labels): Uint8Array {
  const places = new Uint8Array(SHEET_SIDE ** 2);
  const from = Math.max(0, marks.findLastIndex(({ kind }) => kind === 'sheet'));
  for (const mark of marks.slice(from)) drawMark(places, mark, labels);
  return places;
}

/** Draws one more mark on a map. */
export function drawMark(places: Uint8Array, mark: MapMark, labels: Labels): void {
  if (mark.kind === 'variation') return;
  if (mark.kind === 'sheet') {
    if (mark.places === undefined) places.fill(0);
    else places.set(mark.places);
    for (const shape of mark.shapes) drawMark(places, shape, labels);
    return;
  }
  const label = placeOf(labels, mark.label);
  switch (mark.kind) {
    case 'stroke':
      return brush(places, mark.points, mark.width, label);
    case 'rectangle':
      for (const box of mark.outline === undefined ? [mark.box] : frame(mark.box, mark.outline)) fillBox(places, box, label);
      return;
    case 'polygon':
      if (mark.outline === undefined) return fillPolygon(places, mark.corners, label);
      return brush(places, [...mark.corners, ...mark.corners.slice(0, 1)], mark.outline, label);
    case 'fill':
      return floodFill(places, SHEET_SIDE, Math.floor(mark.at[0]), Math.floor(mark.at[1]), label);
  }
}

/** The four sides of a box, within it. */
function frame([left, top, right, bottom]: Box, width: number): Box[] {
  const [innerLeft, innerTop] = [Math.min(left + width, right), Math.min(top + width, bottom)];
  const [innerRight, innerBottom] = [Math.max(right - width, left), Math.max(bottom - width, top)];
  return [
    [left, top, right, innerTop],
    [left, innerBottom, right, bottom],
    [left, top, innerLeft, bottom],
    [innerRight, top, right, bottom],
  ];
}

function fillBox(places: Uint8Array, [left, top, right, bottom]: Box, label: number): void {
  for (let y = onGrid(top); y < onGrid(bottom); y++) {
    places.fill(label, y * SHEET_SIDE + onGrid(left), y * SHEET_SIDE + Math.max(onGrid(left), onGrid(right)));
  }
}

/** Every pixel whose middle lies within the corners. */
function fillPolygon(places: Uint8Array, corners: readonly Place[], label: number): void {
  for (let y = 0; y < SHEET_SIDE; y++) {
    const middle = y + 0.5;
    const crossings = corners
      .flatMap(([x, fromY], i) => {
        const [toX, toY] = corners[(i + 1) % corners.length] ?? [x, fromY];
        return fromY <= middle === toY <= middle ? [] : [x + ((middle - fromY) / (toY - fromY)) * (toX - x)];
      })
      .sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      fillBox(places, [crossings[i] ?? 0, y, crossings[i + 1] ?? 0, y + 1], label);
    }
  }
}

/** Every pixel whose middle the brush covers. It goes from middle to middle, so that an odd width is so many pixels. */
function brush(places: Uint8Array, points: readonly Place[], width: number, label: number): void {
  const reach = width / 2;
  const middles = points.map(([x, y]): Place => [Math.floor(x) + 0.5, Math.floor(y) + 0.5]);
  for (const [i, to] of middles.entries()) {
    const from = middles[i - 1] ?? to;
    const [left, right] = [Math.min(from[0], to[0]) - reach, Math.max(from[0], to[0]) + reach];
    const [top, bottom] = [Math.min(from[1], to[1]) - reach, Math.max(from[1], to[1]) + reach];
    for (let y = onGrid(top); y < onGrid(bottom); y++) {
      for (let x = onGrid(left); x < onGrid(right); x++) {
        if (fromSegment([x + 0.5, y + 0.5], from, to) <= reach) places[y * SHEET_SIDE + x] = label;
      }
    }
  }
}

/** The border between two pixels that is nearest, on the sheet. */
function onGrid(value: number): number {
  return Math.min(SHEET_SIDE, Math.max(0, Math.round(value)));
}
