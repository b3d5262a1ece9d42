import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { choose } from '../../www/package/caller/choice';
import type { DeviceChoice } from '../../www/package/contract/protocol';
import { remember } from '../../www/package/caller/remembered';
import { memoryCaches, settled, standIn } from './tools';

/** A browser whose WebGPU has this adapter, or none, and whose storage is this. */
const browser = (adapter: object | null, caches: object | undefined = memoryCaches()) =>
  standIn({ navigator: { gpu: { requestAdapter: async () => adapter } }, caches });

const INTEL = { info: { vendor: 'intel', architecture: 'gen-12lp', isFallbackAdapter: false } };
const NEW = { engine: 'webgpu', untimed: 'intel gen-12lp' };
const TIMED = { engine: 'cpu', reason: 'it was timed' } as const;

test('auto: without an adapter, and with one of software alone, it is the CPU', async () => {
  for (const [adapter, reason] of [
    [null, 'WebGPU found no graphics adapter'],
    [{ info: { isFallbackAdapter: true } }, 'WebGPU has only a software adapter here, and the CPU is faster than that'],
  ] as const) {
    browser(adapter);
    assert.deepEqual(await choose('auto'), { engine: 'cpu', reason });
    assert.deepEqual(await choose(undefined), { engine: 'cpu', reason }, 'it is the default');
  }
});

test('auto: an adapter that is new is tried, and what was found out about it is taken from then on', async () => {
  browser(INTEL);
  assert.deepEqual(await choose('auto'), NEW);
  await remember('intel gen-12lp', TIMED);
  assert.deepEqual(await choose('auto'), TIMED);
  await remember('intel gen-12lp', { engine: 'webgpu', reason: 'it is faster now' });
  assert.deepEqual(await choose('auto'), { engine: 'webgpu', reason: 'it is faster now' });
});

test('auto: another adapter is another matter', async () => {
  browser(INTEL);
  await remember('nvidia ampere', TIMED);
  assert.deepEqual(await choose('auto'), NEW);
});

test('auto: what another release found counts no more, and is let go of', async () => {
  const caches = memoryCaches();
  browser(INTEL, caches);
  await remember('intel gen-12lp', TIMED);
  const kept = [...caches.kept.values()][0]!;
  for (const [address, text] of [...kept]) {
    assert.match(address, /1\.2\.3/, 'the version that the build gives');
    kept.delete(address);
    kept.set(address.replace('1.2.3', '1.2.2'), text);
  }
  assert.deepEqual(await choose('auto'), NEW);
  await remember('nvidia ampere', TIMED);
  assert.equal(kept.size, 1);
});

test('auto: what is kept is damaged', async () => {
  for (const damaged of ['', 'null', '{}', '{"engine":"quantum","reason":"it is"}', '{"engine":"cpu"}']) {
    const caches = memoryCaches();
    browser(INTEL, caches);
    await remember('intel gen-12lp', TIMED);
    for (const kept of caches.kept.values()) for (const address of kept.keys()) kept.set(address, damaged);
    assert.deepEqual(await choose('auto'), NEW, damaged);
  }
});

test('auto: storage that is blocked, or missing, keeps nothing and spoils nothing', async () => {
  const fail = () => { throw new DOMException('blocked', 'SecurityError'); };
  for (const caches of [undefined, { open: fail, match: fail }, { open: async () => fail(), match: async () => fail() }]) {
    browser(INTEL);
    standIn({ caches });
    await remember('intel gen-12lp', TIMED);
    assert.deepEqual(await choose('auto'), NEW);
  }
});

test('auto: storage that never answers is not waited for', async () => {
  browser(INTEL, { match: () => new Promise(() => undefined) });
  mock.timers.enable({ apis: ['setTimeout'] });
  const chosen = choose('auto');
  await settled();
  mock.timers.tick(10_000);
  assert.deepEqual(await chosen, NEW);
  mock.timers.reset();
});

test('a device that was named is not asked about; one that is none goes to the smaller engine, which refuses it', async () => {
  standIn({ navigator: { gpu: { requestAdapter: () => assert.fail('it was asked') } } });
  assert.deepEqual(await choose('webgpu'), { engine: 'webgpu' });
  assert.deepEqual(await choose('cpu'), { engine: 'cpu' });
  for (const device of ['quantum', null]) assert.deepEqual(await choose(device as DeviceChoice), { engine: 'cpu' });
});
