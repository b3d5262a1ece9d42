/** The live camera of the Draw tab: its frames become lines, and the model's picture follows them. It runs while it is in sight, and not a moment longer. */
import './live-camera.css';
import { edgesOf } from '../shell/edges';
import { addMarkup } from '../shell/markup';
import { update } from '../shell/render';
import { paint } from '../package/drawing/paint';
import { contextOf } from '../package/drawing/strokes';
import { button, canvas, element, onClick } from '../shell/page';
import { Camera, drawSquare } from '../shell/camera';
import markup from './live-camera.html?raw';
import { words } from '../words/current';

/** What the live camera needs of the page. */
export interface LivePage {
  /** Pixels on a side of the lines that the model knows. */
  readonly side: () => number;
  /** Lines of the newest frame. They take the place of those that wait. */
  translate(lines: ImageData): void;
  /** The lines become the sketch. */
  keep(lines: ImageData): void;
  /** It is over, and the drawing is in sight again. */
  ended(): void;
  alert(error: unknown): void;
}

export class LiveCamera {
  readonly #page: LivePage;
  readonly #view: HTMLElement;
  readonly #video: HTMLVideoElement;
  readonly #sketch: HTMLCanvasElement;
  readonly #strength: HTMLInputElement;
  readonly #mirror: HTMLInputElement;
  readonly #cameras: HTMLSelectElement;
  readonly #camera: Camera;
  /** The visitor's choice of this visit. */
  #chosen: string | undefined;
  /** The lines in sight. */
  #lines: ImageData | undefined;
  /** The one that is newest draws; others end. */
  #run = 0;

  constructor(page: LivePage) {
    this.#page = page;
    addMarkup(element('desk', HTMLElement), markup);
    this.#view = element('live-view', HTMLElement);
    this.#video = element('live-video', HTMLVideoElement);
    this.#sketch = canvas('live-sketch');
    this.#strength = element('live-strength', HTMLInputElement);
    this.#mirror = element('live-mirror', HTMLInputElement);
    this.#cameras = element('live-cameras', HTMLSelectElement);
    this.#camera = new Camera(this.#video, (why) => {
      this.stop();
      if (why !== undefined) page.alert(why);
    });
    onClick('live-stop', () => this.stop());
    onClick('live-keep', () => this.#keep());
    this.#mirror.addEventListener('change', () => this.#showMirrored());
    this.#cameras.addEventListener('change', () => {
      this.#chosen = this.#cameras.value;
      void this.start();
    });
  }

  get running(): boolean {
    return !this.#view.hidden;
  }

  /** Opens the camera, or another one in its place. */
  async start(): Promise<void> {
    const run = (this.#run += 1);
    this.#show(true);
    this.#lines = undefined;
    button('live-keep').disabled = true;
    delete this.#video.dataset.frames;
    this.#say(words.camera.waiting);
    const which = this.#chosen === undefined ? { facingMode: { ideal: 'environment' } } : { deviceId: { exact: this.#chosen } };
    try {
      if (!(await this.#camera.open({ ...which, width: { ideal: 640 }, height: { ideal: 480 } }))) return;
      this.#mirror.checked = this.#camera.facesVisitor;
      this.#showMirrored();
      this.#video.dataset.frames = '';
      await this.#offerCameras();
      await this.#follow(run);
    } catch (error) {
      if (run !== this.#run) return;
      this.#chosen = undefined;
      this.stop();
      this.#page.alert(error);
    }
  }

  stop(): void {
    if (!this.running) return;
    this.#run += 1;
    this.#camera.close();
    this.#show(false);
    this.#page.ended();
  }

  /** Draws the lines of one frame after the other, always of the newest: those that come meanwhile are passed over. */
  async #follow(run: number): Promise<void> {
    const square = new OffscreenCanvas(1, 1);
    const context = square.getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error(words.reading.noCanvas());
    let seen: number | undefined;
    for (;;) {
      await new Promise(requestAnimationFrame);
      if (run !== this.#run) return;
      if (this.#video.currentTime === seen) continue;
      seen = this.#video.currentTime;
      const side = this.#page.side();
      if (square.width !== side) [square.width, square.height] = [side, side];
      drawSquare(context, this.#video, this.#mirror.checked);
      const lines = await edgesOf(square, this.#strength.valueAsNumber);
      if (run !== this.#run) return;
      if (this.#lines === undefined) this.#began();
      this.#lines = lines;
      paint(this.#sketch, lines);
      this.#page.translate(lines);
    }
  }

  #began(): void {
    this.#say('');
    button('live-keep').disabled = false;
  }

  #keep(): void {
    const lines = this.#lines;
    this.stop();
    if (lines !== undefined) this.#page.keep(lines);
  }

  async #offerCameras(): Promise<void> {
    const cameras = await this.#camera.choices();
    this.#cameras.replaceChildren(...cameras.map(({ id, name }) => new Option(name, id, false, id === this.#camera.id)));
    this.#cameras.hidden = cameras.length < 2;
  }

  #show(running: boolean): void {
    const focused = this.#view.contains(document.activeElement);
    this.#view.hidden = !running;
    update({ live: running });
    // They are for the drawing, which lies beneath.
    for (const tools of document.querySelectorAll<HTMLElement>('#panel-draw .tools')) tools.inert = running;
    if (running && !focused) button('live-stop').focus();
    if (!running) {
      contextOf(this.#sketch).clearRect(0, 0, this.#sketch.width, this.#sketch.height);
      if (focused) button('live').focus();
    }
  }

  #showMirrored(): void {
    this.#video.toggleAttribute('data-mirrored', this.#mirror.checked);
  }

  #say(text: string): void {
    element('live-status', HTMLElement).textContent = text;
  }
}
