/** Keeps the training as it goes, so that a closed page or a crash costs little. */
import type { Pix2Pix } from '../../pkg/client.js';
import { keepCheckpoint } from './checkpoint';
import type { Lesson } from './lesson';

/** Whichever comes first. */
const EVERY_STEPS = 25;
const EVERY_MS = 60_000;

/** Keeping takes at most one part in so many of the time: checkpoints of large models have hundreds of megabytes. */
const ONE_PART_IN = 10;

export interface AutosaveEvents {
  saved(): void;
  failed(error: unknown): void;
}

export class Autosave {
  readonly #events: AutosaveEvents;
  #step = 0;
  #at = 0;
  #took = 0;
  #hurry = false;

  constructor(events: AutosaveEvents) {
    this.#events = events;
  }

  begin(step: number): void {
    this.#step = step;
    this.#at = performance.now();
    this.#hurry = false;
  }

  /** Keep it at the next chance. */
  hurry(): void {
    this.#hurry = true;
  }

  isDue(step: number): boolean {
    if (this.#hurry) return true;
    const since = performance.now() - this.#at;
    return (step - this.#step >= EVERY_STEPS || since >= EVERY_MS) && since >= ONE_PART_IN * this.#took;
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
    this.begin(lesson.step);
    this.#took = this.#at - began;
  }
}
