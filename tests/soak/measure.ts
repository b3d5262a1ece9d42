/** What a page holds, from outside of it and from within. */
import { readFileSync } from 'node:fs';
import type { BrowserContext, CDPSession, Page, Worker } from '@playwright/test';

/** One look at both tabs together. */
export interface Sample {
  readonly minute: number;
  readonly round: number;
  /** Of the pages' main threads, after garbage collection, in bytes. */
  readonly heap: number;
  /** Of the engines that are alive, in bytes. */
  readonly wasm: number;
  /** Resident memory of all the browser's processes, in bytes. */
  readonly resident: number;
  /** Of caches and databases together, in bytes. */
  readonly storage: number;
  readonly workers: number;
  readonly nodes: number;
  readonly listeners: number;
  /** Addresses of Blobs that nobody revoked. */
  readonly blobs: number;
}

/** Before a page's first script: it counts the addresses of Blobs. */
export const COUNT_BLOBS = `{
  const { createObjectURL, revokeObjectURL } = URL;
  const open = (globalThis.openBlobs = new Set());
  URL.createObjectURL = (blob) => { const url = createObjectURL.call(URL, blob); open.add(url); return url; };
  URL.revokeObjectURL = (url) => { open.delete(url); revokeObjectURL.call(URL, url); };
}
`;

/** Before the script of an engine's worker: it remembers the engine's memory, which may be its own or shared with threads. */
export const COUNT_WASM = `{
  const memories = (globalThis.memories = new Set());
  const see = (result) => {
    const { memory } = (result.instance ?? result).exports;
    if (memory !== undefined) memories.add(memory);
    return result;
  };
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...given) => see(await original.apply(WebAssembly, given));
  }
  const { Instance, Memory } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, { construct: (target, given) => see(new target(...given)) });
  WebAssembly.Memory = new Proxy(Memory, { construct: (target, given) => { const memory = new target(...given); memories.add(memory); return memory; } });
}
`;

export class Meter {
  readonly #context: BrowserContext;
  readonly #began = performance.now();
  readonly #sessions = new Map<Page, CDPSession>();
  /** Threads of an engine: they wait for work, answer nobody, and have the memory of the worker that started them. */
  readonly #threads = new WeakSet<Worker>();
  #round = 0;

  constructor(context: BrowserContext) {
    this.#context = context;
  }

  async sample(): Promise<Sample> {
    const of = await Promise.all(this.#context.pages().map((page) => this.#of(page)));
    const sum = (what: (part: (typeof of)[number]) => number): number => of.reduce((total, part) => total + what(part), 0);
    return {
      minute: (performance.now() - this.#began) / 60_000,
      round: (this.#round += 1),
      heap: sum(({ heap }) => heap),
      wasm: sum(({ wasm }) => wasm),
      resident: await this.#resident(),
      storage: Math.max(...of.map(({ storage }) => storage)), // Both tabs are told the same.
      workers: sum(({ workers }) => workers),
      nodes: sum(({ nodes }) => nodes),
      listeners: sum(({ listeners }) => listeners),
      blobs: sum(({ blobs }) => blobs),
    };
  }

  async #of(page: Page) {
    let session = this.#sessions.get(page);
    if (session === undefined) {
      session = await this.#context.newCDPSession(page);
      this.#sessions.set(page, session);
      await session.send('Performance.enable');
    }
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    const metric = (name: string): number => metrics.find((each) => each.name === name)?.value ?? NaN;
    const workers = page.workers();
    const memories = await Promise.all(workers.map((worker) => this.#memory(worker)));
    const { storage, blobs } = await page.evaluate(async () => ({
      storage: (await navigator.storage.estimate()).usage ?? 0,
      blobs: (globalThis as unknown as { openBlobs: Set<string> }).openBlobs.size,
    }));
    return {
      heap: metric('JSHeapUsedSize'),
      nodes: metric('Nodes'),
      listeners: metric('JSEventListeners'),
      wasm: memories.reduce((a, b) => a + b, 0),
      workers: workers.length,
      storage,
      blobs,
    };
  }

  async #memory(worker: Worker): Promise<number> {
    if (this.#threads.has(worker)) return 0;
    const asked = worker.evaluate(() => {
      const { memories = new Set() } = globalThis as { memories?: Set<WebAssembly.Memory> };
      return [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    });
    const silent = new Promise<undefined>((done) => setTimeout(done, 5000, undefined));
    const answer = await Promise.race([asked.catch(() => 0), silent]); // It may end meanwhile.
    if (answer === undefined) this.#threads.add(worker);
    return answer ?? 0;
  }

  /** Where the system tells it: on Linux. */
  async #resident(): Promise<number> {
    const session = await this.#context.browser()!.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    const of = (id: number): number => {
      try {
        return 1024 * Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0);
      } catch {
        return 0; // It ended meanwhile, or the system has no /proc.
      }
    };
    return processInfo.reduce((sum, { id }) => sum + of(id), 0);
  }
}

/** How far a figure may grow from the first third of the samples to the last: by a part of itself, and by what is little anyway. */
interface Bound {
  readonly part: number;
  readonly little: number;
}

const MB = 1e6;

/** Medians of thirds are compared, since a figure goes up and down with what the page does at the time. */
const BOUNDS: Partial<Record<keyof Sample, Bound>> = {
  heap: { part: 0.1, little: 3 * MB },
  wasm: { part: 0.1, little: 2 * MB },
  resident: { part: 0.15, little: 100 * MB },
  storage: { part: 0.05, little: 3 * MB },
  workers: { part: 0, little: 1 },
  nodes: { part: 0.1, little: 300 },
  listeners: { part: 0.1, little: 100 },
  blobs: { part: 0, little: 4 },
};

/** What grew beyond its bound, in words; nothing where all is flat. */
export function growth(samples: readonly Sample[]): string[] {
  // The first round loads the models, and each tab's code.
  const settled = samples.slice(2);
  const third = Math.ceil(settled.length / 3);
  return Object.entries(BOUNDS).flatMap(([name, { part, little }]) => {
    const of = (some: readonly Sample[]): number => median(some.map((sample) => sample[name as keyof Sample]));
    const [first, last] = [of(settled.slice(0, third)), of(settled.slice(-third))];
    return last <= first * (1 + part) + little ? [] : [`${name}: from ${first} to ${last}`];
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

const COLUMNS: readonly (readonly [name: string, of: (sample: Sample) => string])[] = [
  ['minute', ({ minute }) => minute.toFixed(1)],
  ['round', ({ round }) => String(round)],
  ['JS heap, MB', ({ heap }) => (heap / MB).toFixed(1)],
  ['wasm, MB', ({ wasm }) => (wasm / MB).toFixed(1)],
  ['resident, MB', ({ resident }) => (resident / MB).toFixed(0)],
  ['storage, MB', ({ storage }) => (storage / MB).toFixed(1)],
  ['workers', ({ workers }) => String(workers)],
  ['nodes', ({ nodes }) => String(nodes)],
  ['listeners', ({ listeners }) => String(listeners)],
  ['blob URLs', ({ blobs }) => String(blobs)],
];

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export const HEAD = [row(COLUMNS.map(([name]) => name)), row(COLUMNS.map(() => '---'))].join('\n');

export const rowOf = (sample: Sample): string => row(COLUMNS.map(([, of]) => of(sample)));
