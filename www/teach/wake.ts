/** Keeps the screen on while the model is taught, where the browser can. */
export class WakeLock {
  #wanted = false;
  #lock: WakeLockSentinel | undefined;

  constructor() {
    // The browser lets go of it whenever the page is out of sight.
    document.addEventListener('visibilitychange', () => void this.#renew());
  }

  hold(wanted: boolean): void {
    this.#wanted = wanted;
    void this.#renew();
  }

  async #renew(): Promise<void> {
    try {
      if (!this.#wanted) {
        const lock = this.#lock;
        this.#lock = undefined;
        await lock?.release();
      } else if (document.visibilityState === 'visible' && (this.#lock?.released ?? true)) {
        this.#lock = await navigator.wakeLock?.request('screen');
        if (!this.#wanted) await this.#renew(); // It was given up while the browser thought about it.
      }
    } catch {
      // Low battery, or no permission: the training goes on all the same while the screen is on.
    }
  }
}
