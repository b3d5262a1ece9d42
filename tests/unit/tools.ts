/** What several unit tests use. */
import { Pix2PixError } from '../../www/package/contract/protocol';

/** A promise that the test settles. */
export function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

/** The code with which a promise is rejected. */
export async function code(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Pix2PixError) return error.code;
    throw error;
  }
  return 'nothing failed';
}

/** Puts values in the place of global ones, for the whole file: each runs in a process of its own. */
export function standIn(globals: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

/** The page of {@link standInPage}. */
export const PAGE = 'https://page.example/';

/** Puts a page that is not isolated, with these workers, in the place of the one that Node has not. */
export function standInPage(Worker: unknown): void {
  const { href, origin } = new URL(PAGE);
  standIn({ document: { baseURI: href }, location: { origin, href }, navigator: { onLine: true }, crossOriginIsolated: false, Worker });
}

/** The smallest WebAssembly module. */
export const WASM = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** Lets everything happen that waits for nothing but promises. */
export const settled = () => new Promise<void>((done) => setImmediate(done));

/** A clock that stands until the test moves it. */
export function stoppedClock(): { pass(milliseconds: number): void } {
  let now = 1000;
  performance.now = () => now;
  return { pass: (milliseconds) => void (now += milliseconds) };
}

/** Caches that keep texts by address, in memory. */
export function memoryCaches() {
  const kept = new Map<string, Map<string, string>>();
  const addressOf = (request: string | { url: string }) => (typeof request === 'string' ? request : request.url);
  const found = (text: string | undefined) => (text === undefined ? undefined : new Response(text));
  return {
    kept,
    has: async (name: string) => kept.has(name),
    match: async (url: string, { cacheName }: { cacheName: string }) => found(kept.get(cacheName)?.get(url)),
    open: async (name: string) => {
      const texts = kept.get(name) ?? new Map<string, string>();
      kept.set(name, texts);
      return {
        match: async (request: string | { url: string }) => found(texts.get(addressOf(request))),
        put: async (url: string, response: Response) => void texts.set(url, await response.text()),
        keys: async () => [...texts.keys()].map((url) => ({ url })),
        delete: async (request: string | { url: string }) => texts.delete(addressOf(request)),
      };
    },
  };
}
