import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../../www/package/protocol';
import { compile } from '../../www/package/runtime';
import { code, standIn } from './tools';

/** The smallest module. */
const WASM = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

const asked: string[] = [];
let answer = () => new Response(WASM, { headers: { 'content-type': 'text/plain', 'content-length': '8' } });
standIn({ fetch: async (url: string) => (asked.push(url), answer()) });

test('who asks while it is on its way waits for the same module, and hears of its progress', async () => {
  const told: Progress[][] = [[], []];
  const modules = await Promise.all(told.map((list) => compile('https://a.example/1.wasm', (progress) => list.push(progress))));
  assert.equal(asked.length, 1);
  assert.ok(modules[0] instanceof WebAssembly.Module, 'whatever MIME type the server gives');
  assert.equal(modules[0], modules[1]);
  for (const list of told) assert.deepEqual(list, [{ phase: 'runtime', loaded: 8, total: 8 }]);
  assert.equal(await compile(new URL('https://a.example/1.wasm')), modules[0], 'compiled once');
  assert.equal(asked.length, 1);
});

test('what failed is tried again at the next call', async () => {
  const good = answer;
  answer = () => new Response('', { status: 404 });
  assert.equal(await code(compile('https://a.example/2.wasm')), 'network/status');
  answer = good;
  assert.ok((await compile('https://a.example/2.wasm')) instanceof WebAssembly.Module);
});

test('a file that is no WebAssembly is named, with what to do', async () => {
  answer = () => new Response('<!doctype html>');
  await assert.rejects(compile('https://a.example/3.wasm'), { code: 'runtime/failed', message: /3\.wasm can't be compiled.*wasmUrl/ });
});
