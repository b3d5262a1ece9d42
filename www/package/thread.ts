/** Where the engine runs: in a worker of its own, which goes with its model, or in the caller's thread. */
import * as Comlink from 'comlink';
import type { Engine, EngineModel } from './engine.js';
import { Pix2PixError } from './protocol.js';

export interface Thread {
  engine: Engine;
  /** Waits for an answer: errors come as {@link Pix2PixError}, and the thread's end ends the waiting. */
  call<T>(answer: Promise<T>): Promise<T>;
  /** A function that the engine may call. */
  listener<A extends unknown[]>(f: (...args: A) => void): (...args: A) => void;
  /** Hands a value over without copying it, where it can be; the caller must not use it again. */
  give<T>(value: T): T;
  /** Frees the model, and ends the worker with all its memory. */
  end(reason?: Error, model?: EngineModel): void;
}

/** Errors cross threads as plain objects, since a structured clone of an Error loses its code. */
function revive(error: unknown): unknown {
  if (error instanceof DOMException && error.name === 'DataCloneError') {
    return new Pix2PixError('options/invalid', `an option can't be sent to the worker: ${error.message}`);
  }
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? new Pix2PixError(code, String(message)) : error;
}

export async function inCallersThread(): Promise<Thread> {
  const { engine } = await import('./engine.js');
  return {
    engine,
    call: (answer) => answer.catch((error: unknown) => Promise.reject(revive(error))),
    listener: (f) => f,
    give: (value) => value,
    end: (_reason, model) => void model?.free(),
  };
}

export async function inWorker(workerUrl: string | URL | undefined): Promise<Thread> {
  const worker = workerUrl
    ? new Worker(workerUrl, { type: 'module' })
    : new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  let fail: (reason: unknown) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    fail = reject;
  });
  ended.catch(() => undefined); // Heard by whoever waits in `call`, if anybody.
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const detail = event.message || 'its script could not be loaded; give its address as workerUrl';
    fail(new Pix2PixError('worker/failed', `the worker failed: ${detail}`));
  });
  return {
    // The remote has the engine's methods, each returning a promise, as they do already.
    engine: Comlink.wrap<Engine>(worker) as unknown as Engine,
    call: (answer) =>
      Promise.race([answer, ended]).catch((error: unknown) => Promise.reject(revive(error))),
    listener: (f) => Comlink.proxy(f),
    give: (value) => {
      if (value instanceof ArrayBuffer) return Comlink.transfer(value, [value]);
      if (value instanceof ImageData) return Comlink.transfer(value, [value.data.buffer]);
      if (value instanceof ImageBitmap) return Comlink.transfer(value, [value]);
      return value;
    },
    end: (reason = new Pix2PixError('worker/ended', 'the worker was ended')) => {
      worker.terminate();
      fail(reason);
    },
  };
}
