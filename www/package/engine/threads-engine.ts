/** The engine of the CPU on all cores: its WebAssembly shares its memory with the workers of a pool. */
import * as bindings from '../../../pkg/threads.js';
import { Pix2PixError } from '../contract/protocol.js';
import { reason } from '../contract/reason.js';
import { engineWith } from './engine.js';
import { startPool } from './pool.js';

export const engine = engineWith({
  ...bindings,
  /** Comes back when every thread of the pool runs. */
  default: async ({ module_or_path: module, pool: { threads, alarm } }) => {
    const { memory } = await bindings.default({ module_or_path: module });
    try {
      await startPool(threads - 1, { module, memory, alarm }); // This worker is a thread itself.
    } catch (error) {
      throw new Pix2PixError('worker/failed', `the threads can't be started: ${reason(error)}`);
    }
    bindings.set_threads(threads);
  },
});
