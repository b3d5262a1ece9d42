/** Photos from the camera. It runs while its dialog is open and in sight, and not a moment longer. */
import { button, element, onClick } from '../page';
import { words } from '../words/current';

/** What the browser says, in words for a person. */
const WHY: Record<string, string> = {
  NotAllowedError: words.camera.denied,
  NotFoundError: words.camera.notFound,
  NotReadableError: words.camera.inUse,
  OverconstrainedError: words.camera.unsuitable,
};

export class Camera {
  readonly #dialog = element('camera', HTMLDialogElement);
  readonly #video = element('camera-video', HTMLVideoElement);
  readonly #status = element('camera-status', HTMLElement);
  readonly #take: (photo: File) => void;
  #stream: MediaStream | undefined;
  #taken = 0;

  constructor(take: (photo: File) => void) {
    this.#take = take;
    onClick('open-camera', () => void this.#open());
    onClick('camera-capture', () => void this.#capture());
    this.#dialog.addEventListener('close', () => this.#stop());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.#dialog.close();
    });
  }

  async #open(): Promise<void> {
    this.#taken = 0;
    this.#say(words.camera.waiting);
    this.#dialog.showModal();
    button('camera-capture').disabled = true;
    try {
      // Only secure addresses have it, whatever the types say.
      if (!('mediaDevices' in navigator)) throw new Error(words.camera.insecure);
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 960 } },
      });
      // The dialog may have been closed, and opened again, while the visitor was being asked.
      this.#stop();
      this.#stream = stream;
      if (!this.#dialog.open) return this.#stop();
      this.#video.srcObject = stream;
      await this.#video.play();
      button('camera-capture').disabled = false;
      button('camera-capture').focus();
      this.#say(words.camera.fill);
    } catch (error) {
      if (!this.#dialog.open) return;
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.#say(WHY[name] ?? message);
    }
  }

  async #capture(): Promise<void> {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const side = Math.min(width, height);
    const canvas = new OffscreenCanvas(side, side);
    canvas.getContext('2d')?.drawImage(this.#video, (side - width) / 2, (side - height) / 2);
    this.#taken += 1;
    const time = new Date().toTimeString().slice(0, 8).replaceAll(':', '.');
    this.#say(words.camera.taken(this.#taken));
    this.#take(new File([await canvas.convertToBlob({ type: 'image/png' })], words.camera.fileName(time), { type: 'image/png' }));
  }

  #stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#video.srcObject = null;
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }
}
