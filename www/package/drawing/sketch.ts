/**
 * The sketch pad. The history of marks is the truth and the canvas is its drawing, so undo, redo, saving
 * and the network's own small rendering all come from the same data.
 */
import { dabAt, movedBy, recoloured, rolledPlaces } from './dabs.js';
import { erases, followHand, type Reach, unitsOf } from './hand.js';
import { type Drawing, History, variationOf } from './history.js';
import { type Pad, tapped } from './pad.js';
import { distance } from './places.js';
import {
  BLANK,
  type Change,
  contextOf,
  drawLayers,
  drawMarks,
  drawStroke,
  hasHints,
  type Layers,
  type Mark,
  type Pictures,
  type Point,
  renderLayers,
  renderMarks,
  SHEET_SIDE,
  type Sheet,
  sheetOf,
  type Stroke,
  strokesInSight,
  type Tool,
} from './strokes.js';
import { Trail } from './trail.js';
import { Zoom } from './zoom.js';

/** What is kept of a sketch. */
export type Sketch = Drawing<Mark>;

/** Takes the shake out of a hand's line without lagging behind it. */
const HAND_STEADIED = 0.3;

/** The largest side of a picture that is kept as a sheet. */
const PICTURE_SIDE = 1024;

/** A zoom that stands still for so long rests. */
const REST_MS = 150;

/** Of hints that the model does not see a trace is left on the canvas, so that nobody thinks them lost. */
const UNSEEN_HINTS = 0.22;

/** What touches the paper: the pen draws lines, or with a colour hints. */
export type Nib = Tool | 'hint';

/** How far beyond its rim a dab can be taken hold of, and how far it is dragged before it moves. */
const GRIP: Reach = { mouse: 2, finger: 14 };
const DRAG: Reach = { mouse: 4, finger: 8 };

/** So long a hand rests that means a straight line; it trembles by no more CSS pixels. */
const HOLD_MS = 600;
const STILL: Reach = { mouse: 3, finger: 6 };

interface ActiveStroke {
  readonly kind: 'drawn';
  readonly stroke: Stroke & { pressure: boolean };
  readonly trail: Trail<Point>;
  /** Where the hand came to rest. */
  rest: Point;
  /** Its width follows its pressure, if the device tells one: there are pens that always tell 0. */
  readonly presses: boolean;
}

interface HeldDab {
  readonly kind: 'held';
  readonly dab: Stroke;
  /** Among the strokes in sight. */
  readonly place: number;
  readonly from: Point;
  /** The dab as it is dragged; undefined until it moves. */
  moved: Stroke | undefined;
}

/**
 * Draws with mouse, touch and pen on the canvas it is given, and calls `onChange` after every change,
 * with `settled: false` while a stroke still grows.
 */
export class SketchPad implements Pad {
  tool: Tool = 'pen';
  /** The pen's colour; without one it draws lines, in black. */
  colour: string | undefined;
  /** Widths in units of the sheet; the models were trained on lines of 2 and hints of 3 to 12. */
  readonly widths: Record<Nib, number> = { pen: 2, hint: 10, eraser: 16 };

  readonly canvas: HTMLCanvasElement;
  readonly zoom: Zoom;
  readonly #context: CanvasRenderingContext2D;
  readonly #onChange: (settled: boolean) => void;
  readonly #pictures: Pictures = new WeakMap();
  #history = new History<Mark>();
  #active: ActiveStroke | HeldDab | undefined;
  #hintsSeen = false;
  /** The drawing around the stroke that grows, so that a long sketch costs no more to draw on. */
  #ground: HTMLCanvasElement | undefined;
  #layers: Layers | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #hold: ReturnType<typeof setTimeout> | undefined;

  /** What lies `along` with the canvas is seen as close. */
  constructor(canvas: HTMLCanvasElement, onChange: (settled: boolean) => void, along: readonly HTMLElement[] = []) {
    this.canvas = canvas;
    this.zoom = new Zoom(canvas, along);
    this.#context = contextOf(canvas, 'screen');
    this.#onChange = onChange;
    followHand(canvas, this.zoom, {
      down: (at, event) => this.#down(at, event),
      move: (through, event) => this.#move(through, event),
      up: () => this.#up(),
      cancel: () => this.#cancel(),
      hover: (at, event) => this.#hover(at, event),
      tap: (fingers) => tapped(this, fingers),
    });
    this.zoom.addEventListener('change', () => this.#fitSoon());
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#fit();
  }

  /** On another screen the canvas has other pixels, and may have its size. It is watched until the signal fires. */
  watchScreen(signal?: AbortSignal): void {
    this.#fit();
    const changed = (): void => this.watchScreen(signal);
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', changed, { once: true, ...(signal && { signal }) });
  }

  /** The nib of the tool in hand. A model that does not see hints gets lines, whatever colour was chosen. */
  get nib(): Nib {
    return this.tool === 'pen' && this.colour !== undefined && this.#hintsSeen ? 'hint' : this.tool;
  }

  /** Whether the model that paints the sketch understands hints: to one that does not, they are not shown. */
  get hintsSeen(): boolean {
    return this.#hintsSeen;
  }

  set hintsSeen(seen: boolean) {
    if (seen === this.#hintsSeen) return;
    this.#hintsSeen = seen;
    this.#draw();
  }

  get hasHints(): boolean {
    return hasHints(this.#history.marks);
  }

  /** Whether the picture that is drawn on is there to be traced; undefined where there is none. */
  get traces(): boolean | undefined {
    const { picture, traced = false } = sheetOf(this.#history.marks);
    return picture && traced;
  }

  /** Lays a fresh sheet with what is in sight, whose picture the network sees, or only the hand; it can be undone. */
  set traces(traced: boolean) {
    this.#settle();
    this.#add({ ...sheetOf(this.#history.marks), traced });
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  get isBlank(): boolean {
    if (this.#active?.kind === 'drawn') return false;
    const top = this.#history.marks.at(-1);
    return top === undefined || (top.kind === 'sheet' && top.strokes.length === 0 && top.picture === undefined);
  }

  get sheet(): Mark | undefined {
    return this.#history.sheet;
  }

  get isOwn(): boolean {
    const top = this.#history.marks.at(-1);
    return top !== undefined && !this.isBlank && (top.kind !== 'sheet' || top.picture !== undefined);
  }

  get variation(): number | undefined {
    return this.#history.variation?.seed;
  }

  vary(): void {
    this.#settle();
    if (!this.isBlank) this.#add({ kind: 'variation', seed: (this.variation ?? 0) + 1 });
  }

  undo(): void {
    this.#settle();
    if (this.#history.undo()) this.#changed();
  }

  redo(): void {
    this.#settle();
    if (this.#history.redo()) this.#changed();
  }

  clear(): void {
    this.#settle();
    if (!this.isBlank) this.#add(BLANK);
  }

  /** Lays a fresh sheet with these strokes; it can be undone. */
  lay(strokes: readonly Stroke[]): void {
    this.#add({ kind: 'sheet', strokes });
  }

  reset(): void {
    this.zoom.fit();
    this.#active = undefined;
    this.#history = new History();
    this.#changed();
  }

  /** The picture is fitted on white. */
  async layPicture(source: ImageBitmapSource, signal?: AbortSignal): Promise<void> {
    const bitmap = await createImageBitmap(source, { imageOrientation: 'from-image' });
    const side = Math.min(PICTURE_SIDE, Math.max(bitmap.width, bitmap.height, SHEET_SIDE));
    const canvas = document.createElement('canvas');
    canvas.width = side;
    canvas.height = side;
    const context = contextOf(canvas);
    context.fillStyle = '#fff';
    context.fillRect(0, 0, side, side);
    context.imageSmoothingQuality = 'high';
    const scale = side / Math.max(bitmap.width, bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    context.drawImage(bitmap, (side - width) / 2, (side - height) / 2, width, height);
    bitmap.close();
    const picture = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (picture === null) throw new Error('the picture could not be kept');
    this.#pictures.set(picture, await createImageBitmap(canvas));
    if (signal?.aborted) return;
    this.#add({ kind: 'sheet', strokes: [], picture });
  }

  /** Lays a fresh sheet with these strokes, on a picture that fills it if there is one; it can be undone. */
  async laySheet(sheet: Sheet): Promise<void> {
    await this.#decode([sheet]);
    this.#add(sheet);
  }

  /** Lays dabs of the dice in the place of those that it laid before and nobody touched: one step of the history. */
  roll(dabs: readonly Stroke[]): void {
    this.#add({ kind: 'change', without: rolledPlaces(strokesInSight(this.#history.marks)), strokes: dabs });
  }

  /** The sketch as the dice finds it, without its own dabs. */
  renderUnrolled(side: number): HTMLCanvasElement {
    const without = rolledPlaces(strokesInSight(this.#history.marks));
    return renderMarks([...this.#history.marks, { kind: 'change', without, strokes: [] }], this.#pictures, side);
  }

  get sketch(): Sketch {
    return this.#history.drawing;
  }

  /** What is in sight, without the history. */
  get inSight(): Sketch {
    const { marks, variation } = this.#history;
    return { marks: [sheetOf(marks), ...(variation ? [variation] : [])], undone: [] };
  }

  /** Takes up a kept sketch, with its history, beneath what was drawn before it came. */
  async restore(sketch: Sketch): Promise<void> {
    await this.#decode([...sketch.marks, ...sketch.undone]);
    this.#history.restore(sketch);
    this.#changed();
  }

  /** Lays a fresh sheet with what is in sight of another sketch, and its variation; both can be undone. */
  async layInSight({ marks }: Sketch): Promise<void> {
    await this.#decode(marks);
    this.#add(sheetOf(marks));
    const variation = variationOf(marks);
    if (variation !== undefined) this.#add(variation);
  }

  async #decode(marks: readonly Mark[]): Promise<void> {
    for (const mark of marks) {
      if (mark.kind === 'sheet' && mark.picture !== undefined) {
        this.#pictures.set(mark.picture, await createImageBitmap(mark.picture));
      }
    }
  }

  /** A clean drawing of the sketch, `side` pixels wide: black on white, and the hints where the model sees them. */
  render(side: number): HTMLCanvasElement {
    const unfinished = this.#unfinished();
    const marks = unfinished === undefined ? this.#history.marks : [...this.#history.marks, unfinished];
    return renderMarks(marks, this.#pictures, side, this.#hintsSeen ? 1 : 0);
  }

  /** What the hand is about to do, as if it were done. */
  #unfinished(): Mark | undefined {
    const active = this.#active;
    if (active?.kind === 'drawn') return snapshot(active.stroke);
    return active?.moved && inPlaceOf(active.place, active.moved);
  }

  /** A key in the midst of a stroke: it ends there, and is a step of the history like any other. */
  #settle(): void {
    const done = this.#unfinished();
    this.#active = undefined;
    delete this.canvas.dataset.dab;
    if (done !== undefined) this.#add(done);
  }

  #add(mark: Mark): void {
    if (mark.kind === 'sheet') this.zoom.fit();
    this.#history.add(mark);
    this.#changed();
  }

  #changed(): void {
    this.#draw();
    this.#onChange(true);
  }

  #draw(): void {
    this.#ground = undefined;
    this.#layers = undefined;
    drawMarks(this.#context, this.#history.marks, this.#pictures, this.#hintsOpacity, 'screen');
  }

  get #hintsOpacity(): number {
    return this.#hintsSeen ? 1 : UNSEEN_HINTS;
  }

  /** While it is zoomed the pixels there are do; once it rests they are as many as the screen shows. */
  #fitSoon(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#fit(), REST_MS);
  }

  /** The backing store has the screen's own pixels, so that lines are crisp. */
  #fit(): void {
    const side = Math.round(this.canvas.clientWidth * devicePixelRatio * this.zoom.scale);
    const pixels = Math.min(2048, Math.max(SHEET_SIDE, side));
    if (this.canvas.width !== pixels || this.canvas.height !== pixels) {
      this.canvas.width = pixels;
      this.canvas.height = pixels;
    }
    this.#draw();
  }

  #down(at: Point, event: PointerEvent): void {
    const nib = erases(event) ? 'eraser' : this.nib;
    const held = nib === 'hint' ? this.#dabAt(at, event) : undefined;
    if (held !== undefined) {
      this.#active = { kind: 'held', ...held, from: at, moved: undefined };
      this.canvas.dataset.dab = 'held';
      return;
    }
    const trail = new Trail(at);
    this.#active = {
      kind: 'drawn',
      trail,
      rest: at,
      stroke: {
        kind: 'stroke',
        tool: nib === 'eraser' ? 'eraser' : 'pen',
        ...(nib === 'hint' && this.colour !== undefined && { colour: this.colour }),
        width: this.widths[nib],
        pressure: false,
        steadied: HAND_STEADIED,
        points: trail.points,
      },
      // A hint is laid on as evenly as with a felt pen.
      presses: event.pointerType === 'pen' && nib !== 'hint',
    };
    this.#pressed(this.#active, [at]);
    this.#grow();
  }

  #move(through: readonly Point[], event: PointerEvent): void {
    if (this.#active?.kind === 'held') return this.#drag(this.#active, through, event);
    if (this.#active !== undefined) this.#extend(this.#active, through, event);
  }

  #extend(active: ActiveStroke, through: readonly Point[], event: PointerEvent): void {
    active.trail.extend(through, event.shiftKey);
    this.#pressed(active, through);
    const at = through.at(-1) ?? active.rest;
    if (distance(at, active.rest) > unitsOf(STILL, this.canvas, event)) {
      active.rest = at;
      this.#straightenSoon(active);
    }
    this.#grow();
  }

  #pressed({ stroke, presses }: ActiveStroke, through: readonly Point[]): void {
    stroke.pressure ||= presses && through.some(([, , pressure]) => pressure > 0);
  }

  /** A hand that rests at the end of a line that is nearly straight wants it quite straight. */
  #straightenSoon(active: ActiveStroke): void {
    clearTimeout(this.#hold);
    this.#hold = setTimeout(() => {
      if (this.#active === active && active.trail.straighten()) this.#grow();
    }, HOLD_MS);
  }

  #up(): void {
    const active = this.#active;
    const done = this.#unfinished();
    this.#active = undefined;
    if (done !== undefined) this.#add(done);
    else if (active?.kind === 'held') this.#tapped(active);
  }

  #cancel(): void {
    this.#active = undefined;
    delete this.canvas.dataset.dab;
    this.#changed();
  }

  /** The dab that the pointer is on. */
  #dabAt(at: Point, event: PointerEvent): Pick<HeldDab, 'dab' | 'place'> | undefined {
    const strokes = strokesInSight(this.#history.marks);
    const place = dabAt(strokes, at, unitsOf(GRIP, this.canvas, event));
    const dab = place === undefined ? undefined : strokes[place];
    return place === undefined || dab === undefined ? undefined : { dab, place };
  }

  /** The cursor shows that a dab can be taken hold of. */
  #hover(at: Point, event: PointerEvent): void {
    const over = event.pointerType !== 'touch' && this.nib === 'hint' && this.#dabAt(at, event) !== undefined;
    if (over) this.canvas.dataset.dab = 'over';
    else delete this.canvas.dataset.dab;
  }

  #drag(held: HeldDab, through: readonly Point[], event: PointerEvent): void {
    const [x, y] = through.at(-1) ?? held.from;
    const [byX, byY] = [x - held.from[0], y - held.from[1]];
    if (held.moved === undefined && Math.hypot(byX, byY) < unitsOf(DRAG, this.canvas, event)) return;
    held.moved = movedBy(held.dab, byX, byY);
    const around: Change = { kind: 'change', without: [held.place], strokes: [] };
    this.#layers ??= renderLayers([...this.#history.marks, around], this.#pictures, this.canvas.width, 'screen');
    drawLayers(this.#context, this.#layers, this.#hintsOpacity, held.moved);
    this.#onChange(false);
  }

  /** A dab that is tapped takes the pen's colour. */
  #tapped({ dab, place }: HeldDab): void {
    if (this.colour !== undefined && this.colour !== dab.colour) this.#add(inPlaceOf(place, recoloured(dab, this.colour)));
  }

  #grow(): void {
    if (this.#active?.kind !== 'drawn') return;
    const { stroke } = this.#active;
    const side = this.canvas.width;
    if (stroke.colour === undefined) {
      this.#ground ??= renderMarks(this.#history.marks, this.#pictures, side, this.#hintsOpacity, 'screen');
      this.#context.drawImage(this.#ground, 0, 0, SHEET_SIDE, SHEET_SIDE);
      drawStroke(this.#context, stroke, true);
    } else {
      this.#layers ??= renderLayers(this.#history.marks, this.#pictures, side, 'screen');
      drawLayers(this.#context, this.#layers, this.#hintsOpacity, stroke);
    }
    this.#onChange(false);
  }
}

function inPlaceOf(place: number, stroke: Stroke): Change {
  return { kind: 'change', without: [place], strokes: [stroke] };
}

/** A finished copy of a stroke that may still grow. */
function snapshot(stroke: Stroke): Stroke {
  return { ...stroke, points: [...stroke.points] };
}
