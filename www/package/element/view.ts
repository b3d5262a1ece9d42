/** What a pad shows beside the drawing: its state, the progress of a load, the picture, what went wrong. */
import type { Progress } from '../client.js';
import { paint } from '../drawing/paint.js';
import { part } from '../drawing/parts.js';
import type { PadState } from './contract.js';
import { bytesOf, wordsOf } from './load-progress.js';
import { markup } from './markup.js';

const WORDS: Readonly<Record<PadState, string>> = {
  idle: '',
  loading: 'Loading the model',
  ready: 'Ready',
  working: 'Working',
  failed: 'No model is loaded',
};

/** A translation that is quicker than this is not announced, so that the status does not flicker. */
const SLOW_MS = 400;

export class View {
  readonly sketch: HTMLCanvasElement;
  readonly picture: HTMLCanvasElement;
  readonly #root: ShadowRoot;
  readonly #pad: HTMLElement;
  #state: PadState = 'idle';
  #slow: ReturnType<typeof setTimeout> | undefined;

  constructor(root: ShadowRoot) {
    root.replaceChildren(markup());
    this.#root = root;
    this.#pad = this.#part('pad', HTMLElement);
    this.sketch = this.#part('sketch', HTMLCanvasElement);
    this.picture = this.#part('picture', HTMLCanvasElement);
    this.state = 'idle';
    this.label = null;
  }

  #part<T extends HTMLElement>(id: string, type: new () => T): T {
    return part(this.#root, id, type);
  }

  /** What a screen reader calls the pad. */
  set label(label: string | null) {
    this.#pad.setAttribute('aria-label', label ?? 'Drawing pad');
  }

  get state(): PadState {
    return this.#state;
  }

  set state(state: PadState) {
    this.#state = state;
    this.#pad.dataset['state'] = state;
    this.picture.setAttribute('aria-busy', String(state === 'working'));
    this.#part('loading', HTMLElement).hidden = state !== 'loading';
    this.#part('retry', HTMLElement).hidden = state !== 'failed';
    clearTimeout(this.#slow);
    if (state === 'working') this.#slow = setTimeout(() => this.#say(), SLOW_MS);
    else this.#say();
  }

  #say(): void {
    const status = this.#part('status', HTMLElement);
    // Saying the same again would make a screen reader repeat it.
    if (status.textContent !== WORDS[this.#state]) status.textContent = WORDS[this.#state];
  }

  set disabled(disabled: boolean) {
    this.#pad.toggleAttribute('data-disabled', disabled);
    for (const id of ['tools', 'palette']) this.#part(id, HTMLFieldSetElement).disabled = disabled;
  }

  /** Whether there are colours to draw with. */
  set colours(shown: boolean) {
    this.#part('palette', HTMLElement).hidden = !shown;
  }

  /** Whether the visitor asks for pictures. */
  set translates(shown: boolean) {
    this.#part('translate', HTMLElement).hidden = !shown;
  }

  /** Before the first byte is known of. */
  beginProgress(): void {
    this.#part('progress', HTMLProgressElement).removeAttribute('value');
    this.#part('progress-label', HTMLElement).textContent = WORDS.loading;
  }

  showProgress(progress: Progress): void {
    const { loaded, total } = bytesOf(progress);
    const bar = this.#part('progress', HTMLProgressElement);
    if (total === undefined) bar.removeAttribute('value');
    else [bar.max, bar.value] = [total || 1, loaded];
    this.#part('progress-label', HTMLElement).textContent = wordsOf(progress);
  }

  /** Without one: the words that stand in for it. */
  showPicture(picture: ImageData | null): void {
    if (picture !== null) paint(this.picture, picture);
    this.picture.hidden = picture === null;
    this.#part('placeholder', HTMLElement).hidden = picture !== null;
  }

  showError(code: string, message: string): void {
    const prefix = `${code}: `; // The engine's messages may begin with it already.
    const mark = document.createElement('code');
    mark.textContent = code;
    this.#part('error-text', HTMLElement).replaceChildren(mark, ` ${message.startsWith(prefix) ? message.slice(prefix.length) : message}`);
    this.#part('error', HTMLElement).hidden = false;
  }

  hideError(): void {
    this.#part('error', HTMLElement).hidden = true;
  }
}
