/**
 * The service worker: answers for the page's own files and for nothing else, since other pages may lie beneath the same address. It keeps
 * them for visits without a network, takes what other apps share, and isolates the page on hosts that don't, so that its engine has threads from the second visit on.
 */
import { addPlugins, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst, NetworkOnly } from 'workbox-strategies';
import { ENGINE_CACHE, type EngineKept, isOfEngine, type KeepEngine, KeptEngines } from './engines';
import { isolated } from './isolation';
import { keepShared, SHARE_ADDRESS } from './shared';

declare const self: ServiceWorkerGlobalScope;

const files = self.__WB_MANIFEST as PrecacheEntry[]; // The build puts the list here.
const addressOf = (file: string): string => new URL(file, self.location.href).href;
const isAsset = ({ href }: URL): boolean => href.startsWith(addressOf('assets/'));

const isolating = {
  handlerWillRespond: async ({ response, event }: { response: Response; event: ExtendableEvent }) =>
    event instanceof FetchEvent ? isolated(response, event.request.destination) : response,
};

// The page is the same whatever its query.
addPlugins([isolating]);
precacheAndRoute(files.filter(({ url }) => !isOfEngine(addressOf(url))), { cleanURLs: false, ignoreURLParametersMatching: [/^/] });

// Of the engines only those that are used.
const engines = new KeptEngines(files.map(({ url }) => addressOf(url)).filter(isOfEngine));
registerRoute(({ url }) => isAsset(url) && isOfEngine(url.href), new CacheFirst({ cacheName: ENGINE_CACHE, plugins: [isolating] }));
self.addEventListener('install', (event) => event.waitUntil(engines.succeed()));
self.addEventListener('activate', (event) => event.waitUntil(engines.clean()));

// A tab of the last release may be open still, isolated, and start a worker that it has fetched before.
registerRoute(({ url, request }) => isAsset(url) && request.destination === 'worker', new NetworkOnly({ plugins: [isolating] }));

// The network never sees it.
registerRoute(({ url }) => url.href === addressOf(SHARE_ADDRESS), ({ request }) => keepShared(request), 'POST');

self.addEventListener('message', (event) => {
  const message = event.data as KeepEngine | { type: 'SKIP_WAITING' };
  // What a first visit fetched came before there was a service worker.
  if (message.type === 'KEEP_ENGINE') {
    event.waitUntil(engines.keep(message.engine).then(() => event.source?.postMessage({ type: 'ENGINE_KEPT' } satisfies EngineKept)));
  }
  // A new release waits until the visitor takes it.
  if (message.type === 'SKIP_WAITING') event.waitUntil(self.skipWaiting());
});
