/** Writes what changed a moment after the last change, and at once when the page is left. */
const DELAY_MS = 250;

export class Writer {
  /** Writes what has changed, if anything. */
  readonly #write: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(write: () => void) {
    this.#write = write;
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.#now();
    });
    window.addEventListener('pagehide', () => this.#now());
  }

  /** Something changed. */
  due(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#now(), DELAY_MS);
  }

  #now(): void {
    clearTimeout(this.#timer);
    this.#write();
  }
}
