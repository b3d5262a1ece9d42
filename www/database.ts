/** What teaching keeps on the device: the pairs, the training under way, and the models that came of earlier ones. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { KeptModel, Model } from './models';
import type { Checkpoint } from './teach/lesson';
import type { Pair } from './teach/pair';

interface Teaching extends DBSchema {
  pairs: { key: string; value: Pair };
  /** The newest training's last checkpoint, and the model that it began with. */
  checkpoints: { key: 'newest'; value: Checkpoint };
  bases: { key: 'newest'; value: { readonly lesson: string; readonly model: Model } };
  models: { key: string; value: KeptModel };
}

let opened: Promise<IDBPDatabase<Teaching>> | undefined;

/** Rejects where storage is refused (private windows, full disks); callers say so and go on without it. */
export function database(): Promise<IDBPDatabase<Teaching>> {
  if (opened !== undefined) return opened;
  const opening = openDB<Teaching>('pix2pix-web-teaching', 1, {
    upgrade(db) {
      db.createObjectStore('pairs', { keyPath: 'id' });
      db.createObjectStore('checkpoints');
      db.createObjectStore('bases');
      db.createObjectStore('models', { keyPath: 'id' });
    },
    // The browser may close it, to free the disk: the next call opens it anew.
    terminated: () => (opened = undefined),
    // A newer page of ours, in another tab, waits for this one to let go.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      opened = undefined;
    },
  });
  opened = opening;
  opening.catch(() => (opened = undefined));
  return opening;
}

/** Why nothing could be kept, in words that fit after "…: ". */
export function whyNotKept(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'QuotaExceededError') return 'there is no more room on this device';
  if (name === 'SecurityError' || name === 'InvalidStateError') return 'this browser keeps nothing in a private window';
  return error instanceof Error ? error.message : String(error);
}
