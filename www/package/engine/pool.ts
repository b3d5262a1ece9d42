/** The workers that share the memory of an engine's worker, whose script they run again under another name. */

import { reason } from '../contract/reason.js';

/** What a worker needs to join. */
export interface Shared {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** The name of a channel on which a worker tells of its crash: whoever waits for it in the shared memory waits without end. */
  alarm: string;
}

/** The name that tells a worker of a pool from the one that started it. */
const NAME = 'pix2pix-web thread';

const READY = 'ready';

/** They end with the worker that starts them. Held, as Firefox frees workers that nobody holds (its bug 1702191). */
const pool: Worker[] = [];

/** Starts `threads` workers; fails if one of them does. */
export async function startPool(threads: number, shared: Shared): Promise<void> {
  const type = isModule() ? 'module' : 'classic';
  const started = Array.from({ length: threads }, () => {
    const worker = new Worker(self.location.href, { type, name: NAME });
    pool.push(worker);
    return new Promise<void>((ready, failed) => {
      worker.addEventListener('message', ({ data }) => data === READY && ready(), { once: true });
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        failed(new Error(event.message || "their script can't be loaded"));
      });
      worker.postMessage(shared);
    });
  });
  try {
    await Promise.all(started);
  } catch (error) {
    for (const worker of pool.splice(0)) worker.terminate();
    throw error;
  }
}

/** Bundlers may have made a classic script of this worker, with parts that no module could load. */
function isModule(): boolean {
  try {
    // Nothing is loaded: it is refused as such in a module, and elsewhere as an address that is none. Firefox passes over a call without any.
    (self as unknown as { importScripts(url: string): void }).importScripts('http://[');
    return false;
  } catch (error) {
    return error instanceof TypeError;
  }
}

/** Whether this is a worker of a pool. */
export function inPool(): boolean {
  return self.name === NAME;
}

/** Waits for what is shared, and runs with it; `ready` is called before the thread is run, which does not come back. */
export function runInPool(run: (shared: Shared, ready: () => void) => Promise<void>): void {
  const join = (shared: Shared) =>
    run(shared, () => self.postMessage(READY)).catch((error: unknown) => {
      new BroadcastChannel(shared.alarm).postMessage(reason(error));
      throw error;
    });
  self.addEventListener('message', ({ data }) => void join(data as Shared), { once: true });
}
