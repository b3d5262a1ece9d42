import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { used } from '../../www/package/caller/bounded';
import { Pix2Pix } from '../../www/package/client';
import { ask, count, isFiles, read, readAll } from '../../www/package/caller/download';
import { MODEL_CACHE, type PhaseProgress } from '../../www/package/contract/protocol';
import { code, settled, standIn } from './tools';

const PAGE = 'https://page.example/sub/';
const online = { onLine: true };
standIn({ document: { baseURI: PAGE }, location: new URL(PAGE), navigator: online });

/** What the server answers, and what it was asked. */
let answer: (url: string, headers: Headers) => Response | Promise<Response>;
let asked: string[];
const fetched = async (url: string, { method = 'GET', headers, signal }: RequestInit = {}) => {
  asked.push(`${method} ${url}`);
  signal?.throwIfAborted();
  return answer(url, new Headers(headers));
};
standIn({ fetch: fetched });

/** The browser's cache. */
let kept: Map<string, Response>;
let uses: Map<string, Response>;
let storage: 'there' | 'forbidden' | 'full';
standIn({
  caches: {
    open: async (name: string) => {
      const entries = name === MODEL_CACHE ? kept : uses;
      if (storage === 'forbidden') throw new DOMException('private window', 'SecurityError');
      return {
        match: async (request: string | { url: string }) => entries.get(typeof request === 'string' ? request : request.url)?.clone(),
        put: async (url: string, response: Response) => {
          if (storage === 'full') throw new DOMException('full', 'QuotaExceededError');
          entries.set(url, response);
        },
        keys: async () => [...entries.keys()].map((url) => ({ url })),
        delete: async (url: string) => entries.delete(url),
      };
    },
  },
});

beforeEach(() => {
  [asked, kept, uses, storage, online.onLine] = [[], new Map(), new Map(), 'there', true];
  answer = () => new Response('weights', { headers: { 'content-length': '7', etag: '"1"' } });
});

const text = async (bytes: ArrayBuffer | Promise<ArrayBuffer>) => new TextDecoder().decode(await bytes);
const load = async (source: Parameters<typeof read>[0] = 'model.pict') => text((await read(source, { cache: true })).bytes);

/** A body of so many parts; broken off after them if asked to. */
function body(parts: string[], broken?: Error): ReadableStream<Uint8Array> {
  const rest = parts.map((part) => new TextEncoder().encode(part));
  return new ReadableStream({
    pull(controller) {
      const part = rest.shift();
      if (part) controller.enqueue(part);
      else if (broken) controller.error(broken);
      else controller.close();
    },
  });
}

test('bytes are copied, since they are given away', async () => {
  const whole = new Uint8Array([1, 2, 3, 4]);
  const part = whole.subarray(1, 3);
  const { bytes } = await read(part, {});
  assert.deepEqual([...new Uint8Array(bytes)], [2, 3]);
  const copy = (await read(whole.buffer, {})).bytes;
  assert.deepEqual(new Uint8Array(copy), whole);
  assert.notEqual(copy, whole.buffer);
});

test('a file that is gone says so', async () => {
  assert.equal(await load(new Blob(['weights'])), 'weights');
  const gone = Object.assign(new Blob(['weights']), { arrayBuffer: () => Promise.reject(new Error('not found')) });
  assert.equal(await code(read(gone, {})), 'weights/unreadable');
});

test('an address is the page’s own, and one that is none says so', async () => {
  await load('models/a.pict');
  assert.deepEqual(asked, [`GET ${PAGE}models/a.pict`]);
  assert.equal(await code(read('http://[', {})), 'network/unreachable');
});

test('progress counts the bytes that came, and the total where it is known', async () => {
  const progress = async (headers: Record<string, string>) => {
    const told: PhaseProgress[] = [];
    answer = () => new Response(body(['abc', 'defg']), { headers });
    await read('model.pict', { onProgress: (progress) => told.push(progress) });
    return told.map(({ loaded, total }) => [loaded, total]);
  };
  assert.deepEqual(await progress({ 'content-length': '7' }), [[0, 7], [3, 7], [7, 7]]);
  assert.deepEqual(await progress({}), [[0, undefined], [3, undefined], [7, undefined]]);
  assert.deepEqual(await progress({ 'content-length': '5', 'content-encoding': 'br' }), [[0, undefined], [3, undefined], [7, undefined]]);
  assert.deepEqual(await progress({ 'content-length': '5' }), [[0, 5], [3, 5], [7, undefined]], 'a server that is wrong');
});

test('a model is kept once it has proved to be one, and then not fetched again', async () => {
  const first = await read('model.pict', { cache: true });
  assert.equal(kept.size, 0);
  await first.keep();
  assert.equal(await load(), 'weights');
  assert.deepEqual(asked, Array(2).fill(`GET ${PAGE}model.pict`));
});

test('without the cache it is fetched each time, and nothing is kept', async () => {
  for (let i = 0; i < 2; i++) await (await read('model.pict', { cache: false })).keep();
  assert.equal(kept.size, 0);
  assert.deepEqual(asked, Array(2).fill(`GET ${PAGE}model.pict`));
});

test('another version on the server replaces the kept one', async () => {
  const versions: [Record<string, string>, Record<string, string>, boolean][] = [
    [{ etag: '"1"' }, { etag: '"1"' }, false],
    [{ etag: '"1"' }, { etag: '"2"' }, true],
    [{ 'last-modified': 'Monday' }, { 'last-modified': 'Tuesday' }, true],
    [{ 'content-length': '7' }, { 'content-length': '8' }, true],
    [{ 'content-length': '7' }, { 'content-length': '5', 'content-encoding': 'gzip' }, false],
    [{ etag: '"1"' }, {}, false],
    [{}, { etag: '"1"' }, false],
    // The surest of those that both have decides.
    [{ etag: '"1"', 'last-modified': 'Monday' }, { etag: '"1"', 'last-modified': 'Tuesday' }, false],
    [{ etag: '"1"', 'content-length': '7' }, { etag: '"1"', 'content-length': '0' }, false],
    [{ etag: '"1"', 'last-modified': 'Monday' }, { 'last-modified': 'Monday', 'content-length': '0' }, false],
    [{ etag: '"1"' }, { etag: 'W/"1"' }, false],
    [{ etag: '"1"' }, { etag: '"2"', 'content-type': 'text/html; charset=utf-8' }, false],
  ];
  for (const [before, now, replaced] of versions) {
    kept.set(`${PAGE}model.pict`, new Response('older', { headers: before }));
    answer = () => new Response('newer', { headers: now });
    assert.equal(await load(), replaced ? 'newer' : 'older', JSON.stringify([before, now]));
  }
});

test('of a model that is kept the server is told which it is, if it gave it a tag, and sends nothing again', async () => {
  const marks: [Record<string, string>, Record<string, string>][] = [
    [{ etag: 'W/"1"', 'last-modified': 'Monday' }, { 'if-none-match': 'W/"1"' }],
    [{ 'last-modified': 'Monday' }, {}],
    [{ 'content-length': '7' }, {}],
  ];
  for (const [headers, condition] of marks) {
    kept.clear();
    answer = () => new Response('weights', { headers });
    await (await read('model.pict', { cache: true })).keep();
    let told: Headers | undefined;
    answer = (_, headers) => {
      told = headers;
      return new Response(null, { status: 304 });
    };
    assert.equal(await load(), 'weights');
    assert.deepEqual(Object.fromEntries(told!), condition);
  }
});

test('another origin is asked by the address alone, and so is what leads to another', async () => {
  const told: string[][] = [];
  const elsewhere = 'https://models.example/model.pict';
  kept.set(elsewhere, new Response('older', { headers: { etag: '"1"' } }));
  kept.set(`${PAGE}model.pict`, new Response('older', { headers: { etag: '"1"' } }));
  answer = (_, headers) => {
    told.push([...headers.keys()]);
    if (headers.has('if-none-match')) return Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' });
    return new Response('newer', { headers: { etag: '"2"' } });
  };
  assert.equal(await load(elsewhere), 'newer');
  assert.deepEqual(told, [[]]);
  assert.equal(await load(), 'newer');
  assert.deepEqual(told, [[], ['if-none-match'], []]);
  // A service worker of the page may answer by what it was led to, which a request that is not to be led on refuses.
  answer = (_, headers) => (headers.has('if-none-match') ? Promise.reject(new TypeError('redirected')) : new Response('newest', { headers: { etag: '"3"' } }));
  assert.equal(await load(), 'newest');
});

test('what the browser’s own cache holds of a model is never taken unasked: it may be older than what was kept', async () => {
  const caching: (RequestCache | undefined)[] = [];
  standIn({
    fetch: async (_: string, { cache }: RequestInit) => {
      caching.push(cache);
      return new Response('weights');
    },
  });
  await load();
  await Pix2Pix.prefetch('model.pict', { device: 'cpu', wasmUrl: { cpu: `${PAGE}none.wasm` } }).catch(() => undefined);
  standIn({ fetch: fetched });
  assert.equal(caching[0], 'no-cache');
});

test('the kept model is good where the server cannot say: an error, no answer, no network', async () => {
  kept.set(`${PAGE}model.pict`, new Response('kept', { headers: { etag: '"1"' } }));
  answer = () => new Response('', { status: 503, headers: { etag: '"2"' } });
  assert.equal(await load(), 'kept');
  answer = () => Promise.reject(new TypeError('no route'));
  assert.equal(await load(), 'kept');
  online.onLine = false;
  asked = [];
  assert.equal(await load(), 'kept');
  assert.deepEqual(asked, [], 'nothing is asked');
});

test('a server that does not answer is waited for a few seconds, in browsers of every age', async (context) => {
  const { any, timeout } = AbortSignal;
  Object.assign(AbortSignal, { any: undefined, timeout: undefined });
  context.after(() => Object.assign(AbortSignal, { any, timeout }));
  kept.set(`${PAGE}model.pict`, new Response('kept', { headers: { etag: '"1"' } }));
  assert.equal(await load(), 'kept');
  let given: AbortSignal | undefined;
  standIn({
    fetch: (_: string, { signal }: { signal: AbortSignal }) =>
      new Promise((_, reject) => (given = signal).addEventListener('abort', () => reject(signal.reason))),
  });
  context.after(() => standIn({ fetch: fetched }));
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const loading = load();
  while (given === undefined) await settled();
  context.mock.timers.tick(2900);
  assert.equal(given.aborted, false);
  context.mock.timers.tick(200);
  assert.equal(await loading, 'kept');
});

test('a listener that throws is told of, and the model comes all the same', async () => {
  const told: unknown[] = [];
  standIn({ reportError: (error: unknown) => told.push(error) });
  const bug = new Error('a bug of the caller’s');
  const { bytes } = await read('model.pict', { onProgress: () => { throw bug; } });
  assert.equal(await text(bytes), 'weights');
  assert.deepEqual(told, [bug, bug]);
});

test('what is kept is bounded, and what was not used for longest goes first', async (context) => {
  context.mock.timers.enable({ apis: ['Date'] });
  const large = 450_000_000;
  const keep = async (url: string) => {
    context.mock.timers.tick(1000);
    kept.set(url, new Response('kept'));
    await used(url, large);
  };
  const url = (name: string) => `${PAGE}${name}`;
  await keep(url('a?signed=1'));
  await keep(url('b'));
  await keep(url('a?signed=1'));
  await keep(url('c'));
  assert.deepEqual([...kept.keys()].sort(), [url('a?signed=1'), url('c')]);
  context.mock.timers.tick(1000);
  await used(url('d'), 5 * large);
  assert.deepEqual([...kept.keys()], [], 'one that is larger than all the room stays, alone');
});

test('storage that is forbidden or full costs no more than another download', async () => {
  for (const state of ['forbidden', 'full'] as const) {
    storage = state;
    const { bytes, keep } = await read('model.pict', { cache: true });
    await keep();
    assert.equal(await text(bytes), 'weights', state);
    assert.equal(kept.size, 0);
  }
});

test('what goes wrong on the way has its code', async () => {
  answer = () => new Response('gone', { status: 404, statusText: 'Not Found' });
  await assert.rejects(read('model.pict', {}), { code: 'network/status', message: /model\.pict answered 404 Not Found/ });
  answer = () => Promise.reject(new TypeError('no route'));
  await assert.rejects(read('model.pict', {}), { code: 'network/unreachable', message: /no route/ });
  answer = () => new Response(body(['a beginning'], new TypeError('connection reset')));
  await assert.rejects(read('model.pict', {}), { code: 'network/unreachable', message: /connection reset/ });
});

test('a counted body tells why it broke to whoever saw only that it did', async () => {
  answer = () => new Response(body(['a'], new TypeError('connection reset')));
  const url = 'https://page.example/a';
  const { body: whole, broken } = count(await ask(url), url, () => undefined);
  assert.equal(broken(), undefined);
  await assert.rejects(new Response(whole).text());
  assert.match(String(broken()), /connection reset/);
});

test('a signal ends a download with its own reason, also while the kept model is asked about', async () => {
  const why = new Error('changed my mind');
  await assert.rejects(read('model.pict', { signal: AbortSignal.abort(why) }), why);
  const stop = new AbortController();
  kept.set(`${PAGE}model.pict`, new Response('kept', { headers: { etag: '"1"' } }));
  answer = () => {
    stop.abort(why);
    return Promise.reject(new DOMException('aborted', 'AbortError'));
  };
  await assert.rejects(read('model.pict', { cache: true, signal: stop.signal }), why);
});

test('files that belong together are read by their names, and stay the caller\'s', async () => {
  const bytes = new TextEncoder().encode('bytes') as Uint8Array<ArrayBuffer>;
  const files = [
    new File(['a file'], 'model-3.index'),
    { name: 'model-3.data-00000-of-00001', bytes },
    { name: 'checkpoint', bytes: bytes.slice().buffer },
    { name: 'options.json', bytes: new Blob(['{}']) },
  ];
  assert.equal(isFiles(files), true);
  assert.equal(isFiles(bytes), false);
  const read = await readAll(files);
  const texts = await Promise.all(read.map(async ({ name, bytes }) => `${name}: ${await text(bytes)}`));
  assert.deepEqual(texts, ['model-3.index: a file', 'model-3.data-00000-of-00001: bytes', 'checkpoint: bytes', 'options.json: {}']);
  assert.notEqual(read[1]?.bytes, bytes.buffer);
});

test('it can be asked what is kept, and told to let go of it, with when it was used', async () => {
  const keepIt = async (source: string) => (await read(source, { cache: true })).keep();
  assert.equal(await Pix2Pix.isCached('model.pict'), false);
  await keepIt('model.pict');
  await keepIt('other.pict');
  assert.deepEqual([await Pix2Pix.isCached('model.pict'), await Pix2Pix.isCached(new URL('other.pict', PAGE))], [true, true]);
  assert.equal(await Pix2Pix.forget('model.pict'), true);
  assert.deepEqual([[...kept.keys()], [...uses.keys()]], [[`${PAGE}other.pict`], [`${PAGE}other.pict`]]);
  assert.equal(await Pix2Pix.forget('model.pict'), false);
  await keepIt('model.pict');
  assert.equal(await Pix2Pix.forget(), true);
  assert.deepEqual([kept.size, uses.size], [0, 0]);
  assert.equal(await Pix2Pix.forget(), false);
  assert.equal(await code(Pix2Pix.isCached('https://')), 'network/unreachable');
  storage = 'forbidden';
  assert.deepEqual([await Pix2Pix.isCached('model.pict'), await Pix2Pix.forget()], [false, false]);
});
