/** The training's settings: the form's fields as data, and as the library's options. */
import { element } from '../shell/page';
import type { ModelInfo, TrainOptions } from '../package/client';

export interface Settings {
  readonly steps: number;
  /** Undefined leaves it to the library. */
  readonly learningRate: number | undefined;
  readonly freeze: NonNullable<TrainOptions['freeze']>;
  readonly loss: NonNullable<TrainOptions['loss']>;
  readonly discriminator: boolean;
  readonly dropout: boolean;
  readonly flip: boolean;
  /** Sketches that were made of photos are redrawn as they are learned from, by one hand after another. */
  readonly varied: boolean;
  readonly batchSize: number;
  readonly seed: number;
  // Settings that were kept by an older page lack those that follow.
  /** Undefined: as the model learned before. */
  readonly spreadHints?: boolean | undefined;
  /** Undefined: as the model learned before. */
  readonly kernels?: NonNullable<TrainOptions['kernels']> | undefined;
  /** Undefined: the original's L1. */
  readonly chromaWeight?: number | undefined;
  readonly slopeFloor?: number;
  /** Undefined: no moving average. */
  readonly average?: number | undefined;
}

/** What the library takes where nothing else is said. */
const LEARNING_RATE = 2e-4;

/** A model that goes on learning keeps the options it had, so what was changed back must be said too. */
export function trainOptions(settings: Settings, goesOn: boolean): TrainOptions {
  const { learningRate, freeze, loss, discriminator, dropout, flip, batchSize, seed } = settings;
  const { chromaWeight = null, slopeFloor = 0, average = null } = settings;
  return {
    freeze,
    loss,
    generatorOnly: !discriminator,
    dropout,
    flip,
    batchSize,
    seed,
    chromaWeight,
    slopeFloor,
    average,
    ...(learningRate !== undefined ? { learningRate } : goesOn ? { learningRate: LEARNING_RATE } : {}),
  };
}

/** The settings as a model can take them: separable convolutions draw no grid, and the library refuses to hold their kernels. */
export function settingsFor(settings: Settings, { convolution }: Pick<ModelInfo, 'convolution'>): Settings {
  return convolution === 'separable' ? { ...settings, kernels: 'free' } : settings;
}

export function learningRateOf({ learningRate = LEARNING_RATE }: Settings): number {
  return learningRate;
}

const FREEZE: readonly Settings['freeze'][] = ['none', 'encoder', 'inner'];
const LOSSES: readonly Settings['loss'][] = ['vanilla', 'lsgan', 'hinge', 'vanilla-eps'];
const KERNELS: readonly NonNullable<Settings['kernels']>[] = ['free', 'balanced', 'smooth', 'linear'];

export class SettingsForm {
  readonly #form = element('train-form', HTMLFormElement);
  readonly #steps = element('train-steps', HTMLInputElement);
  readonly #learningRate = element('train-learning-rate', HTMLInputElement);
  readonly #batchSize = element('train-batch-size', HTMLInputElement);
  readonly #seed = element('train-seed', HTMLInputElement);
  readonly #discriminator = element('train-discriminator', HTMLInputElement);
  readonly #dropout = element('train-dropout', HTMLInputElement);
  readonly #flip = element('train-flip', HTMLInputElement);
  readonly #varied = element('train-varied', HTMLInputElement);
  readonly #freeze = element('train-freeze', HTMLSelectElement);
  readonly #loss = element('train-loss', HTMLSelectElement);
  readonly #spreadHints = element('train-spread-hints', HTMLSelectElement);
  readonly #kernels = element('train-kernels', HTMLSelectElement);
  readonly #chromaWeight = element('train-chroma-weight', HTMLInputElement);
  readonly #slopeFloor = element('train-slope-floor', HTMLInputElement);
  readonly #average = element('train-average', HTMLInputElement);

  constructor(events: { changed(): void; submitted(): void }) {
    this.#form.addEventListener('input', () => events.changed());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      events.submitted();
    });
    // The browser's own check points at a field; one that is folded away could not be seen.
    this.#form.addEventListener('invalid', ({ target }) => {
      const folded = target instanceof HTMLElement ? target.closest('details') : null;
      if (folded !== null) folded.open = true;
    }, true);
  }

  /** Undefined while a field holds what it must not. */
  read(): Settings | undefined {
    if (!this.#form.checkValidity()) return undefined;
    const spreadHints = this.#spreadHints.value;
    return {
      steps: this.#steps.valueAsNumber,
      learningRate: numberIn(this.#learningRate),
      freeze: FREEZE.find((value) => value === this.#freeze.value) ?? 'none',
      loss: LOSSES.find((value) => value === this.#loss.value) ?? 'vanilla',
      discriminator: this.#discriminator.checked,
      dropout: this.#dropout.checked,
      flip: this.#flip.checked,
      varied: this.#varied.checked,
      batchSize: this.#batchSize.valueAsNumber,
      seed: this.#seed.valueAsNumber,
      spreadHints: spreadHints === '' ? undefined : spreadHints === 'yes',
      kernels: KERNELS.find((value) => value === this.#kernels.value),
      chromaWeight: numberIn(this.#chromaWeight),
      slopeFloor: this.#slopeFloor.valueAsNumber,
      average: numberIn(this.#average),
    };
  }

  show(settings: Settings): void {
    this.#steps.valueAsNumber = settings.steps;
    this.#learningRate.value = String(settings.learningRate ?? '');
    this.#freeze.value = settings.freeze;
    this.#loss.value = settings.loss;
    this.#discriminator.checked = settings.discriminator;
    this.#dropout.checked = settings.dropout;
    this.#flip.checked = settings.flip;
    this.#varied.checked = settings.varied !== false; // Older ones do not say.
    this.#batchSize.valueAsNumber = settings.batchSize;
    this.#seed.valueAsNumber = settings.seed;
    this.#spreadHints.value = settings.spreadHints === undefined ? '' : settings.spreadHints ? 'yes' : 'no';
    this.#kernels.value = settings.kernels ?? '';
    this.#chromaWeight.value = String(settings.chromaWeight ?? '');
    this.#slopeFloor.valueAsNumber = settings.slopeFloor ?? 0;
    this.#average.value = String(settings.average ?? '');
  }
}

/** What a field holds that may be left empty. */
function numberIn(field: HTMLInputElement): number | undefined {
  return Number.isNaN(field.valueAsNumber) ? undefined : field.valueAsNumber;
}
