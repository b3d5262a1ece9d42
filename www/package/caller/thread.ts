/** Where the engine runs: in a worker of its own, which goes with its model, or in the caller's thread. */
import * as Comlink from 'comlink';
import { crashed } from '../contract/crash.js';
import type { Engine, EngineModel } from '../contract/engine.js';
import { Pix2PixError, type WorkerName } from '../contract/protocol.js';
import { reason } from '../contract/reason.js';
import { Pending } from './pending.js';

export interface Thread {
  engine: Engine;
  /** The name of the channel on which the engine's own threads tell of a crash. */
  alarm: string;
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

/**
 * Waits for answers. A crash ends everything, whether it comes as an answer or settles no promise at all: what is left of the engine
 * can't be trusted. `free` gives its memory back.
 */
function callsOf(free: () => void): { call: Thread['call']; fail: (why: unknown) => void } {
  const pending = new Pending();
  const fail = (why: unknown) => {
    free();
    pending.end(why);
  };
  return {
    call: (answer) =>
      pending.wait(answer).catch((error: unknown) => {
        const revived = revive(error);
        if (revived instanceof Pix2PixError && revived.code === 'engine/crashed') fail(revived);
        throw revived;
      }),
    fail,
  };
}

export async function inCallersThread(name: WorkerName): Promise<Thread> {
  // That with threads would wait for them here, which no page may.
  const { engine } = await (name === 'webgpu' ? import('../engine/webgpu-engine.js') : import('../engine/cpu-engine.js'));
  const { call, fail } = callsOf(() => globalThis.removeEventListener('error', listen));
  // A panic inside WebAssembly's own futures is thrown to nobody but the thread.
  const listen = ({ error }: ErrorEvent) => {
    if (error instanceof WebAssembly.RuntimeError) fail(crashed(error.message));
  };
  globalThis.addEventListener('error', listen);
  return {
    engine,
    alarm: '',
    call,
    listener: (f) => f,
    give: (value) => value,
    end: (why = new Pix2PixError('worker/ended', 'the engine was ended'), model) => {
      fail(why);
      model?.free().catch(() => undefined); // After a crash there is nothing left to free.
    },
  };
}

export async function inWorker(name: WorkerName, workerUrl: string | URL | undefined): Promise<Thread> {
  let worker: Worker;
  try {
    worker = workerUrl ? workerAt(new URL(workerUrl, document.baseURI)) : workerBeside(name);
  } catch (error) {
    throw new Pix2PixError(
      'worker/failed',
      `the worker can't be started: ${reason(error)}. Give its address in workerUrl: { cpu, threads, webgpu }, and allow it in the page's Content-Security-Policy`,
    );
  }
  const alarm = name === 'threads' ? `pix2pix-web ${Date.now()} ${Math.random()}` : '';
  const channel = alarm === '' ? undefined : new BroadcastChannel(alarm);
  const { call, fail } = callsOf(() => {
    worker.terminate();
    channel?.close();
  });
  channel?.addEventListener('message', ({ data }) => fail(crashed(String(data))));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const script = "its script can't be loaded; give its address in workerUrl: { cpu, threads, webgpu }";
    const header = globalThis.crossOriginIsolated ? ', and serve it with the page\'s Cross-Origin-Embedder-Policy' : '';
    fail(
      event.message?.includes('RuntimeError')
        ? crashed(event.message)
        : new Pix2PixError('worker/failed', `the worker failed: ${event.message || script + header}`),
    );
  });
  // An answer that can't be read here would be waited for without end.
  worker.addEventListener('messageerror', () => fail(new Pix2PixError('worker/failed', 'the worker failed: its answer cannot be read')));
  return {
    // The remote has the engine's methods, each returning a promise, as they do already.
    engine: Comlink.wrap<Engine>(worker) as unknown as Engine,
    alarm,
    call,
    listener: (f) => Comlink.proxy(f),
    give: (value, parts = [value]) => Comlink.transfer(value, parts.flatMap(transferables)),
    end: (why = new Pix2PixError('worker/ended', 'the worker was ended')) => fail(why),
  };
}

function workerBeside(name: WorkerName): Worker {
  try {
    // Bundlers look for exactly these expressions.
    switch (name) {
      case 'cpu':
        return new Worker(new URL('../engine/cpu-worker.js', import.meta.url), { type: 'module' });
      case 'threads':
        return new Worker(new URL('../engine/threads-worker.js', import.meta.url), { type: 'module' });
      case 'webgpu':
        return new Worker(new URL('../engine/webgpu-worker.js', import.meta.url), { type: 'module' });
    }
  } catch (error) {
    const here = import.meta.url;
    // Without a bundler, from a CDN: a name of its own, so that no bundler takes it for another worker.
    if (!/^https?:/.test(here)) throw error;
    return workerAt(new URL(`./${name}-worker.js`, here));
  }
}

/** Scripts that import the worker of another origin, by its address. */
const scripts = new Map<string, string>();

/** Workers start from their page's own origin alone, but may import from anywhere that allows it. */
function workerAt(url: URL): Worker {
  if (!/^https?:/.test(url.protocol) || url.origin === location.origin) return new Worker(url, { type: 'module' });
  const script =
    scripts.get(url.href) ?? URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' }));
  scripts.set(url.href, script);
  return new Worker(script, { type: 'module' });
}
