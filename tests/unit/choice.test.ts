import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { choose } from '../../www/package/choice';
import type { DeviceChoice } from '../../www/package/protocol';
import { standIn } from './tools';

type Ask = (options: unknown) => unknown;

/** A browser whose WebGPU answers so, or one without WebGPU. */
const browser = (requestAdapter?: Ask) => standIn({ navigator: requestAdapter ? { gpu: { requestAdapter } } : {} });

const NONE = { engine: 'cpu', reason: 'this browser offers no WebGPU adapter' };
const SOFTWARE = { engine: 'cpu', reason: 'WebGPU has only a software adapter here, and the CPU is faster than that' };
const HARDWARE = { engine: 'webgpu' };

const cases: [string, Ask | undefined, object][] = [
  ['no WebGPU at all', undefined, NONE],
  ['no adapter', async () => null, NONE],
  ['a promise that is rejected', async () => Promise.reject(new DOMException('blocked', 'OperationError')), NONE],
  ['a call that throws', () => { throw new TypeError('disabled'); }, NONE],
  ['a software adapter, as its info says', async () => ({ info: { isFallbackAdapter: true } }), SOFTWARE],
  ['a software adapter, as it says itself', async () => ({ info: {}, isFallbackAdapter: true }), SOFTWARE],
  ['a software adapter without info', async () => ({ isFallbackAdapter: true }), SOFTWARE],
  ['a GPU', async () => ({ info: { isFallbackAdapter: false } }), HARDWARE],
  ['a GPU in a browser that says nothing of fallbacks', async () => ({ info: {} }), HARDWARE],
];

for (const [name, ask, expected] of cases) {
  test(`auto: ${name}`, async () => {
    browser(ask);
    assert.deepEqual(await choose('auto'), expected);
    assert.deepEqual(await choose(undefined), expected, 'it is the default');
  });
}

test('auto: without a navigator, as in old Node', async () => {
  standIn({ navigator: undefined });
  assert.deepEqual(await choose(), NONE);
});

test('auto: the adapter is asked for as the engine asks for it', async () => {
  const asked: unknown[] = [];
  browser(async (options) => (asked.push(options), null));
  await choose('auto');
  assert.deepEqual(asked, [{ powerPreference: 'high-performance' }]);
});

test('auto: a browser that never answers is not waited for', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  browser(() => new Promise(() => undefined));
  const chosen = choose('auto');
  mock.timers.tick(10_000);
  assert.deepEqual(await chosen, NONE);
  mock.timers.reset();
});

test('a device that was named is not asked about; one that is none goes to the smaller engine, which refuses it', async () => {
  browser(() => assert.fail('it was asked'));
  assert.deepEqual(await choose('webgpu'), { engine: 'webgpu' });
  assert.deepEqual(await choose('cpu'), { engine: 'cpu' });
  for (const device of ['quantum', null]) assert.deepEqual(await choose(device as DeviceChoice), { engine: 'cpu' });
});
