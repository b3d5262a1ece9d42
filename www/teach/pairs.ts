/** The pairs as data: what is learned from, what is held out, and their keeping on the device. */
import { database, inTransaction } from '../keep/database';
import { inTime } from '../keep/in-time';
import { onNews, tellTabs } from '../keep/news';
import { Writer } from '../keep/writer';
import { chooseHeldOut } from './held-out';
import type { Pair } from './pair';

export interface PairsEvents {
  changed(): void;
  /** Keeping them on the device failed; they are here until the page is closed. */
  notKept(error: unknown): void;
  /** Those of earlier visits could not be read. */
  notRead(error: unknown): void;
}

export class Pairs {
  readonly #events: PairsEvents;
  readonly #writer = new Writer(() => void this.#write());
  #pairs = new Map<string, Pair>();
  /** Worked out when they are asked for, since they are asked for less often than pairs come. */
  #sides: { readonly all: readonly Pair[]; readonly heldOut: ReadonlySet<string> } | undefined;
  #nextOrder = 0;
  readonly #unwritten = new Set<string>();
  /** Those that lie on the device, as far as this tab knows. */
  readonly #kept = new Set<string>();

  constructor(events: PairsEvents) {
    this.#events = events;
    onNews('pairs', (ids) => void this.#takeUp(ids));
  }

  /** In the order in which they came. */
  get all(): readonly Pair[] {
    return this.#worked.all;
  }

  get learned(): readonly Pair[] {
    return this.all.filter(({ id }) => !this.isHeldOut(id));
  }

  get heldOut(): readonly Pair[] {
    return this.all.filter(({ id }) => this.isHeldOut(id));
  }

  get nextOrder(): number {
    return this.#nextOrder;
  }

  get(id: string): Pair | undefined {
    return this.#pairs.get(id);
  }

  isHeldOut(id: string): boolean {
    return this.#worked.heldOut.has(id);
  }

  /** Takes up what was kept. */
  async restore(): Promise<void> {
    try {
      const kept = await inTime(database().then((db) => db.getAll('pairs')));
      for (const pair of kept) {
        this.#kept.add(pair.id);
        if (!this.#unwritten.has(pair.id)) this.#take(pair);
      }
      this.#changed();
    } catch (error) {
      this.#events.notRead(error);
    }
  }

  /** Adds pairs, or puts others in the place of those with the same ids. */
  put(...pairs: readonly Pair[]): void {
    for (const pair of pairs) {
      this.#take(pair);
      this.#unwritten.add(pair.id);
    }
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
    const open = this.all.filter(({ heldOut }) => heldOut === undefined);
    this.put(...open.map((pair) => ({ ...pair, heldOut: this.isHeldOut(pair.id) })));
  }

  get #worked(): { readonly all: readonly Pair[]; readonly heldOut: ReadonlySet<string> } {
    if (this.#sides === undefined) {
      // What was taken away and put back has its old place again.
      const all = [...this.#pairs.values()].sort((a, b) => a.order - b.order);
      this.#sides = { all, heldOut: chooseHeldOut(all) };
    }
    return this.#sides;
  }

  #take(pair: Pair): void {
    this.#pairs.set(pair.id, pair);
    this.#nextOrder = Math.max(this.#nextOrder, pair.order + 1);
  }

  #changed(): void {
    this.#sides = undefined;
    if (this.#unwritten.size > 0) this.#writer.due();
    this.#events.changed();
  }

  async #write(): Promise<void> {
    if (this.#unwritten.size === 0) return;
    const ids = [...this.#unwritten];
    this.#unwritten.clear();
    try {
      const gone = await inTransaction(['pairs'], async ({ store }) => {
        // One that another tab removed meanwhile stays removed.
        const there = new Set(await store.getAllKeys());
        const gone = ids.filter((id) => this.#kept.has(id) && !there.has(id));
        await Promise.all(ids.filter((id) => !gone.includes(id)).map((id) => this.#keep(id, store)));
        return gone;
      });
      tellTabs('pairs', ids);
      if (gone.length > 0) await this.#takeUp(gone);
    } catch (error) {
      for (const id of ids) this.#unwritten.add(id);
      this.#events.notKept(error);
    }
  }

  async #keep(id: string, store: { put(pair: Pair): Promise<unknown>; delete(id: string): Promise<unknown> }): Promise<void> {
    const pair = this.#pairs.get(id);
    if (pair === undefined) {
      this.#kept.delete(id);
      await store.delete(id);
    } else {
      await store.put(pair);
      this.#kept.add(id);
    }
  }

  /** Another tab changed these. What was changed here too is written over it. */
  async #takeUp(ids: readonly string[]): Promise<void> {
    try {
      const db = await database();
      const pairs = await Promise.all(ids.map((id) => db.get('pairs', id)));
      for (const [i, id] of ids.entries()) {
        const pair = pairs[i];
        if (pair === undefined) this.#kept.delete(id);
        else this.#kept.add(id);
        if (this.#unwritten.has(id)) continue;
        if (pair === undefined) this.#pairs.delete(id);
        else this.#take(pair);
      }
      this.#changed();
    } catch (error) {
      console.warn('what another tab keeps could not be read', error);
    }
  }
}
