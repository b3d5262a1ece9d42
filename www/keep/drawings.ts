/**
 * The drawings, each tab's apart, so that no tab writes over another's. A new tab begins with the newest drawing; its first change takes
 * the place of the one it began with, unless that was changed meanwhile.
 */
import type { Maps } from '../label-pad';
import type { Drawing } from '../package/drawing/history';
import type { Sketch } from '../package/drawing/sketch';
import type { Mark, Point, Stroke } from '../package/drawing/strokes';
import { uniqueId } from '../unique';
import { database } from './database';
import { Writer } from './writer';

/** What is drawn on the two pads. */
export interface Drawings {
  readonly sketch?: Sketch;
  readonly maps?: Maps;
}

/** What is kept of a tab. */
export interface KeptDrawings {
  /** The tab's. */
  readonly id: string;
  /** When it was written. */
  readonly at: number;
  readonly sketch?: Drawing<unknown>;
  readonly maps?: Maps;
}

/** Those of another tab, open or closed. */
export interface OtherDrawings extends Drawings {
  readonly id: string;
  readonly at: number;
}

/** Older ones of other tabs are let go of. */
const MOST = 12;

export class DrawingKeeper {
  readonly #id = takeTabId();
  readonly #writer = new Writer(() => void this.#write());
  readonly #due = new Map<keyof Drawings, () => Drawings[keyof Drawings]>();
  #drawn: Drawings = {};
  /** Another tab's drawings that this one began with, until its first change. */
  #from: Pick<KeptDrawings, 'id' | 'at'> | undefined;

  /** What to go on from. Rejects where storage is refused or hangs. */
  async read(): Promise<Drawings> {
    const all = await readAll();
    const own = all.find(({ id }) => id === this.#id);
    const kept = own ?? all[0];
    if (kept === undefined) return {};
    if (own === undefined) this.#from = { id: kept.id, at: kept.at };
    const drawn = unpacked(kept);
    this.#drawn = { ...drawn, ...this.#drawn };
    return drawn;
  }

  /** Drawings of other tabs that this one did not begin with, the newest first. */
  async others(): Promise<OtherDrawings[]> {
    const all = await readAll();
    return all
      .filter(({ id, at }) => id !== this.#id && !(id === this.#from?.id && at === this.#from.at))
      .map((kept) => ({ id: kept.id, at: kept.at, ...unpacked(kept) }));
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
    const [from, at] = [this.#from, Date.now()];
    try {
      const transaction = (await database()).transaction('drawings', 'readwrite');
      const { store } = transaction;
      if (from !== undefined && (await store.get(from.id))?.at === from.at) await store.delete(from.id);
      const kept = { id: this.#id, at, ...(sketch && { sketch: packed(sketch) }), ...(maps && { maps }) };
      await Promise.all([store.put(kept), transaction.done]);
      this.#from = undefined;
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

/** All that are kept, the newest first; the oldest go. */
async function readAll(): Promise<KeptDrawings[]> {
  const db = await database();
  const all = (await db.getAll('drawings')).sort((a, b) => b.at - a.at);
  for (const { id } of all.splice(MOST)) await db.delete('drawings', id);
  return all;
}

const TAB = 'pix2pix-web-tab';

/** A tab's own id, also after a reload. It lies in the session only between the visits: a tab that is duplicated is another tab. */
function takeTabId(): string {
  let id = uniqueId();
  try {
    id = sessionStorage.getItem(TAB) ?? id;
    const take = () => sessionStorage.removeItem(TAB);
    take();
    window.addEventListener('pagehide', () => sessionStorage.setItem(TAB, id));
    window.addEventListener('pageshow', take);
  } catch {
    // Where storage is blocked nothing is kept either.
  }
  return id;
}

/** Points as they are kept: three numbers each, in one array, which is copied thirty times as fast as so many small ones. */
const packedStrokes = new WeakMap<Stroke, object>();

function packed({ marks, undone }: Sketch): Drawing<unknown> {
  const mark = (mark: Mark): unknown => (mark.kind === 'stroke' ? stroke(mark) : { ...mark, strokes: mark.strokes.map(stroke) });
  const stroke = (stroke: Stroke): object => {
    const known = packedStrokes.get(stroke) ?? { ...stroke, points: Float64Array.from(stroke.points.flat()) };
    packedStrokes.set(stroke, known);
    return known;
  };
  return { marks: marks.map(mark), undone: undone.map(mark) };
}

function unpacked({ sketch, maps }: KeptDrawings): Drawings {
  type Kept<T> = Omit<T, 'points'> & { readonly points: Float64Array };
  const stroke = (kept: Kept<Stroke>): Stroke => ({ ...kept, points: pointsOf(kept.points) });
  const mark = (kept: unknown): Mark => {
    const mark = kept as Mark;
    return mark.kind === 'stroke' ? stroke(kept as Kept<Stroke>) : { ...mark, strokes: mark.strokes.map((each) => stroke(each as unknown as Kept<Stroke>)) };
  };
  return { ...(sketch && { sketch: { marks: sketch.marks.map(mark), undone: sketch.undone.map(mark) } }), ...(maps && { maps }) };
}

function pointsOf(values: Float64Array): Point[] {
  return Array.from({ length: values.length / 3 }, (_, i): Point => [values[3 * i]!, values[3 * i + 1]!, values[3 * i + 2]!]);
}
