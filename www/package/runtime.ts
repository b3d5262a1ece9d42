/** The WebAssembly module: fetched and compiled once for each address, then shared with every worker. */
import { stream } from './download.js';
import { type Progress, Pix2PixError } from './protocol.js';

const modules = new Map<string, Promise<WebAssembly.Module>>();

export function compile(
  url: string | URL,
  onProgress?: (progress: Progress) => void,
): Promise<WebAssembly.Module> {
  const key = String(url);
  let module = modules.get(key);
  if (!module) {
    module = fetchAndCompile(key, onProgress);
    modules.set(key, module);
    module.catch(() => modules.delete(key)); // The next call tries again.
  }
  return module;
}

async function fetchAndCompile(
  url: string,
  onProgress?: (progress: Progress) => void,
): Promise<WebAssembly.Module> {
  const { body } = await stream(url, 'runtime', { onProgress });
  try {
    // A response of our own, since servers without a MIME type for .wasm are many.
    const headers = { 'content-type': 'application/wasm' };
    return await WebAssembly.compileStreaming(new Response(body, { headers }));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Pix2PixError(
      'runtime/failed',
      `the WebAssembly at ${url} can't be compiled: ${detail}. Give its address as wasmUrl, ` +
        "and allow 'wasm-unsafe-eval' if the page has a Content-Security-Policy",
    );
  }
}
