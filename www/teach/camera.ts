/** Photos from the camera. It runs while its dialog is open and in sight, and not a moment longer. */
import { Camera, drawSquare } from '../shell/camera';
import { addDialog } from '../shell/markup';
import { button, element, onClick } from '../shell/page';
import markup from './camera.html?raw';
import { words } from '../words/current';

export class PhotoCamera {
  readonly #dialog = addDialog('camera', markup);
  readonly #video = element('camera-video', HTMLVideoElement);
  readonly #status = element('camera-status', HTMLElement);
  readonly #camera: Camera;
  readonly #take: (photo: File) => void;
  #taken = 0;

  constructor(take: (photo: File) => void) {
    this.#take = take;
    this.#camera = new Camera(this.#video, (why) => {
      if (why === undefined) return this.#dialog.close();
      button('camera-capture').disabled = true;
      this.#say(why.message);
    });
    onClick('open-camera', () => void this.#open());
    onClick('camera-capture', () => void this.#capture());
    this.#dialog.addEventListener('close', () => this.#camera.close());
  }

  async #open(): Promise<void> {
    this.#taken = 0;
    this.#say(words.camera.waiting);
    this.#dialog.showModal();
    button('camera-capture').disabled = true;
    try {
      const open = await this.#camera.open({ facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 960 } });
      if (!open) return;
      button('camera-capture').disabled = false;
      button('camera-capture').focus();
      this.#say(words.camera.fill);
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    }
  }

  async #capture(): Promise<void> {
    const side = Math.min(this.#video.videoWidth, this.#video.videoHeight);
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext('2d');
    if (context !== null) drawSquare(context, this.#video);
    this.#taken += 1;
    const time = new Date().toTimeString().slice(0, 8).replaceAll(':', '.');
    this.#say(words.camera.taken(this.#taken));
    this.#take(new File([await canvas.convertToBlob({ type: 'image/png' })], words.camera.fileName(time), { type: 'image/png' }));
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }
}
