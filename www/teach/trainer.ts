/** The training: prepare, step, pause, stop, autosave. Knows nothing of the page; what happens is told as events. */
import { isLost } from '../package/contract/lost';
import { type Phase, trains } from '../shell/page-state';
import type { Pair as LibraryPair, Pix2Pix, Skipped, TrainStep } from '../package/client';
import { Autosave } from './autosave';
import { kernelsOf, type Lesson, learn, sketchOptions } from './lesson';
import type { Pair } from './pair';
import { trainOptions } from './settings';
import { words } from '../words/current';

export interface TrainerEvents {
  phase(phase: Phase): void;
  /** What is being done before the first step, and after the last. */
  doing(what: string): void;
  /** Before the first step, with the model as it is. */
  begin(training: Training): Promise<void>;
  stepped(step: TrainStep, lesson: Lesson): void;
  /** Between two steps; the next one waits for it. */
  between(step: TrainStep, training: Training): Promise<void>;
  /** It rests: after the last step, or in a pause. */
  resting(training: Training): Promise<void>;
  skipped(skipped: Skipped): void;
  saved(): void;
  notKept(error: unknown): void;
  failed(error: unknown): void;
}

/** A training that runs: who is taught, what from, and how it is tested. */
export interface Training {
  readonly model: Pix2Pix;
  readonly lesson: Lesson;
  readonly learned: readonly Pair[];
  readonly heldOut: readonly Pair[];
  /** Aborted when the visitor stops it. */
  readonly signal: AbortSignal;
}

/** Models that have a discriminator by now that did not come in their own file. */
const withDiscriminator = new WeakSet<Pix2Pix>();

export function hasDiscriminator(model: Pix2Pix): boolean {
  return model.info.ndf !== undefined || withDiscriminator.has(model);
}

export class Trainer {
  readonly #events: TrainerEvents;
  readonly #autosave: Autosave;
  #phase: Phase = 'idle';
  #stop = new AbortController();
  #resume: (() => void) | undefined;

  constructor(events: TrainerEvents) {
    this.#events = events;
    this.#autosave = new Autosave({ saved: () => events.saved(), failed: (error) => events.notKept(error) });
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether the model is being taught: it must not be put away. */
  get active(): boolean {
    return trains({ training: this.#phase });
  }

  /** Teaches up to the lesson's target, and resolves when that, a stop or a failure has ended it. */
  async teach(model: Pix2Pix, lesson: Lesson, learned: readonly Pair[], heldOut: readonly Pair[]): Promise<void> {
    this.#stop = new AbortController();
    const training: Training = { model, lesson, learned, heldOut, signal: this.#stop.signal };
    const began = lesson.step;
    this.#enter('preparing');
    try {
      await this.#prepare(training);
      await this.#steps(training);
    } catch (error) {
      if (this.#stop.signal.aborted && !isLost(error)) return this.#finish(training, began);
      // What was learned before a mishap is as good as after a stop.
      if (!isLost(error) && lesson.step > began && !(await this.#keep(training))) return;
      return this.#fail(error);
    }
    await this.#finish(training, began);
  }

  pause(): void {
    if (this.#phase === 'running') this.#enter('paused');
  }

  resume(): void {
    if (this.#phase !== 'paused') return;
    this.#enter('running');
    this.#resume?.();
  }

  stop(): void {
    this.#stop.abort(new DOMException('the training was stopped', 'AbortError'));
    this.#resume?.();
  }

  get stopping(): boolean {
    return this.active && this.#stop.signal.aborted;
  }

  /** The page is put out of sight, and may not come back: keep what was learned after this step. */
  leave(): void {
    if (this.active) this.#autosave.hurry();
  }

  /** There is nothing to teach on with: another model is in use. */
  reset(): void {
    this.#enter('idle');
  }

  /** A training that was kept has nothing left to learn. */
  adoptFinished(): void {
    this.#enter('done');
  }

  async #prepare({ model, lesson, signal }: Training): Promise<void> {
    const { base, settings } = lesson;
    // The engine says whether the file had one; it goes on with that.
    if (settings.discriminator && base.discriminator !== undefined && !hasDiscriminator(model)) {
      this.#events.doing(words.training.discriminator);
      await model.loadDiscriminator(base.discriminator, { signal });
      withDiscriminator.add(model);
    }
  }

  async #steps(training: Training): Promise<void> {
    const { model, lesson, learned, signal } = training;
    await this.#events.begin(training);
    signal.throwIfAborted();
    this.#events.doing(words.training.pairs(learned.length));
    const goesOn = lesson.step > lesson.from || model.info.step > 0;
    lesson.sketches = sketchOptions(lesson, learned);
    const steps = model.train(learned.map(libraryPair), {
      ...trainOptions(lesson.settings, goesOn),
      ...lesson.sketches,
      kernels: kernelsOf(lesson),
      steps: lesson.target - lesson.step,
      signal,
      onSkip: (skipped) => this.#events.skipped(skipped),
    });
    this.#autosave.begin();
    this.#enter('running');
    for await (const step of steps) {
      if (step.losses.discriminator !== undefined) withDiscriminator.add(model);
      learn(lesson, step);
      this.#events.stepped(step, lesson);
      if (signal.aborted) continue; // The library ends the loop, and what follows it looks and keeps.
      if (this.#phase !== 'paused') await this.#events.between(step, training);
      if (this.#pausedNow) await this.#pause(training);
      else if (this.#autosave.isDue) await this.#autosave.save(model, lesson);
    }
  }

  /** Asked again, since the visitor may pause or resume while something is awaited. */
  get #pausedNow(): boolean {
    return this.#phase === 'paused' && !this.#stop.signal.aborted;
  }

  async #pause(training: Training): Promise<void> {
    await this.#autosave.save(training.model, training.lesson);
    await this.#events.resting(training);
    while (this.#pausedNow) await new Promise<void>((go) => (this.#resume = go));
  }

  /** A stop before the first step leaves everything as it was. */
  async #finish(training: Training, began: number): Promise<void> {
    const { step, from } = training.lesson;
    if (step === began) return this.#enter(step > from ? 'done' : 'idle');
    if (await this.#keep(training)) this.#enter('done');
  }

  /** Keeps what was learned, and tests it then: tests take a while, and the page may be closed. */
  async #keep(training: Training): Promise<boolean> {
    try {
      this.#events.doing(words.training.saving);
      await this.#autosave.save(training.model, training.lesson);
      this.#events.doing(words.training.testing);
      await this.#events.resting(training);
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#enter('failed');
    this.#events.failed(error);
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#events.phase(phase);
  }
}

export function libraryPair({ name, input, target }: Pair): LibraryPair {
  return { name, input, target };
}
