/** The script of a worker with the engine of the CPU on all cores, and of the workers of its pool. */
import * as bindings from '../../../pkg/threads.js';
import { inPool, runInPool } from './pool.js';
import { serve } from './serve.js';
import { engine } from './threads-engine.js';

if (inPool()) {
  runInPool(async ({ module, memory }, ready) => {
    await bindings.default({ module_or_path: module, memory });
    ready();
    bindings.run_thread();
  });
} else {
  serve(engine);
}
