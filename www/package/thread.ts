/** Where the engine runs: in a worker of its own, which goes with its model, or in the caller's thread. */
import * as Comlink from 'comlink';
import { crashed } from './crash.js';
import { reason } from './download.js';
import type { Engine, EngineModel } from './engine.js';
import { type EngineName, Pix2PixError } from './protocol.js';

export interface Thread {
  engine: Engine;
  /** Waits for an answer: errors come as {@link Pix2PixError}, and the thread's end ends the waiting. */
  call<T>(answer: Promise<T>): Promise<T>;
  /** A function that the engine may call. */
  listener<A extends unknown[]>(f: (...args: A) => void): (...args: A) => void;
  /**
   * Hands a value over without copying it, or those `parts` of it, where it can be; the caller must not use them
   * again.
   */
  give<T>(value: T, parts?: unknown[]): T;
  /** Frees the model, and ends the worker with all its memory. */
  end(why?: Error, model?: EngineModel): void;
}

/** Errors cross threads as plain objects, since a structured clone of an Error loses its code. */
function revive(error: unknown): unknown {
  if (error instanceof DOMException && error.name === 'DataCloneError') {
    return new Pix2PixError('options/invalid', `an option can't be sent to the worker: ${error.message}`);
  }
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? new Pix2PixError(code, String(message)) : error;
}

/** What of a value changes hands rather than being copied. */
function transferables(value: unknown): Transferable[] {
  if (value instanceof ArrayBuffer || value instanceof ImageBitmap) return [value];
  return value instanceof ImageData ? [value.data.buffer] : [];
}

/** Waiting that can be ended from outside: by a crash, which settles no promise, or by `end`. */
function endable(): { call: Thread['call']; fail: (why: unknown) => void } {
  let fail: (why: unknown) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    fail = reject;
  });
  ended.catch(() => undefined); // Heard by whoever waits in `call`, if anybody.
  return {
    call: (answer) =>
      Promise.race([answer, ended]).catch((error: unknown) => Promise.reject(revive(error))),
    fail,
  };
}

export async function inCallersThread(name: EngineName): Promise<Thread> {
  const { engine } = await (name === 'cpu' ? import('./cpu-engine.js') : import('./webgpu-engine.js'));
  const { call, fail } = endable();
  // A panic inside WebAssembly's own futures is thrown to nobody but the thread.
  const listen = ({ error }: ErrorEvent) => {
    if (error instanceof WebAssembly.RuntimeError) fail(crashed(error.message));
  };
  globalThis.addEventListener('error', listen);
  return {
    engine,
    call,
    listener: (f) => f,
    give: (value) => value,
    end: (why = new Pix2PixError('worker/ended', 'the engine was ended'), model) => {
      globalThis.removeEventListener('error', listen);
      fail(why);
      model?.free().catch(() => undefined); // After a crash there is nothing left to free.
    },
  };
}

export async function inWorker(name: EngineName, workerUrl: string | URL | undefined): Promise<Thread> {
  let worker: Worker;
  try {
    worker = workerUrl ? new Worker(workerUrl, { type: 'module' }) : workerBeside(name);
  } catch (error) {
    throw new Pix2PixError(
      'worker/failed',
      `the worker can't be started: ${reason(error)}. Give an address on the page's own origin in workerUrl`,
    );
  }
  const { call, fail } = endable();
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const script = "its script can't be loaded; give its address in workerUrl";
    fail(
      event.message?.includes('RuntimeError')
        ? crashed(event.message)
        : new Pix2PixError('worker/failed', `the worker failed: ${event.message || script}`),
    );
  });
  return {
    // The remote has the engine's methods, each returning a promise, as they do already.
    engine: Comlink.wrap<Engine>(worker) as unknown as Engine,
    call,
    listener: (f) => Comlink.proxy(f),
    give: (value, parts = [value]) => Comlink.transfer(value, parts.flatMap(transferables)),
    end: (why = new Pix2PixError('worker/ended', 'the worker was ended')) => {
      worker.terminate();
      fail(why);
    },
  };
}

/** Bundlers look for exactly these two expressions. */
function workerBeside(name: EngineName): Worker {
  return name === 'cpu'
    ? new Worker(new URL('./cpu-worker.js', import.meta.url), { type: 'module' })
    : new Worker(new URL('./webgpu-worker.js', import.meta.url), { type: 'module' });
}
