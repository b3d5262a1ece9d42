/** Choices that survive a reload. */
import type { DeviceChoice } from '../package/client';
import type { Half, SquareFit } from '../teach/pictures';
import type { Settings as TrainingSettings } from '../teach/settings';
import { type Database, database, readKept } from './database';

export interface Settings {
  readonly model?: string;
  readonly device?: DeviceChoice;
  readonly penWidth?: number;
  readonly hintWidth?: number;
  readonly eraserWidth?: number;
  readonly labelWidth?: number;
  readonly ownColour?: string;
  readonly autoColour?: boolean;
  readonly singleKeys?: boolean;
}

/** How pairs are made and how they are taught. */
export interface TeachingChoices {
  readonly strength?: number;
  readonly fit?: SquareFit;
  readonly sketchOn?: Half;
  readonly training?: TrainingSettings;
}

export const readSettings = async (): Promise<Settings> => (await readKept('the settings', undefined, (db) => db.get('settings', 'all'))) ?? {};
export const readChoices = async (): Promise<TeachingChoices> => (await readKept('the choices', undefined, (db) => db.get('choices', 'all'))) ?? {};
export const writeSettings = (settings: Settings): Promise<void> => write((db) => db.put('settings', settings, 'all'));
export const writeChoices = (choices: TeachingChoices): Promise<void> => write((db) => db.put('choices', choices, 'all'));

/** Storage can be refused (private windows, full disks): the page then works without it. */
async function write(put: (db: Database) => Promise<unknown>): Promise<void> {
  try {
    await put(await database());
  } catch (error) {
    console.warn('the settings could not be kept', error);
  }
}
