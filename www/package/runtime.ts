/** An engine's WebAssembly: fetched and compiled once for each address, then shared with every worker. */
import { ask, count, reason } from './download.js';
import { type EngineName, type Progress, Pix2PixError } from './protocol.js';

type Listener = (progress: Progress) => void;

interface Compiling {
  module: Promise<WebAssembly.Module>;
  listeners: Set<Listener>;
}

const compiling = new Map<string, Compiling>();

/** Everybody who asks while it is on its way hears of its progress. */
export function compile(engine: EngineName, url: string | URL, onProgress?: Listener): Promise<WebAssembly.Module> {
  const key = String(url);
  let entry = compiling.get(key);
  if (!entry) {
    const listeners = new Set<Listener>();
    const report: Listener = (progress) => listeners.forEach((listener) => listener(progress));
    entry = { module: fetchAndCompile(engine, key, report), listeners };
    compiling.set(key, entry);
    entry.module.catch(() => compiling.delete(key)); // The next call tries again.
  }
  if (onProgress) entry.listeners.add(onProgress);
  return entry.module;
}

async function fetchAndCompile(engine: EngineName, url: string, onProgress: Listener): Promise<WebAssembly.Module> {
  const response = await ask(url);
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
        `the WebAssembly at ${url} can't be compiled: ${reason(error)}. Give its address in wasmUrl, ` +
          "and allow 'wasm-unsafe-eval' if the page has a Content-Security-Policy",
      )
    );
  }
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
