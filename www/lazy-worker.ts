/** Workers that start when they are first needed, and again after they failed. */
import { type Remote, wrap } from 'comlink';

interface Started<T> {
  readonly remote: Remote<T>;
  /** Rejects when the worker does not start, or ends: it answers nothing any more then. */
  readonly failed: Promise<never>;
}

/** Lets the worker that `create` makes do something; `what` it is, messages say. */
export class LazyWorker<T> {
  readonly #create: () => Worker;
  readonly #what: string;
  #started: Started<T> | undefined;

  constructor(create: () => Worker, what: string) {
    [this.#create, this.#what] = [create, what];
  }

  run<R>(task: (remote: Remote<T>) => Promise<R>): Promise<R> {
    this.#started ??= this.#start();
    return Promise.race([task(this.#started.remote), this.#started.failed]);
  }

  #start(): Started<T> {
    const worker = this.#create();
    const failed = new Promise<never>((_, reject) => {
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        worker.terminate();
        this.#started = undefined; // The next task tries again.
        reject(new Error(`the worker that ${this.#what} failed; is the page offline, or out of memory?`));
      });
    });
    failed.catch(() => undefined); // Heard by those who wait, if anybody does.
    return { remote: wrap<T>(worker), failed };
  }
}
