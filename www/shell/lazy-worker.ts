/** Workers that start when they are first needed, and again after they failed. */
import { type Remote, wrap } from 'comlink';
import { Pending } from '../package/caller/pending';
import { words } from '../words/current';
import { inWords } from './refusal';

interface Started<T> {
  readonly remote: Remote<T>;
  /** Ended when the worker does not start, or fails: it answers nothing any more then. */
  readonly pending: Pending;
}

/** Lets the worker that `create` makes do something; `what` it is, messages say. */
export class LazyWorker<T> {
  readonly #create: () => Worker;
  readonly #what: () => string;
  #started: Started<T> | undefined;

  constructor(create: () => Worker, what: () => string) {
    [this.#create, this.#what] = [create, what];
  }

  run<R>(task: (remote: Remote<T>) => Promise<R>): Promise<R> {
    this.#started ??= this.#start();
    const { remote, pending } = this.#started;
    return pending.wait(task(remote)).catch((error: unknown) => {
      throw inWords(error, words.reading);
    });
  }

  #start(): Started<T> {
    const worker = this.#create();
    const pending = new Pending();
    const fail = (event: Event) => {
      event.preventDefault();
      worker.terminate();
      this.#started = undefined; // The next task tries again.
      pending.end(new Error(words.workers.failed(this.#what())));
    };
    worker.addEventListener('error', fail);
    // An answer that can't be read here would be waited for without end.
    worker.addEventListener('messageerror', fail);
    return { remote: wrap<T>(worker), pending };
  }
}
