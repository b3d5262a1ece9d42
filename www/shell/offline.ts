/** Visits without a network. The service worker keeps the page, and the engines that were used. */
import { Pix2Pix } from '../package/client';
import { ReleaseNote } from './release';
import { ENGINE_CACHE, type EngineKept, engineOf, hasEngine, type KeepEngine } from '../service-worker/engines';

/**
 * Registers the service worker, and offers the releases of the page that it finds. The next visit is the first that it serves: nothing is
 * reloaded. `kept` hears that an engine is kept.
 */
export async function workOffline(kept: () => void): Promise<void> {
  // Insecure addresses have none, and the server that this page is worked on with builds none.
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  try {
    const registration = await navigator.serviceWorker.register(new URL('./sw.js', document.baseURI));
    new ReleaseNote(registration);
    navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<EngineKept>) => data.type === 'ENGINE_KEPT' && kept());
    navigator.serviceWorker.startMessages();
    void keepEngines();
  } catch (error) {
    console.warn('this page will not work offline', error);
  }
}

/** The service worker keeps the engines that pass through it, but what a first visit fetches does not: it is told of them, now and later. */
async function keepEngines(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  const told = new Set<string>();
  const tell = (entries: readonly PerformanceResourceTiming[]): void => {
    for (const { name, workerStart } of entries) {
      const engine = engineOf(name);
      if (engine === undefined || workerStart > 0 || told.has(engine)) continue;
      told.add(engine);
      active?.postMessage({ type: 'KEEP_ENGINE', engine } satisfies KeepEngine);
    }
  };
  const observer = new PerformanceObserver((list) => tell(list.getEntries() as PerformanceResourceTiming[]));
  observer.observe({ type: 'resource', buffered: true });
}

/**
 * Whether a visit without a network would find all that it needs: the page in the visitor's language, an engine, and the model of this
 * address, if it needs one.
 */
export async function worksOffline(model: string | undefined): Promise<boolean> {
  if (!('serviceWorker' in navigator) || !('caches' in window)) return false;
  const registration = await navigator.serviceWorker.getRegistration();
  if (!registration?.active || !(await caches.has(ENGINE_CACHE))) return false;
  const files = (await (await caches.open(ENGINE_CACHE)).keys()).map(({ url }) => url);
  const [language] = document.documentElement.lang.split('-');
  const hasWords = language === 'en' || files.some((file) => engineOf(file) === `words-${language}`);
  return hasWords && hasEngine(files) && (model === undefined || (await Pix2Pix.isCached(model)));
}
