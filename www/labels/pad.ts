/**
 * The pad for maps of labels. As on the sketch pad the history of marks is the truth and the canvas is its drawing; the
 * canvas has one pixel for each of the map's, and the style sheet scales it.
 */
import { type Box, drawMark, type MapMark, mapOf, type Shape } from './map';
import { kindOfMap, type Labels } from './labels';
import { imageOf, nearestLabels, renderMap } from './image';
import { erases, followHand, type Reach, unitsOf } from '../package/drawing/hand';
import { type Drawing, History, type Variation, variationOf } from '../package/drawing/history';
import { type Pad, tapped } from '../package/drawing/pad';
import { distance, type Place } from '../package/drawing/places';
import { contextOf, SHEET_SIDE, square } from '../package/drawing/strokes';
import { Trail } from '../package/drawing/trail';
import { Zoom } from '../package/drawing/zoom';

/** What is kept of the maps, by their kind. */
export type Maps = Readonly<Record<string, Drawing<MapMark>>>;

/** The outline goes around a rectangle that is dragged, or through corners that are tapped. */
export type LabelTool = 'brush' | 'rectangle' | 'outline' | 'fill' | 'eraser';

/** How far the hand moves before it drags, and how near to a corner it means that corner. */
const DRAG: Reach = { mouse: 4, finger: 8 };
const GRIP: Reach = { mouse: 6, finger: 14 };

/** Before the first model that paints from a map. */
const NONE: Labels = [{ name: 'nothing', color: '#000000' }];

/** What the hand does from when it touches the canvas. */
interface Touch {
  readonly tool: LabelTool;
  /** Pixels. */
  readonly trail: Trail<Place>;
  dragged: boolean;
}

/**
 * Draws with mouse, touch and pen on the canvas it is given, and calls `onChange` after every change, with
 * `settled: false` while a shape still grows.
 */
export class LabelPad implements Pad {
  /** In pixels of the map: of the brush, the outline and the eraser. */
  width = 13;

  readonly canvas: HTMLCanvasElement;
  readonly zoom: Zoom;
  readonly #context: CanvasRenderingContext2D;
  readonly #onChange: (settled: boolean) => void;
  readonly #histories = new Map<string, History<MapMark>>();
  #history = new History<MapMark>();
  #labels: Labels = NONE;
  #label = NONE[0].name;
  #tool: LabelTool = 'brush';
  /** The map that the history makes, and the one that is seen: with what the hand is about to draw. */
  #made: Uint8Array = new Uint8Array(SHEET_SIDE ** 2);
  readonly #seen = new Uint8Array(SHEET_SIDE ** 2);
  #touch: Touch | undefined;
  /** Of the polygon that is being outlined. */
  #corners: readonly Place[] = [];

  /** What lies `along` with the canvas is seen as close. */
  constructor(canvas: HTMLCanvasElement, onChange: (settled: boolean) => void, along: readonly HTMLElement[] = []) {
    this.canvas = canvas;
    this.zoom = new Zoom(canvas, along);
    [canvas.width, canvas.height] = [SHEET_SIDE, SHEET_SIDE];
    this.#context = contextOf(canvas);
    this.#onChange = onChange;
    followHand(canvas, this.zoom, {
      down: (at, event) => this.#down(at, erases(event)),
      move: (through, event) => this.#move(through, event),
      up: (event) => this.#up(event),
      cancel: () => {
        this.#touch = undefined;
        this.#changed();
      },
      hover: (at) => {
        if (this.#corners.length > 0) this.#draw([pixelAt(at)]);
      },
      tap: (fingers) => tapped(this, fingers),
    });
    document.addEventListener('keydown', (event) => this.#key(event), { capture: true });
  }

  /** Takes up the map of these labels where it was left; each kind of map has its own. */
  use(labels: Labels): void {
    const kind = kindOfMap(labels);
    this.#history = this.#histories.get(kind) ?? new History();
    this.#histories.set(kind, this.#history);
    this.#labels = labels;
    if (labels.every(({ name }) => name !== this.#label)) this.#label = (labels[1] ?? labels[0]).name;
    this.#corners = [];
    this.#redraw();
  }

  get labels(): Labels {
    return this.#labels;
  }

  /** The name of the one in hand. */
  get label(): string {
    return this.#label;
  }

  set label(name: string) {
    this.#label = name;
    this.#draw();
  }

  get tool(): LabelTool {
    return this.#tool;
  }

  set tool(tool: LabelTool) {
    if (tool !== this.#tool) this.#corners = [];
    this.#tool = tool;
    this.#draw();
  }

  /** Whether a polygon has corners and is not closed yet. */
  get outlining(): boolean {
    return this.#corners.length > 0;
  }

  get canUndo(): boolean {
    return this.outlining || this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  get isBlank(): boolean {
    return !this.outlining && this.#made.every((place) => place === 0);
  }

  get sheet(): MapMark | undefined {
    return this.#history.sheet;
  }

  get isOwn(): boolean {
    const top = this.#history.marks.at(-1);
    return top !== undefined && !this.isBlank && (top.kind !== 'sheet' || top.places !== undefined);
  }

  get variation(): number | undefined {
    return this.#history.variation?.seed;
  }

  vary(): void {
    this.#settle();
    if (!this.isBlank) this.#addVariation({ kind: 'variation', seed: (this.variation ?? 0) + 1 });
  }

  /** Takes back the last step, or the last corner of a polygon that is being outlined. */
  undo(): void {
    this.#settle();
    if (this.outlining) this.#corners = this.#corners.slice(0, -1);
    else if (!this.#history.undo()) return;
    this.#changed();
  }

  redo(): void {
    this.#settle();
    if (this.#history.redo()) this.#changed();
  }

  clear(): void {
    this.#settle();
    this.#corners = [];
    this.#add({ kind: 'sheet', shapes: [] });
  }

  /** Lays a fresh sheet with these shapes; it can be undone. */
  lay(shapes: readonly Shape[]): void {
    this.#add({ kind: 'sheet', shapes });
  }

  reset(): void {
    this.zoom.fit();
    this.#histories.clear();
    this.use(this.#labels);
    this.#onChange(true);
  }

  /** The whole picture on background; each pixel gets the label whose colour is nearest. */
  async layPicture(file: Blob, signal?: AbortSignal): Promise<void> {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const context = contextOf(square(SHEET_SIDE));
    context.fillStyle = this.#labels[0].color;
    context.fillRect(0, 0, SHEET_SIDE, SHEET_SIDE);
    context.imageSmoothingEnabled = false;
    const scale = SHEET_SIDE / Math.max(bitmap.width, bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    context.drawImage(bitmap, (SHEET_SIDE - width) / 2, (SHEET_SIDE - height) / 2, width, height);
    bitmap.close();
    if (signal?.aborted) return;
    const image = context.getImageData(0, 0, SHEET_SIDE, SHEET_SIDE);
    this.layMap(nearestLabels(image, this.#labels));
  }

  /** All that were drawn. */
  get maps(): Maps {
    const drawn = [...this.#histories].filter(([, { canUndo, canRedo }]) => canUndo || canRedo);
    return Object.fromEntries(drawn.map(([kind, { drawing }]) => [kind, drawing]));
  }

  /** Lays a fresh sheet with a whole map; it can be undone. */
  layMap(places: Uint8Array): void {
    this.#add({ kind: 'sheet', shapes: [], places });
  }

  /** What is in sight, without the history. */
  get inSight(): Drawing<MapMark> {
    const { variation } = this.#history;
    return { marks: [{ kind: 'sheet', shapes: [], places: this.#made.slice() }, ...(variation ? [variation] : [])], undone: [] };
  }

  /** Lays a fresh sheet with what is in sight of another map of these labels, and its variation; both can be undone. */
  layInSight({ marks }: Drawing<MapMark>): void {
    this.layMap(mapOf(marks, this.#labels));
    const variation = variationOf(marks);
    if (variation !== undefined) this.#addVariation(variation);
  }

  /** Takes up kept maps, with their histories, beneath what was drawn before they came. */
  restore(maps: Maps): void {
    for (const [kind, drawing] of Object.entries(maps)) {
      const history = this.#histories.get(kind) ?? new History<MapMark>();
      history.restore(drawing);
      this.#histories.set(kind, history);
    }
    this.use(this.#labels);
    this.#onChange(true);
  }

  /** The map in the exact colours of its labels, `side` pixels wide. */
  render(side: number): HTMLCanvasElement {
    return renderMap(this.#seen, this.#labels, side);
  }

  /** A key while the hand draws: what it drew ends there, and is a step of the history like any other. */
  #settle(): void {
    const shape = this.outlining || (this.#touch?.tool === 'outline' && !this.#touch.dragged) ? undefined : this.#unfinished();
    this.#touch = undefined;
    if (shape !== undefined) this.#add(shape);
  }

  #add(mark: MapMark): void {
    if (mark.kind === 'sheet') this.zoom.fit();
    const before = this.#made.slice();
    drawMark(this.#made, mark, this.#labels);
    // What changes nothing is no step of the history.
    if (this.#made.some((place, i) => place !== before[i])) this.#history.add(mark);
    this.#draw();
    this.#onChange(true);
  }

  #addVariation(variation: Variation): void {
    this.#history.add(variation);
    this.#onChange(true);
  }

  #changed(): void {
    this.#redraw();
    this.#onChange(true);
  }

  /** Draws the map from its history. */
  #redraw(): void {
    this.#made = mapOf(this.#history.marks, this.#labels);
    this.#draw();
  }

  /** Draws what the hand is about to draw, on the map; with the line to where it hovers, which is not drawn yet. */
  #draw(hovered: readonly Place[] = []): void {
    this.#seen.set(this.#made);
    const shape = this.#unfinished();
    if (shape !== undefined) drawMark(this.#seen, shape, this.#labels);
    const line = [...this.#corners.slice(-1), ...hovered];
    if (line.length < 2) return this.#show(this.#seen);
    const shown = this.#seen.slice();
    drawMark(shown, this.#stroke(this.#label, line), this.#labels);
    this.#show(shown);
  }

  #show(places: Uint8Array): void {
    this.#context.putImageData(imageOf(places, this.#labels), 0, 0);
  }

  #down(at: Place, erases: boolean): void {
    if (erases) this.#corners = [];
    this.#touch = { tool: erases ? 'eraser' : this.#tool, trail: new Trail(pixelAt(at)), dragged: false };
    this.#draw();
    this.#onChange(false);
  }

  #move(through: readonly Place[], event: PointerEvent): void {
    const touch = this.#touch;
    if (touch === undefined) return;
    const { points } = touch.trail;
    const before = points.length;
    const straightened = touch.trail.extend(through.map(pixelAt), event.shiftKey);
    touch.dragged ||= distance(firstOf(touch), lastOf(touch)) >= unitsOf(DRAG, this.canvas, event);
    if ((touch.tool === 'brush' || touch.tool === 'eraser') && !straightened) {
      // What was drawn of a long stroke stays.
      drawMark(this.#seen, this.#stroke(this.#labelOf(touch), points.slice(before - 1)), this.#labels);
      this.#show(this.#seen);
    } else this.#draw();
    this.#onChange(false);
  }

  #up(event: PointerEvent): void {
    const touch = this.#touch;
    if (touch === undefined) return;
    const shape = this.#unfinished();
    this.#touch = undefined;
    if (touch.tool === 'outline' && shape?.kind !== 'rectangle') return this.#corner(lastOf(touch), event);
    if (shape !== undefined) this.#add(shape);
    else this.#changed();
  }

  /** One more corner of the polygon; the first one, or the last one again, closes it. */
  #corner(at: Place, event: PointerEvent): void {
    const grip = unitsOf(GRIP, this.canvas, event);
    const closing = [...this.#corners.slice(0, 1), ...this.#corners.slice(-1)];
    if (closing.some((corner) => distance(corner, at) <= grip)) return this.#close();
    this.#corners = [...this.#corners, at];
    this.#changed();
  }

  #close(): void {
    const corners = this.#corners;
    this.#corners = [];
    this.#add({ kind: 'polygon', label: this.#label, corners, outline: this.width });
  }

  /** A polygon is closed with Enter, too, and Escape gives it up. */
  #key(event: KeyboardEvent): void {
    if (!this.outlining || (event.key !== 'Enter' && event.key !== 'Escape')) return;
    // Another dialog, or the other side of the page, has the keyboard to itself.
    if (this.canvas.offsetParent === null || document.querySelector('dialog[open]') !== this.canvas.closest('dialog')) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Enter') return this.#close();
    this.#corners = [];
    this.#changed();
  }

  /** What the hand is about to draw. */
  #unfinished(): Shape | undefined {
    const touch = this.#touch;
    const drawn = touch === undefined ? [] : [lastOf(touch)];
    if (this.outlining) return this.#stroke(this.#label, [...this.#corners, ...drawn]);
    if (touch === undefined) return undefined;
    const first = firstOf(touch);
    const label = this.#labelOf(touch);
    switch (touch.tool) {
      case 'brush':
      case 'eraser':
        return this.#stroke(label, touch.trail.points);
      case 'rectangle':
        return touch.dragged ? { kind: 'rectangle', label, box: around(first, lastOf(touch)) } : undefined;
      case 'outline':
        if (!touch.dragged) return this.#stroke(label, [first]);
        return { kind: 'rectangle', label, box: around(first, lastOf(touch)), outline: this.width };
      case 'fill':
        return { kind: 'fill', label, at: first };
    }
  }

  #stroke(label: string, points: readonly Place[]): Shape {
    return { kind: 'stroke', label, width: this.width, points: withoutRepeats(points) };
  }

  #labelOf({ tool }: Touch): string {
    return tool === 'eraser' ? this.#labels[0].name : this.#label;
  }
}

/** The pixel at a place; a hand that leaves the sheet goes along its border. */
function pixelAt([x, y]: Place): Place {
  const onSheet = (value: number): number => Math.min(SHEET_SIDE - 1, Math.max(0, Math.floor(value)));
  return [onSheet(x), onSheet(y)];
}

const firstOf = ({ trail }: Touch): Place => trail.points[0]!;

const lastOf = ({ trail }: Touch): Place => trail.points.at(-1)!;

/** The box that has two pixels in its corners. */
function around([x, y]: Place, [otherX, otherY]: Place): Box {
  return [Math.min(x, otherX), Math.min(y, otherY), Math.max(x, otherX) + 1, Math.max(y, otherY) + 1];
}

/** A hand that rests, or moves within a pixel, says nothing new. */
function withoutRepeats(points: readonly Place[]): Place[] {
  return points.filter(([x, y], i) => x !== points[i - 1]?.[0] || y !== points[i - 1]?.[1]);
}
