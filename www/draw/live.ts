/** The live camera as the rest of the page sees it. Its code is fetched when it is first asked for. */
import type { LiveCamera, LivePage } from './live-camera';
import { paint } from '../package/drawing/paint';
import { onClick } from '../shell/page';
import { words } from '../words/current';

export class Live {
  readonly #page: LivePage;
  readonly #offered: () => boolean;
  /** Its lines, as long as a picture of them may come. */
  readonly #lines = new WeakSet<ImageData>();
  #opening: Promise<LiveCamera> | undefined;
  #camera: LiveCamera | undefined;
  /** What the picture in sight is of. */
  #painted: ImageData | undefined;

  /** `offered`: whether sketches are drawn now. */
  constructor(page: LivePage, offered: () => boolean) {
    this.#offered = offered;
    this.#page = {
      ...page,
      translate: (lines) => {
        this.#lines.add(lines);
        page.translate(lines);
      },
    };
    onClick('live', () => void this.#start());
  }

  get running(): boolean {
    return this.#camera?.running ?? false;
  }

  stop(): void {
    this.#camera?.stop();
  }

  /** Whether these lines came from the camera. */
  drew(lines: ImageData): boolean {
    return this.#lines.has(lines);
  }

  /** The picture of these lines is in sight. */
  painted(lines: ImageData): void {
    this.#painted = lines;
  }

  /** What the picture in sight is of, as the network saw it; undefined while it is none of the camera's. */
  render(): HTMLCanvasElement | undefined {
    if (!this.running || this.#painted === undefined) return undefined;
    const canvas = document.createElement('canvas');
    paint(canvas, this.#painted);
    return canvas;
  }

  async #start(): Promise<void> {
    try {
      this.#opening ??= import('./live-camera').then(({ LiveCamera }) => new LiveCamera(this.#page));
      this.#camera = await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      console.warn('the camera could not be opened', error);
      return this.#page.alert(new Error(words.camera.notFetched));
    }
    // The visitor may have gone elsewhere meanwhile.
    if (!this.#offered() || this.running) return;
    this.#painted = undefined;
    await this.#camera.start();
  }
}
