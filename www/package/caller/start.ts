/** From nothing to a thread with a running engine: the module compiled, the worker up, the engine started in it. */
import { type DeviceChoice, type EngineName, type LoadOptions, type PhaseProgress, Pix2PixError, type WorkerName } from '../contract/protocol.js';
import { reason } from '../contract/reason.js';
import { type Choice, choose } from './choice.js';
import { compile } from './runtime.js';
import { hasRelaxedSimd } from './simd.js';
import { type Thread, inCallersThread, inWorker } from './thread.js';

export interface Options extends Pick<LoadOptions, 'device' | 'signal' | 'worker' | 'threads' | 'simd' | 'wasmUrl' | 'workerUrl'> {
  onProgress?: ((progress: PhaseProgress) => void) | undefined;
}

interface Started<T> extends Choice {
  prepared: T;
  thread: Thread;
}

/** `prepare` runs beside the download of the engine. Where the choice is left open, the engine of the CPU stands in for the other. */
export async function start<T>(options: Options, prepare: () => Promise<T>): Promise<Started<T>> {
  const { device, signal, wasmUrl, workerUrl } = options;
  checkUrls({ wasmUrl, workerUrl });
  checkThreads(options.threads);
  checkSimd(options.simd);
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

/**
 * Where the threads can't be started the engine without them takes their place. So does the engine without relaxed SIMD, which may be
 * all that is there without a network.
 */
async function startEngine<T>(choice: Choice, options: Options, preparing: Promise<T>): Promise<Started<T>> {
  const [plain, ...better] = buildsOf(choice.engine, options).reverse() as [Build, ...Build[]];
  for (const build of better.reverse()) {
    try {
      return await startBuild(build, choice, options, preparing);
    } catch {
      options.signal?.throwIfAborted();
      await preparing; // No other engine mends what failed there.
    }
  }
  return startBuild(plain, choice, options, preparing);
}

/** An engine, and the script that it runs in. */
interface Build {
  engine: EngineName;
  script: WorkerName;
  threads: number;
}

/** The engines that may run, the fastest first. */
function buildsOf(engine: WorkerName, options: Options): Build[] {
  const threads = engine === 'cpu' ? threadsOf(options) : 1;
  const scripts: WorkerName[] = threads > 1 ? ['threads', engine] : [engine];
  return scripts.flatMap((script) =>
    enginesOf(script, options).map((engine) => ({ engine, script, threads: script === 'threads' ? threads : 1 })),
  );
}

/** A caller who says where the engine without relaxed SIMD lies, and nothing of the other, may not have the other. */
function enginesOf(script: WorkerName, { simd, wasmUrl }: Options): EngineName[] {
  if (script === 'webgpu' || simd === 'fixed' || !hasRelaxedSimd()) return [script];
  const relaxed = `${script}-relaxed` as const;
  return wasmUrl?.[script] !== undefined && wasmUrl[relaxed] === undefined ? [script] : [relaxed, script];
}

async function startBuild<T>(
  { engine, script, threads }: Build,
  choice: Choice,
  { onProgress, signal, worker = true, wasmUrl, workerUrl }: Options,
  preparing: Promise<T>,
): Promise<Started<T>> {
  const compiling = compile(engine, wasmUrl?.[engine] ?? besideScript(engine), { onProgress, signal });
  const [prepared, module] = await orAborted(Promise.all([preparing, compiling]), signal);
  const thread = await (worker ? inWorker(script, workerUrl?.[script]) : inCallersThread(script));
  const stop = () => thread.end();
  signal?.addEventListener('abort', stop);
  try {
    const simd = engine === script ? 'fixed' : 'relaxed';
    await thread.call(thread.engine.start(module, { threads, simd, alarm: thread.alarm }));
    return { ...choice, prepared, thread };
  } catch (error) {
    thread.end();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** No more of them by default: inner layers have too little work for more. */
const MOST_THREADS = 8;

/** Threads share memory, which a browser allows to isolated pages alone; and who waits for them must not be the page itself. */
function threadsOf({ worker = true, threads }: Options): number {
  // WebKitGTK isolates pages, and shares no memory all the same.
  if (!worker || globalThis.crossOriginIsolated !== true || !('SharedArrayBuffer' in globalThis)) return 1;
  return threads ?? Math.min(navigator.hardwareConcurrency, MOST_THREADS);
}

/** Where no engine is asked for its opinion. */
export function checkDevice(device: DeviceChoice | undefined): void {
  if (device === undefined || ['auto', 'webgpu', 'cpu'].includes(device)) return;
  throw new Pix2PixError('options/invalid', `device is ${String(device)}, expected auto, webgpu or cpu`);
}

function checkThreads(threads: number | undefined): void {
  if (threads === undefined || (Number.isInteger(threads) && threads >= 1 && threads <= 64)) return;
  throw new Pix2PixError('options/invalid', `threads is ${String(threads)}, expected a whole number from 1 to 64`);
}

function checkSimd(simd: unknown): void {
  if (simd === undefined || simd === 'relaxed' || simd === 'fixed') return;
  throw new Pix2PixError('options/invalid', `simd is ${String(simd)}, expected relaxed or fixed`);
}

/** One address can't be that of several engines. */
function checkUrls({ wasmUrl, workerUrl }: Pick<Options, 'wasmUrl' | 'workerUrl'>): void {
  const expected = { wasmUrl: "{ cpu, 'cpu-relaxed', threads, 'threads-relaxed', webgpu }", workerUrl: '{ cpu, threads, webgpu }' };
  for (const [name, urls] of Object.entries({ wasmUrl, workerUrl })) {
    if (urls === undefined || (typeof urls === 'object' && !(urls instanceof URL))) continue;
    throw new Pix2PixError('options/invalid', `${name} is ${String(urls)}, expected ${expected[name as keyof typeof expected]}`);
  }
}

/** Bundlers look for exactly these expressions. The package has these files beside its script: its build says so. */
function besideScript(engine: EngineName): URL {
  switch (engine) {
    case 'cpu':
      return new URL('../../../pkg/cpu_bg.wasm', import.meta.url);
    case 'cpu-relaxed':
      return new URL('../../../pkg/cpu-relaxed_bg.wasm', import.meta.url);
    case 'threads':
      return new URL('../../../pkg/threads_bg.wasm', import.meta.url);
    case 'threads-relaxed':
      return new URL('../../../pkg/threads-relaxed_bg.wasm', import.meta.url);
    case 'webgpu':
      return new URL('../../../pkg/webgpu_bg.wasm', import.meta.url);
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
