/** The pairs as data: what is learned from, what is held out, and their keeping on the device. */
import { database } from '../database';
import { chooseHeldOut } from './held-out';
import type { Pair } from './pair';

export interface PairsEvents {
  changed(): void;
  /** Keeping them on the device failed; they are here until the page is closed. */
  notKept(error: unknown): void;
}

/** Sketches change in a row while a slider is drawn; they are written a moment after. */
const WRITE_MS = 250;

export class Pairs {
  readonly #events: PairsEvents;
  #pairs = new Map<string, Pair>();
  #heldOut: ReadonlySet<string> = new Set();
  readonly #unwritten = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(events: PairsEvents) {
    this.#events = events;
    const leave = (): void => {
      if (document.visibilityState === 'hidden') void this.#write();
    };
    document.addEventListener('visibilitychange', leave);
    window.addEventListener('pagehide', () => void this.#write());
  }

  /** In the order in which they came. */
  get all(): readonly Pair[] {
    return [...this.#pairs.values()];
  }

  get learned(): readonly Pair[] {
    return this.all.filter(({ id }) => !this.#heldOut.has(id));
  }

  get heldOut(): readonly Pair[] {
    return this.all.filter(({ id }) => this.#heldOut.has(id));
  }

  get nextOrder(): number {
    return Math.max(0, ...this.all.map(({ order }) => order + 1));
  }

  get(id: string): Pair | undefined {
    return this.#pairs.get(id);
  }

  isHeldOut(id: string): boolean {
    return this.#heldOut.has(id);
  }

  /** Takes up what was kept. */
  async restore(): Promise<void> {
    try {
      const kept = await (await database()).getAll('pairs');
      kept.sort((a, b) => a.order - b.order);
      this.#pairs = new Map([...kept.map((pair) => [pair.id, pair] as const), ...this.#pairs]);
      this.#changed();
    } catch (error) {
      this.#events.notKept(error);
    }
  }

  /** Adds pairs, or puts others in the place of those with the same ids. */
  put(...pairs: readonly Pair[]): void {
    for (const pair of pairs) {
      this.#pairs.set(pair.id, pair);
      this.#unwritten.add(pair.id);
    }
    // What was taken away and put back has its old place again.
    this.#pairs = new Map([...this.#pairs].sort(([, a], [, b]) => a.order - b.order));
    this.#changed();
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#pairs.delete(id);
      this.#unwritten.add(id);
    }
    this.#changed();
  }

  /** From here on pairs stay on the side where they are: what was learned from is no test any more. */
  settleHeldOut(): void {
    this.put(...this.all.map((pair) => ({ ...pair, heldOut: this.#heldOut.has(pair.id) })));
  }

  #changed(): void {
    this.#heldOut = chooseHeldOut(this.all);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#write(), WRITE_MS);
    this.#events.changed();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#unwritten.size === 0) return;
    const ids = [...this.#unwritten];
    this.#unwritten.clear();
    try {
      const transaction = (await database()).transaction('pairs', 'readwrite');
      const writes = ids.map((id) => {
        const pair = this.#pairs.get(id);
        return pair === undefined ? transaction.store.delete(id) : transaction.store.put(pair);
      });
      await Promise.all([...writes, transaction.done]);
    } catch (error) {
      for (const id of ids) this.#unwritten.add(id);
      this.#events.notKept(error);
    }
  }
}
