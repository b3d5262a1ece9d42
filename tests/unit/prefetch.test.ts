import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { proxy } from 'comlink';
import { Pix2Pix } from '../../www/package/client';
import { type Bytes, MODEL_CACHE, type Progress } from '../../www/package/contract/protocol';
import { Together } from '../../www/package/caller/together';
import { engineWorkers } from './engine-workers';
import { code, memoryCaches, PAGE, settled, standIn, standInPage, WASM } from './tools';

const { started, EngineWorker } = engineWorkers({
  start: async () => undefined,
  load: async (bytes: ArrayBuffer, _: unknown, report: (loaded: number, total: number) => void) => {
    const text = new TextDecoder().decode(bytes);
    if (text === 'damaged') throw { code: 'weights/format', message: 'weights/format: it is damaged' };
    if (text === 'of another layout') throw { code: 'weights/shape', message: 'weights/shape: it is another network' };
    await report(text.length, text.length);
    return proxy({ info: async () => ({ device: 'cpu', bytes: text.length }) });
  },
});

/** What the server answers, and what it was asked. */
let files: Map<string, () => Response>;
let asked: string[];
const fetched = async (url: string, { signal }: { signal?: AbortSignal } = {}) => {
  asked.push(url.replace(PAGE, ''));
  await settled();
  signal?.throwIfAborted();
  return files.get(url.replace(PAGE, ''))?.() ?? new Response('', { status: 404 });
};

standInPage(EngineWorker);
standIn({ fetch: fetched });

/** Each test has an engine of its own: one that was compiled stays so. */
let tests = 0;
let engine: string;
let caches: ReturnType<typeof memoryCaches>;

const served = (body: BodyInit, headers: Record<string, string>) => () => new Response(body, { headers });

beforeEach(() => {
  engine = `${++tests}.wasm`;
  [asked, caches, started.length] = [[], memoryCaches(), 0];
  standIn({ caches });
  files = new Map([
    [engine, served(WASM, { 'content-type': 'application/wasm', 'content-length': '8' })],
    ['model.pict', served('weights', { 'content-length': '7', etag: '"1"' })],
  ]);
});

const options = () => ({ device: 'cpu', wasmUrl: { cpu: PAGE + engine }, workerUrl: { cpu: `${PAGE}cpu-worker.js` } }) as const;
const kept = () => [...(caches.kept.get(MODEL_CACHE)?.keys() ?? [])];

test('what was fetched before is not fetched by a load, which asks the server nothing', async () => {
  const heard: Bytes[] = [];
  await Pix2Pix.prefetch('model.pict', { ...options(), onProgress: (progress) => heard.push(progress) });
  assert.deepEqual([asked.sort(), kept()], [[engine, 'model.pict'], [`${PAGE}model.pict`]]);
  assert.deepEqual(heard.map(({ total }) => total), Array(heard.length).fill(15));
  assert.deepEqual(heard.map(({ loaded }) => loaded).sort((a, b) => a - b), heard.map(({ loaded }) => loaded), 'it only grows');
  assert.equal(heard.at(-1)?.loaded, 15);
  assert.deepEqual(started.map(({ terminated }) => terminated), [true], 'its memory is given back');

  asked = [];
  const phases: string[] = [];
  const model = await Pix2Pix.load('model.pict', { ...options(), onProgress: ({ phase }) => phases.push(phase) });
  assert.deepEqual([asked, phases, model.info.bytes], [[], ['weights'], 7]);
  model.dispose();
  await (await Pix2Pix.load('model.pict', options())).dispose();
  assert.deepEqual(asked, ['model.pict'], 'the load after that asks again');
});

test('without an address it is the engine alone, and what is there already says nothing', async () => {
  const heard: Bytes[] = [];
  const onProgress = (progress: Bytes) => heard.push(progress);
  await Pix2Pix.prefetch(undefined, { ...options(), onProgress });
  assert.deepEqual([asked, heard, kept()], [[engine], [{ loaded: 0, total: 8 }, { loaded: 8, total: 8 }], []]);
  await Pix2Pix.prefetch('model.pict', { ...options(), onProgress });
  assert.deepEqual(heard.slice(2), [{ loaded: 0, total: 7 }, { loaded: 7, total: 7 }], 'the engine counts no more');
  await Pix2Pix.prefetch('model.pict', { ...options(), onProgress });
  assert.deepEqual([heard.length, asked], [4, [engine, 'model.pict', 'model.pict']], 'whether there is another version is asked');
});

test('a load’s own progress has one total too, also where the server packs the engine', async () => {
  files.set(engine, served(WASM, { 'content-type': 'application/wasm', 'content-encoding': 'none-that-is-known', 'content-length': '3' }));
  const heard: Progress[] = [];
  const model = await Pix2Pix.load('model.pict', { ...options(), onProgress: (progress) => heard.push(progress) });
  model.dispose();
  assert.deepEqual(heard.at(-1), { phase: 'weights', loaded: 7, total: 7, overall: { loaded: 15, total: 15 } });
  const both = heard.findIndex(({ phase }) => phase !== heard[0]?.phase);
  assert.deepEqual(heard.map(({ overall }) => overall.total), heard.map((_, i) => (i < both ? undefined : 15)), 'known once both servers have answered');
  assert.deepEqual(new Set(heard.filter(({ phase }) => phase === 'runtime').map(({ total }) => total)), new Set([8]));
});

test('parts whose length nobody says, and those that fail, leave no false total', () => {
  const together = new Together('engine', 'model');
  together.add({ phase: 'runtime', engine: 'webgpu', loaded: 1, total: 9 });
  assert.deepEqual([together.waiting, together.bytes], [true, { loaded: 1, total: undefined }]);
  together.add({ phase: 'download', loaded: 2, total: 4 });
  assert.deepEqual([together.waiting, together.bytes], [false, { loaded: 3, total: 13 }]);
  together.add({ phase: 'runtime', engine: 'cpu', loaded: 1, total: 3 });
  assert.deepEqual(together.bytes, { loaded: 4, total: 16 }, 'another engine came in the place of the first');
  together.add({ phase: 'download', loaded: 5, total: undefined });
  assert.deepEqual(together.bytes, { loaded: 7, total: undefined });
});

test('a signal ends it with its own reason, and both downloads with it', async () => {
  const why = new Error('changed my mind');
  await assert.rejects(Pix2Pix.prefetch('model.pict', { ...options(), signal: AbortSignal.abort(why) }), why);
  assert.deepEqual(asked, []);
  const endless = new ReadableStream({ start: (stream) => stream.enqueue(WASM) });
  files.set(engine, served(endless, { 'content-type': 'text/plain' }));
  const stop = new AbortController();
  // Browsers break off what is fetched with such a signal.
  const given: AbortSignal[] = [];
  standIn({ fetch: async (url: string, init: { signal: AbortSignal }) => (given.push(init.signal), fetched(url, init)) });
  const fetching = Pix2Pix.prefetch('model.pict', { ...options(), signal: stop.signal });
  for (let i = 0; i < 5; i++) await settled();
  stop.abort(why);
  await assert.rejects(fetching, why);
  assert.deepEqual(given.map((signal) => [signal.aborted, signal.reason]), [[true, why], [true, why]]);
  standIn({ fetch: fetched });
  // Who comes after it begins again.
  files.set(engine, served(WASM, { 'content-type': 'application/wasm' }));
  await Pix2Pix.prefetch('model.pict', options());
  assert.deepEqual(kept(), [`${PAGE}model.pict`]);
});

test('what goes wrong has its code, and stores nothing', async () => {
  const failing = (source: unknown, more: object = {}) => code(Pix2Pix.prefetch(source as string, { ...options(), ...more }));
  assert.equal(await failing('nowhere.pict'), 'network/status');
  assert.equal(await failing('http://['), 'network/unreachable');
  assert.equal(await failing('model.pict', { wasmUrl: { cpu: `${PAGE}nowhere.wasm` } }), 'network/status');
  assert.equal(await failing('model.pict', { device: 'gpu' }), 'options/invalid');
  assert.equal(await failing('model.pict', { threads: 0 }), 'options/invalid');
  assert.equal(await failing('model.pict', { cache: false }), 'options/invalid');
  assert.equal(await failing(new Blob(['weights'])), 'options/invalid');
  files.set('sign-in.pict', served('<!doctype html>', { 'content-type': 'text/html; charset=utf-8' }));
  assert.equal(await failing('sign-in.pict'), 'weights/format');
  assert.deepEqual(kept().filter((url) => !url.endsWith('/model.pict')), []);
  const { open } = caches;
  caches.open = async (name) => ({ ...(await open(name)), put: async () => Promise.reject(new DOMException('full', 'QuotaExceededError')) });
  assert.equal(await failing('other.pict'), 'network/status');
  files.set('other.pict', served('weights', {}));
  await assert.rejects(Pix2Pix.prefetch('other.pict', options()), { code: 'storage/failed', message: /full.*forget/ });
  standIn({ caches: undefined });
  await assert.rejects(Pix2Pix.prefetch('model.pict', options()), { code: 'storage/failed', message: /https/ });
});

test('a stored file that came whole is kept, also where it is not what was asked for', async () => {
  files.set('model.pict', served('of another layout', { etag: '"1"' }));
  await Pix2Pix.prefetch('model.pict', options());
  assert.equal(await code(Pix2Pix.load('model.pict', options())), 'weights/shape');
  assert.deepEqual(kept(), [`${PAGE}model.pict`]);
});

test('what is forgotten between a prefetch and a load is compared with the server’s again', async () => {
  await Pix2Pix.prefetch('model.pict', options());
  await Pix2Pix.forget('model.pict');
  (await Pix2Pix.load('model.pict', options())).dispose();
  asked = [];
  (await Pix2Pix.load('model.pict', options())).dispose();
  assert.deepEqual(asked, ['model.pict']);
});

test('a stored file that is no model is let go of, so that the next load fetches it', async () => {
  files.set('model.pict', served('damaged', { etag: '"1"' }));
  await Pix2Pix.prefetch('model.pict', options());
  assert.deepEqual(kept(), [`${PAGE}model.pict`]);
  assert.equal(await code(Pix2Pix.load('model.pict', options())), 'weights/format');
  assert.deepEqual(kept(), []);
  files.set('model.pict', served('weights', { etag: '"1"' }));
  assert.equal((await Pix2Pix.load('model.pict', options())).info.bytes, 7);
});
