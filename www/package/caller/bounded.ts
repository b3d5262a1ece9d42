/** The cache of models is bounded: addresses that are signed differ at each visit, and each is another file to it. */
import { MODEL_CACHE } from '../contract/protocol.js';

/** Of all kept models together; those that were not used for longest go first. */
const MOST_BYTES = 1e9;

/** When each model was used last, beside the cache of models: there, answers can't be changed. */
const USES = `${MODEL_CACHE}-uses`;

interface Use {
  readonly at: number;
  readonly bytes: number;
}

/** Notes that the model of this address is in use, and lets go of others where there are too many. Never fails. */
export async function used(url: string, bytes: number): Promise<void> {
  try {
    const [models, uses] = await Promise.all([caches.open(MODEL_CACHE), caches.open(USES)]);
    await uses.put(url, new Response(JSON.stringify({ at: Date.now(), bytes } satisfies Use)));
    const known = await Promise.all(
      (await uses.keys()).map(async (request) => ({ url: request.url, ...((await (await uses.match(request))?.json()) as Use) })),
    );
    let room = MOST_BYTES;
    for (const use of known.sort((a, b) => b.at - a.at)) {
      room -= use.bytes;
      if (room >= 0 || use.url === url) continue;
      await Promise.all([models.delete(use.url), uses.delete(use.url)]);
    }
  } catch {
    // Storage that is forbidden or full keeps nothing to let go of.
  }
}

/** Whether the model of this address is kept. */
export async function isKept(url: string): Promise<boolean> {
  try {
    return (await (await caches.open(MODEL_CACHE)).match(url)) !== undefined;
  } catch {
    return false; // Private windows and insecure addresses have no caches.
  }
}

/** Lets go of the model of this address, or of all. Whether there was one. */
export async function letGo(url?: string): Promise<boolean> {
  try {
    const [models, uses] = await Promise.all([caches.open(MODEL_CACHE), caches.open(USES)]);
    const urls = url === undefined ? (await models.keys()).map((request) => request.url) : [url];
    const gone = await Promise.all(urls.map(async (each) => {
        await uses.delete(each);
        return models.delete(each);
      }));
    return gone.includes(true);
  } catch {
    return false;
  }
}
