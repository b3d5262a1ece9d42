/** The worker's script: the engine behind Comlink. */
import { expose, proxy } from 'comlink';
import { engine } from './engine.js';

expose({
  ...engine,
  load: async (...args: Parameters<typeof engine.load>) => proxy(await engine.load(...args)),
  create: async (...args: Parameters<typeof engine.create>) => proxy(await engine.create(...args)),
});
