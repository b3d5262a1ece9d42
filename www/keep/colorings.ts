/** The photo of the Colour tab, each tab's apart, with what was changed of its colours. */
import type { Adjusted } from '../colorize/adjustments';
import type { Drawing } from '../package/drawing/history';
import { inTime } from './in-time';
import { database } from './database';
import { type OfTab, TabRecords } from './tab-records';
import { Writer } from './writer';

/** A photo, and what became of it. */
export interface Photo {
  /** Its file's. */
  readonly name: string;
  readonly file: Blob;
  /** As a model coloured it, a PNG, and that model's name. */
  readonly coloured?: { readonly file: Blob; readonly by: string };
}

/** What a tab shows. */
export interface Coloring {
  readonly photo: Photo | undefined;
  readonly adjusted: Drawing<Adjusted>;
}

/** What is kept of a tab: its photo lies beside it. */
export interface KeptColoring extends OfTab {
  readonly adjusted: Drawing<Adjusted>;
}

export interface KeptPhoto extends Photo {
  /** The tab's. */
  readonly id: string;
}

/** Photos are large: older ones of other tabs are let go of. */
const MOST = 4;

export class ColoringKeeper {
  readonly #records = new TabRecords('colorings', MOST, 'photos');
  readonly #writer = new Writer(() => void this.#write());
  readonly #failed: (error: unknown) => void;
  #due: (() => Coloring) | undefined;
  /** The photo that was written or read last. */
  #photo: Photo | undefined;
  #failing = false;

  /** `failed` hears where something could not be kept, once until it can again. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** What to go on from; nothing where there is none, or storage is refused or hangs. */
  async read(): Promise<Coloring | undefined> {
    try {
      const kept = await inTime(this.#records.read());
      if (kept === undefined) return undefined;
      const photo = await inTime((await database()).get('photos', kept.id));
      this.#photo = photo;
      return { photo, adjusted: kept.adjusted };
    } catch (error) {
      console.warn('the kept photo could not be read', error);
      return undefined;
    }
  }

  /** Keeps the newest. */
  keep(take: () => Coloring): void {
    this.#due = take;
    this.#writer.due();
  }

  async #write(): Promise<void> {
    const due = this.#due?.();
    this.#due = undefined;
    if (due === undefined) return;
    const { photo, adjusted } = due;
    const { id } = this.#records;
    try {
      await this.#records.write({ id, at: Date.now(), adjusted }, { value: photo && { ...photo, id }, changed: photo !== this.#photo });
      this.#photo = photo;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#failed(error);
      this.#failing = true;
    }
  }
}
