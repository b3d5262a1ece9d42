/**
 * The sketch as data, and the one way to draw it. Coordinates are pixels of the network's usual square
 * of 256: a stroke of width 2 is two pixels wide where the network sees it, however large the canvas is.
 */
import { getStroke } from 'perfect-freehand';
import type { Variation } from './history.js';

/** Units on a side of the sheet. */
export const SHEET_SIDE = 256;

/** Where the pen was, and how hard it pressed (0 to 1). */
export type Point = readonly [x: number, y: number, pressure: number];

export type Tool = 'pen' | 'eraser';

/** One movement of the pen or the eraser. */
export interface Stroke {
  readonly kind: 'stroke';
  readonly tool: Tool;
  /** Makes a pen's stroke a hint, `#rrggbb`: it says what colour is there. Without one it is a line, in black. */
  readonly colour?: string;
  /** In units of the sheet. */
  readonly width: number;
  /** The device told its pressure, so the width follows it. */
  readonly pressure: boolean;
  /** How much the line is steadied: 0 goes through its points, 1 barely follows them. */
  readonly steadied: number;
  readonly points: readonly Point[];
  /** A round dab that the dice laid. The next roll takes away what is `rolled`; what was touched is `kept`. */
  readonly dice?: 'rolled' | 'kept';
}

/** A fresh sheet that covers all before it: blank, with a sample's strokes, or with a picture. */
export interface Sheet {
  readonly kind: 'sheet';
  readonly strokes: readonly Stroke[];
  /** A picture that fills the sheet, encoded. */
  readonly picture?: Blob;
  /** The picture is there to be traced: it is seen faintly on the screen, and the network does not see it. */
  readonly traced?: boolean;
}

/** Strokes in the place of others: what the dice laid, or a dab that was moved. */
export interface Change {
  readonly kind: 'change';
  /** Those that go, by their places among the strokes in sight. */
  readonly without: readonly number[];
  readonly strokes: readonly Stroke[];
}

/** One step of the history; undo takes one away. */
export type Mark = Stroke | Sheet | Change | Variation;

/** Decoded pictures of the sheets. */
export type Pictures = WeakMap<Blob, ImageBitmap>;

export const BLANK: Sheet = { kind: 'sheet', strokes: [] };

/** How much is seen of a picture that is traced. */
const TRACED = 0.4;

/** A stroke that tells no pressure is as wide as the pen. */
const EVEN_PRESSURE = 0.5;

/** A pen's stroke through plain coordinates, for samples: a line, or with a colour a hint. */
export function penStroke(points: readonly (readonly number[])[], width: number, colour?: string): Stroke {
  return {
    kind: 'stroke',
    tool: 'pen',
    ...(colour !== undefined && { colour }),
    width,
    pressure: false,
    steadied: 0,
    points: points.map(([x = 0, y = 0]): Point => [x, y, EVEN_PRESSURE]),
  };
}

/** Strokes do not change, so the outline of each is computed once. */
const outlines = new WeakMap<Stroke, Path2D>();

/** What an outline is drawn with: a canvas's path, or a file's. */
export type Outline = Pick<Path2D, 'moveTo' | 'quadraticCurveTo' | 'closePath'> & { arc(x: number, y: number, radius: number, from: number, to: number): void };

/** Draws the outline of a stroke. */
export function trace(path: Outline, stroke: Stroke, live = false): void {
  if (stroke.dice !== undefined) dot(path, stroke);
  else smooth(path, polygon(stroke, live));
}

/** The outline of the stroke, to be filled. `live` strokes still grow and are not kept. */
function outline(stroke: Stroke, live: boolean): Path2D {
  const known = outlines.get(stroke);
  if (known !== undefined) return known;
  const path = new Path2D();
  trace(path, stroke, live);
  if (!live) outlines.set(stroke, path);
  return path;
}

function polygon({ points, width, pressure, steadied }: Stroke, live: boolean): [number, number][] {
  return getStroke(
    points.map(([x, y, pressed]) => [x, y, pressed]),
    {
      size: width,
      thinning: pressure ? 0.6 : 0,
      smoothing: 0.5,
      streamline: steadied,
      simulatePressure: false,
      last: !live,
    },
  );
}

/** Quite round; the dot of a pen is a little longer than wide. */
function dot(path: Outline, { width, points: [middle] }: Stroke): void {
  if (middle !== undefined) path.arc(middle[0], middle[1], width / 2, 0, 2 * Math.PI);
}

/** A closed curve through the middles of the polygon's sides. */
function smooth(path: Outline, polygon: readonly (readonly [number, number])[]): void {
  const last = polygon.at(-1);
  const first = polygon[0];
  if (first === undefined || last === undefined) return;
  path.moveTo((last[0] + first[0]) / 2, (last[1] + first[1]) / 2);
  polygon.forEach(([x, y], i) => {
    const [nextX, nextY] = polygon[i + 1] ?? first;
    path.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  });
  path.closePath();
}

const fillOf = ({ tool, colour }: Stroke): string => (tool === 'eraser' ? '#fff' : (colour ?? '#000'));

/** A stroke with its colour. */
export interface Layer {
  readonly stroke: Stroke;
  readonly fill: string;
}

/** Hints and lines apart, from the lowest up. The eraser reaches both. */
export function layersOf(strokes: readonly Stroke[]): { readonly hints: readonly Layer[]; readonly lines: readonly Layer[] } {
  const all = strokes.map((stroke) => ({ stroke, fill: fillOf(stroke) }));
  return {
    hints: all.filter(({ stroke }) => stroke.colour !== undefined || stroke.tool === 'eraser'),
    lines: all.filter(({ stroke }) => stroke.colour === undefined),
  };
}

/** Draws one stroke; the context must be scaled to units of the sheet. */
export function drawStroke(context: CanvasRenderingContext2D, stroke: Stroke, live = false): void {
  context.fillStyle = fillOf(stroke);
  context.fill(outline(stroke, live));
}

/** What of the marks is in sight: the strokes on the uppermost sheet, and its picture. */
interface InSight {
  readonly strokes: readonly Stroke[];
  readonly picture: Blob | undefined;
  readonly traced: boolean;
}

function inSight(marks: readonly Mark[]): InSight {
  const from = Math.max(0, marks.findLastIndex(({ kind }) => kind === 'sheet'));
  const [top] = marks.slice(from);
  const { picture, traced = false } = top?.kind === 'sheet' ? top : {};
  let strokes: Stroke[] = [];
  for (const mark of marks.slice(from)) {
    if (mark.kind === 'variation') continue;
    if (mark.kind === 'change') strokes = strokes.filter((_, place) => !mark.without.includes(place));
    strokes.push(...(mark.kind === 'stroke' ? [mark] : mark.strokes));
  }
  return { strokes, picture, traced };
}

/** The strokes that can be seen, from the lowest up; some may be erased. */
export function strokesInSight(marks: readonly Mark[]): readonly Stroke[] {
  return inSight(marks).strokes;
}

/** What is in sight, on one sheet. */
export function sheetOf(marks: readonly Mark[]): Sheet {
  const { strokes, picture, traced } = inSight(marks);
  return { kind: 'sheet', strokes, ...(picture && { picture }), ...(traced && { traced }) };
}

/** Whether there are coloured strokes in sight. */
export function hasHints(marks: readonly Mark[]): boolean {
  return inSight(marks).strokes.some(({ colour }) => colour !== undefined);
}

/** Hints and lines apart. The eraser reaches both. */
export interface Layers {
  readonly hints: HTMLCanvasElement;
  readonly lines: HTMLCanvasElement;
}

/** The sketch in layers, `side` pixels wide. */
export function renderLayers(marks: readonly Mark[], pictures: Pictures, side: number, use: Use): Layers {
  const { strokes, picture, traced } = inSight(marks);
  const [hints, lines] = [contextOf(square(side), use), contextOf(square(side), use)];
  const bitmap = picture && pictures.get(picture);
  drawPaper(hints);
  drawPaper(lines, traced ? undefined : bitmap);
  const layers = layersOf(strokes);
  for (const { stroke } of layers.hints) drawStroke(hints, stroke);
  for (const { stroke } of layers.lines) drawStroke(lines, stroke);
  if (traced && use === 'screen') drawTraced(lines, bitmap);
  return { hints: hints.canvas, lines: lines.canvas };
}

/**
 * Lays the lines over the hints: whatever comes first, a hint never hides a line. `growing` is a hint that is still
 * being drawn.
 */
export function drawLayers(context: CanvasRenderingContext2D, { hints, lines }: Layers, hintsOpacity: number, growing?: Stroke): void {
  drawPaper(context);
  context.globalAlpha = hintsOpacity;
  context.drawImage(hints, 0, 0, SHEET_SIDE, SHEET_SIDE);
  if (growing !== undefined) drawStroke(context, growing, true);
  context.globalAlpha = 1;
  // White paper leaves the colours beneath as they are.
  context.globalCompositeOperation = 'multiply';
  context.drawImage(lines, 0, 0, SHEET_SIDE, SHEET_SIDE);
  context.globalCompositeOperation = 'source-over';
}

/** Draws the whole sketch on white, scaled to the canvas; 0 leaves the hints out. */
export function drawMarks(context: CanvasRenderingContext2D, marks: readonly Mark[], pictures: Pictures, hintsOpacity: number, use: Use): void {
  if (hintsOpacity > 0 && hasHints(marks)) {
    return drawLayers(context, renderLayers(marks, pictures, context.canvas.width, use), hintsOpacity);
  }
  const { strokes, picture, traced } = inSight(marks);
  const bitmap = picture && pictures.get(picture);
  drawPaper(context, traced ? undefined : bitmap);
  for (const stroke of strokes) if (stroke.colour === undefined) drawStroke(context, stroke);
  if (traced && use === 'screen') drawTraced(context, bitmap);
}

/** As through tracing paper, the eraser's strokes too. */
function drawTraced(context: CanvasRenderingContext2D, picture: ImageBitmap | undefined): void {
  if (picture === undefined) return;
  context.globalAlpha = TRACED;
  context.globalCompositeOperation = 'multiply';
  context.drawImage(picture, 0, 0, SHEET_SIDE, SHEET_SIDE);
  context.globalAlpha = 1;
  context.globalCompositeOperation = 'source-over';
}

/** White, or a picture that fills it; and the scale that strokes are drawn at. */
function drawPaper(context: CanvasRenderingContext2D, picture?: ImageBitmap): void {
  const { width, height } = context.canvas;
  context.setTransform(width / SHEET_SIDE, 0, 0, height / SHEET_SIDE, 0, 0);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, SHEET_SIDE, SHEET_SIDE);
  if (picture === undefined) return;
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, SHEET_SIDE, SHEET_SIDE);
}

/** The sketch on a canvas of its own, `side` pixels wide. */
export function renderMarks(marks: readonly Mark[], pictures: Pictures, side: number, hintsOpacity = 1, use: Use = 'reading'): HTMLCanvasElement {
  const canvas = square(side);
  drawMarks(contextOf(canvas, use), marks, pictures, hintsOpacity, use);
  return canvas;
}

/** A canvas of its own, `side` pixels wide. */
export function square(side: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  return canvas;
}

/** Whether a canvas's pixels are read back, so that they had better be kept where the CPU is, or only shown. */
type Use = 'reading' | 'screen';

/** The canvas's 2D context. What its first caller says of its use counts. */
export function contextOf(canvas: HTMLCanvasElement, use: Use = 'reading'): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: use === 'reading' });
  if (context === null) throw new Error('this browser gives no 2D canvas');
  return context;
}
