/**
 * What a visitor used of that which not everybody needs, kept for visits without a network: the engines, each its WebAssembly and the
 * script of its worker, and the words of a language other than English, which count as an engine of their own here.
 */

export const ENGINE_CACHE = 'pix2pix-web-engines';

/**
 * The name of the engine whose WebAssembly this is, `words-de` of German words; undefined for everything else. The names of built files end
 * in a hash.
 */
export function engineOf(address: string): string | undefined {
  const [, engine, words] = /\/assets\/(?:((?:cpu|threads)(?:-relaxed)?|webgpu)_bg-[^/]*\.wasm|(words-(?:de|zh))-[^/]*\.js)$/.exec(address) ?? [];
  return engine ?? words;
}

/** The name of the worker whose script this is. An engine with relaxed SIMD runs in that of the one without it. */
function workerOf(address: string): string | undefined {
  return /\/assets\/(cpu|threads|webgpu)-worker-[^/]*\.js$/.exec(address)?.[1];
}

/** Whether a file is of an engine. */
export function isOfEngine(address: string): boolean {
  return engineOf(address) !== undefined || workerOf(address) !== undefined;
}

/** Whether an engine is among these files with all that it needs. */
export function hasEngine(files: readonly string[]): boolean {
  return files.some((file) => files.some((other) => workerOf(other) !== undefined && workerOf(other) === engineOf(file)?.replace('-relaxed', '')));
}

/** What the page asks of the service worker for an engine that it fetched without it. */
export interface KeepEngine {
  type: 'KEEP_ENGINE';
  engine: string;
}

/** The service worker's answer, once it is kept. */
export interface EngineKept {
  type: 'ENGINE_KEPT';
}

/** The engines of one release, by the addresses of all their files. */
export class KeptEngines {
  readonly #files: readonly string[];

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  /** Keeps the files of an engine that are not kept yet. A visit has just fetched them: they come out of the browser's own cache, if it has them. */
  async keep(engine: string): Promise<void> {
    const cache = await caches.open(ENGINE_CACHE);
    const fetchAndPut = async (file: string): Promise<void> => {
      if ((await cache.match(file)) !== undefined) return;
      const response = await fetch(file, { cache: 'force-cache' });
      if (!response.ok) throw new Error(`${file} answered ${response.status}`);
      await cache.put(file, response);
    };
    const worker = engine.replace('-relaxed', '');
    await Promise.all(this.#files.filter((file) => engineOf(file) === engine || workerOf(file) === worker).map(fetchAndPut));
  }

  /** Before this release takes the place of another: it works without a network where that did. */
  async succeed(): Promise<void> {
    const engines = (await kept()).map(({ url }) => engineOf(url));
    await Promise.all([...new Set(engines)].map((engine) => engine !== undefined && this.keep(engine)));
  }

  /** Lets go of what other releases kept. */
  async clean(): Promise<void> {
    const others = (await kept()).filter(({ url }) => !this.#files.includes(url));
    if (others.length === 0) return;
    const cache = await caches.open(ENGINE_CACHE);
    await Promise.all(others.map((request) => cache.delete(request)));
  }
}

async function kept(): Promise<readonly Request[]> {
  // To open it would make it.
  return (await caches.has(ENGINE_CACHE)) ? (await caches.open(ENGINE_CACHE)).keys() : [];
}
