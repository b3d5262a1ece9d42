/** An engine's WebAssembly: fetched and compiled once for each address, then shared with every worker. */
import { type Bytes, type EngineName, type PhaseProgress, Pix2PixError } from '../contract/protocol.js';
import { reason } from '../contract/reason.js';
import { ask, count, tell } from './download.js';

/** How large each engine's WebAssembly is, which the package's build puts here: servers that pack what they send don't say it. */
declare const ENGINE_BYTES: Partial<Record<EngineName, number>>;

type Listener = (progress: PhaseProgress) => void;

interface Compiling {
  module: Promise<WebAssembly.Module>;
  /** Who waits for it, each with a listener. None any more once it is compiled: a listener holds its caller's model. */
  waiting: Set<Listener> | undefined;
  /** What they heard last. */
  progress?: PhaseProgress;
  /** Ends the download. */
  stop: AbortController;
}

const compiling = new Map<string, Compiling>();

/**
 * Everybody who asks while it is on its way hears of its progress: 0 bytes of 0 where it is there. The download ends with the signal of the last
 * who waits for it.
 */
export function compile(
  engine: EngineName,
  url: string | URL,
  { onProgress, signal }: { onProgress?: Listener | undefined; signal?: AbortSignal | undefined } = {},
): Promise<WebAssembly.Module> {
  const key = String(url);
  const entry = compiling.get(key) ?? begin(engine, key);
  const { module, waiting, progress = { phase: 'runtime', engine, loaded: 0, total: 0 } } = entry;
  if (waiting === undefined || entry.progress !== undefined) tell(onProgress, progress);
  if (waiting !== undefined) {
    const listener: Listener = (progress) => onProgress?.(progress);
    waiting.add(listener);
    const leave = () => {
      waiting.delete(listener);
      if (waiting.size > 0) return;
      forget(key, entry);
      entry.stop.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave);
    const stay = () => signal?.removeEventListener('abort', leave);
    module.then(stay, stay);
  }
  return module;
}

function begin(engine: EngineName, url: string): Compiling {
  const report: Listener = (progress) => {
    entry.progress = progress;
    entry.waiting?.forEach((listener) => tell(listener, progress));
  };
  const stop = new AbortController();
  const entry: Compiling = { module: fetchAndCompile(engine, url, report, stop.signal), waiting: new Set(), stop };
  compiling.set(url, entry);
  const done = () => {
    entry.waiting = undefined;
    delete entry.progress;
  };
  entry.module.then(done, () => {
    done();
    forget(url, entry);
  });
  return entry;
}

/** The next call tries again. */
function forget(url: string, entry: Compiling): void {
  if (compiling.get(url) === entry) compiling.delete(url);
}

async function fetchAndCompile(engine: EngineName, url: string, onProgress: Listener, signal: AbortSignal): Promise<WebAssembly.Module> {
  const response = await ask(url, signal).catch((error: unknown) => {
    if (!(error instanceof Pix2PixError) || error.code !== 'network/status') throw error;
    throw new Pix2PixError(error.code, `${error.message}. Bundlers that don't copy files need its address in wasmUrl: { cpu, 'cpu-relaxed', threads, 'threads-relaxed', webgpu }`);
  });
  // Browsers keep the machine code of what a server sent for the next visit, also where it is read twice, but not that of a
  // response that the page put together itself. So bytes are counted beside.
  const report = (bytes: Bytes) => onProgress({ phase: 'runtime', engine, ...bytes });
  const counted = exhaust(count(response.clone(), url, report, { signal, size: ENGINE_BYTES[engine] }).body);
  try {
    const module = await WebAssembly.compileStreaming(isWasm(response) ? response : asWasm(response));
    await counted;
    return module;
  } catch (error) {
    throw (
      (await counted) ??
      new Pix2PixError(
        'runtime/failed',
        `the WebAssembly at ${url} can't be compiled: ${reason(error)}. ${remedy(url)}, ` +
          "and allow 'wasm-unsafe-eval' if the page has a Content-Security-Policy",
      )
    );
  }
}

/** Until version 8, Vite's development server moved a package's scripts away from its other files. */
function remedy(url: string): string {
  if (url.includes('/.vite/deps/')) return "Vite before 8 needs optimizeDeps: { exclude: ['pix2pix-web'] } in its configuration; else give its address in wasmUrl";
  return 'Give its address in wasmUrl';
}

/** Reads to the end, and says what broke it if it did not come there. */
async function exhaust(body: ReadableStream<Uint8Array>): Promise<unknown> {
  try {
    const reader = body.getReader();
    while (!(await reader.read()).done);
    return undefined;
  } catch (error) {
    return error;
  }
}

function isWasm(response: Response): boolean {
  return response.headers.get('content-type') === 'application/wasm';
}

/** Servers without a MIME type for .wasm are many. */
function asWasm({ body }: Response): Response {
  return new Response(body, { headers: { 'content-type': 'application/wasm' } });
}
