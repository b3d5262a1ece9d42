import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ENGINE_CACHE, engineOf, isOfEngine, KeptEngines } from '../../www/service-worker/engines';
import { isolated } from '../../www/service-worker/isolation';
import { memoryCaches, standIn } from './tools';

const COOP = 'Cross-Origin-Opener-Policy';
const COEP = 'Cross-Origin-Embedder-Policy';
const policies = ({ headers }: Response) => [headers.get(COOP), headers.get(COEP)];

test('pages and workers are isolated, with all else that the host says', async () => {
  for (const destination of ['document', 'iframe', 'worker']) {
    const response = new Response('a page', { status: 203, headers: { 'content-type': 'text/html', 'content-security-policy': "default-src 'self'" } });
    const given = isolated(response, destination);
    assert.deepEqual(policies(given), ['same-origin', 'require-corp'], destination);
    assert.deepEqual([given.status, given.headers.get('content-type'), given.headers.get('content-security-policy')], [203, 'text/html', "default-src 'self'"]);
    assert.equal(await given.text(), 'a page');
  }
});

test('headers that the host sent stand', () => {
  for (const own of <Record<string, string>[]>[{ [COOP]: 'unsafe-none' }, { [COEP]: 'credentialless' }, { [COEP]: 'unsafe-none' }]) {
    const given = isolated(new Response('', { headers: own }), 'document');
    for (const [name, value] of Object.entries(own)) assert.equal(given.headers.get(name), value);
    assert.ok(policies(given).every((policy) => policy !== null), 'the other one is added');
  }
});

test('what needs no headers of its own is the server’s own response, and so is what can’t be read', () => {
  const response = new Response('');
  for (const destination of ['', 'script', 'style', 'image', 'serviceworker']) assert.equal(isolated(response, destination), response, destination);
  for (const unreadable of [Response.error(), { type: 'opaque', status: 0 } as Response]) assert.equal(isolated(unreadable, 'document'), unreadable);
  assert.deepEqual(policies(isolated(new Response(null, { status: 204 }), 'document')), ['same-origin', 'require-corp'], 'a response without a body');
});

const FOLDER = 'https://a.example/page/assets/';
const wasm = (release: string, engine: string) => `${FOLDER}${engine}_bg-${release}.wasm`;
/** Of an engine: the script of its worker, which those with and without relaxed SIMD share, and its WebAssembly. */
const files = (release: string, engine: string) => [`${FOLDER}${engine.replace('-relaxed', '')}-worker-${release}.js`, wasm(release, engine)];
const ENGINES = ['cpu', 'cpu-relaxed', 'threads', 'threads-relaxed', 'webgpu'];
const release = (name: string) => new KeptEngines([...new Set(ENGINES.flatMap((engine) => files(name, engine)))]);

let store: ReturnType<typeof memoryCaches>;
let fetched: string[];
let online: boolean;
const kept = () => [...(store.kept.get(ENGINE_CACHE)?.keys() ?? [])];

beforeEach(() => {
  [store, fetched, online] = [memoryCaches(), [], true];
  standIn({
    caches: store,
    fetch: async (url: string, options: RequestInit) => {
      fetched.push(url);
      assert.equal(options.cache, 'force-cache');
      return new Response(`the bytes of ${url}`, { status: online ? 200 : 504 });
    },
  });
});

test('the files of engines are told by their names', () => {
  for (const engine of ENGINES) {
    assert.equal(engineOf(wasm('Ab-1_z', engine)), engine);
    for (const file of files('Ab-1_z', engine)) assert.ok(isOfEngine(file), file);
  }
  assert.equal(engineOf(`${FOLDER}words-de-Ab-1_z.js`), 'words-de', 'a language’s words are kept in the same way');
  for (const other of ['words-en-x.js', 'pictures.worker-x.js', 'cpu-engine-x.js', 'index-x.js', 'cpu_bg-x.txt', '../cpu_bg-x.wasm', 'webgpu-relaxed_bg-x.wasm']) {
    assert.equal(isOfEngine(new URL(other, FOLDER).href), false, other);
  }
});

test('an engine that was used is kept, once, and no other', async () => {
  await release('1').keep('threads');
  await release('1').keep('threads');
  assert.deepEqual(kept(), files('1', 'threads'));
  assert.deepEqual(fetched, files('1', 'threads'));
  await release('1').keep('threads-relaxed');
  assert.deepEqual(kept(), [...files('1', 'threads'), wasm('1', 'threads-relaxed')]);
  assert.equal(fetched.length, 3, 'the script that both run in is there');
});

test('a release keeps what the last one kept, before it lets go of that', async () => {
  await release('1').keep('cpu-relaxed');
  await release('1').keep('webgpu');
  const next = release('2');
  await next.succeed();
  const both = ['cpu-relaxed', 'webgpu'].flatMap((engine) => files('2', engine));
  assert.deepEqual(kept().slice(4), both);
  await next.clean();
  assert.deepEqual(kept(), both);
  await next.succeed();
  assert.equal(fetched.length, 8, 'what is there is not fetched again');
});

test('a first release, and a page without an engine, make no cache', async () => {
  await release('1').succeed();
  await release('1').clean();
  assert.deepEqual([...store.kept.keys()], []);
});

test('a release whose engine can’t be had does not take over', async () => {
  await release('1').keep('cpu');
  online = false;
  await assert.rejects(release('2').succeed(), /cpu\S*-2\S* answered 504/);
  assert.deepEqual(kept(), files('1', 'cpu'));
});
