import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { inWorker } from '../../www/package/caller/thread';
import { code, standIn } from './tools';

/** Workers that were started. Those of another origin throw, as browsers do. */
const started: FakeWorker[] = [];

class FakeWorker extends EventTarget {
  terminated = false;
  postMessage = () => undefined;
  constructor(readonly url: string | URL) {
    super();
    const { protocol, origin } = new URL(url);
    if (protocol !== 'blob:' && origin !== PAGE) throw new DOMException('another origin', 'SecurityError');
    started.push(this);
  }
  terminate(): void {
    this.terminated = true;
  }
  fail(message: string): void {
    this.dispatchEvent(Object.assign(new Event('error', { cancelable: true }), { message }));
  }
}

const PAGE = 'https://page.example';
const scripts: Blob[] = [];
standIn({ document: { baseURI: `${PAGE}/` }, location: { origin: PAGE }, Worker: FakeWorker, crossOriginIsolated: false });
URL.createObjectURL = (blob) => `blob:${PAGE}/${scripts.push(blob as Blob)}`;

beforeEach(() => void started.splice(0));

test('a crash that comes as an answer ends the worker and all later calls, as one that comes as an error does', async () => {
  const crash = { code: 'engine/crashed', message: 'engine/crashed: out of memory' };
  for (const byAnswer of [true, false]) {
    const thread = await inWorker('cpu', '/worker.js');
    const waiting = thread.call(new Promise<never>(() => undefined));
    if (byAnswer) assert.equal(await code(thread.call(Promise.reject(crash))), 'engine/crashed');
    else started.at(-1)!.fail('Uncaught RuntimeError: unreachable');
    assert.equal(await code(waiting), 'engine/crashed');
    assert.equal(await code(thread.call(Promise.resolve())), 'engine/crashed');
    assert.equal(started.at(-1)!.terminated, true);
    thread.end();
    assert.equal(await code(thread.call(Promise.resolve())), 'engine/crashed', 'the first reason counts');
  }
});

test('an answer that cannot be read ends the waiting', async () => {
  const thread = await inWorker('cpu', '/worker.js');
  const waiting = thread.call(new Promise<never>(() => undefined));
  started.at(-1)!.dispatchEvent(new Event('messageerror'));
  assert.equal(await code(waiting), 'worker/failed');
});

test('an error that is no crash rejects its own call alone', async () => {
  const thread = await inWorker('cpu', '/worker.js');
  assert.equal(await code(thread.call(Promise.reject({ code: 'options/invalid', message: '' }))), 'options/invalid');
  assert.equal(await thread.call(Promise.resolve(1)), 1);
});

test('a worker of another origin starts from a script of the page’s own that imports it', async () => {
  await inWorker('cpu', 'https://cdn.example/cpu-worker.js');
  assert.match(String(started[0]!.url), /^blob:/);
  assert.equal(await scripts.at(-1)!.text(), 'import "https://cdn.example/cpu-worker.js";');
  const made = scripts.length;
  await inWorker('cpu', 'https://cdn.example/cpu-worker.js');
  assert.equal(scripts.length, made, 'the same script again');
  await inWorker('cpu', '/own/cpu-worker.js');
  assert.equal(String(started.at(-1)!.url), `${PAGE}/own/cpu-worker.js`);
});

test('a script that is not there is told with what to set; on an isolated page with its header too', async () => {
  for (const isolated of [false, true]) {
    standIn({ crossOriginIsolated: isolated });
    const thread = await inWorker('cpu', '/worker.js');
    const call = thread.call(new Promise<never>(() => undefined));
    started.at(-1)!.fail('');
    await assert.rejects(call, { code: 'worker/failed', message: isolated ? /workerUrl.*Cross-Origin-Embedder-Policy/ : /workerUrl: { cpu, threads, webgpu }$/ });
  }
});
