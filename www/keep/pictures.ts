/** The last pictures, each with the drawing that it was made of. Every tab of the page has the same ones. */
import type { Origin } from '../models/models';
import { database, readKept } from './database';
import { type Drawings, type KeptDrawings, packed } from './drawings';
import { tellTabs } from './news';

export interface KeptPicture extends KeptDrawings {
  /** A PNG, pixel for pixel as the network made it. */
  readonly picture: Blob;
  /** The model that made it. */
  readonly by: Origin;
}

/** Older ones are let go of. */
const MOST = 24;

/** The newest first. None where storage is refused. */
export async function readPictures(): Promise<KeptPicture[]> {
  const kept = await readKept('the last pictures', [], (db) => db.getAllFromIndex('pictures', 'at'));
  return kept.reverse();
}

/** Packs a drawing beside its picture. */
export function keptPicture(picture: Omit<KeptPicture, 'sketch' | 'maps'>, { sketch, maps }: Drawings): KeptPicture {
  return { ...picture, ...(sketch && { sketch: packed(sketch) }), ...(maps && { maps }) };
}

/** Keeps a picture, in the place of one with its id, and lets go of the oldest. @throws where there is no room, or storage is refused. */
export async function keepPicture(picture: KeptPicture): Promise<void> {
  const transaction = (await database()).transaction('pictures', 'readwrite');
  const { store } = transaction;
  const others = (await store.index('at').getAllKeys()).filter((id) => id !== picture.id);
  const oldest = others.slice(0, Math.max(0, others.length + 1 - MOST));
  await Promise.all([...oldest.map((id) => store.delete(id)), store.put(picture), transaction.done]);
  tellTabs('pictures', null);
}

export async function forgetPicture(id: string): Promise<void> {
  await (await database()).delete('pictures', id);
  tellTabs('pictures', null);
}
