/** Files of the bundled models that the loader keeps in the Cache API: fetched ahead, and those that nobody needs. */
import { COLORIZERS, MODELS } from '../models/models';
import { MODEL_CACHE, Pix2Pix } from '../package/client';

const absolute = (address: string): string => new URL(address, document.baseURI).href;

/** Puts a file where the loader will find it. Where that fails the loader fetches it itself, and says what is wrong. */
export async function fetchAhead(address: string): Promise<void> {
  try {
    if (!(await Pix2Pix.isCached(address))) await (await caches.open(MODEL_CACHE)).add(absolute(address));
  } catch (error) {
    console.warn(`${address} could not be fetched ahead`, error);
  }
}

/** Deletes models that this page had in earlier releases and has no more. Those that other addresses brought are left alone. */
export async function forgetOldFiles(): Promise<void> {
  try {
    const cache = await caches.open(MODEL_CACHE);
    const files = [...MODELS, ...COLORIZERS].flatMap(({ source, discriminator }) => [source, discriminator]);
    const current = new Set(files.flatMap((file) => (typeof file === 'string' ? [absolute(file)] : [])));
    const folder = absolute('.');
    for (const { url } of await cache.keys()) {
      if (url.startsWith(folder) && !current.has(url)) await cache.delete(url);
    }
  } catch {
    // Without caches there is nothing to forget.
  }
}
