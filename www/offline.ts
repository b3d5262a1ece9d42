/** Visits without a network. The service worker keeps the page and the engine of the CPU, and those of WebGPU and of threads once they were used. */
import { ReleaseNote } from './release';

/** Registers the service worker, and offers the releases of the page that it finds. */
export async function workOffline(): Promise<void> {
  // Insecure addresses have none, and the server that this page is worked on with builds none.
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  try {
    const registration = await navigator.serviceWorker.register(new URL('./sw.js', document.baseURI));
    new ReleaseNote(registration);
  } catch (error) {
    console.warn('this page will not work offline', error);
  }
}

/**
 * Another engine than that of the CPU without threads is in use. The service worker keeps what passes through it, but what a first visit fetches comes before
 * there is one: it then takes these files out of the browser's own cache, and nothing is fetched twice.
 */
export async function keepEngine(): Promise<void> {
  if (!('serviceWorker' in navigator)) return; // Insecure addresses have none.
  const { active } = await navigator.serviceWorker.ready;
  const cached = { cache: 'only-if-cached', mode: 'same-origin' } satisfies RequestInit;
  active?.postMessage({ type: 'CACHE_URLS', payload: { urlsToCache: fetchedEarly().map((url) => [url, cached]) } });
}

/** The files of those engines, their workers' scripts and their WebAssembly, which came without the service worker. */
function fetchedEarly(): string[] {
  const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  return entries.filter(({ name, workerStart }) => /\/assets\/(webgpu|threads)[^/]*$/.test(name) && workerStart === 0).map(({ name }) => name);
}
