/** The drawings, each tab's apart. */
import type { Maps } from '../labels/pad';
import type { Drawing } from '../package/drawing/history';
import type { Sketch } from '../package/drawing/sketch';
import type { Mark, Point, Stroke } from '../package/drawing/strokes';
import { type OfTab, TabRecords } from './tab-records';
import { Writer } from './writer';

/** What is drawn on the two pads. */
export interface Drawings {
  readonly sketch?: Sketch;
  readonly maps?: Maps;
}

/** What is kept of a tab. */
export interface KeptDrawings extends OfTab {
  readonly sketch?: Drawing<unknown>;
  readonly maps?: Maps;
}

/** Those of another tab, open or closed. */
export interface OtherDrawings extends Drawings, OfTab {}

/** Older ones of other tabs are let go of. */
const MOST = 12;

export class DrawingKeeper {
  readonly #records = new TabRecords('drawings', MOST);
  readonly #writer = new Writer(() => void this.#write());
  readonly #due = new Map<keyof Drawings, () => Drawings[keyof Drawings]>();
  #drawn: Drawings = {};

  /** What to go on from. Rejects where storage is refused or hangs. */
  async read(): Promise<Drawings> {
    const kept = await this.#records.read();
    if (kept === undefined) return {};
    const drawn = unpacked(kept);
    this.#drawn = { ...drawn, ...this.#drawn };
    return drawn;
  }

  /** Drawings of other tabs that this one did not begin with, the newest first. */
  async others(): Promise<OtherDrawings[]> {
    return (await this.#records.others()).map((kept) => ({ id: kept.id, at: kept.at, ...unpacked(kept) }));
  }

  /** Keeps the newest of what is drawn. */
  keep<K extends keyof Drawings>(what: K, take: () => Drawings[K]): void {
    this.#due.set(what, take);
    this.#writer.due();
  }

  async #write(): Promise<void> {
    const drawn: Drawings = { ...this.#drawn, ...Object.fromEntries([...this.#due].map(([what, take]) => [what, take()])) };
    this.#due.clear();
    // A tab that only looks at what was kept is not to take another's place.
    if (isSame(drawn, this.#drawn)) return;
    this.#drawn = drawn;
    const { sketch, maps } = drawn;
    try {
      await this.#records.write({ id: this.#records.id, at: Date.now(), ...(sketch && { sketch: packed(sketch) }), ...(maps && { maps }) });
    } catch (error) {
      console.warn('the drawing could not be kept', error);
    }
  }
}

/** Whether these are the very same marks. */
function isSame(a: Drawings, b: Drawings): boolean {
  const marksOf = ({ sketch, maps = {} }: Drawings): Drawing<unknown>[] => [...(sketch ? [sketch] : []), ...Object.values(maps)];
  const flat = (drawings: Drawings): unknown[] => marksOf(drawings).flatMap(({ marks, undone }) => [...marks, null, ...undone, null]);
  const [one, other] = [flat(a), flat(b)];
  return one.length === other.length && one.every((mark, i) => mark === other[i]);
}

/** Points as they are kept: three numbers each, in one array, which is copied thirty times as fast as so many small ones. */
const packedStrokes = new WeakMap<Stroke, object>();

export function packed({ marks, undone }: Sketch): Drawing<unknown> {
  const mark = (mark: Mark): unknown => {
    if (mark.kind === 'variation') return mark;
    return mark.kind === 'stroke' ? stroke(mark) : { ...mark, strokes: mark.strokes.map(stroke) };
  };
  const stroke = (stroke: Stroke): object => {
    const known = packedStrokes.get(stroke) ?? { ...stroke, points: Float64Array.from(stroke.points.flat()) };
    packedStrokes.set(stroke, known);
    return known;
  };
  return { marks: marks.map(mark), undone: undone.map(mark) };
}

export function unpacked({ sketch, maps }: KeptDrawings): Drawings {
  type Kept<T> = Omit<T, 'points'> & { readonly points: Float64Array };
  const stroke = (kept: Kept<Stroke>): Stroke => ({ ...kept, points: pointsOf(kept.points) });
  const mark = (kept: unknown): Mark => {
    const mark = kept as Mark;
    if (mark.kind === 'variation') return mark;
    return mark.kind === 'stroke' ? stroke(kept as Kept<Stroke>) : { ...mark, strokes: mark.strokes.map((each) => stroke(each as unknown as Kept<Stroke>)) };
  };
  return { ...(sketch && { sketch: { marks: sketch.marks.map(mark), undone: sketch.undone.map(mark) } }), ...(maps && { maps }) };
}

function pointsOf(values: Float64Array): Point[] {
  return Array.from({ length: values.length / 3 }, (_, i): Point => [values[3 * i]!, values[3 * i + 1]!, values[3 * i + 2]!]);
}
