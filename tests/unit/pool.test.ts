import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPool } from '../../www/package/engine/pool';
import { standIn } from './tools';

const HERE = 'https://a.example/threads-worker.js';
const started: unknown[][] = [];

class Ready extends EventTarget {
  constructor(...args: unknown[]) {
    super();
    started.push(args);
  }
  postMessage(): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data: 'ready' }));
  }
  terminate(): void {}
}

const shared = { alarm: 'alarm' } as Parameters<typeof startPool>[1];

/** Starts a pool in a worker whose `importScripts` is this. */
async function typesOf(importScripts: (...urls: string[]) => void): Promise<unknown[]> {
  started.length = 0;
  standIn({ Worker: Ready, self: { location: { href: HERE }, importScripts } });
  await startPool(2, shared);
  assert.deepEqual(started.map(([address]) => address), [HERE, HERE]);
  return started.map(([, options]) => (options as WorkerOptions).type);
}

test('a pool’s workers are modules where its own is one', async () => {
  const refused = (...urls: string[]) => {
    // As in Firefox.
    if (urls.length > 0) throw new TypeError('Using `ImportScripts` inside a Module Worker is disallowed.');
  };
  assert.deepEqual(await typesOf(refused), ['module', 'module']);
});

test('they are classic where a bundler made such a script of it, as Turbopack does', async () => {
  const loads = (...urls: string[]) => {
    for (const url of urls) if (!URL.canParse(url)) throw new DOMException(`The URL '${url}' is invalid.`, 'SyntaxError');
    assert.deepEqual(urls, [], 'nothing is to be loaded');
  };
  assert.deepEqual(await typesOf(loads), ['classic', 'classic']);
});
