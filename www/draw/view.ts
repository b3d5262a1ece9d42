/** What the Draw tab shows: its state, the picture with its time, the device. */
import { enlarge } from '../shell/enlarge';
import { LoadProgress } from '../shell/load-progress';
import { paint } from '../package/drawing/paint';
import { contextOf } from '../package/drawing/strokes';
import { canvas, element } from '../shell/page';
import type { Drawing } from '../shell/page-state';
import { update } from '../shell/render';
import type { ModelInfo } from '../package/client';
import { words } from '../words/current';

/** A translation that is quicker than this is not announced, so that the status does not flicker. */
const SLOW_MS = 400;

export class View {
  readonly progress = new LoadProgress('progress');
  readonly #status = element('status', HTMLElement);
  readonly #time = element('time', HTMLOutputElement);
  readonly #picture = canvas('picture');
  /** The same picture, larger, above it. */
  readonly #large = canvas('picture-large');
  readonly #device = element('device', HTMLElement);
  /** The newest picture, until it is made larger. */
  #toEnlarge: ImageData | undefined;
  #enlarging = false;
  #slow: ReturnType<typeof setTimeout> | undefined;

  get picture(): HTMLCanvasElement {
    return this.#picture;
  }

  get hasPicture(): boolean {
    return this.#picture.dataset.version !== '0';
  }

  /** Shows the state; `status` says it in words, for the screen reader too. */
  show(state: Drawing, status: string): void {
    update({ drawing: state, picture: this.hasPicture });
    clearTimeout(this.#slow);
    if (state === 'working') this.#slow = setTimeout(() => this.say(status), SLOW_MS);
    else this.say(status);
  }

  /** A word in the status line. Saying the same again would make a screen reader repeat it. */
  say(status: string): void {
    if (this.#status.textContent !== status) this.#status.textContent = status;
  }

  /** Whether this very picture is shown. */
  shows({ data, width, height }: ImageData): boolean {
    const { data: shown } = contextOf(this.#picture).getImageData(0, 0, width, height);
    return this.hasPicture && width === this.#picture.width && height === this.#picture.height && shown.every((value, i) => value === data[i]);
  }

  /** Draws the network's picture pixel for pixel, which is what is saved; what is seen has smooth edges, unless it is `passing`: there is no time then. */
  showPicture(picture: ImageData, milliseconds: number | undefined, passing = false): void {
    paint(this.#picture, picture);
    this.#picture.dataset.version = String(Number(this.#picture.dataset.version) + 1);
    this.#time.textContent = milliseconds === undefined ? '' : words.milliseconds(milliseconds);
    if (!passing) void this.#enlarge(picture);
  }

  /** Makes the newest picture larger; where that can't be done, the style sheet scales the picture itself. */
  async #enlarge(picture: ImageData): Promise<void> {
    this.#toEnlarge = picture;
    if (this.#enlarging) return;
    this.#enlarging = true;
    try {
      for (let next = this.#take(); next !== undefined; next = this.#take()) {
        paint(this.#large, await enlarge(next));
        this.#large.hidden = false;
      }
    } catch (error) {
      console.warn('the picture is shown as it is', error);
      this.#large.hidden = true;
    } finally {
      this.#enlarging = false;
    }
  }

  #take(): ImageData | undefined {
    const picture = this.#toEnlarge;
    this.#toEnlarge = undefined;
    return picture;
  }

  /** Where the model runs, and why there. */
  device(info: ModelInfo): void {
    this.#device.dataset.device = info.device;
    this.#device.dataset.threads = String(info.threads);
    const where = info.device === 'webgpu' ? words.device.onWebGpu(info.adapter) : words.device.cpu;
    this.#device.textContent = words.device.because(where, words.device.reason(info.reason));
  }
}
