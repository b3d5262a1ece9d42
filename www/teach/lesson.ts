/** A training as data: where it began, how far it came, and what it measured on the way. */
import type { Model, Origin } from '../models/models';
import type { TrainOptions, TrainStep } from '../package/client';
import type { Pair } from './pair';
import type { Settings } from './settings';
import { uniqueId } from '../keep/unique';

/**
 * What the steps measured, column by column. L1 is a mean absolute difference of 1, for the pairs that are
 * learned from as for those held out. Null where no discriminator was trained.
 */
export interface History {
  readonly step: number[];
  readonly l1: number[];
  readonly gan: (number | null)[];
  readonly discriminator: (number | null)[];
  readonly averageL1: number[];
  readonly averageGan: (number | null)[];
  readonly averageDiscriminator: (number | null)[];
  readonly heldOut: { readonly step: number; readonly l1: number }[];
}

export interface Before {
  readonly output: ImageData;
  /** Mean absolute difference from the target, of 1. */
  readonly l1: number;
}

export type SketchOptions = { readonly [Option in 'lines' | 'hints' | 'spreadHints']: NonNullable<TrainOptions[Option]> };

/** What a lesson is besides the model that it began with. */
export interface Progress {
  /** What of it is kept on the device bears this. */
  readonly id: string;
  /** Steps of training that the model had before. */
  readonly from: number;
  step: number;
  /** Where it is to end. */
  target: number;
  settings: Settings;
  /** What became of the sketches as they were learned from, in the newest training. */
  sketches?: SketchOptions;
  readonly history: History;
  /** The held-out pairs as the model painted them before it was taught, by their ids. */
  readonly before: Map<string, Before>;
  /** Saved as a model since the last step. */
  saved: boolean;
}

/** All that was learned since a model was loaded from its own file, in one training or in several. */
export interface Lesson extends Progress {
  readonly base: Model;
}

/** A training as it is kept on the device. */
export interface Checkpoint extends Progress {
  readonly base: Origin;
  /** The weights with the optimisers' state, as `Pix2Pix.load` takes them. */
  readonly file: Blob;
  /** The visitor went back to the weights before; it can be taken back until the page is closed. */
  readonly undone: boolean;
}

export function newLesson(base: Model, from: number, settings: Settings): Lesson {
  return {
    id: uniqueId(),
    base,
    from,
    step: from,
    target: from,
    settings,
    history: { step: [], l1: [], gan: [], discriminator: [], averageL1: [], averageGan: [], averageDiscriminator: [], heldOut: [] },
    before: new Map(),
    saved: false,
  };
}

/** Half of the sketches get colours, so that a model that understands them goes on painting from lines alone. */
const HINTED = 0.5;

/** The models whose hints spread learned with linear kernels: with free ones the grid would come back. */
export function kernelsOf({ settings, base }: Lesson): NonNullable<TrainOptions['kernels']> {
  return settings.kernels ?? (base.spreadHints === true ? 'linear' : 'free');
}

/** Whether the model that is taught gets hints that fill their regions: as it learned before, unless the visitor says otherwise. */
export function spreadsHints({ base, settings }: Lesson): boolean {
  return base.hints === true && (settings.spreadHints ?? base.spreadHints === true);
}

/**
 * Sketches that files brought stay as they are, whatever they show, and so do maps of labels; nor is a hand's drawing
 * outvoted by a machine's.
 */
export function sketchOptions(lesson: Lesson, learned: readonly Pair[]): SketchOptions {
  const { base, settings } = lesson;
  const made = learned.filter(({ origin }) => origin === 'edges').length;
  const ofPhotos = base.labels === undefined && learned.every(({ origin }) => origin !== 'given') && 2 * made >= learned.length;
  return {
    lines: settings.varied !== false && ofPhotos ? 'varied' : 'given',
    hints: base.hints === true ? HINTED : 0,
    spreadHints: spreadsHints(lesson),
  };
}

/** The library measures in [-1, 1], as the original does; of 1 it compares with what is held out. */
const OF_ONE = 0.5;

/** More rows than a curve has pixels tell nothing, and each frame and each checkpoint would copy them. */
const MOST_ROWS = 2000;

const COLUMNS = ['step', 'l1', 'gan', 'discriminator', 'averageL1', 'averageGan', 'averageDiscriminator'] as const;

/** Notes what a step measured. Of a long training every second row is kept, or fewer, and always the newest. */
export function learn(lesson: Lesson, { step, losses, averages }: TrainStep): void {
  const { history, from } = lesson;
  lesson.step = step;
  lesson.saved = false;
  const every = 2 ** Math.max(0, Math.ceil(Math.log2((step - from) / MOST_ROWS)));
  thin(history, (at) => (at - from) % every === 0);
  history.step.push(step);
  history.l1.push(losses.l1 * OF_ONE);
  history.gan.push(losses.gan ?? null);
  history.discriminator.push(losses.discriminator ?? null);
  history.averageL1.push(averages.l1 * OF_ONE);
  history.averageGan.push(averages.gan ?? null);
  history.averageDiscriminator.push(averages.discriminator ?? null);
}

function thin(history: History, stays: (step: number) => boolean): void {
  const { step, heldOut } = history;
  // Most of the time it is the last row alone that goes.
  const newest = step.at(-1);
  if (step.length < MOST_ROWS) {
    if (newest !== undefined && !stays(newest)) for (const column of COLUMNS) history[column].pop();
    return;
  }
  const rows = [...step.keys()].filter((i) => stays(step[i]!));
  for (const column of COLUMNS) {
    const values: (number | null)[] = history[column];
    for (const [to, from] of rows.entries()) values[to] = values[from]!;
    values.length = rows.length;
  }
  if (heldOut.length >= MOST_ROWS) heldOut.splice(0, Infinity, ...heldOut.filter((_, i) => i % 2 === 0));
}

/** Where a lesson's model comes from in the end: a lesson on a model that was taught here goes back further. */
export function originOf({ base }: Lesson): Origin {
  return base.taughtFrom ?? { id: base.id, name: base.name };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
