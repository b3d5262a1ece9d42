/** An engine behind Comlink: what the scripts of both workers do. */
import { expose, proxy } from 'comlink';
import type { Engine } from '../contract/engine.js';

export function serve(engine: Engine): void {
  // A model stays here, and is used from outside.
  const exposed: Engine = {
    ...engine,
    load: async (...args) => proxy(await engine.load(...args)),
    loadFiles: async (...args) => proxy(await engine.loadFiles(...args)),
    create: async (...args) => proxy(await engine.create(...args)),
  };
  expose(exposed);
}
