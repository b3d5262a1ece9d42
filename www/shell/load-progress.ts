/** A bar that shows how much of a model is here, and of the engine that runs it. */
import type { Model } from '../models/models';
import { element } from './page';
import type { Progress } from '../package/client';
import { words } from '../words/current';

export class LoadProgress {
  readonly #bar: HTMLProgressElement;
  readonly #label: HTMLLabelElement;
  readonly #fetched = new Map<Progress['phase'], { loaded: number; total: number }>();

  /** `id`: of the bar; that of its label ends in `-label`. */
  constructor(id: 'progress' | 'colorize-progress') {
    this.#bar = element(id, HTMLProgressElement);
    this.#label = element(`${id}-label`, HTMLLabelElement);
  }

  /** Before the first byte is known of: something takes a while. */
  begin(what: string): void {
    this.#fetched.clear();
    this.#bar.removeAttribute('value');
    this.#label.textContent = what;
  }

  /** Real bytes. Engine and model come side by side, on one bar. A server that packs what it sends does not say how large the model is; the page knows. */
  show({ name, bytes }: Model, { phase, loaded, total }: Progress): void {
    if (phase === 'weights') return this.#show(words.load.unpacking(name), loaded, total ?? bytes);
    this.#fetched.set(phase, { loaded, total: total ?? bytes });
    const parts = [...this.#fetched.values()];
    this.#show(
      this.#fetched.has('download') ? words.load.fetching(name) : words.load.fetchingEngine,
      parts.reduce((sum, part) => sum + part.loaded, 0),
      parts.reduce((sum, part) => sum + part.total, 0),
    );
  }

  #show(what: string, loaded: number, total: number): void {
    this.#bar.max = total;
    this.#bar.value = loaded;
    this.#label.textContent = words.load.bytes(what, loaded, total);
  }
}
