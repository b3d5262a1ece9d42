/** The Teach tab: pairs, training, and what comes of it, wired together. */
import './teach.css';
import type { Brought } from '../shell/brought';
import { whyNotKept } from '../keep/database';
import { isLost } from '../package/contract/lost';
import { fetchAhead } from '../shell/model-cache';
import { addMarkup } from '../shell/markup';
import type { Phase } from '../shell/page-state';
import { pageState, update } from '../shell/render';
import { type Model, START_MODEL } from '../models/models';
import { element, onClick } from '../shell/page';
import { readChoices, type TeachingChoices, writeChoices } from '../keep/settings';
import type { Studio } from './page';
import type { Pix2Pix, TrainStep } from '../package/client';
import { markUndone, readBase } from '../keep/training';
import { explain } from './failure';
import { Keeping, type Taught } from './keeping';
import { type Checkpoint, type Lesson, newLesson, spreadsHints } from './lesson';
import { adviseOnMemory } from './memory';
import { PairsSection } from './pairs-section';
import { SettingsForm, settingsFor } from './settings';
import { letGoOfTeaching, takeTeaching } from '../keep/one-tab';
import { Trainer, type Training } from './trainer';
import markup from './teach.html?raw';
import { TrainingView } from './training-view';
import { WakeLock } from './wake';
import { Watch } from './watch';
import { words } from '../words/current';

export async function openTeachTab(studio: Studio): Promise<TeachTab> {
  const choices = await readChoices();
  addMarkup(element('panel-teach', HTMLElement), markup);
  const tab = new TeachTab(studio, choices);
  await tab.restore();
  return tab;
}

export class TeachTab {
  readonly #studio: Studio;
  readonly #section: PairsSection;
  readonly #view = new TrainingView();
  readonly #watch: Watch;
  readonly #wake = new WakeLock();
  readonly #form: SettingsForm;
  readonly #keeping: Keeping;
  readonly #trainer: Trainer;
  #lesson: Lesson | undefined;
  /** The model that the lesson is about. */
  #model: Pix2Pix | undefined;
  /** The step up to which the lesson is kept on the device. */
  #kept: number | undefined;
  #crashed = false;
  #advised = 0;

  constructor(studio: Studio, choices: TeachingChoices) {
    this.#studio = studio;
    this.#watch = new Watch(studio.pictureIsOld);
    const { strength = 0.5, fit = 'cover', sketchOn = 'left', training } = choices;
    this.#form = new SettingsForm({ changed: () => this.#settingsChanged(), submitted: () => void this.#start() });
    if (training !== undefined) this.#form.show(training);
    this.#trainer = new Trainer({
      phase: (phase) => this.#phase(phase),
      doing: (what) => this.#view.say(`${what}…`),
      begin: (training) => this.#begin(training),
      stepped: (step, lesson) => this.#stepped(step, lesson),
      between: (step, training) => this.#watch.between(step, training),
      resting: (training) => this.#watch.resting(training),
      skipped: ({ name, message }) => this.#view.alert({ code: words.training.skippedCode, text: `${name}: ${message}` }),
      saved: () => this.#keptUpTo(this.#lesson?.step),
      notKept: (error) => this.#view.alert({
        code: words.training.notKeptCode,
        text: words.training.notKept(whyNotKept(error)),
      }),
      failed: (error) => this.#failed(error),
    });
    const taught = { side: () => studio.translator.size, model: () => studio.inUse.model };
    this.#section = new PairsSection({ strength, fit, sketchOn }, taught, {
      changed: () => this.#pairsChanged(),
      chosen: () => this.#keepChoices(),
    });
    this.#keeping = new Keeping(studio, this.#section.pairs, () => this.#taught, {
      saved: () => {
        this.#keptUpTo(undefined);
        this.#phase(this.#trainer.phase);
      },
      undo: () => void this.#undo(),
      busy: (busy) => {
        update({ writing: busy });
        this.#lockModel();
        void this.#advise();
      },
    });
    onClick('train-pause', () => (this.#trainer.phase === 'paused' ? this.#trainer.resume() : this.#trainer.pause()));
    onClick('train-stop', () => {
      this.#trainer.stop();
      this.#phase(this.#trainer.phase);
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.#trainer.leave();
    });
    window.addEventListener('pagehide', () => this.#trainer.leave());
    this.modelChanged();
  }

  restore(): Promise<void> {
    return this.#section.restore();
  }

  show(visible: boolean): void {
    this.#watch.visible = visible;
    const { discriminator } = this.#studio.inUse.model;
    if (!visible) return;
    if (discriminator !== undefined) void fetchAhead(discriminator);
    if (this.#lesson !== undefined) this.#watch.stepped(this.#lesson);
  }

  take(files: readonly Brought[]): void {
    this.#section.take(files);
  }

  /** Another model is in use, or the same again: nothing that was learned before is in it. */
  modelChanged(): void {
    this.#lesson = undefined;
    this.#model = undefined;
    letGoOfTeaching();
    this.#keeping.reset();
    // Loaded again after a crash: what happened stays in sight.
    if (!this.#crashed) {
      this.#trainer.reset();
      this.#view.alert(undefined);
    }
    this.#crashed = false;
    this.#watch.show(this.#lesson, this.#section.pairs.heldOut);
    this.show(this.#watch.visible);
    void this.#advise();
    void this.#studio.unfinished.look();
  }

  /** Goes on with a training that was kept. */
  async continue(checkpoint: Checkpoint): Promise<void> {
    const { file, undone, base: origin, ...progress } = checkpoint;
    const listed = this.#studio.models().find(({ id }) => id === origin.id && id !== 'own');
    const base = listed ?? (await readBase(progress.id).catch(() => undefined)) ?? withoutItsFile(checkpoint);
    if (!(await this.#studio.inUse.use(base, { from: file }))) return void this.#studio.unfinished.look();
    this.#studio.unfinished.hide();
    const model = this.#studio.translator.model;
    if (model === undefined) return;
    if (!(await takeTeaching())) return this.#view.alert(ELSEWHERE);
    const lesson: Lesson = { ...progress, base };
    [this.#lesson, this.#model] = [lesson, model];
    this.#keptUpTo(lesson.step);
    this.#form.show(lesson.settings);
    this.#paintAs(lesson);
    this.#view.stands(lesson);
    this.#view.alert(undefined);
    if (undone) await markUndone(lesson.id, false);
    if (!undone && lesson.step < lesson.target) return this.#teach(model, lesson);
    this.#trainer.adoptFinished();
    this.#watch.show(this.#lesson, this.#section.pairs.heldOut);
    await this.#watch.look({ model, lesson, heldOut: this.#section.pairs.heldOut });
  }

  get #taught(): Taught {
    const [lesson, model] = [this.#lesson, this.#model];
    const usable = lesson !== undefined && model !== undefined && model === this.#studio.translator.model;
    return usable && lesson.step > lesson.from ? { model, lesson } : undefined;
  }

  async #start(): Promise<void> {
    if (!(await this.#studio.unfinished.mayBeReplaced())) return;
    const model = this.#studio.translator.model;
    const chosen = this.#form.read();
    if (model === undefined || chosen === undefined || this.#trainer.active || pageState().writing) return;
    const settings = settingsFor(chosen, model.info);
    if (this.#studio.inUse.loading) return this.#view.advise(words.training.otherLoads);
    if (!(await takeTeaching())) return this.#view.alert(ELSEWHERE);
    const goesOn = this.#lesson !== undefined && this.#model === model;
    const lesson = goesOn && this.#lesson ? this.#lesson : newLesson(this.#studio.inUse.model, model.info.step, settings);
    lesson.settings = settings;
    lesson.target = lesson.step + settings.steps;
    [this.#lesson, this.#model] = [lesson, model];
    if (!goesOn) this.#keptUpTo(undefined);
    this.#view.alert(undefined);
    this.#view.stands(lesson);
    this.#studio.unfinished.hide();
    await this.#teach(model, lesson);
  }

  /** The picture on the Draw tab is by the model that is taught, whatever ground that learns. */
  #paintAs(lesson: Lesson): void {
    const { translator } = this.#studio;
    translator.spreadHints = spreadsHints(lesson);
    translator.onWhite = false;
  }

  #teach(model: Pix2Pix, lesson: Lesson): Promise<void> {
    this.#paintAs(lesson);
    this.#section.pairs.settleHeldOut();
    const { learned, heldOut } = this.#section.pairs;
    return this.#trainer.teach(model, lesson, learned, heldOut);
  }

  async #begin(training: Training): Promise<void> {
    if (training.heldOut.length > 0) this.#view.say(words.training.testingBefore);
    await this.#watch.begin(training);
  }

  #stepped(step: TrainStep, lesson: Lesson): void {
    this.#view.stepped(step, this.#trainer.phase, lesson);
    this.#watch.stepped(lesson);
  }

  async #undo(): Promise<void> {
    const lesson = this.#lesson;
    if (lesson === undefined || !(await this.#studio.inUse.use(lesson.base))) return;
    await markUndone(lesson.id, true);
    await this.#studio.unfinished.look();
  }

  #failed(error: unknown): void {
    if (this.#lesson !== undefined) this.#view.alert(explain(error, this.#lesson, this.#kept));
    if (isLost(error)) {
      this.#crashed = true;
      this.#model = undefined;
      this.#phase('failed');
      this.#studio.inUse.recover(error);
      void this.#studio.unfinished.look();
    }
  }

  #keptUpTo(step: number | undefined): void {
    this.#kept = step;
    this.#view.kept(step);
    this.#guardLeaving();
  }

  #phase(phase: Phase): void {
    const { unfinished } = this.#studio;
    const { active, stopping } = this.#trainer;
    this.#view.phase(phase, this.#lesson, stopping);
    this.#lockModel();
    this.#wake.hold(phase === 'running' || phase === 'preparing');
    this.#keeping.show(phase === 'done' || phase === 'failed');
    this.#guardLeaving();
    if (!active) element('pairs-later', HTMLElement).hidden = true;
    else unfinished.hide();
    // Another tab may train once nothing of this training is waiting to be saved.
    const { step, from, saved } = this.#lesson ?? { step: 0, from: 0, saved: true };
    if (!active && (saved || step === from)) letGoOfTeaching();
  }

  /** While a model is taught or written, no other may take its place. */
  #lockModel(): void {
    const { lockedByTraining, lockedByWriting } = words.training;
    this.#studio.inUse.lock(this.#trainer.active ? lockedByTraining : pageState().writing ? lockedByWriting : undefined);
  }

  /** Asks before the page is closed while something would be lost. */
  #guardLeaving(): void {
    const { step, from, saved } = this.#lesson ?? { step: 0, from: 0, saved: true };
    const atRisk = step > from && !saved && this.#kept !== step;
    window.removeEventListener('beforeunload', askBeforeLeaving);
    if (this.#trainer.active || atRisk) window.addEventListener('beforeunload', askBeforeLeaving);
  }

  #pairsChanged(): void {
    element('pairs-later', HTMLElement).hidden = !this.#trainer.active;
    void this.#advise();
  }

  #settingsChanged(): void {
    this.#keepChoices();
    void this.#advise();
  }

  #keepChoices(): void {
    const { strength, fit } = this.#section.making;
    const training = this.#form.read();
    void writeChoices({ strength, fit, sketchOn: this.#section.sketchOn, ...(training && { training }) });
  }

  /** What stands in the way of a start, or what it will take. */
  async #advise(): Promise<void> {
    const mine = (this.#advised += 1);
    const { inUse, translator } = this.#studio;
    const model = translator.model;
    this.#view.who(inUse.model, model);
    const { all, learned } = this.#section.pairs;
    update({ teachable: model !== undefined && learned.length > 0 });
    if (all.length === 0) return this.#view.advise(words.training.addPairs);
    if (learned.length === 0) return this.#view.advise(words.training.allHeldOut);
    if (inUse.model.labels !== undefined && learned.some(({ origin }) => origin === 'edges')) {
      return this.#view.advise(words.training.noMaps);
    }
    const settings = this.#form.read();
    if (model === undefined || settings === undefined || this.#trainer.active || pageState().writing) return;
    try {
      const advice = await adviseOnMemory(model, settings);
      if (mine === this.#advised) this.#view.advise(advice);
    } catch (error) {
      // Another model took its place while it was asked; that one is asked next.
      console.warn('the memory of a training is not known', error);
    }
  }
}

/** A kept training whose own model is nowhere to be found can go on, but not be undone. */
function withoutItsFile({ base, file }: Checkpoint): Model {
  return { id: 'own', name: base.name, about: words.modelList.leftByTraining, bytes: file.size, source: file, samples: START_MODEL.samples };
}

const ELSEWHERE = {
  code: words.training.elsewhereCode,
  text: words.training.elsewhere,
};

function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
