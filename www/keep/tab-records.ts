/**
 * What each tab keeps for itself, so that no tab writes over another's. A new tab begins with the newest record; its first change takes
 * the place of the one it began with, unless that was changed meanwhile.
 */
import { uniqueId } from './unique';
import { database, inTransaction, type Kept } from './database';

/** What every record has. */
export interface OfTab {
  /** The tab's. */
  readonly id: string;
  /** When it was written. */
  readonly at: number;
}

/** The stores with a record for each tab. */
type Store = 'drawings' | 'colorings';

/** A store for parts of records that are large and change seldom, by the same ids. */
type PartStore = 'photos';

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

const TAB_ID = takeTabId();

export class TabRecords<S extends Store> {
  /** The tab's. */
  readonly id = TAB_ID;
  readonly #store: S;
  readonly #parts: PartStore | undefined;
  readonly #most: number;
  /** Another tab's record that this one began with, until its first change. */
  #from: OfTab | undefined;

  /** Of more than `most` records the oldest are let go of. */
  constructor(store: S, most: number, parts?: PartStore) {
    [this.#store, this.#most, this.#parts] = [store, most, parts];
  }

  /** What to go on from. Rejects where storage is refused or hangs. */
  async read(): Promise<Kept[S]['value'] | undefined> {
    const all = await this.#all();
    const own = all.find(({ id }) => id === this.id);
    const kept = own ?? all[0];
    if (own === undefined && kept !== undefined) this.#from = { id: kept.id, at: kept.at };
    return kept;
  }

  /** Those of other tabs that this one did not begin with, the newest first. */
  async others(): Promise<Kept[S]['value'][]> {
    const from = this.#from;
    return (await this.#all()).filter(({ id, at }) => id !== this.id && !(id === from?.id && at === from.at));
  }

  /** In the place of what the tab kept before, and with it, in one transaction, its part, unless that is there and has not changed. */
  async write(record: Kept[S]['value'], part?: { readonly value: Kept[PartStore]['value'] | undefined; readonly changed: boolean }): Promise<void> {
    const from = this.#from;
    await inTransaction(this.#stores, async (transaction) => {
      const records = transaction.objectStore(this.#store as Store);
      const parts = this.#parts && transaction.objectStore(this.#parts);
      const done: Promise<unknown>[] = [];
      if (from !== undefined && (await records.get(from.id))?.at === from.at) done.push(records.delete(from.id), ...(parts ? [parts.delete(from.id)] : []));
      if (parts !== undefined && part !== undefined && (part.changed || (await parts.count(this.id)) === 0)) {
        done.push(part.value === undefined ? parts.delete(this.id) : parts.put(part.value));
      }
      await Promise.all([...done, records.put(record)]);
    });
    this.#from = undefined;
  }

  get #stores(): (Store | PartStore)[] {
    return [this.#store, ...(this.#parts ? [this.#parts] : [])];
  }

  /** All that are kept, the newest first; the oldest go. */
  async #all(): Promise<Kept[S]['value'][]> {
    const db = await database();
    const all = (await db.getAll(this.#store as Store)).sort((a, b) => b.at - a.at);
    for (const { id } of all.splice(this.#most)) {
      for (const store of this.#stores) await db.delete(store, id);
    }
    return all as Kept[S]['value'][];
  }
}
