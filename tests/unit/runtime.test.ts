import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PhaseProgress } from '../../www/package/contract/protocol';
import { compile } from '../../www/package/caller/runtime';
import { code, settled, standIn, WASM } from './tools';

const asked: string[] = [];
let answer: () => Response;
standIn({ fetch: async (url: string) => (asked.push(url), answer()) });

const served = (type: string) => () => new Response(WASM, { headers: { 'content-type': type, 'content-length': '8' } });

/** What was handed to the compiler. */
const compiled: unknown[] = [];
const { compileStreaming } = WebAssembly;
WebAssembly.compileStreaming = (source) => (compiled.push(source), compileStreaming(source));

beforeEach(() => {
  [asked.length, compiled.length] = [0, 0];
  answer = served('application/wasm');
});

test('who asks while it is on its way waits for the same module, and hears of its progress', async () => {
  const told: PhaseProgress[][] = [[], []];
  const modules = await Promise.all(told.map((list) => compile('cpu', 'https://a.example/1.wasm', { onProgress: (progress) => list.push(progress) })));
  assert.equal(asked.length, 1);
  assert.ok(modules[0] instanceof WebAssembly.Module);
  assert.equal(modules[0], modules[1]);
  for (const list of told) assert.deepEqual(list, [0, 8].map((loaded) => ({ phase: 'runtime', engine: 'cpu', loaded, total: 8 })));
  assert.equal(await compile('cpu', new URL('https://a.example/1.wasm')), modules[0], 'compiled once');
  assert.equal(asked.length, 1);
});

test('the server’s own answer is compiled, so that the browser keeps the code; another type is set right', async () => {
  const own = served('application/wasm')();
  answer = () => own;
  await compile('webgpu', 'https://a.example/own.wasm');
  assert.equal(compiled[0], own);
  for (const type of ['text/plain', 'Application/WASM', 'application/wasm; charset=utf-8']) {
    answer = served(type);
    assert.ok((await compile('webgpu', `https://a.example/${type}`)) instanceof WebAssembly.Module, type);
  }
});

test('a download ends with the signal of the last who waits for it, and who comes later hears how far it is', async () => {
  let rest!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => (rest = controller).enqueue(WASM.slice(0, 4)) });
  answer = () => new Response(body, { headers: { 'content-type': 'text/plain', 'content-encoding': 'none-that-is-known' } });
  const url = 'https://a.example/8.wasm';
  const [first, second] = [new AbortController(), new AbortController()];
  const module = compile('cpu', url, { signal: first.signal });
  module.catch(() => undefined);
  for (let i = 0; i < 3; i++) await settled();
  const heard: PhaseProgress[] = [];
  assert.equal(compile('cpu', url, { signal: second.signal, onProgress: (progress) => heard.push(progress) }), module);
  assert.deepEqual(heard, [{ phase: 'runtime', engine: 'cpu', loaded: 4, total: 8 }], 'of the size that the build knows');
  first.abort();
  assert.equal(compile('cpu', url), module, 'others wait');
  rest.enqueue(WASM.slice(4));
  rest.close();
  assert.ok((await module) instanceof WebAssembly.Module);
  second.abort();
  assert.equal(await compile('cpu', url), await module, 'what is there stays');
});

test('what failed is tried again at the next call', async () => {
  answer = () => new Response('', { status: 404 });
  assert.equal(await code(compile('cpu', 'https://a.example/2.wasm')), 'network/status');
  answer = served('application/wasm');
  assert.ok((await compile('cpu', 'https://a.example/2.wasm')) instanceof WebAssembly.Module);
});

test('a file that is no WebAssembly is named, with what to do', async () => {
  for (const type of ['text/html', 'application/wasm']) {
    answer = () => new Response('<!doctype html>', { headers: { 'content-type': type } });
    await assert.rejects(compile('cpu', `https://a.example/3.wasm?${type}`), { code: 'runtime/failed', message: /3\.wasm\S* can't be compiled.*wasmUrl/ });
  }
});

test('a Vite that moves the script away from it is named, with its setting', async () => {
  answer = () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } });
  const moved = compile('cpu', 'http://localhost:5173/node_modules/.vite/deps/cpu_bg.wasm');
  await assert.rejects(moved, { code: 'runtime/failed', message: /optimizeDeps: \{ exclude: \['pix2pix-web'\] \}/ });
});

test('a connection that breaks is an error of the network, whatever the compiler says', async () => {
  for (const type of ['text/plain', 'application/wasm']) {
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(WASM.slice(0, 4)),
      pull: (controller) => controller.error(new TypeError('connection reset')),
    });
    answer = () => new Response(broken, { headers: { 'content-type': type } });
    await assert.rejects(compile('cpu', `https://a.example/4.wasm?${type}`), { code: 'network/unreachable', message: /connection reset/ });
  }
});

test('a listener that throws fails nobody’s compilation', async () => {
  const told: unknown[] = [];
  standIn({ reportError: (error: unknown) => told.push(error) });
  const heard: PhaseProgress[] = [];
  const bug = () => { throw new Error('a bug'); };
  await Promise.all([compile('cpu', 'https://a.example/5.wasm', { onProgress: bug }), compile('cpu', 'https://a.example/5.wasm', { onProgress: (progress) => heard.push(progress) })]);
  assert.deepEqual([told.length, heard.length], [2, 2]);
});

test('a listener is let go of once there is nothing more to tell it', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let collected = 0;
  const registry = new FinalizationRegistry(() => (collected += 1));
  const listening = async () => {
    const model = {};
    registry.register(model, '');
    await compile('cpu', 'https://a.example/6.wasm', { onProgress: () => void model });
  };
  await listening();
  await listening();
  for (let i = 0; i < 50 && collected < 2; i++) {
    collect();
    await settled();
  }
  assert.equal(collected, 2);
});

test('a file that is not there is told with where to give its address', async () => {
  answer = () => new Response('', { status: 404 });
  await assert.rejects(compile('cpu', 'https://a.example/7.wasm'), { code: 'network/status', message: /wasmUrl/ });
});
