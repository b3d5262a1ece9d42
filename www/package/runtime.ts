/** An engine's WebAssembly: fetched and compiled once for each address, then shared with every worker. */
import { ask, count, reason, tell } from './download.js';
import { type EngineName, type Progress, Pix2PixError } from './protocol.js';

type Listener = (progress: Progress) => void;

interface Compiling {
  module: Promise<WebAssembly.Module>;
  /** None any more once it is compiled: a listener holds its caller's model. */
  listeners: Set<Listener> | undefined;
}

const compiling = new Map<string, Compiling>();

/** Everybody who asks while it is on its way hears of its progress. */
export function compile(engine: EngineName, url: string | URL, onProgress?: Listener): Promise<WebAssembly.Module> {
  const key = String(url);
  const entry = compiling.get(key) ?? begin(engine, key);
  if (onProgress) entry.listeners?.add(onProgress);
  return entry.module;
}

function begin(engine: EngineName, url: string): Compiling {
  const report: Listener = (progress) => entry.listeners?.forEach((listener) => tell(listener, progress));
  const entry: Compiling = { module: fetchAndCompile(engine, url, report), listeners: new Set() };
  compiling.set(url, entry);
  const done = () => (entry.listeners = undefined);
  entry.module.then(done, () => {
    done();
    compiling.delete(url); // The next call tries again.
  });
  return entry;
}

async function fetchAndCompile(engine: EngineName, url: string, onProgress: Listener): Promise<WebAssembly.Module> {
  const response = await ask(url).catch((error: unknown) => {
    if (!(error instanceof Pix2PixError) || error.code !== 'network/status') throw error;
    throw new Pix2PixError(error.code, `${error.message}. Bundlers that don't copy files need its address in wasmUrl: { cpu, threads, webgpu }`);
  });
  // Browsers keep the machine code of what a server sent for the next visit, also where it is read twice, but not that of a
  // response that the page put together itself. So bytes are counted beside.
  const counted = exhaust(count(response.clone(), url, (bytes) => onProgress({ phase: 'runtime', engine, ...bytes })).body);
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
