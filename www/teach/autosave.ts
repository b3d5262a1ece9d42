/** Keeps the training as it goes, so that a closed page or a crash costs little. */
import type { Pix2Pix } from '../package/client';
import { keepCheckpoint } from '../keep/training';
import type { Lesson } from './lesson';

/** A checkpoint holds all weights three times and more: 163 MB at ngf 32. Steps would write it hundreds of times an hour. */
const EVERY_MS = 120_000;

/** What is new is kept sooner, so that a mishap early on leaves something. */
const FIRST_MS = 10_000;

/** Keeping takes at most one part in so many of the time. */
const ONE_PART_IN = 10;

export interface AutosaveEvents {
  saved(): void;
  failed(error: unknown): void;
}

export class Autosave {
  readonly #events: AutosaveEvents;
  #at = 0;
  #took = 0;
  #every = FIRST_MS;
  #hurry = false;

  constructor(events: AutosaveEvents) {
    this.#events = events;
  }

  /** A training begins, or goes on. */
  begin(): void {
    this.#every = FIRST_MS;
    this.#rest();
  }

  /** Keep it at the next chance. */
  hurry(): void {
    this.#hurry = true;
  }

  get isDue(): boolean {
    const since = performance.now() - this.#at;
    return this.#hurry || (since >= this.#every && since >= ONE_PART_IN * this.#took);
  }

  async save(model: Pix2Pix, lesson: Lesson): Promise<void> {
    const began = performance.now();
    const file = await model.save({ what: 'checkpoint' });
    try {
      await keepCheckpoint(lesson, file);
      this.#events.saved();
    } catch (error) {
      this.#events.failed(error);
    }
    this.#every = EVERY_MS;
    this.#rest();
    this.#took = this.#at - began;
  }

  #rest(): void {
    this.#at = performance.now();
    this.#hurry = false;
  }
}
