/** Bytes of a model from wherever it lies, with progress in real bytes, kept in the Cache API. */
import type { NamedBytes } from '../contract/engine.js';
import { type Bytes, type FileSource, MODEL_CACHE, type ModelSource, type NamedFile, type PhaseProgress, Pix2PixError } from '../contract/protocol.js';
import { reason } from '../contract/reason.js';
import { letGo, used } from './bounded.js';

/** How long a server may take to say whether it has another version, before the kept one is used. */
const PATIENCE_MS = 3000;

/** What is asked by marks passes the browser's own cache by, which may hold an older version of a model since. */
const REVALIDATED: RequestCache = 'no-cache';

/** Whether a model comes in several files. */
export const isFiles = (source: ModelSource): source is readonly (File | NamedFile)[] => Array.isArray(source);

interface Options {
  /** Hears of 0 bytes of 0 where nothing is to be fetched. */
  onProgress?: ((progress: PhaseProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  cache?: boolean | undefined;
}

/** Addresses that {@link store} has just compared with their server's: the next load need not ask again. */
const current = new Set<string>();

export interface Read {
  bytes: ArrayBuffer;
  /** Keeps what was downloaded for the next visit. Called once the bytes have proved to be a model. */
  keep: () => Promise<void>;
  /** Lets go of what was stored, where these bytes were. Called where they are no model after all. */
  drop: () => Promise<void>;
  /** The same bytes as a blob, outside the page's memory. To be called before they are given away. */
  spare: () => Blob;
}

/** The files of a checkpoint. The caller's own bytes stay the caller's. */
export function readAll(files: readonly (File | NamedFile)[]): Promise<NamedBytes[]> {
  return Promise.all(
    files.map(async (file) => {
      const { bytes } = await read(file instanceof Blob ? file : file.bytes, {});
      return { name: file.name, bytes };
    }),
  );
}

export async function read(source: FileSource, options: Options): Promise<Read> {
  const { onProgress, signal } = options;
  const report = (bytes: Bytes) => tell(onProgress, { phase: 'download', ...bytes });
  const nothing = async () => undefined;
  const whole = (bytes: ArrayBuffer, blob?: Blob): Read => {
    report({ loaded: 0, total: 0 });
    return { bytes, keep: nothing, drop: nothing, spare: () => blob ?? new Blob([bytes]) };
  };
  if (source instanceof Uint8Array) return whole(source.slice().buffer);
  if (source instanceof ArrayBuffer) return whole(source.slice(0));
  if (source instanceof Blob) return whole(await readBlob(source), source);

  const url = absolute(source);
  const cache = options.cache ? await openCache() : undefined;
  const cached = await cache?.match(url);
  const compared = current.delete(url);
  const another = cached && !compared && (await newer(url, cached, signal));
  if (cached && !another) {
    const bytes = await cached.arrayBuffer();
    void used(url, bytes.byteLength);
    return { ...whole(bytes), drop: async () => void (await letGo(url)) };
  }
  const response = another || (await ask(url, signal, REVALIDATED));
  const { body, broken } = count(response, url, report, { signal });
  let bytes: ArrayBuffer;
  try {
    bytes = await new Response(body).arrayBuffer();
  } catch (error) {
    throw broken() ?? error;
  }
  // The bytes are given away to be loaded; the browser keeps a blob outside the page's memory.
  const blob = cache && new Blob([bytes]);
  return {
    bytes,
    drop: nothing,
    spare: () => blob ?? new Blob([bytes]),
    keep: async () => {
      try {
        await cache?.put(url, new Response(blob, { headers: marks(response.headers) }));
        if (blob) await used(url, blob.size);
      } catch {
        // The disk is full or storage is forbidden: the model works all the same, and is fetched again.
      }
    },
  };
}

/**
 * Stores the file of this address, unless what is stored is as the server has it. Whether it is a model is not looked at.
 *
 * @throws {Pix2PixError} `network/unreachable`, `network/status`, `weights/format` for a page in the place of a file, `storage/failed`.
 */
export async function store(source: string | URL, { onProgress, signal }: Omit<Options, 'cache'>): Promise<void> {
  const url = absolute(source);
  let size = 0;
  const report = (bytes: Bytes) => {
    size = bytes.loaded;
    tell(onProgress, { phase: 'download', ...bytes });
  };
  const cache = await openCache();
  if (cache === undefined) throw notStored(url, 'this page has no storage. Browsers give it to pages from https or localhost, outside private windows');
  const cached = await cache.match(url);
  const another = cached && (await newer(url, cached, signal));
  if (cached && !another) report({ loaded: 0, total: 0 });
  else {
    const response = another ?? (await ask(url, signal, REVALIDATED));
    if (isPage(response)) throw new Pix2PixError('weights/format', `${url} answers with a web page, and not with a file: look at what it says`);
    const { body, broken } = count(response, url, report, { signal });
    await cache.put(url, new Response(body, { headers: marks(response.headers) })).catch((error: unknown) => {
      throw broken() ?? notStored(url, `${reason(error)}. Pix2Pix.forget() makes room`);
    });
    await used(url, size);
  }
  current.add(url);
}

const notStored = (url: string, why: string) => new Pix2PixError('storage/failed', `${url} can't be stored: ${why}`);

async function readBlob(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (error) {
    const message = `the file can't be read: ${reason(error)}. Was it moved, or is it a folder?`;
    throw new Pix2PixError('weights/unreadable', message);
  }
}

export function absolute(source: string | URL): string {
  try {
    return new URL(source, globalThis.document?.baseURI ?? globalThis.location?.href).href;
  } catch {
    throw new Pix2PixError('network/unreachable', `${String(source)} is no address`);
  }
}

/** What tells one version of a file from another, the surest first. */
const VALIDATORS = ['etag', 'last-modified', 'content-length'];

/** Of an answer, what tells its version, as its server wrote it. */
function marks(headers: Headers): [string, string][] {
  return VALIDATORS.flatMap((name) => {
    const value = headers.get(name);
    // The length of a packed answer depends on the packing.
    if (value === null || (name === 'content-length' && headers.get('content-encoding'))) return [];
    return [[name, value]];
  });
}

/** Whether these are two versions, by the surest mark that both have. */
function differ(before: Headers, now: Headers): boolean {
  const [old, current] = [new Map(marks(before)), new Map(marks(now))];
  const both = VALIDATORS.find((name) => old.has(name) && current.has(name));
  // An etag is the same file's whether it is a weak one or not: servers that pack their answers weaken it.
  const strong = (value?: string): string | undefined => value?.replace(/^W\//, '');
  return both !== undefined && strong(old.get(both)) !== strong(current.get(both));
}

/**
 * The server's answer, if it has another version than the kept one. Without an answer in time the kept one is good. A GET, of which
 * only the head is read if nothing changed: for HEAD many servers have other marks, and addresses that are signed allow none.
 */
async function newer(url: string, cached: Response, signal?: AbortSignal): Promise<Response | undefined> {
  if (!navigator.onLine) return undefined;
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  const patience = setTimeout(abort, PATIENCE_MS);
  signal?.addEventListener('abort', abort);
  try {
    const now = await compare(url, cached, stop.signal);
    if (now.ok && now.body && !isPage(now) && differ(cached.headers, now.headers)) return now;
  } catch {
    signal?.throwIfAborted();
  } finally {
    clearTimeout(patience);
  }
  signal?.removeEventListener('abort', abort);
  stop.abort();
  return undefined;
}

/** What the server answers to who has this answer already: 304 or the whole, if it is asked by its mark. */
async function compare(url: string, cached: Response, signal: AbortSignal): Promise<Response> {
  const etag = cached.headers.get('etag');
  // The browser's own cache asks so by itself, but has no room for large files, or lets go of them. Another origin would have to allow
  // it before: it is asked by nothing but the address, wherever it is led to from there. (A date would not do: who goes back to an older
  // file would never hear of it.)
  if (etag !== null && new URL(url).origin === globalThis.location?.origin) {
    const answer = await fetch(url, { headers: { 'If-None-Match': etag }, redirect: 'manual', signal }).catch(() => signal.throwIfAborted());
    if (answer && answer.type !== 'opaqueredirect') return answer;
  }
  return fetch(url, { cache: REVALIDATED, signal });
}

/** A page where a model should be is a network's that wants a sign-in first. */
function isPage({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/html') ?? false;
}

/** What the server answers to a request for a file. */
export async function ask(url: string, signal?: AbortSignal, cache?: RequestCache): Promise<Response> {
  const response = await fetch(url, { signal, cache }).catch((error: unknown) => {
    throw unreachable(url, error, signal);
  });
  if (!response.ok || !response.body) {
    throw new Pix2PixError('network/status', `${url} answered ${response.status} ${response.statusText}`);
  }
  return response;
}

interface Counted {
  body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Why the body ended before its end, if it did: whoever reads it may only see that it failed. */
  broken: () => unknown;
}

/** The body of an answer, counted as it passes. `size` is its length where that is known and the server does not say it. */
export function count(
  response: Response,
  url: string,
  report: (bytes: Bytes) => void,
  { signal, size }: { signal?: AbortSignal | undefined; size?: number | undefined } = {},
): Counted {
  // Content-Length counts compressed bytes, and the stream gives unpacked ones.
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  const total = length === null ? size : Number(length);
  report({ loaded: 0, total });
  let loaded = 0;
  let broken: unknown;
  const reader = response.body?.getReader();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) return controller.close();
        loaded += value.byteLength;
        report({ loaded, total: total !== undefined && loaded <= total ? total : undefined });
        controller.enqueue(value);
      } catch (error) {
        broken = unreachable(url, error, signal);
        controller.error(broken);
      }
    },
    cancel: (why) => reader?.cancel(why),
  });
  return { body, broken: () => broken };
}

function unreachable(url: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  return new Pix2PixError('network/unreachable', `${url} can't be fetched: ${reason(error)}`);
}

async function openCache(): Promise<Cache | undefined> {
  try {
    return await globalThis.caches?.open(MODEL_CACHE);
  } catch {
    return undefined; // Private windows and sandboxed frames may forbid storage.
  }
}

/** Tells a caller's listener. One that throws is at fault itself, and must not spoil the load: that is told where errors are told. */
export function tell<T>(listener: ((value: T) => void) | undefined, value: T): void {
  try {
    listener?.(value);
  } catch (error) {
    globalThis.reportError(error);
  }
}
