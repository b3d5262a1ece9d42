/** What the training's controls show: who is taught, how far it is, what went wrong. */
import type { Model } from '../models/models';
import { button, element } from '../shell/page';
import type { Pix2Pix, TrainStep } from '../package/client';
import type { Failure } from './failure';
import type { Lesson } from './lesson';
import type { MemoryAdvice } from './memory';
import type { Phase } from '../shell/page-state';
import { update } from '../shell/render';
import { hasDiscriminator } from './trainer';
import { words } from '../words/current';

export class TrainingView {
  readonly #step = element('train-step', HTMLElement);
  readonly #rate = element('train-rate', HTMLElement);
  readonly #progress = element('train-progress', HTMLProgressElement);
  readonly #status = element('train-status', HTMLElement);
  readonly #message = element('train-message', HTMLElement);
  readonly #beingTaught = element('being-taught', HTMLAnchorElement);

  phase(phase: Phase, lesson: Lesson | undefined, stopping: boolean): void {
    update({ training: phase, stopping, lesson: lesson !== undefined });
    button('train-start').textContent = lesson === undefined || phase === 'idle' ? words.training.start : words.training.goOn;
    button('train-pause').textContent = phase === 'paused' ? words.training.resume : words.training.pause;
    if (phase === 'preparing') this.#progress.removeAttribute('value');
    this.say(lesson === undefined ? '' : statusOf(phase, lesson, stopping));
    this.#showOnDrawSide(phase, lesson);
  }

  /** A word on what goes on, for the screen reader too. */
  say(text: string): void {
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  /** Where the lesson stands, without a step that has just been made. */
  stands(lesson: Lesson): void {
    this.#step.dataset.step = String(lesson.step);
    this.#step.textContent = words.training.step(lesson.step, lesson.target);
    this.#progress.max = Math.max(1, lesson.target - lesson.from);
    this.#progress.value = lesson.step - lesson.from;
    this.#rate.textContent = '';
  }

  /** The step up to which it is kept on this device; undefined where it is not. */
  kept(step: number | undefined): void {
    const kept = element('train-kept', HTMLElement);
    kept.hidden = step === undefined;
    kept.dataset.step = String(step ?? 0);
    kept.textContent = words.training.keptUpTo(step ?? 0);
  }

  stepped({ imagesPerSecond, secondsLeft }: TrainStep, phase: Phase, lesson: Lesson): void {
    this.stands(lesson);
    const left = secondsLeft === undefined || secondsLeft === 0 ? '' : words.training.left(duration(secondsLeft));
    this.#rate.textContent = words.training.rate(imagesPerSecond) + left;
    this.#showOnDrawSide(phase, lesson);
  }

  /** The model that is taught, or would be. */
  who(model: Model, loaded: Pix2Pix | undefined): void {
    const who = element('taught-model', HTMLElement);
    const aside = element('taught-discriminator', HTMLElement);
    if (loaded === undefined) {
      who.textContent = words.training.waitingForModel;
      aside.textContent = '';
      return;
    }
    const { parameters, device } = loaded.info;
    const name = document.createElement('strong');
    name.textContent = model.name;
    who.replaceChildren(words.training.modelToTeach, name, words.training[device === 'cpu' ? 'onCpu' : 'onGpu'](parameters));
    aside.textContent =
      hasDiscriminator(loaded) || model.discriminator !== undefined
        ? words.training.hasDiscriminator
        : words.training.noDiscriminator;
  }

  /** Why it can't start yet, or how much memory it takes. */
  advise(advice: string | MemoryAdvice): void {
    const note = element('train-memory', HTMLElement);
    note.textContent = typeof advice === 'string' ? advice : advice.text;
    note.toggleAttribute('data-warning', typeof advice !== 'string' && !advice.enough);
  }

  alert(failure: Failure | undefined): void {
    this.#message.hidden = failure === undefined;
    if (failure === undefined) return;
    const code = document.createElement('code');
    code.textContent = failure.code;
    this.#message.replaceChildren(code, ` ${failure.text}`);
  }

  /** Below the picture that is drawn: who draws with it should know that it changes. */
  #showOnDrawSide(phase: Phase, lesson: Lesson | undefined): void {
    const texts: Partial<Record<Phase, string>> = lesson && {
      preparing: words.training.aboutToBeTaught,
      running: words.training.beingTaught(lesson.step, lesson.target),
      paused: words.training.isPaused(lesson.step, lesson.target),
      ...(!lesson.saved && lesson.step > lesson.from && { done: words.training.taught(lesson.step - lesson.from) }),
    } || {};
    const text = texts[phase];
    this.#beingTaught.hidden = text === undefined;
    this.#beingTaught.textContent = text ?? '';
  }
}

function statusOf(phase: Phase, { step, from, target, saved }: Lesson, stopping: boolean): string {
  if (stopping) return words.training.stopping;
  switch (phase) {
    case 'idle':
      return '';
    case 'preparing':
      return words.training.preparing;
    case 'running':
      return words.training.learning;
    case 'paused':
      return words.training.paused;
    case 'failed':
      return words.training.failed;
    case 'done':
      return (step < target ? words.training.stoppedAfter(step - from) : words.training.done) + (saved ? '' : words.training.whatNow);
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return words.training.seconds(Math.ceil(seconds));
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? words.training.minutes(minutes) : words.training.hours(minutes / 60);
}
