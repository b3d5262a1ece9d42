/** A camera in a video. It is let go of at once when it is closed, and when the page is hidden or left. */
import { words } from '../words/current';

/** By the names of the browser's errors. */
const REASONS = {
  NotAllowedError: ['camera/denied', words.camera.denied],
  NotFoundError: ['camera/none', words.camera.none],
  NotReadableError: ['camera/busy', words.camera.busy],
  OverconstrainedError: ['camera/none', words.camera.gone],
} as const;

/** Why there is no camera, and what to do about it. */
export class CameraError extends Error {
  /** `code`: stable, as those of other errors. */
  constructor(code: string, text: string) {
    super(text);
    this.name = code;
  }
}

export interface CameraChoice {
  readonly id: string;
  readonly name: string;
}

export class Camera {
  readonly #video: HTMLVideoElement;
  readonly #ended: (why: CameraError | undefined) => void;
  #stream: MediaStream | undefined;
  /** The visitor wants it, and has perhaps not been asked yet. */
  #wanted = false;
  #asked = 0;

  /** `ended`: it was not closed, but taken away, which is told, or the page is out of sight. */
  constructor(video: HTMLVideoElement, ended: (why: CameraError | undefined) => void) {
    [this.#video, this.#ended] = [video, ended];
    const leave = (): void => {
      if (!this.#wanted) return;
      this.close();
      ended(undefined);
    };
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && leave());
    addEventListener('pagehide', leave);
  }

  /**
   * Asks for a camera, in the place of the one before. False where it was closed, or another asked for, while the visitor was being asked.
   *
   * @throws {CameraError} where there is none.
   */
  async open(wanted: MediaTrackConstraints): Promise<boolean> {
    this.close();
    this.#wanted = true;
    const asked = this.#asked;
    try {
      // Only secure addresses have it, whatever the types say.
      if (!('mediaDevices' in navigator)) throw new CameraError('camera/insecure', words.camera.insecure);
      const stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
      if (asked !== this.#asked) {
        stop(stream);
        return false;
      }
      this.#stream = stream;
      for (const track of stream.getTracks()) track.addEventListener('ended', () => this.#lose(stream));
      this.#video.srcObject = stream;
      await this.#video.play();
      return asked === this.#asked;
    } catch (error) {
      if (asked !== this.#asked) return false;
      this.close();
      throw whyNot(error);
    }
  }

  close(): void {
    this.#asked += 1;
    this.#wanted = false;
    if (this.#stream !== undefined) stop(this.#stream);
    this.#stream = undefined;
    this.#video.srcObject = null;
  }

  /** The one that is open. */
  get id(): string | undefined {
    return this.#settings?.deviceId;
  }

  /** Whether the visitor sees themselves. Cameras of desks do not say where they look, and look at them. */
  get facesVisitor(): boolean {
    return this.#settings?.facingMode !== 'environment';
  }

  /** All that there are. Browsers tell once one of them is open. */
  async choices(): Promise<CameraChoice[]> {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices
      .filter(({ kind }) => kind === 'videoinput')
      .map(({ deviceId, label }, i) => ({ id: deviceId, name: label || words.camera.unnamed(i + 1) }));
  }

  get #settings(): MediaTrackSettings | undefined {
    return this.#stream?.getVideoTracks()[0]?.getSettings();
  }

  #lose(stream: MediaStream): void {
    if (stream !== this.#stream) return;
    this.close();
    this.#ended(new CameraError('camera/lost', words.camera.lost));
  }
}

/** Draws the middle of the video so that it fills the square. */
export function drawSquare(context: OffscreenCanvasRenderingContext2D, video: HTMLVideoElement, mirrored = false): void {
  const { width } = context.canvas;
  const { videoWidth, videoHeight } = video;
  const side = Math.min(videoWidth, videoHeight);
  context.imageSmoothingQuality = 'high';
  context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? width : 0, 0);
  context.drawImage(video, (videoWidth - side) / 2, (videoHeight - side) / 2, side, side, 0, 0, width, width);
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function whyNot(error: unknown): unknown {
  const known = error instanceof DOMException && error.name in REASONS ? REASONS[error.name as keyof typeof REASONS] : undefined;
  if (known === undefined) return error;
  const [code, text] = known;
  return new CameraError(code, text);
}
