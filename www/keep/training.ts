/** The newest training as it is kept on the device, to go on after the page was closed or the engine crashed. */
import type { Model } from '../models/models';
import type { Checkpoint, Lesson } from '../teach/lesson';
import type { IDBPTransaction } from 'idb';
import { database, inTransaction, type Kept, readKept } from './database';

/** What went back by an undo in this visit is kept for the rest of it. */
let undoneHere = false;

export async function readCheckpoint(): Promise<Checkpoint | undefined> {
  const checkpoint = await readKept('the kept training', undefined, (db) => db.get('checkpoints', 'newest'));
  if (checkpoint?.undone !== true || undoneHere) return checkpoint;
  await forgetTraining(checkpoint.id);
  return undefined;
}

/**
 * Keeps the lesson with its weights and the model that it began with (a file of the visitor's is nowhere else), in
 * place of the one before. It is one transaction: a page that is killed while it writes finds the one before.
 *
 * @throws where there is no room, or storage is refused.
 */
export async function keepCheckpoint({ base, ...progress }: Lesson, file: Blob): Promise<void> {
  const { id, name } = base;
  const checkpoint: Checkpoint = { ...progress, base: { id, name }, file, undone: false };
  const keep = async (transaction: IDBPTransaction<Kept, ['checkpoints', 'bases'], 'readwrite'>) => {
    const bases = transaction.objectStore('bases');
    const known = (await bases.get('newest'))?.lesson === progress.id;
    await Promise.all([
      transaction.objectStore('checkpoints').put(checkpoint, 'newest'),
      ...(known ? [] : [bases.put({ lesson: progress.id, model: base }, 'newest')]),
    ]);
  };
  await inTransaction(['checkpoints', 'bases'], keep, { durability: 'strict' });
}

/** Notes of the lesson's checkpoint, if it is kept, that the visitor went back from it, or came forward again. */
export async function markUndone(lesson: string, undone: boolean): Promise<void> {
  try {
    await inTransaction(['checkpoints'], async ({ store }) => {
      const checkpoint = await store.get('newest');
      if (checkpoint?.id === lesson) await store.put({ ...checkpoint, undone }, 'newest');
    });
    undoneHere = undone;
  } catch (error) {
    console.warn('the kept training could not be marked', error);
  }
}

/** The model that the lesson began with. */
export async function readBase(lesson: string): Promise<Model | undefined> {
  const kept = await (await database()).get('bases', 'newest');
  return kept?.lesson === lesson ? kept.model : undefined;
}

/** Deletes what is kept of a lesson; another one's is left alone. */
export async function forgetTraining(lesson: string): Promise<void> {
  try {
    const db = await database();
    if ((await db.get('checkpoints', 'newest'))?.id === lesson) await db.delete('checkpoints', 'newest');
    if ((await db.get('bases', 'newest'))?.lesson === lesson) await db.delete('bases', 'newest');
  } catch (error) {
    console.warn('the kept training could not be deleted', error);
  }
}
