/** Files of every kind on their way to become pairs; what can't be used is named, and the rest is. */
import type { Brought } from '../shell/brought';
import { isZip, type Item, itemsOfListed, nameOf } from './items';
import type { Pair } from './pair';
import type { Pairs } from './pairs';
import { type Half, inPictures, type Opened } from './pictures';
import { uniqueId } from '../keep/unique';
import type { Sketching } from './sketching';
import { words } from '../words/current';

export interface Skipped {
  readonly name: string;
  readonly why: string;
}

export interface IntakeEvents {
  /** `done` of `of` files; `of` grows while zips are opened. */
  progress(done: number, of: number): void;
  finished(taken: number, skipped: readonly Skipped[], of: number): void;
}

export class Intake {
  /** Which half is the sketch where it can't be told. */
  sketchOn: Half = 'left';
  readonly #pairs: Pairs;
  readonly #sketching: Sketching;
  readonly #events: IntakeEvents;
  readonly #side: () => number;
  #queue: Promise<void> = Promise.resolve();
  /** Of all batches that are on their way. */
  #stop = new AbortController();

  constructor(pairs: Pairs, sketching: Sketching, side: () => number, events: IntakeEvents) {
    this.#pairs = pairs;
    this.#sketching = sketching;
    this.#side = side;
    this.#events = events;
  }

  /** Takes the files in after those that came before; of an empty folder there are none. */
  take(files: readonly Brought[]): Promise<void> {
    const { signal } = this.#stop;
    const taking = this.#queue.then(() => (signal.aborted ? undefined : this.#takeAll(files, signal)));
    // What one batch throws is that batch's.
    this.#queue = taking.catch(() => undefined);
    return taking;
  }

  /** Takes no more in of what is on its way; what became pairs stays. */
  cancel(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  async #takeAll(files: readonly Brought[], signal: AbortSignal): Promise<void> {
    const skipped: Skipped[] = [];
    const skip = (name: string, error: unknown): void => {
      skipped.push({ name, why: error instanceof Error ? error.message : String(error) });
    };
    this.#events.progress(0, files.length);
    const items = await itemsOfListed(files.filter((file) => !isZip(file)), skip);
    const zips: number[] = [];
    for (const zip of files.filter(isZip)) {
      try {
        const file = await zip.open();
        const { id, paths } = await inPictures((pictures) => pictures.openZip(file));
        zips.push(id);
        const extract = (path: string) => () => inPictures((pictures) => pictures.extract(id, path));
        items.push(...(await itemsOfListed(paths.map((path) => ({ path, open: extract(path) })), skip)));
        if (paths.length === 0) skip(nameOf(zip.path), words.pairs.noFiles);
      } catch (error) {
        skip(nameOf(zip.path), error);
      }
    }
    if (files.length === 0) skip(words.pairs.theFolder, words.pairs.noFiles);
    const of = items.length + skipped.length;
    let taken = 0;
    for (const [i, item] of items.entries()) {
      if (signal.aborted) break;
      try {
        this.#pairs.put(await this.#pairOf(item));
        taken += 1;
      } catch (error) {
        skip(item.name, error);
      }
      this.#events.progress(i + 1, items.length);
    }
    for (const id of zips) await inPictures((pictures) => pictures.closeZip(id)).catch(() => undefined); // Gone with its worker.
    this.#events.finished(taken, skipped, of);
  }

  async #pairOf({ name, open, openTarget, listed }: Item): Promise<Pair> {
    const side = this.#side();
    const made = { id: uniqueId(), order: this.#pairs.nextOrder, name };
    const file = await open();
    const { fit } = this.#sketching.making;
    if (listed !== undefined) {
      const { origin, heldOut, sketchOn } = listed;
      const { a, b } = await inPictures((pictures) => pictures.split(file, side, fit));
      const known = { ...(heldOut !== undefined && { heldOut }), ...(sketchOn && { sketchOn }) };
      // Other lines can be made of it, as of the photo that it was.
      return { ...made, origin, input: a, target: b, ...known, ...(origin === 'edges' && { photo: b }) };
    }
    if (openTarget !== undefined) {
      const target = await openTarget();
      const { a, b } = await inPictures((pictures) => pictures.couple(file, target, side, fit));
      return { ...made, origin: 'given', input: a, target: b };
    }
    const opened = await inPictures<Opened>((pictures) => pictures.open(file, side, fit));
    if (opened.kind === 'photo') {
      const { photo } = opened;
      return { ...made, origin: 'edges', photo, ...(await this.#sketching.pairOf(photo, side)) };
    }
    const { left, right, sketch } = opened;
    const on = sketch ?? this.sketchOn;
    const [input, target] = on === 'left' ? [left, right] : [right, left];
    return { ...made, origin: 'given', input, target, ...(sketch === undefined && { sketchOn: on }) };
  }
}

/** `1 of 50 files was skipped: broken.png (cannot be read as a picture)`. */
export function skippedText(skipped: readonly Skipped[], of: number): string {
  const named = skipped.map(({ name, why }) => `${name} (${why})`);
  const [few, more] = [named.slice(0, 8), named.length - 8];
  const list = more > 0 ? words.pairs.andMore(few.join(', '), more) : few.join(', ');
  return words.pairs.skipped(skipped.length, of, list);
}
