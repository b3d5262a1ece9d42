/** The newest training as it is kept on the device, to go on after the page was closed or the engine crashed. */
import { database } from '../database';
import type { Model } from '../models';
import type { Checkpoint, Lesson } from './lesson';

/** What went back by an undo in this visit is kept for the rest of it. */
let undoneHere = false;

export async function readCheckpoint(): Promise<Checkpoint | undefined> {
  try {
    const checkpoint = await (await database()).get('checkpoints', 'newest');
    if (checkpoint?.undone !== true || undoneHere) return checkpoint;
    await forgetTraining();
    return undefined;
  } catch (error) {
    console.warn('the kept training could not be read', error);
    return undefined;
  }
}

/**
 * Keeps the lesson with its weights, in place of the one before. It is one transaction: a page that is killed
 * while it writes finds the one before.
 *
 * @throws where there is no room, or storage is refused.
 */
export async function keepCheckpoint({ base: { id, name }, ...progress }: Lesson, file: Blob): Promise<void> {
  const checkpoint: Checkpoint = { ...progress, base: { id, name }, file, undone: false };
  const transaction = (await database()).transaction('checkpoints', 'readwrite', { durability: 'strict' });
  await Promise.all([transaction.store.put(checkpoint, 'newest'), transaction.done]);
}

/** Notes of the checkpoint that is kept, if one is, that the visitor went back from it, or came forward again. */
export async function markUndone(undone: boolean): Promise<void> {
  try {
    const transaction = (await database()).transaction('checkpoints', 'readwrite');
    const checkpoint = await transaction.store.get('newest');
    if (checkpoint !== undefined) await transaction.store.put({ ...checkpoint, undone }, 'newest');
    await transaction.done;
    undoneHere = undone;
  } catch (error) {
    console.warn('the kept training could not be marked', error);
  }
}

/** Keeps the model that the lesson began with; a file of the visitor's is nowhere else. */
export async function keepBase(base: Model): Promise<void> {
  await (await database()).put('bases', base, 'newest');
}

export async function readBase(): Promise<Model | undefined> {
  return (await database()).get('bases', 'newest');
}

export async function forgetTraining(): Promise<void> {
  try {
    const db = await database();
    await Promise.all([db.delete('checkpoints', 'newest'), db.delete('bases', 'newest')]);
  } catch (error) {
    console.warn('the kept training could not be deleted', error);
  }
}
