/** From nothing to a thread with a running engine: the module compiled, the worker up, the engine started in it. */
import type { LoadOptions } from './protocol.js';
import { compile } from './runtime.js';
import { type Thread, inCallersThread, inWorker } from './thread.js';

type Options = Pick<LoadOptions, 'onProgress' | 'signal' | 'worker' | 'wasmUrl' | 'workerUrl'>;

/** `prepare` runs beside the download of the engine. */
export async function start<T>(
  { onProgress, signal, worker, wasmUrl, workerUrl }: Options,
  prepare: () => Promise<T>,
): Promise<{ prepared: T; thread: Thread }> {
  signal?.throwIfAborted();
  const [prepared, module] = await orAborted(
    Promise.all([
      prepare(),
      compile(wasmUrl ?? new URL('./pix2pix_web_bg.wasm', import.meta.url), onProgress),
    ]),
    signal,
  );
  const thread = await (worker ?? true ? inWorker(workerUrl) : inCallersThread());
  const stop = () => thread.end();
  signal?.addEventListener('abort', stop);
  try {
    await thread.call(thread.engine.start(module));
    return { prepared, thread };
  } catch (error) {
    thread.end();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Waits for `promise`, but no longer than until the signal fires. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  promise.catch(() => undefined); // It may fail after everybody has gone.
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
