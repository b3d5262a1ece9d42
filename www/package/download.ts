/** Bytes of a model from wherever it lies, with progress in real bytes, kept in the Cache API. */
import { type LoadOptions, type Progress, Pix2PixError } from './protocol.js';

/** The cache of model files. */
const CACHE = 'pix2pix-web-models';

type Options = Pick<LoadOptions, 'onProgress' | 'signal' | 'cache'>;

export async function read(
  source: string | URL | Blob | ArrayBuffer | Uint8Array<ArrayBuffer>,
  options: Options,
): Promise<ArrayBuffer> {
  if (source instanceof Blob) return source.arrayBuffer();
  if (source instanceof Uint8Array) return source.slice().buffer;
  if (source instanceof ArrayBuffer) return source.slice(0);
  const url = new URL(source, globalThis.document?.baseURI ?? globalThis.location?.href).href;
  const cache = options.cache ? await openCache() : undefined;
  const cached = await cache?.match(url);
  if (cached && !(await changed(url, cached))) return cached.arrayBuffer();

  const { body, headers } = await stream(url, 'download', options);
  const bytes = await new Response(body).arrayBuffer();
  options.signal?.throwIfAborted();
  try {
    // Awaited: a page that closes before it is done would lose the model.
    await cache?.put(url, new Response(bytes, { headers: marks(headers) }));
  } catch {
    // The disk is full or storage is forbidden: the model works all the same, and is fetched again.
  }
  return bytes;
}

/** What tells one version of a file from another. */
function marks(headers: Headers): [string, string][] {
  return ['etag', 'last-modified'].flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
}

/** Whether the server now has another version. Without an answer, offline for one, the kept one is good. */
async function changed(url: string, cached: Response): Promise<boolean> {
  if (!navigator.onLine) return false;
  try {
    const now = await fetch(url, { method: 'HEAD', cache: 'no-cache' });
    return now.ok && marks(cached.headers).some(([name, value]) => {
      const other = now.headers.get(name);
      return other !== null && other !== value;
    });
  } catch {
    return false;
  }
}

/** The body at an address, counted as it passes. */
export async function stream(
  url: string,
  phase: Progress['phase'],
  { onProgress, signal }: Options,
): Promise<{ body: ReadableStream<Uint8Array<ArrayBuffer>>; headers: Headers }> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const detail = error instanceof Error ? error.message : String(error);
    throw new Pix2PixError('network/unreachable', `${url} can't be fetched: ${detail}`);
  }
  if (!response.ok || !response.body) {
    throw new Pix2PixError('network/status', `${url} answered ${response.status} ${response.statusText}`);
  }
  // Content-Length counts compressed bytes, and the stream gives unpacked ones.
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  const total = length === null ? undefined : Number(length);
  let loaded = 0;
  const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      onProgress?.({ phase, loaded, total: total !== undefined && loaded <= total ? total : undefined });
      controller.enqueue(chunk);
    },
  });
  return { body: response.body.pipeThrough(count), headers: response.headers };
}

async function openCache(): Promise<Cache | undefined> {
  try {
    return await globalThis.caches?.open(CACHE);
  } catch {
    return undefined; // Private windows and sandboxed frames may forbid storage.
  }
}
