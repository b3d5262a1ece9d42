/** From nothing to a thread with a running engine: the module compiled, the worker up, the engine started in it. */
import { type Choice, choose } from './choice.js';
import { reason } from './download.js';
import { type EngineName, type EngineUrls, type LoadOptions, Pix2PixError } from './protocol.js';
import { compile } from './runtime.js';
import { type Thread, inCallersThread, inWorker } from './thread.js';

type Options = Pick<LoadOptions, 'device' | 'onProgress' | 'signal' | 'worker' | 'wasmUrl' | 'workerUrl'>;

interface Started<T> {
  prepared: T;
  thread: Thread;
  /** Why it is the CPU, where the caller left it open. */
  reason: string | undefined;
}

/** `prepare` runs beside the download of the engine. Where the choice is left open, the engine of the CPU stands in for the other. */
export async function start<T>(options: Options, prepare: () => Promise<T>): Promise<Started<T>> {
  const { device, signal, wasmUrl, workerUrl } = options;
  checkUrls({ wasmUrl, workerUrl });
  signal?.throwIfAborted();
  const preparing = prepare();
  preparing.catch(() => undefined); // It is awaited once the engine is chosen.
  const choice = await orAborted(choose(device), signal);
  try {
    return await startEngine(choice, options, preparing);
  } catch (error) {
    signal?.throwIfAborted();
    if (choice.engine === 'cpu' || device === 'webgpu') throw error;
    await preparing; // No other engine mends what failed there.
    const why = `the engine of WebGPU can't be used: ${reason(error)}`;
    return startEngine({ engine: 'cpu', reason: why }, options, preparing);
  }
}

async function startEngine<T>(
  { engine, reason }: Choice,
  { onProgress, signal, worker = true, wasmUrl, workerUrl }: Options,
  preparing: Promise<T>,
): Promise<Started<T>> {
  const compiling = compile(engine, wasmUrl?.[engine] ?? besideScript(engine), onProgress);
  const [prepared, module] = await orAborted(Promise.all([preparing, compiling]), signal);
  const thread = await (worker ? inWorker(engine, workerUrl?.[engine]) : inCallersThread(engine));
  const stop = () => thread.end();
  signal?.addEventListener('abort', stop);
  try {
    await thread.call(thread.engine.start(module));
    return { prepared, thread, reason };
  } catch (error) {
    thread.end();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** One address can't be that of both engines. */
function checkUrls(options: Record<string, EngineUrls | undefined>): void {
  for (const [name, urls] of Object.entries(options)) {
    if (urls === undefined || (typeof urls === 'object' && !(urls instanceof URL))) continue;
    throw new Pix2PixError('options/invalid', `${name} is ${String(urls)}, expected { cpu, webgpu }`);
  }
}

/** Bundlers look for exactly these two expressions. */
function besideScript(engine: EngineName): URL {
  return engine === 'cpu' ? new URL('./cpu_bg.wasm', import.meta.url) : new URL('./webgpu_bg.wasm', import.meta.url);
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
