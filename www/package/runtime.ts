/** The WebAssembly module: fetched and compiled once for each address, then shared with every worker. */
import { reason, stream } from './download.js';
import { type Progress, Pix2PixError } from './protocol.js';

type Listener = (progress: Progress) => void;

interface Compiling {
  module: Promise<WebAssembly.Module>;
  listeners: Set<Listener>;
}

const compiling = new Map<string, Compiling>();

/** Everybody who asks while it is on its way hears of its progress. */
export function compile(url: string | URL, onProgress?: Listener): Promise<WebAssembly.Module> {
  const key = String(url);
  let entry = compiling.get(key);
  if (!entry) {
    const listeners = new Set<Listener>();
    const report: Listener = (progress) => listeners.forEach((listener) => listener(progress));
    entry = { module: fetchAndCompile(key, report), listeners };
    compiling.set(key, entry);
    entry.module.catch(() => compiling.delete(key)); // The next call tries again.
  }
  if (onProgress) entry.listeners.add(onProgress);
  return entry.module;
}

async function fetchAndCompile(url: string, onProgress: Listener): Promise<WebAssembly.Module> {
  const { body, broken } = await stream(url, 'runtime', { onProgress });
  try {
    // A response of our own, since servers without a MIME type for .wasm are many.
    const headers = { 'content-type': 'application/wasm' };
    return await WebAssembly.compileStreaming(new Response(body, { headers }));
  } catch (error) {
    throw (
      broken() ??
      new Pix2PixError(
        'runtime/failed',
        `the WebAssembly at ${url} can't be compiled: ${reason(error)}. Give its address as wasmUrl, ` +
          "and allow 'wasm-unsafe-eval' if the page has a Content-Security-Policy",
      )
    );
  }
}
