/** Models in use by several pads: each is loaded once, and disposed when the last pad lets go of it. */
import { type DeviceChoice, type LoadOptions, type ModelSource, type Pix2Pix, Pix2PixError, type Progress } from '../client.js';

/** What a pad wants to translate with. Two that want the same share it. */
export interface Wanted {
  /** An address must be absolute. */
  readonly source: ModelSource;
  readonly device: DeviceChoice;
  readonly threads: number | undefined;
}

/** A pad's hold on a model. */
export interface Lease {
  readonly model: Promise<Pix2Pix>;
  /** Whoever wants this model from now on gets another: it crashed, or its device went away. */
  replace(): void;
  /** May be called twice. */
  release(): void;
}

type Load = (source: ModelSource, options: LoadOptions) => Promise<Pix2Pix>;
type Listener = (progress: Progress) => void;

interface Shared {
  readonly model: Promise<Pix2Pix>;
  /** What each of its users hears the progress with. */
  readonly users: Set<Listener>;
  readonly stop: AbortController;
}

export class SharedModels {
  readonly #load: Load;
  readonly #shared = new Map<string, Shared>();
  /** Files and bytes are the same where they are the same object. */
  readonly #objects = new WeakMap<object, number>();
  #counted = 0;

  constructor(load: Load) {
    this.#load = load;
  }

  /** `options` are those of whoever comes first. */
  take(wanted: Wanted, options: LoadOptions, onProgress: Listener): Lease {
    const key = this.#keyOf(wanted);
    const shared = this.#shared.get(key) ?? this.#begin(key, wanted, options);
    // A listener of its own, so that a pad that comes twice counts twice.
    const user: Listener = (progress) => onProgress(progress);
    shared.users.add(user);
    const replace = (): void => this.#forget(key, shared);
    return {
      model: shared.model,
      replace,
      release: () => {
        if (!shared.users.delete(user) || shared.users.size > 0) return;
        replace();
        shared.stop.abort(new Pix2PixError('model/disposed', 'nobody waits for this model any more: its pad left the document, or wants another model'));
        void shared.model.then((model) => model.dispose(), () => undefined);
      },
    };
  }

  #begin(key: string, { source, device, threads }: Wanted, options: LoadOptions): Shared {
    const stop = new AbortController();
    const users = new Set<Listener>();
    const onProgress: Listener = (progress) => users.forEach((user) => user(progress));
    const model = this.#load(source, { ...options, device, ...(threads !== undefined && { threads }), signal: stop.signal, onProgress });
    const shared: Shared = { model, users, stop };
    this.#shared.set(key, shared);
    // What failed is tried again by whoever asks next.
    model.catch(() => this.#forget(key, shared));
    return shared;
  }

  #forget(key: string, shared: Shared): void {
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
  }

  #keyOf({ source, device, threads }: Wanted): string {
    return JSON.stringify([source instanceof URL || typeof source !== 'object' ? String(source) : this.#numberOf(source), device, threads]);
  }

  #numberOf(object: object): number {
    const known = this.#objects.get(object);
    if (known !== undefined) return known;
    this.#objects.set(object, ++this.#counted);
    return this.#counted;
  }
}
