/** One task after the other: waiting in line, or in the place of the one that waits. */
import type { Portable } from '../contract/engine.js';
import { Pix2PixError } from '../contract/protocol.js';

interface Waiting {
  start: () => void;
  reject: (reason: unknown) => void;
  supersede: boolean;
}

export class Queue {
  #waiting: Waiting[] = [];
  #running = false;
  /** When something last was asked for, or ended. */
  #used = performance.now();
  #closed: Error | undefined;

  /** Runs `task` when its turn has come. A task that `supersede`s rejects those that wait and do so too. */
  run<T>(
    task: () => Promise<T>,
    { signal, supersede = false }: { signal?: AbortSignal; supersede?: boolean },
  ): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#used = performance.now();
    return new Promise<T>((resolve, reject) => {
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(signal?.reason);
      };
      const settle = () => signal?.removeEventListener('abort', abort);
      const waiting: Waiting = {
        supersede,
        reject: (reason) => {
          settle();
          reject(reason);
        },
        start: () => {
          this.#running = true;
          // A task that throws at once is as one that fails later.
          void (async () => task())()
            // What fails because the queue was closed under it says so.
            .then(resolve, (error: unknown) => reject(this.#closed ?? error))
            .finally(() => {
              settle();
              this.#running = false;
              this.#used = performance.now();
              this.#next();
            });
        },
      };
      signal?.addEventListener('abort', abort);
      if (supersede) this.#dropSuperseded();
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  /**
   * Runs `task` with a picture that is being taken. It is taken now, since its source may be drawn over while the task waits; and so is
   * the place in the line, so that a picture that is slow to take does not come after a newer one.
   */
  async runWith<T>(
    taking: Promise<Portable>,
    task: (picture: Portable) => Promise<T>,
    options: { signal?: AbortSignal; supersede?: boolean },
  ): Promise<T> {
    taking.catch(() => undefined); // Heard when the turn has come; if it never comes, by nobody.
    let given = false;
    try {
      return await this.run(async () => {
        const picture = await taking;
        given = true;
        return task(picture);
      }, options);
    } finally {
      if (!given) {
        taking.then((picture) => picture instanceof ImageBitmap && picture.close()).catch(() => undefined);
      }
    }
  }

  /** Settles once nothing has been asked for, nor has run, for so long. */
  async quiet(milliseconds: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#closed) throw this.#closed;
      const left = this.#running ? milliseconds : milliseconds - (performance.now() - this.#used);
      if (left <= 0) return;
      await new Promise((done) => setTimeout(done, left));
    }
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Rejects what waits, and everything that comes later. */
  close(error: Error): void {
    this.#closed = error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }

  #dropSuperseded(): void {
    const dropped = this.#waiting.filter((other) => other.supersede);
    this.#waiting = this.#waiting.filter((other) => !other.supersede);
    for (const other of dropped) {
      other.reject(new Pix2PixError('translate/superseded', 'a newer sketch took the place of this one'));
    }
  }

  #next(): void {
    if (!this.#running) this.#waiting.shift()?.start();
  }
}
