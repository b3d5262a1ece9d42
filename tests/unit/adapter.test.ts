import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { adapterName, findAdapter, isSoftware } from '../../www/package/caller/adapter';
import { standIn } from './tools';

const browser = (gpu?: { requestAdapter(options?: unknown): unknown }, isSecureContext: boolean | undefined = true) =>
  standIn({ isSecureContext, navigator: gpu ? { gpu } : {} });

test('the adapter is asked for as the engine asks for it', async () => {
  const adapter = { info: {} };
  const asked: unknown[] = [];
  browser({ requestAdapter: async (options) => (asked.push(options), adapter) });
  assert.equal((await findAdapter()).adapter, adapter);
  assert.deepEqual(asked, [{ powerPreference: 'high-performance' }]);
});

test('why there is none is said in words', async () => {
  const why = async () => (await findAdapter()).why ?? '';
  browser({ requestAdapter: async () => ({}) }, false);
  assert.match(await why(), /secure address/);
  browser();
  assert.match(await why(), /no WebGPU/);
  browser({ requestAdapter: async () => null });
  assert.match(await why(), /no graphics adapter/);
  browser({ requestAdapter: () => { throw new Error('blocked'); } });
  assert.match(await why(), /does not start: blocked/);
  browser({ requestAdapter: async () => Promise.reject(new DOMException('blocked', 'OperationError')) });
  assert.match(await why(), /does not start: blocked/);
  standIn({ navigator: undefined, isSecureContext: undefined }); // as in old Node
  assert.match(await why(), /no WebGPU/);
});

test('a browser that never answers is not waited for', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  browser({ requestAdapter: () => new Promise(() => undefined) });
  const found = findAdapter();
  mock.timers.tick(10_000);
  assert.match((await found).why ?? '', /does not respond/);
  mock.timers.reset();
});

const adapter = (given: object) => given as GPUAdapter;

test('an adapter that computes on the CPU is told by its mark, wherever that is, or by its name', () => {
  for (const software of [
    { info: { isFallbackAdapter: true } },
    { info: {}, isFallbackAdapter: true },
    { isFallbackAdapter: true },
    { info: { vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: false } },
    { info: { description: 'llvmpipe (LLVM 19.1.7, 256 bits)' } },
    { info: { description: 'Microsoft Basic Render Driver' } },
  ]) assert.equal(isSoftware(adapter(software)), true, JSON.stringify(software));
  for (const hardware of [{}, { info: {} }, { info: { vendor: 'intel', architecture: 'gen-12lp', isFallbackAdapter: false } }]) {
    assert.equal(isSoftware(adapter(hardware)), false, JSON.stringify(hardware));
  }
});

test('an adapter goes by all that the browser says of it', () => {
  assert.equal(adapterName(adapter({ info: { vendor: 'intel', architecture: 'gen-12lp', device: '', description: '' } })), 'intel gen-12lp');
  assert.equal(adapterName(adapter({ info: { vendor: '', architecture: '', device: '', description: 'Iris Xe' } })), 'Iris Xe');
  for (const silent of [{}, { info: {} }]) assert.equal(adapterName(adapter(silent)), 'unnamed adapter');
});
