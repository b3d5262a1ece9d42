/** Which device was faster, from visit to visit: for each adapter, and for the release of the engines that was timed. */
import { MODEL_CACHE } from '../contract/protocol.js';
import { within } from './patience.js';
import type { Timed } from './trial.js';

/** The package's version, which its build puts here. */
declare const PACKAGE_VERSION: string;

/** Beside the cache of models. */
const CACHE = `${MODEL_CACHE}-devices`;

/** Entries of a cache have addresses. Nothing is ever fetched from this one. */
const RELEASE = `https://pix2pix-web.invalid/${PACKAGE_VERSION}/`;

/** How long storage may take to answer: every load waits for it. */
const PATIENCE_MS = 1000;

const addressOf = (adapter: string): string => RELEASE + encodeURIComponent(adapter);

/** What was found out about this adapter, if anything was. Never fails. */
export async function recall(adapter: string): Promise<Timed | undefined> {
  try {
    const { engine, reason } = ((await within(PATIENCE_MS, read(adapter))) ?? {}) as Partial<Timed>;
    const isTimed = (engine === 'cpu' || engine === 'webgpu') && typeof reason === 'string';
    return isTimed ? { engine, reason } : undefined;
  } catch {
    return undefined; // Storage is forbidden, or damaged: it is timed again.
  }
}

async function read(adapter: string): Promise<unknown> {
  // To open it would make it.
  const kept = await globalThis.caches?.match(addressOf(adapter), { cacheName: CACHE });
  return kept?.json();
}

/** Keeps what was found out, and lets go of what other releases found. Never fails. */
export async function remember(adapter: string, timed: Timed): Promise<void> {
  try {
    const cache = await caches.open(CACHE);
    await cache.put(addressOf(adapter), new Response(JSON.stringify(timed)));
    const old = (await cache.keys()).filter(({ url }) => !url.startsWith(RELEASE));
    await Promise.all(old.map((request) => cache.delete(request)));
  } catch {
    // Where nothing can be kept it is timed at the next visit again.
  }
}
