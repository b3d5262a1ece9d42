/** What the page is at, in one place, and what can be pressed and seen then. Nothing here touches the page: render.ts shows it. */
import type { InputKind } from '../models/models';

export type Tab = 'draw' | 'teach' | 'colorize';

/** Of the Draw tab. `failed`: there is nothing to translate with, or the last translation failed. */
export type Drawing = 'loading' | 'ready' | 'working' | 'failed';

/** Of the training. */
export type Phase = 'idle' | 'preparing' | 'running' | 'paused' | 'done' | 'failed';

export interface PageState {
  readonly tab: Tab;
  readonly drawing: Drawing;
  /** What the model in use paints from. */
  readonly input: InputKind;
  /** Whether it understands colours. */
  readonly hints: boolean;
  /** The live camera runs. */
  readonly live: boolean;
  /** There is a picture. */
  readonly picture: boolean;
  /** Nothing is drawn. */
  readonly blank: boolean;
  /** No other model or device can be taken now. */
  readonly locked: boolean;
  readonly training: Phase;
  /** The step that is under way is the last one. */
  readonly stopping: boolean;
  /** There is a training to go on with, or to look at. */
  readonly lesson: boolean;
  /** There are a model and pairs to train it with. */
  readonly teachable: boolean;
  /** A file of the trained model is being written. */
  readonly writing: boolean;
}

/** The page before anything of it runs, as index.html has it. */
export const START: PageState = {
  tab: 'draw',
  drawing: 'loading',
  input: 'lines',
  hints: true,
  live: false,
  picture: false,
  blank: true,
  locked: false,
  training: 'idle',
  stopping: false,
  lesson: false,
  teachable: false,
  writing: false,
};

export const trains = ({ training }: Pick<PageState, 'training'>): boolean => ['preparing', 'running', 'paused'].includes(training);

interface Rule {
  readonly enabled?: (state: PageState) => boolean;
  readonly visible?: (state: PageState) => boolean;
}

/** By selector. What is missing here does not depend on the state of the page. */
const RULES: Readonly<Record<string, Rule>> = {
  '#vary': { enabled: ({ picture, blank }) => picture && !blank },
  '#save, #save-large, #save-pair, #copy, #share': { enabled: ({ picture }) => picture },
  '#models, #devices': { enabled: ({ locked }) => !locked },
  // While a training runs its settings are what they were at its start.
  '#train-form fieldset': { enabled: (state) => !trains(state) },
  '#train-start': { enabled: ({ teachable, writing }) => teachable && !writing, visible: (state) => !trains(state) },
  '#train-pause': { enabled: ({ training, stopping }) => training !== 'preparing' && !stopping, visible: trains },
  '#train-stop': { enabled: ({ stopping }) => !stopping, visible: trains },
  '#train-state': { visible: ({ lesson, training }) => lesson && training !== 'idle' },
  '#keep-fields': { enabled: ({ writing }) => !writing },
};

export interface Shown {
  readonly selector: string;
  /** Undefined where it never is. */
  readonly disabled: boolean | undefined;
  readonly hidden: boolean | undefined;
}

/** What can be pressed, and what is in sight. */
export function controlsOf(state: PageState): Shown[] {
  return Object.entries(RULES).map(([selector, { enabled, visible }]) => ({
    selector,
    disabled: enabled && !enabled(state),
    hidden: visible && !visible(state),
  }));
}

/** What stands at the page's body for the style sheet: `data-NAME`; undefined for what is not there. */
export function dataOf({ tab, drawing, training, input, hints, live }: PageState): Record<string, string | undefined> {
  return { tab, state: drawing, training, input, hints: hints ? '' : undefined, live: live ? '' : undefined };
}
