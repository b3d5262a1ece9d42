/** What survives a reload: sketch and maps with their histories, and the settings. Kept on the device, in IndexedDB. */
import { createStore, get, set } from 'idb-keyval';
import type { DeviceChoice } from '../pkg/client.js';
import type { Maps } from './label-pad';
import type { Sketch } from './sketch';
import type { Half, SquareFit } from './teach/pictures';
import type { Settings as TrainingSettings } from './teach/settings';

export interface Settings {
  readonly model?: string;
  readonly device?: DeviceChoice;
  readonly penWidth?: number;
  readonly hintWidth?: number;
  readonly eraserWidth?: number;
  readonly labelWidth?: number;
  readonly ownColour?: string;
  readonly autoColour?: boolean;
}

/** How pairs are made and how they are taught. */
export interface TeachingChoices {
  readonly strength?: number;
  readonly fit?: SquareFit;
  readonly sketchOn?: Half;
  readonly training?: TrainingSettings;
}

/** Raised when the shape of what is kept changes; older drawings are then left alone. */
const VERSION = 1;

interface Kept<T> {
  readonly version: number;
  readonly value: T;
}

const store = createStore('pix2pix-web', 'kept');

/** Storage can be refused (private windows, full disks): the page then works without it. */
async function read<T>(key: string): Promise<T | undefined> {
  try {
    const kept = await get<Kept<T>>(key, store);
    return kept?.version === VERSION ? kept.value : undefined;
  } catch (error) {
    console.warn(`nothing kept could be read (${key})`, error);
    return undefined;
  }
}

async function write<T>(key: string, value: T): Promise<void> {
  try {
    await set(key, { version: VERSION, value } satisfies Kept<T>, store);
  } catch (error) {
    console.warn(`it could not be kept (${key})`, error);
  }
}

export const readSketch = (): Promise<Sketch | undefined> => read<Sketch>('sketch');
export const writeSketch = (sketch: Sketch): Promise<void> => write('sketch', sketch);
export const readMaps = (): Promise<Maps | undefined> => read<Maps>('maps');
export const writeMaps = (maps: Maps): Promise<void> => write('maps', maps);
export const readSettings = async (): Promise<Settings> => (await read<Settings>('settings')) ?? {};
export const writeSettings = (settings: Settings): Promise<void> => write('settings', settings);
export const readChoices = async (): Promise<TeachingChoices> => (await read<TeachingChoices>('teaching')) ?? {};
export const writeChoices = (choices: TeachingChoices): Promise<void> => write('teaching', choices);

/** Keeps the newest of what is drawn a moment after the last change, and at once when the page is left. */
export class Keeper<T> {
  static readonly #DELAY_MS = 250;
  readonly #write: (value: T) => Promise<void>;
  #take: (() => T) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(write: (value: T) => Promise<void>) {
    this.#write = write;
    const leave = (): void => {
      if (document.visibilityState === 'hidden') this.#now();
    };
    document.addEventListener('visibilitychange', leave);
    window.addEventListener('pagehide', () => this.#now());
  }

  keep(take: () => T): void {
    this.#take = take;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#now(), Keeper.#DELAY_MS);
  }

  #now(): void {
    const take = this.#take;
    if (take === undefined) return;
    this.#take = undefined;
    clearTimeout(this.#timer);
    void this.#write(take());
  }
}
