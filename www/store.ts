/** What survives a reload: the sketch with its history, and the settings. Kept on the device, in IndexedDB. */
import { createStore, get, set } from 'idb-keyval';
import type { DeviceChoice } from '../pkg/client.js';
import type { Sketch } from './sketch';
import type { Half, SquareFit } from './teach/pictures';
import type { Settings as TrainingSettings } from './teach/settings';

export interface Settings {
  readonly model?: string;
  readonly device?: DeviceChoice;
  readonly penWidth?: number;
  readonly hintWidth?: number;
  readonly eraserWidth?: number;
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

/** Raised when the shape of what is kept changes; older sketches are then left alone. */
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
export const readSettings = async (): Promise<Settings> => (await read<Settings>('settings')) ?? {};
export const writeSettings = (settings: Settings): Promise<void> => write('settings', settings);
export const readChoices = async (): Promise<TeachingChoices> => (await read<TeachingChoices>('teaching')) ?? {};
export const writeChoices = (choices: TeachingChoices): Promise<void> => write('teaching', choices);

/** Keeps the newest sketch a moment after the last change, and at once when the page is left. */
export class SketchKeeper {
  static readonly #DELAY_MS = 250;
  #take: (() => Sketch) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const leave = (): void => {
      if (document.visibilityState === 'hidden') void this.#write();
    };
    document.addEventListener('visibilitychange', leave);
    window.addEventListener('pagehide', () => void this.#write());
  }

  keep(take: () => Sketch): void {
    this.#take = take;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#write(), SketchKeeper.#DELAY_MS);
  }

  async #write(): Promise<void> {
    const take = this.#take;
    if (take === undefined) return;
    this.#take = undefined;
    clearTimeout(this.#timer);
    await write('sketch', take());
  }
}
