import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { whyNoWebGpu } from '../../www/gpu';
import { standIn } from './tools';

const browser = (gpu?: { requestAdapter(): unknown }, isSecureContext = true) =>
  standIn({ window: { isSecureContext }, navigator: gpu ? { gpu } : {} });

test('why there is no WebGPU is said in words', async () => {
  browser({ requestAdapter: async () => ({}) });
  assert.equal(await whyNoWebGpu(), undefined);
  browser({ requestAdapter: async () => ({}) }, false);
  assert.match((await whyNoWebGpu()) ?? '', /secure address/);
  browser();
  assert.match((await whyNoWebGpu()) ?? '', /no WebGPU/);
  browser({ requestAdapter: async () => null });
  assert.match((await whyNoWebGpu()) ?? '', /no graphics adapter/);
  browser({ requestAdapter: () => { throw new Error('blocked'); } });
  assert.match((await whyNoWebGpu()) ?? '', /does not start: blocked/);
});

test('a browser that never answers does not hold up the page', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  browser({ requestAdapter: () => new Promise(() => undefined) });
  const why = whyNoWebGpu();
  mock.timers.tick(10_000);
  assert.match((await why) ?? '', /does not respond/);
  mock.timers.reset();
});
