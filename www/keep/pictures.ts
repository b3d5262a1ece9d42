/** The last pictures and those with a name, each with the drawing that it was made of. Every tab of the page has the same ones. */
import type { Origin } from '../models/models';
import { database, inTransaction, readKept } from './database';
import { type Drawings, type KeptDrawings, packed } from './drawings';
import { tellTabs } from './news';

export interface KeptPicture extends KeptDrawings {
  /** A PNG, pixel for pixel as the network made it. */
  readonly picture: Blob;
  /** The model that made it. */
  readonly by: Origin;
  /** What the visitor calls it. It stays as long as it has a name. */
  readonly name?: string;
}

/** Older ones without a name are let go of. */
const MOST = 24;

/** The newest first. None where storage is refused. */
export async function readPictures(): Promise<KeptPicture[]> {
  const kept = await readKept('the last pictures', [], (db) => db.getAllFromIndex('pictures', 'at'));
  return kept.reverse();
}

/** The id of the one that is this very picture by this model, if it is kept. */
export async function idOf(picture: Blob, by: Origin): Promise<string | undefined> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  for (const kept of await readPictures()) {
    if (kept.by.id !== by.id || kept.picture.size !== picture.size) continue;
    const others = new Uint8Array(await kept.picture.arrayBuffer());
    if (others.every((byte, i) => byte === bytes[i])) return kept.id;
  }
  return undefined;
}

/** Packs a drawing beside its picture. */
export function keptPicture(picture: Omit<KeptPicture, 'sketch' | 'maps'>, { sketch, maps }: Drawings): KeptPicture {
  return { ...picture, ...(sketch && { sketch: packed(sketch) }), ...(maps && { maps }) };
}

/**
 * Keeps a picture, in the place of one with its id and by its name, and lets go of the oldest without one.
 * @throws where there is no room, or storage is refused.
 */
export async function keepPicture(picture: KeptPicture): Promise<void> {
  await inTransaction(['pictures'], async ({ store }) => {
    const all = await store.index('at').getAll();
    const others = all.filter(({ id, name }) => id !== picture.id && name === undefined);
    const oldest = others.slice(0, Math.max(0, others.length + 1 - MOST));
    const name = all.find(({ id }) => id === picture.id)?.name;
    await Promise.all([...oldest.map(({ id }) => store.delete(id)), store.put({ ...(name !== undefined && { name }), ...picture })]);
  });
  tellTabs('pictures', null);
}

/** The picture by another name, or without one. */
export function renamed({ name: _, ...picture }: KeptPicture, name: string | undefined): KeptPicture {
  return name === undefined ? picture : { ...picture, name };
}

/** Gives a picture that is kept a name, or takes it away where there is none. @throws where storage is refused. */
export async function namePicture(id: string, name: string | undefined): Promise<void> {
  await inTransaction(['pictures'], async ({ store }) => {
    const kept = await store.get(id);
    if (kept !== undefined) await store.put(renamed(kept, name));
  });
  tellTabs('pictures', null);
}

export async function forgetPicture(id: string): Promise<void> {
  await (await database()).delete('pictures', id);
  tellTabs('pictures', null);
}
