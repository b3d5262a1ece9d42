/** What is looked at while a model learns: tests on the held-out pairs, curves, the pair of a step. */
import { element } from '../shell/page';
import type { TrainStep } from '../package/client';
import { Curves } from './curves';
import { Share, test } from './evaluation';
import { type Lesson, spreadsHints } from './lesson';
import type { Pair } from './pair';
import { Previews } from './previews';
import { showStepPair } from './step-pair';
import type { Training } from './trainer';

/** Looking must not slow the learning: at most 15% of the time together. */
const TESTS = { share: 0.1, everySteps: 10 };
const STEP_PAIRS = { share: 0.05, everySteps: 5 };

export class Watch {
  readonly #previews = new Previews();
  readonly #curves = new Curves();
  readonly #tests = new Share(TESTS.share, TESTS.everySteps);
  readonly #stepPairs = new Share(STEP_PAIRS.share, STEP_PAIRS.everySteps);
  readonly #pictureIsOld: () => void;
  /** Whether the Teach tab is in sight. */
  visible = false;

  /** `pictureIsOld`: the other side's picture could be repainted. */
  constructor(pictureIsOld: () => void) {
    this.#pictureIsOld = pictureIsOld;
  }

  /** The frames for this lesson's pictures and curves, or nothing where there is none. */
  show(lesson: Lesson | undefined, heldOut: readonly Pair[]): void {
    element('lesson', HTMLElement).hidden = lesson === undefined;
    element('nothing-held-out', HTMLElement).hidden = heldOut.length > 0;
    element('step-pair', HTMLElement).hidden = true;
    if (lesson === undefined) return;
    this.#previews.begin(heldOut);
    this.#previews.showMean(lesson);
    this.#curves.show(lesson.history, lesson.from);
  }

  /** Tests the model as it is, so that there is something to compare with. */
  async begin({ model, lesson, heldOut, signal }: Training): Promise<void> {
    this.show(lesson, heldOut);
    const untested = heldOut.filter(({ id }) => !lesson.before.has(id));
    await test(model, untested, ({ id }, { output, l1 }) => lesson.before.set(id, { output, l1 }), {
      signal,
      spreadHints: lesson.base.spreadHints,
    });
    if (!signal.aborted) await this.look({ model, lesson, heldOut });
    this.#tests.begin(lesson.step);
    this.#stepPairs.begin(lesson.step);
  }

  /** The newest curves. */
  stepped({ history, from }: Lesson): void {
    if (this.visible) this.#curves.show(history, from);
  }

  /** Nobody looks at a page that is out of sight. */
  async between(step: TrainStep, training: Training): Promise<void> {
    if (document.visibilityState === 'hidden') return;
    if (!this.visible) {
      if (this.#tests.isDue(step.step)) await this.#tests.take(step.step, async () => this.#pictureIsOld());
      return;
    }
    if (this.#stepPairs.isDue(step.step)) {
      await this.#stepPairs.take(step.step, async () => showStepPair(await step.preview(), step.step));
    }
    if (this.#tests.isDue(step.step)) await this.#tests.take(step.step, () => this.look(training));
  }

  /** What there is to see at the end, and in a pause. */
  async resting(training: Training): Promise<void> {
    await this.look(training);
    this.#pictureIsOld();
  }

  /** Tests it on the held-out pairs, and shows what it makes of them. */
  async look({ model, lesson, heldOut }: Pick<Training, 'model' | 'lesson' | 'heldOut'>): Promise<void> {
    if (heldOut.length > 0) {
      const l1 = await test(model, heldOut, (pair, evaluation) => this.#previews.show(pair, evaluation, lesson), {
        spreadHints: spreadsHints(lesson),
      });
      const tests = lesson.history.heldOut;
      if (l1 !== undefined && tests.at(-1)?.step !== lesson.step) tests.push({ step: lesson.step, l1 });
    }
    this.#previews.showMean(lesson);
    this.#curves.show(lesson.history, lesson.from);
  }
}
