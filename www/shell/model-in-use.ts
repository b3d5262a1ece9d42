/** The model in use: loading another, going back where that fails, getting up again after a crash. */
import { dismissAlert, PageError, showAlert } from './alert';
import type { DeviceSwitch } from './device-switch';
import { isLost } from '../package/contract/lost';
import { withCard } from '../models/card';
import { type Model, MODELS, START_MODEL } from '../models/models';
import type { LoadProgress } from './load-progress';
import type { Drawing } from './page-state';
import type { ModelPicker } from './picker';
import type { DeviceChoice, ModelInfo } from '../package/client';
import { update } from './render';
import { OtherRoom } from './rooms';
import type { Translator } from './translator';
import { words } from '../words/current';

export interface Loading {
  /** The visitor chose it. Default: the device in use. */
  readonly device?: DeviceChoice;
  /** The model's weights as a training left them, in place of its own file. */
  readonly from?: Blob;
  /** What is said now stays until it is dismissed. */
  readonly keepAlert?: boolean;
}

/** Where it shows how far a load is, and what came of it. */
export interface LoadingView {
  readonly progress: LoadProgress;
  /** `status` says it in words. */
  show(state: Drawing, status: string): void;
  /** Where the model runs, and why there. */
  device(info: ModelInfo): void;
}

export interface LoadingEvents {
  /** Another model, or the same again, is in use. */
  loaded(): void;
  /** The load failed or was cancelled, and the model before is still in use. */
  stayed(): void;
  /** The model is none that draws: it colours photos. */
  colorizes(model: Model): void;
}

/** After a crash the page goes on, but not in a circle. */
const RECOVERY_MS = 60_000;

export class ModelInUse {
  readonly #view: LoadingView;
  readonly #translator: Translator;
  readonly #picker: ModelPicker;
  readonly #devices: DeviceSwitch;
  readonly #events: LoadingEvents;
  #model: Model = START_MODEL;
  /** The visitor's choice. */
  #device: DeviceChoice = 'auto';
  /** Where models run in place of that, until the visitor chooses again or comes back. */
  #refuge: DeviceChoice | undefined;
  #loading: AbortController | undefined;
  #lock: string | undefined;
  #recovered = -Infinity;

  constructor(parts: { view: LoadingView; translator: Translator; picker: ModelPicker; devices: DeviceSwitch }, events: LoadingEvents) {
    this.#view = parts.view;
    this.#translator = parts.translator;
    this.#picker = parts.picker;
    this.#devices = parts.devices;
    this.#events = events;
  }

  get model(): Model {
    return this.#model;
  }

  /** What the visitor chose, which is kept; after a crash, or without a GPU, the model may run elsewhere. */
  get device(): DeviceChoice {
    return this.#device;
  }

  /** Where models run now. */
  get deviceNow(): DeviceChoice {
    return this.#refuge ?? this.#device;
  }

  get loading(): boolean {
    return this.#loading !== undefined;
  }

  /** Where the page starts, before the first load. */
  startWith(model: Model, device: DeviceChoice): void {
    [this.#model, this.#device] = [model, device];
  }

  /** What the visitor chose is not there on this visit. */
  runElsewhere(device: DeviceChoice): void {
    this.#refuge = device;
  }

  /** The loaded model goes by another name from now on: it was saved. */
  rename(model: Model): void {
    this.#model = model;
    this.#picker.use(model);
  }

  /** Says why no other model or device can be taken now; without a reason they can again. */
  lock(why: string | undefined): void {
    this.#lock = why;
    update({ locked: why !== undefined });
  }

  cancel(): void {
    this.#loading?.abort();
  }

  /** Loads a model and takes it into use; what was in use before stays so if that fails. */
  async use(next: Model, { device, from, keepAlert = false }: Loading = {}): Promise<boolean> {
    const view = this.#view;
    if (this.#lock !== undefined) {
      showAlert(new PageError('train/running', this.#lock));
      return false;
    }
    this.cancel();
    const controller = new AbortController();
    this.#loading = controller;
    if (!keepAlert) dismissAlert();
    view.progress.begin(words.loading(next.name));
    view.show('loading', words.loading(next.name));
    this.#picker.show(next);
    const runsOn = device ?? this.deviceNow;
    this.#devices.show(runsOn);
    try {
      const info = await this.#translator.load(from ?? next.source, {
        device: runsOn,
        signal: controller.signal,
        onDevice: (now) => {
          if (this.#translator.info === now) view.device(now);
        },
        onProgress: (progress) => {
          if (this.#loading === controller) view.progress.show(next, progress);
        },
      });
      if (this.#loading !== controller) return false;
      const model = withCard(next, info.card, MODELS);
      [this.#model, this.#loading] = [model, undefined];
      if (device !== undefined) [this.#device, this.#refuge] = [device, undefined];
      view.device(info);
      this.#picker.use(model);
      view.show('ready', words.ready);
      this.#events.loaded();
      return true;
    } catch (error) {
      // A newer load took this one's place: the page is its own now.
      if (this.#loading !== controller) return false;
      this.#loading = undefined;
      this.#picker.show(this.#model);
      this.#devices.show(this.deviceNow);
      const colorizes = error instanceof OtherRoom;
      if (!controller.signal.aborted && !colorizes) showAlert(error);
      const usable = this.#translator.info !== undefined;
      view.show(usable ? 'ready' : 'failed', usable ? words.load.still(this.#model.name) : words.load.none);
      if (colorizes) this.#events.colorizes(next);
      if (usable) this.#events.stayed();
      else this.recover(error);
      return false;
    }
  }

  /** A graphics device can go away, and an engine can crash: the model is loaded again then, on the CPU. */
  recover(error: unknown): void {
    const now = performance.now();
    if (!isLost(error) || now - this.#recovered < RECOVERY_MS) return;
    this.#recovered = now;
    this.lock(undefined);
    // What is lost holds its memory, which the next one may need, and draws nothing any more.
    this.#translator.drop();
    this.runElsewhere('cpu');
    void this.use(this.#model, { keepAlert: true });
  }
}
