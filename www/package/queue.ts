/** One task after the other: waiting in line, or in the place of the one that waits. */
import { Pix2PixError } from './protocol.js';

interface Waiting {
  start: () => void;
  reject: (reason: unknown) => void;
  supersede: boolean;
}

export class Queue {
  #waiting: Waiting[] = [];
  #running = false;
  #closed: Error | undefined;

  /** Runs `task` when its turn has come. A task that `supersede`s rejects those that wait and do so too. */
  run<T>(
    task: () => Promise<T>,
    { signal, supersede = false }: { signal?: AbortSignal; supersede?: boolean },
  ): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(signal.reason);
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
          void task()
            // What fails because the queue was closed under it says so.
            .then(resolve, (error: unknown) => reject(this.#closed ?? error))
            .finally(() => {
              settle();
              this.#running = false;
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
