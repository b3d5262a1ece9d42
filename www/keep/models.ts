/** Models that were taught here and saved: kept on the device, and listed beside the bundled ones. */
import { samplesWith } from '../labels/samples';
import { type KeptModel, MODELS, type Model, START_MODEL } from '../models/models';
import { linesAlone } from '../models/samples';
import { database, readKept } from './database';
import { tellTabs } from './news';
import { words } from '../words/current';

/** Oldest first. None where storage is refused: the page then has the bundled models alone. */
export async function readKeptModels(): Promise<Model[]> {
  const kept = await readKept('the kept models', [], (db) => db.getAll('models'));
  return kept.sort((a, b) => a.saved.getTime() - b.saved.getTime()).map(modelOf);
}

/** Keeps a model, also one that was deleted. @throws where there is no room, or storage is refused. */
export async function keepModel(model: KeptModel): Promise<Model> {
  await (await database()).put('models', model);
  tellTabs('models', null);
  return modelOf(model);
}

/** Deletes it, and gives what it takes to put it back. */
export async function forgetModel(id: string): Promise<KeptModel | undefined> {
  const db = await database();
  const model = await db.get('models', id);
  await db.delete('models', id);
  tellTabs('models', null);
  return model;
}

/** What was learned from a bundled model stays under that model's licence. */
function modelOf({ id, name, taughtFrom, hints, spreadHints, labels, licence, steps, file }: KeptModel): Model {
  const bundled = MODELS.find((model) => model.id === taughtFrom.id);
  const { samples, labelSamples = [] } = bundled ?? START_MODEL;
  return {
    id,
    name,
    about: words.modelList.taughtHere(taughtFrom.name, steps),
    bytes: file.size,
    source: file,
    ...(hints === true && { hints }),
    ...(spreadHints === true && { spreadHints }),
    ...((bundled?.licence ?? licence) && { licence: bundled?.licence ?? licence }),
    ...(bundled?.card && { card: bundled.card }),
    // Its own, where it has one, lies in its file.
    ...(bundled?.discriminator && { discriminator: bundled.discriminator }),
    taughtFrom,
    ...(labels && { labels, labelSamples: samplesWith(labels, labelSamples) }),
    samples: hints === true ? samples : linesAlone(samples),
  };
}
