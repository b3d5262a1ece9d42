/** What the page keeps on the device: drawings, photos and settings, pairs, the training under way, and the models that came of earlier ones. */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from 'idb';
import type { KeptModel, Model } from '../models/models';
import type { Checkpoint } from '../teach/lesson';
import type { Pair } from '../teach/pair';
import type { KeptColoring, KeptPhoto } from './colorings';
import type { KeptDrawings } from './drawings';
import { inTime } from './in-time';
import type { KeptPicture } from './pictures';
import type { Settings, TeachingChoices } from './settings';
import { words } from '../words/current';

export interface Kept extends DBSchema {
  /** One for each tab. */
  drawings: { key: string; value: KeptDrawings };
  /** One for each tab, too, and the photos apart: they are large, and change seldom. */
  colorings: { key: string; value: KeptColoring };
  photos: { key: string; value: KeptPhoto };
  /** The last ones, of all tabs. */
  pictures: { key: string; value: KeptPicture; indexes: { at: number } };
  opened: { key: 'newest'; value: { readonly address: string; readonly file: File } };
  settings: { key: 'all'; value: Settings };
  choices: { key: 'all'; value: TeachingChoices };
  pairs: { key: string; value: Pair };
  /** The newest training's last checkpoint, and the model that it began with. */
  checkpoints: { key: 'newest'; value: Checkpoint };
  bases: { key: 'newest'; value: { readonly lesson: string; readonly model: Model } };
  models: { key: string; value: KeptModel };
}

export type Database = IDBPDatabase<Kept>;

let opened: Promise<Database> | undefined;

/** Rejects where storage is refused (private windows, full disks) or hangs; callers say so and go on without it. */
export function database(): Promise<Database> {
  if (opened !== undefined) return inTime(opened);
  const opening = openDB<Kept>('pix2pix-web-teaching', 4, {
    upgrade(db, before) {
      if (before < 1) {
        db.createObjectStore('pairs', { keyPath: 'id' });
        db.createObjectStore('checkpoints');
        db.createObjectStore('bases');
        db.createObjectStore('models', { keyPath: 'id' });
      }
      if (before < 2) {
        db.createObjectStore('drawings', { keyPath: 'id' });
        db.createObjectStore('settings');
        db.createObjectStore('choices');
      }
      if (before < 3) {
        db.createObjectStore('colorings', { keyPath: 'id' });
        db.createObjectStore('photos', { keyPath: 'id' });
      }
      db.createObjectStore('opened');
      db.createObjectStore('pictures', { keyPath: 'id' }).createIndex('at', 'at');
    },
    // The browser may close it, to free the disk: the next call opens it again.
    terminated: () => (opened = undefined),
    // A newer page of ours, in another tab, waits for this one to let go.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      opened = undefined;
    },
  });
  opened = opening;
  opening.catch(() => (opened = undefined));
  return inTime(opening);
}

/**
 * Does a task in one transaction, and waits for its end. That is listened to from the beginning: where a request fails, both
 * are rejected, and a rejection that nobody hears would be an error of the page.
 *
 * @throws where there is no room, or storage is refused.
 */
export async function inTransaction<const S extends ArrayLike<StoreNames<Kept>>, T>(
  stores: S,
  task: (transaction: IDBPTransaction<Kept, S, 'readwrite'>) => Promise<T>,
  options?: IDBTransactionOptions,
): Promise<T> {
  const transaction = (await database()).transaction(stores, 'readwrite', options);
  const [result] = await Promise.all([task(transaction), transaction.done]);
  return result;
}

/** What the task reads, or `otherwise` where storage fails or hangs. */
export async function readKept<T>(what: string, otherwise: T, task: (db: Database) => Promise<T>): Promise<T> {
  try {
    return await inTime(database().then(task));
  } catch (error) {
    console.warn(`${what} could not be read`, error);
    return otherwise;
  }
}

/** Why nothing could be kept, in words that fit after "…: ". */
export function whyNotKept(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  const message = error instanceof Error ? error.message : String(error);
  // What a connection says that another tab's newer page, or the browser, has just closed: of the same name as a private window's refusal.
  if (name === 'InvalidStateError' && /clos/i.test(message)) return words.kept.closed;
  if (name === 'QuotaExceededError') return words.kept.noRoom;
  if (name === 'SecurityError' || name === 'InvalidStateError') return words.kept.privateWindow;
  // WebKit's private windows keep what holds no file.
  return message.includes('preparing Blob') ? words.kept.noFilesInPrivate : message;
}
